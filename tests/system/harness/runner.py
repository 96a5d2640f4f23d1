"""Runs the tests of one file, each on a cluster of its own.

    SCRIPT [NAME ...] [--programs DIR] [--times N] [--long] [--list] [--keep]
"""

import argparse
import inspect
import pathlib
import signal
import sys
import time
import traceback

from .checks import CheckFailed
from .cluster import Cluster

ROOT = pathlib.Path(__file__).resolve().parents[3]


class TestTimeout(Exception):
    pass


def run_one(test, options):
    """True when it held."""
    cluster = Cluster(options.programs)
    limit = 900 if options.long else 120

    def too_long(*_):
        raise TestTimeout(f"not done after {limit} s")

    signal.signal(signal.SIGALRM, too_long)
    signal.alarm(limit)
    began = time.monotonic()
    try:
        test(cluster, options.long) if len(inspect.signature(test).parameters) == 2 else test(cluster)
        signal.alarm(0)
        print(f"ok      {test.__name__}  ({time.monotonic() - began:.1f} s)", flush=True)
        return True
    except Exception as problem:  # pylint: disable=broad-except
        signal.alarm(0)
        where = [frame for frame in traceback.extract_tb(problem.__traceback__) if "/harness/" not in frame.filename]
        print(f"FAILED  {test.__name__}  ({time.monotonic() - began:.1f} s)")
        print(cluster.report())
        for frame in where[1:] or where:
            print(f"at {pathlib.Path(frame.filename).name}:{frame.lineno}  {frame.line}")
        if isinstance(problem, CheckFailed):
            print(f"FAILED: {problem}")
        else:
            traceback.print_exception(problem)
        script = pathlib.Path(sys.argv[0]).resolve()
        long = " --long" if options.long else ""
        print(f"run it again: python3 {script} --programs {options.programs}{long} {test.__name__}", flush=True)
        return False
    finally:
        signal.alarm(0)
        if not options.keep:
            cluster.clean_up()


def main(script, tests):
    parser = argparse.ArgumentParser(description=sys.modules["__main__"].__doc__)
    parser.add_argument("names", nargs="*", help="only these tests")
    parser.add_argument("--programs", default=str(ROOT / "build/release/bin"), help="where wallaby's programs are")
    parser.add_argument("--times", type=int, default=1, help="run each so often")
    parser.add_argument("--long", action="store_true", help="the long forms")
    parser.add_argument("--list", action="store_true", help="print the tests' names")
    parser.add_argument("--keep", action="store_true", help="leave the directories behind")
    options = parser.parse_args()
    if options.list:
        print("\n".join(test.__name__ for test in tests))
        return
    unknown = set(options.names) - {test.__name__ for test in tests}
    if unknown:
        sys.exit(f"{script} has no test {', '.join(sorted(unknown))}")
    chosen = [test for test in tests if not options.names or test.__name__ in options.names]
    results = [run_one(test, options) for _ in range(options.times) for test in chosen]
    sys.exit(0 if all(results) else 1)
