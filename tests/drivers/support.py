"""What the tests of real client programs share: the pair of servers under test, and running a client on it.

Each test gets a Cluster from the system tests' runner, and its servers with `subject(c)`: a Wallaby primary and
replica. With WALLABY_DRIVERS_AGAINST=postgres it is a PostgreSQL and its standby instead, which proves a test right:

    WALLABY_DRIVERS_AGAINST=postgres python3 -B tests/drivers/psql_test.py
"""

import contextlib
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE.parent / "system"))
sys.path.insert(0, str(HERE.parent / "conformance"))

from harness.checks import CheckFailed  # noqa: E402
from pairs.postgres import USER, PostgresPair  # noqa: E402
from pairs.wallaby import WallabyPair  # noqa: E402

AGAINST_POSTGRES = os.environ.get("WALLABY_DRIVERS_AGAINST") == "postgres"


@contextlib.contextmanager
def subject(c, *flags):
    """The pair under test. `flags`: more of them for Wallaby's primary."""
    pair = PostgresPair(1) if AGAINST_POSTGRES else WallabyPair(c.programs, c)
    try:
        yield pair.start(*([] if AGAINST_POSTGRES else flags))
    finally:
        if AGAINST_POSTGRES:
            pair.stop()  # a Wallaby belongs to its cluster, which cleans up


def address_of(*servers):
    """The environment in which every libpq program finds these servers, and nothing else of this user's."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return kept | {"PGHOST": ",".join(server.host for server in servers),
                   "PGPORT": ",".join(str(server.port) for server in servers), "PGUSER": USER, "PGDATABASE": USER,
                   "PGSSLMODE": "disable", "PGCONNECT_TIMEOUT": "20", "PGTZ": "UTC", "LC_ALL": "C.UTF-8",
                   "PSQL_PAGER": "cat", "HOME": "/nonexistent", "TERM": "dumb"}


def run(c, arguments, environment, stdin="", within=60.0, expect=0, shown=None, cwd=None):
    """Runs a client program; gives the finished process. `expect`: its exit status, or None for any."""
    arguments = list(map(str, arguments))
    line = shown or " ".join(arguments)
    try:
        done = subprocess.run(arguments, input=stdin, env=environment, capture_output=True, text=True, timeout=within,
                              check=False, cwd=cwd, errors="replace")
    except subprocess.TimeoutExpired as late:
        raise CheckFailed(f"`{line}` has not ended within {within:g} s; it said: {late.stdout!r} {late.stderr!r}") \
            from None
    c.step(f"`{line}` ended with {done.returncode}")
    if expect is not None and done.returncode != expect:
        raise CheckFailed(f"`{line}`\n  expected: exit status {expect}\n  seen:     {done.returncode}\n"
                          f"  stdout: {done.stdout[-3000:]}\n  stderr: {done.stderr[-3000:]}")
    return done


def psql(c, server, sql, *flags, expect=0, environment=None, within=60.0):
    """psql on one server with a script on stdin; everything that it prints, in order."""
    environment = environment or address_of(server)
    arguments = ["sh", "-c", 'exec psql -X "$@" 2>&1', "psql", *flags]
    return run(c, arguments, environment, sql, within, expect, shown=f"psql {' '.join(flags)}").stdout


def make(c, server, sql):
    """Statements that have to work."""
    return psql(c, server, sql, "-q", "-v", "ON_ERROR_STOP=1")


def memory(pair):
    """Resident bytes of the primary, all its processes."""
    if not AGAINST_POSTGRES:
        return pair.nodes[0].memory()
    children = subprocess.run(["ps", "-o", "rss=", "--ppid", str(pair.primary.process.pid)], capture_output=True,
                              text=True, check=True)
    return sum(map(int, children.stdout.split())) * 1024
