"""Running programs: psql for one answer, servers that live as long as the bench."""

import os
import pathlib
import signal
import subprocess
import tempfile
import time

PATIENCE_S = 60.0
POSTGRES_PROGRAMS = pathlib.Path("/usr/lib/postgresql/15/bin")


class BenchFailed(Exception):
    """What was asked for did not happen; the text is for a person."""


def wait_until(what, probe, within=PATIENCE_S):
    """The first true value of probe(), asked again and again."""
    deadline = time.monotonic() + within
    while not (value := probe()):
        if time.monotonic() > deadline:
            raise BenchFailed(f"waited {within:g} s in vain until {what}")
        time.sleep(0.02)
    return value


def psql(address, sql, stdin=None):
    """What psql prints for one statement: rows as lines, columns parted by |."""
    done = psql_quietly(address, sql, stdin)
    if done.returncode != 0:
        raise BenchFailed(f"{address}: {sql}\n{done.stderr.strip()}")
    return done.stdout.strip()


def psql_quietly(address, sql, stdin=None):
    return subprocess.run(["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-d", address.url(), "-c", sql],
                          stdin=stdin or subprocess.DEVNULL, capture_output=True, text=True, check=False)


class Address:
    """Where a server takes SQL."""

    def __init__(self, host, port, user="postgres", database="postgres"):
        self.host, self.port, self.user, self.database = host, port, user, database

    def url(self):
        return f"host={self.host} port={self.port} user={self.user} dbname={self.database}"

    def flags(self):
        """For pgbench."""
        return ["-h", self.host, "-p", str(self.port), "-U", self.user, self.database]

    def __str__(self):
        return f"{self.host}:{self.port}"


class Server:
    """One process, its log, and a clean end. With `user`, it runs as that one."""

    def __init__(self, name, command, log, user=None):
        self.name, self.log = name, pathlib.Path(log)
        with open(self.log, "ab") as out:
            # A group of its own: Ctrl-C reaches the bench alone, which then stops the servers in order.
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=out,
                                            start_new_session=True, cwd="/", **as_user(user))

    def stop(self, how=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process.stdout.close()

    def tail(self):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-20:])


def as_user(user):
    return {"user": user, "group": user, "extra_groups": []} if user else {}


def temporary_directory(parent):
    """One that other users can walk through, for PostgreSQL's own."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="wallaby-bench-pg-", dir=parent))
    os.chmod(path, 0o755)
    return path
