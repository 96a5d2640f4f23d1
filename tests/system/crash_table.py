#!/usr/bin/env python3
"""Measures what a crash of the primary loses, for each rung of the ack switch and each stage, and prints the table.

    ./run crash-table                                   all of it
    ./run crash-table --rung semi-sync --stage received one cell
    ./run crash-table --write-docs                      and writes the table into docs/ack-modes.md

Real processes: a primary and two replicas. Holds bring one commit to exactly one stage; then the primary is killed with
kill -9, and the furthest replica, or the restarted primary, shows what is left. Two clusters work side by side.
Exit status: 0 every cell is as the contract says; 1 one differs (its story is told); 2 usage.
"""

import argparse
import queue
import shutil
import sys
import threading
import time
import traceback

from crash import contract, page
from crash.cells import Lab
from harness.checks import CheckFailed
from harness.cluster import FIRST_PORT
from harness.runner import ROOT

DOCS = ROOT / "docs" / "ack-modes.md"
LABS = 2


class Run:
    """All chosen cells once: each is taken by the first lab that is free."""

    def __init__(self, options, cells):
        self.programs, self.total = options.programs, len(cells)
        self.cells = queue.SimpleQueue()
        for cell in cells:
            self.cells.put(cell)
        self.texts = {}    # (row, rung) -> what was measured
        self.failed = []   # (row, rung)
        self.lock = threading.Lock()
        self.stopping = False

    def go(self):
        labs = [threading.Thread(target=self.work, args=(FIRST_PORT + 100 * number,)) for number in range(LABS)]
        for lab in labs:
            lab.start()
        try:
            for lab in labs:
                lab.join()
        except KeyboardInterrupt:
            self.stopping = True
            for lab in labs:
                lab.join()  # it ends its cell, and cleans up
            sys.exit(130)
        return self

    def work(self, first_port):
        lab = None
        try:
            while not self.stopping:
                try:
                    row, rung = self.cells.get_nowait()
                except queue.Empty:
                    return
                lab = lab or Lab(self.programs, first_port)
                if not self.measure(lab, row, rung):
                    lab.clean_up()  # who knows in which state it is
                    lab = None
        finally:
            if lab:
                lab.clean_up()

    def measure(self, lab, row, rung):
        """False: the cell failed."""
        began = time.monotonic()
        try:
            seen = lab.measure(row, rung)
            wrong = contract.differences(row.name, rung, seen)
            text = contract.verdict(row.name, rung, seen)
        except Exception as problem:  # pylint: disable=broad-except
            wrong, text = [told(problem)], "FAILED"
        if self.stopping:
            return False
        with self.lock:
            self.texts[row.name, rung] = text
            say(f"[{len(self.texts):2}/{self.total}] {rung}, {row.title}: {text.replace('*', '')}  "
                f"({time.monotonic() - began:.1f} s)")
            if wrong:
                self.failed.append((row.name, rung))
                self.tell_failure(lab, row, rung, wrong)
        return not wrong

    @staticmethod
    def tell_failure(lab, row, rung, wrong):
        say(f"\nFAILED: {rung}, {row.title}: the contract says: {contract.CONTRACT[row.name][rung].text}")
        for sentence in wrong:
            say(f"  {sentence}")
        say(lab.cluster.report())
        say(f"measure it again: ./run crash-table --rung {rung} --stage {row.name}\n")


def told(problem):
    if isinstance(problem, CheckFailed):
        return str(problem)
    return "".join(traceback.format_exception(problem))


def say(text):
    print(text, file=sys.stderr, flush=True)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rung", choices=contract.RUNGS, help="only this column")
    parser.add_argument("--stage", choices=[row.name for row in contract.ROWS], help="only this row")
    parser.add_argument("--times", type=int, default=1, help="measure all of it so often")
    parser.add_argument("--markdown", action="store_true", help="print the table as Markdown")
    parser.add_argument("--write-docs", action="store_true", help=f"write the table into {DOCS.relative_to(ROOT)}")
    parser.add_argument("--check-docs", action="store_true", help="fail if the table there is another one")
    parser.add_argument("--programs", default=str(ROOT / "build/release/bin"), help="where wallaby's programs are")
    options = parser.parse_args()
    if (options.rung or options.stage) and (options.write_docs or options.check_docs):
        parser.error("the docs hold the whole table: leave out --rung and --stage")
    return options


def print_table(options, texts):
    if options.markdown:
        print(page.markdown(texts), flush=True)
        return
    width = min(160, shutil.get_terminal_size((110, 24)).columns)
    print(f"{page.plain(texts, width)}\n\n{page.notes(width)}", flush=True)


def docs_are_right(options, texts):
    """True unless --check-docs finds another table."""
    if options.write_docs:
        page.write_docs(DOCS, page.markdown(texts))
        say(f"written into {DOCS.relative_to(ROOT)}")
    if options.check_docs and page.in_docs(DOCS) != page.markdown(texts):
        say(f"FAILED: {DOCS.relative_to(ROOT)} holds another table than the measured one; "
            "`./run crash-table --write-docs` writes it")
        return False
    return True


def main():
    options = arguments()
    cells = [(row, rung) for row in contract.ROWS for rung in contract.RUNGS
             if options.rung in (None, rung) and options.stage in (None, row.name)]
    right = True
    for _ in range(options.times):
        began = time.monotonic()
        run = Run(options, cells).go()
        print_table(options, run.texts)
        say(f"{len(cells) - len(run.failed)} of {len(cells)} cells are as the contract says "
            f"({time.monotonic() - began:.0f} s)")
        right = not run.failed and docs_are_right(options, run.texts) and right
    sys.exit(0 if right else 1)


if __name__ == "__main__":
    main()
