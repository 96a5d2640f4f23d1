"""A real PostgreSQL 15: a primary and two streaming standbys, as safe as it is by default.

fsync and full_page_writes are on, shared_buffers is 256 MB, everything else is the default; each standby has a slot, so
nothing that it needs is thrown away. initdb refuses to run as root: then the servers run as the user postgres.
"""

import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess

from .shell import POSTGRES_PROGRAMS, Address, BenchFailed, Server, as_user, psql, psql_quietly, wait_until

SETTINGS = {"fsync": "on", "full_page_writes": "on", "shared_buffers": "256MB", "max_connections": "200"}

# What each rung of Wallaby's switch is called here, and which standbys it waits for.
SYNCHRONOUS = {"local": ("local", ""), "remote_write": ("remote_write", "ANY 1 (s1, s2)"), "on": ("on", "ANY 1 (s1, s2)"),
               "remote_apply": ("remote_apply", "ANY 2 (s1, s2)")}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Postgres:
    name = "PostgreSQL"

    def __init__(self, directory):
        if not (POSTGRES_PROGRAMS / "initdb").exists():
            raise BenchFailed("PostgreSQL 15 is missing: apt-get install postgresql-15")
        self.path = pathlib.Path(directory) / "postgres"
        self.path.mkdir()
        self.user = "postgres" if os.geteuid() == 0 else None
        if self.user:
            shutil.chown(self.path, self.user, self.user)
        self.servers, self.addresses = {}, {}

    def version(self):
        return psql(self.primary, "SHOW server_version")

    @property
    def primary(self):
        return self.addresses["primary"]

    def _run(self, program, *arguments):
        done = subprocess.run([POSTGRES_PROGRAMS / program, *arguments], capture_output=True, text=True, check=False,
                              cwd="/", **as_user(self.user))
        if done.returncode != 0:
            raise BenchFailed(f"{program}: {done.stderr.strip()}")

    def _start(self, name):
        port = free_port()
        self.addresses[name] = Address("127.0.0.1", port)
        command = [POSTGRES_PROGRAMS / "postgres", "-D", self.path / name, "-p", str(port), "-k", "", "-c", f"cluster_name={name}"]
        for setting, value in SETTINGS.items():
            command += ["-c", f"{setting}={value}"]
        server = self.servers[name] = Server(name, command, self.path.parent / f"postgres-{name}.log", self.user)

        def answers():
            if server.process.poll() is not None:
                raise BenchFailed(f"PostgreSQL's {name} has ended:\n{server.tail()}")
            return psql_quietly(self.addresses[name], "SELECT 1").returncode == 0

        wait_until(f"PostgreSQL's {name} answers", answers)

    def start(self):
        self._run("initdb", "-D", self.path / "primary", "--locale=C", "-E", "UTF8", "-A", "trust", "-U", "postgres")
        self._start("primary")
        for name in ("s1", "s2"):
            source = f"host={self.primary.host} port={self.primary.port} user=postgres application_name={name}"
            self._run("pg_basebackup", "-d", source, "-D", self.path / name, "-R", "-C", "-S", name, "-c", "fast")
            self._start(name)
        wait_until("both standbys stream", lambda: psql(
            self.primary, "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'") == "2")

    def checkpoint(self):
        psql(self.primary, "CHECKPOINT")

    def switch(self, mode):
        """Everybody's commits from now on wait as `mode` says."""
        rung, standbys = SYNCHRONOUS[mode]
        psql(self.primary, f"ALTER SYSTEM SET synchronous_commit = '{rung}'")
        psql(self.primary, f"ALTER SYSTEM SET synchronous_standby_names = '{standbys}'")
        psql(self.primary, "SELECT pg_reload_conf()")
        wait_until("the new settings hold", lambda: psql(self.primary, """
            SELECT current_setting('synchronous_commit') || ';' || current_setting('synchronous_standby_names')
            """) == f"{rung};{standbys}")
        expected = len(re.findall(r"s\d", standbys))
        wait_until("the standbys count", lambda: psql(
            self.primary, "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'quorum'") == str(expected))

    def replicas_have_all(self):
        """Waits until both standbys have applied what the primary has."""
        end = psql(self.primary, "SELECT pg_current_wal_lsn()")
        for name in ("s1", "s2"):
            wait_until(f"{name} has caught up", lambda name=name: psql(
                self.addresses[name], f"SELECT pg_last_wal_replay_lsn() >= '{end}'::pg_lsn") == "t")

    def replicas(self):
        return [self.addresses["s1"], self.addresses["s2"]]

    def stop(self):
        for name in reversed(list(self.servers)):
            self.servers[name].stop(signal.SIGINT)  # "fast": do not wait for clients
