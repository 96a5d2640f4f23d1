#!/usr/bin/env python3
"""Plays the same statements on a real PostgreSQL 15 and on Wallaby, each a primary with its standby, and compares.

    run.py [FILE ...]               all files of this folder when none is named (types, types.sql, a path)
    run.py --only types:120         that file up to this line, and shows both answers of this line's statement
    run.py --show types             that file, with PostgreSQL's answer below each statement
    run.py --self                   two PostgreSQLs: proves that the files say the same each time
    run.py --extended               every single statement over the extended protocol as well as it can be
    run.py --programs DIR           where wallaby-primary and wallaby-replica are

Compared are, for each statement: the columns' names, types, sizes and modifiers, rows, tags, all fields of errors and
notices that a user sees, and the transaction's state. Exit status 0 when every difference is listed in
differences.txt, and every entry there is needed.
"""

import argparse
import pathlib
import sys
import time

from pairs import answers, differences, statements
from pairs.play import Player
from pairs.postgres import NotInstalled, PostgresPair

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]


class Run:
    def __init__(self, options, left, right, accepted):
        self.options, self.left, self.right, self.accepted = options, left, right, accepted
        self.same = self.listed = self.unexplained = 0
        self.names = [left.name, right.name]
        if options.self:
            self.names[1] += " again"

    def file(self, path, only_line=None):
        steps = statements.read(path)
        if only_line is not None:
            steps = [step for step in steps if step.line <= only_line]
        players = [Player(self.left, True, self.options.extended),
                   Player(self.right, self.options.self, self.options.extended)]
        for player in players:
            player.begin(steps)
        try:
            for step in steps:
                left, right = (player.play(step) for player in players)
                if only_line is not None:
                    if step is steps[-1]:
                        self.show(step, left, right)
                elif step.is_counted():
                    if self.options.show:
                        print(step.shown(), *(f"    {line}" for line in left), sep="\n")
                    self.judge(step, left, right)
                self.check_alive()
        finally:
            for player in players:
                player.end()

    def judge(self, step, left, right):
        if left == right and not left[0].startswith("PostgreSQL cannot"):
            self.same += 1
        elif any([entry.explains(step, left, right) for entry in self.accepted]):
            self.listed += 1
        else:
            self.unexplained += 1
            self.show(step, left, right)

    def show(self, step, left, right):
        print(f"{step.place}")
        print("  " + step.shown().replace("\n", "\n  "))
        print(answers.side_by_side(self.names[0], left, self.names[1], right))
        more = " --extended" if self.options.extended else ""
        print(f"  again: python3 {HERE / 'run.py'} --programs {self.options.programs}{more} --only {step.place}\n",
              flush=True)

    def check_alive(self):
        for pair in (self.left, self.right):
            if not pair.alive():
                raise RuntimeError(f"a server of {pair.name}'s has ended\n{pair.log() if hasattr(pair, 'log') else ''}")

    def summary(self, unused):
        total = self.same + self.listed + self.unexplained
        for entry in unused:
            print(f"differences.txt:{entry.line}: explains nothing any more: {entry.file}: {entry.statement.pattern}")
        print(f"{total} statements, {self.same} same, {self.listed} listed, {self.unexplained} unexplained", flush=True)


def chosen_files(names):
    if not names:
        return sorted(HERE.glob("*.sql"))
    paths = [pathlib.Path(name) if "/" in name else HERE / f"{name.removesuffix('.sql')}.sql" for name in names]
    for path in paths:
        if not path.exists():
            sys.exit(f"there is no {path}")
    return paths


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*")
    parser.add_argument("--only", metavar="FILE:LINE")
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--self", action="store_true")
    parser.add_argument("--extended", action="store_true")
    parser.add_argument("--programs", default=str(ROOT / "build/release/bin"))
    options = parser.parse_args()

    only_line = None
    if options.only:
        name, _, line = options.only.rpartition(":")
        options.files, only_line = [name], int(line)
    paths = chosen_files(options.files)
    accepted = [] if options.self else differences.read(HERE / "differences.txt")
    began = time.monotonic()
    try:
        left = PostgresPair()
    except NotInstalled as problem:
        sys.exit(f"conformance: {problem}")
    if options.self:
        right = PostgresPair(1)
    else:
        from pairs.wallaby import WallabyPair  # pylint: disable=import-outside-toplevel
        right = WallabyPair(options.programs)
    with left, right:
        run = Run(options, left, right, accepted)
        for path in paths:
            run.file(path, only_line)
    if only_line is None:
        files = {path.stem for path in paths}
        unused = [entry for entry in accepted if entry.file in files and not entry.used and not options.extended]
        run.summary(unused)
        print(f"{len(paths)} files, {time.monotonic() - began:.1f} s")
        sys.exit(1 if run.unexplained or unused else 0)


if __name__ == "__main__":
    main()
