"""A Wallaby primary and its replica, with the same face as PostgresPair. The processes are the system tests'."""

import pathlib
import re
import sys

from . import libpq
from .postgres import USER

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "system"))
from harness import Cluster, lsn, poll_until  # noqa: E402  pylint: disable=wrong-import-position


class SqlDoor:
    """Where a node speaks PostgreSQL's protocol."""

    def __init__(self, node):
        self.node = node

    @property
    def address(self):
        found = re.search(r"\bsql on (\S+):(\d+)", self.node.ready_line)
        if not found:
            raise RuntimeError(f"{self.node.name} opened no door for SQL; it said: {self.node.ready_line}")
        return found[1], int(found[2])

    @property
    def host(self):
        return self.address[0]

    @property
    def port(self):
        return self.address[1]

    def conninfo(self, user=USER, database=USER):
        return f"host={self.host} port={self.port} user={user} dbname={database} sslmode=disable"

    def connect(self, **more):
        return libpq.Connection(self.conninfo(**more))


class WallabyPair:
    name = "Wallaby"

    def __init__(self, programs, cluster=None):
        self.cluster = cluster or Cluster(programs)
        self.nodes, self.primary, self.standby = [], None, None

    def start(self, *flags):
        """`flags`: more of them for the primary."""
        try:
            sql = ("--sql", f"{self.cluster.host}:0")
            first = self.cluster.primary(*sql, *flags)
            self.nodes = [first, self.cluster.replica(first, *sql)]
            self.primary, self.standby = map(SqlDoor, self.nodes)
        except BaseException:
            self.stop()
            raise
        return self

    def catch_up(self):
        first, second = self.nodes
        end = lsn(first.status()["visible"])
        poll_until("the replica has caught up", lambda: lsn(second.status()["visible"]) >= end, every=0.005)

    def alive(self):
        return all(node.running() for node in self.nodes)

    def log(self):
        return "\n".join(f"{node.name}:\n{node.log()[-2000:]}" for node in self.nodes)

    def stop(self):
        self.cluster.clean_up()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()
