"""Wallaby: a primary and two replicas, with nothing but defaults."""

import pathlib
import re

from .shell import Address, BenchFailed, Server, psql, wait_until

# The rung whose promise is PostgreSQL's. With no set of replicas given, semi-sync and durable wait for any one of them,
# sync for all: ANY 1 of two, and ANY 2 of two.
RUNGS = {"local": "async", "remote_write": "semi-sync", "on": "durable", "remote_apply": "sync"}


class Wallaby:
    name = "Wallaby"

    def __init__(self, directory, programs):
        self.path, self.programs = pathlib.Path(directory), pathlib.Path(programs)
        self.servers, self.addresses, self.native = {}, {}, {}

    @property
    def primary(self):
        return self.addresses["p1"]

    def version(self):
        return psql(self.primary, "SHOW server_version")

    def _start(self, name, role, *flags):
        command = [self.programs / f"wallaby-{role}", "--name", name, "--data", self.path / "wallaby" / name,
                   "--listen", "127.0.0.1:0", "--sql", "127.0.0.1:0", *flags]
        server = self.servers[name] = Server(name, command, self.path / f"wallaby-{name}.log")
        ready = server.process.stdout.readline().decode()
        match = re.search(r"listening on ([\d.:]+).*\bsql on ([\d.]+):(\d+)", ready)
        if not match:
            raise BenchFailed(f"{name} did not start: {ready.strip()}\n{server.tail()}")
        self.native[name] = match[1]
        self.addresses[name] = Address(match[2], int(match[3]), "wallaby", "wallaby")

    def start(self):
        (self.path / "wallaby").mkdir()
        self._start("p1", "primary")
        for name in ("r1", "r2"):
            self._start(name, "replica", "--primary", self.native["p1"])
        wait_until("both replicas stream", lambda: psql(
            self.primary, "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'") == "2")

    def checkpoint(self):
        psql(self.primary, "SELECT wallaby_checkpoint()")

    def switch(self, mode):
        psql(self.primary, f"ALTER SYSTEM SET ack_mode = '{RUNGS[mode]}'")
        wait_until("the switch is thrown", lambda: psql(self.primary, "SHOW ack_mode") == RUNGS[mode])

    def replicas_have_all(self):
        end = psql(self.primary, "SELECT pg_current_wal_lsn()")
        for name in ("r1", "r2"):
            wait_until(f"{name} has caught up", lambda name=name: not psql(
                self.addresses[name], f"SELECT pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '{end}')").startswith("-"))

    def replicas(self):
        return [self.addresses["r1"], self.addresses["r2"]]

    def stop(self):
        for name in reversed(list(self.servers)):
            self.servers[name].stop()
