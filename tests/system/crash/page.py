"""The table as people read it: on a terminal, as Markdown, and between two marks in docs/ack-modes.md."""

import textwrap

from . import contract

CORNER = "the commit had reached"
BEGIN, END = "<!-- crash-table: begin -->", "<!-- crash-table: end -->"
NOTES = (
    "\"No OK\": the client still waited when the primary died, and its `put` ended with exit status 5, outcome unknown.",
    "The furthest replica does what a promotion begins with: it lets go of its holds, flushes all that it received, "
    "and applies it.",
    "kill -9 ends a process, not its machine: what the process had written stays with the operating system. Where the "
    "table speaks of an OS or of power, it is the simulator (`./run sim`) and the power-cut test "
    "(`tests/system/power_cut_test.py`) that look.")


def grid(texts):
    """The measured rows and columns, the headings first. `texts`: (row, rung) -> what was measured."""
    rungs = [rung for rung in contract.RUNGS if any(measured == rung for _, measured in texts)]
    rows = [row for row in contract.ROWS if any(measured == row.name for measured, _ in texts)]
    yield [CORNER, *(contract.COLUMNS.get(rung, rung) for rung in rungs)]
    for row in rows:
        cells = [texts.get((row.name, rung), "-") for rung in rungs]
        if row is contract.RESTART:  # long words, three times the same
            cells = [cell if cell != left else "same" for left, cell in zip([None, *cells], cells)]
        yield [row.title, *cells]


def markdown(texts):
    head, *body = grid(texts)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [head, ["---"] * len(head), *body])


def plain(texts, width):
    """Columns that fit into `width` characters."""
    table = list(grid(texts))
    column = max(12, width // len(table[0]) - 2)
    lines = []
    for cells in table:
        wrapped = [textwrap.wrap(cell.replace("*", ""), column) for cell in cells]
        for number in range(max(map(len, wrapped))):
            line = [(cell[number] if number < len(cell) else "").ljust(column) for cell in wrapped]
            lines.append("  ".join(line).rstrip())
        lines.append("")
    return "\n".join(lines[:-1])


def notes(width):
    return "\n".join(textwrap.fill(note, width) for note in NOTES)


def split(page):
    """What stands before the table, the table, and what stands behind it."""
    before, begin, rest = page.partition(BEGIN)
    table, end, behind = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page has no lines {BEGIN} and {END}: put them where the table belongs")
    return before + BEGIN, table.strip(), END + behind


def in_docs(path):
    return split(path.read_text(encoding="utf-8"))[1]


def write_docs(path, table):
    before, _, behind = split(path.read_text(encoding="utf-8"))
    path.write_text(f"{before}\n{table}\n{behind}", encoding="utf-8")
