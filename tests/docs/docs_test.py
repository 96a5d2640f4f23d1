"""Runs the experiments of a Markdown file, and checks that each command does what the file says.

    docs_test.py FILE.md [--only TEXT] [--programs DIR] [--update] [--times N] [--list] [--keep]

`document.py` tells how an experiment is written, `matching.py` what need not be equal. --only: the experiments under
headings that hold TEXT, or whose line it is. --update: writes what came out into the file (read the difference before you
commit it).
"""

import argparse
import pathlib
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/system"))

from document import BadDocument, Command, Heard, parse  # noqa: E402
from experiment import Mismatch, Run  # noqa: E402


def indented(lines):
    return "\n".join(f"      {line}" for line in lines) or "      (nothing)"


def failure(path, problem):
    step = problem.step
    lines = [f"{path}:{step.line}: not as the document says"]
    if isinstance(step, Command):
        lines.append(f"    $ {step.text}")
    if isinstance(step, Heard):
        lines.append("    what the command in the background says")
    if problem.why:
        lines.append(f"    {problem.why}")
    else:
        lines += ["    expected:", indented(step.expected), "    seen:", indented(problem.seen)]
    return "\n".join(lines)


def run_one(experiment, options):
    """(whether it held, what should be changed in the file)"""
    began = time.monotonic()
    shown = f"{options.file}:{experiment.line}  {experiment.heading}"
    with Run(experiment, options.programs, options.update) as run:
        if options.keep:
            run.cluster.clean_up = lambda: None
        try:
            run.whole()
        except Exception as problem:  # pylint: disable=broad-except
            print(f"FAILED  {shown}  ({time.monotonic() - began:.1f} s)")
            print(run.cluster.report())
            if not isinstance(problem, Mismatch):
                raise
            print(failure(options.file, problem))
            print(f"run it again: python3 {pathlib.Path(__file__).resolve()} {options.file} --programs {options.programs} "
                  f"--only {experiment.line}", flush=True)
            return False, run.changes
        print(f"ok      {shown}  ({time.monotonic() - began:.1f} s)", flush=True)
        return True, run.changes


def rewrite(path, changes):
    """Puts the lines that were seen where the document expected others; from the end, so that numbers stay right."""
    lines = path.read_text().splitlines()
    for step, seen in sorted(changes, key=lambda change: -change[0].line):
        first = step.last - len(step.expected)
        lines[first:step.last] = seen
    path.write_text("\n".join(lines) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=pathlib.Path)
    parser.add_argument("--programs", default=str(ROOT / "build/release/bin"))
    parser.add_argument("--only", help="a part of a heading, or an experiment's line")
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--keep", action="store_true", help="leave the directories behind")
    options = parser.parse_args()
    try:
        experiments = parse(options.file.read_text(), options.file)
    except BadDocument as problem:
        sys.exit(str(problem))
    if options.only:
        experiments = [one for one in experiments
                       if options.only == str(one.line) or options.only in one.heading and not options.only.isdigit()]
    if options.list:
        print("\n".join(f"{one.line}: {one.heading}" for one in experiments))
        return
    if not experiments:
        sys.exit(f"{options.file} has no experiment{' ' + options.only if options.only else ''}")
    results = [run_one(one, options) for _ in range(options.times) for one in experiments]
    if options.update:
        rewrite(options.file, [change for _, changes in results for change in changes])
    sys.exit(0 if all(held for held, _ in results) else 1)


main()
