"""The crash table on real processes: what a crash of the primary may lose, cell by cell.

    contract.py   what each cell has to say: the table of docs/ack-modes.md, as facts that can be measured
    cells.py      one cluster that lives through one cell after another
    page.py       the table as people read it: on a terminal, as Markdown, in the docs

tests/system/crash_table.py is the program.
"""
