"""What the system tests are written with: real processes, real directories, and a story that is told when it fails.

    from harness import expect, expect_equal, main

    def reads_what_was_written(c):          # c is a Cluster of its own, cleaned up whatever happens
        p1 = c.primary()
        r1 = c.replica(p1)
        token = p1.put("greetings", "hello", "world")
        expect_equal(r1.get("greetings", "hello", "--after", token), "world", "the row on the replica")

    main(__file__, [reads_what_was_written])

Nothing here sleeps for luck. A test waits for a server's ready line, for a position (`get --after TOKEN`), or polls
`status --json` until it tells of the state that is waited for, with a deadline.

When a check fails, the report holds the steps so far with their times, what was expected and seen, each node's
status and the end of its log, and the command that runs this one test again.

    node.py      one server on one directory: start, stop, kill, freeze, ask
    command.py   one run of a program, at once or in the background
    cluster.py   several nodes, their directories and their common story
    load.py      writers that never pause, and a ledger of what they were promised
    native.py    the native protocol, spoken from Python: for the load, and for what no honest client would send
    runner.py    runs the tests of one file, and reports
    elsewhere.py certificates, passwords, and nodes behind an address that is not loopback
    mounts.py    file systems of our own: small ones, and ones that lose their power
"""

from .checks import expect, expect_equal, expect_in, lsn, poll_until
from .cluster import Cluster
from .load import Load
from .runner import main

__all__ = ["Cluster", "Load", "expect", "expect_equal", "expect_in", "lsn", "main", "poll_until"]
