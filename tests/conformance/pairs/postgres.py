"""A real PostgreSQL 15 primary and a streaming standby of it, on loopback, gone without a trace afterwards.

    with PostgresPair() as pair:
        pair.primary.conninfo()      "host=127.130.4.7 port=5432 user=student dbname=student ..."
        pair.catch_up()              returns when the standby has replayed what the primary has acknowledged

PostgreSQL refuses to run as root; then its processes run as the user postgres, whom Debian's package makes.
Its settings differ from the defaults where a comparison with Wallaby would otherwise be unfair: transactions are
REPEATABLE READ, which is the one isolation level that Wallaby has; texts are compared byte by byte, in UTF-8.
"""

import ctypes
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile
import time

from . import libpq

PROGRAMS = pathlib.Path(os.environ.get("WALLABY_POSTGRES", "/usr/lib/postgresql/15/bin"))
USER = "student"

SETTINGS = """
listen_addresses = '{host}'
port = {port}
unix_socket_directories = ''
fsync = off
synchronous_commit = on
autovacuum = off
jit = off
shared_buffers = 32MB
max_connections = 120
max_wal_senders = 4
timezone = 'UTC'
log_timezone = 'UTC'
datestyle = 'iso, mdy'
lc_messages = 'C'
default_transaction_isolation = 'repeatable read'
wal_receiver_status_interval = 1s
"""

TRUST = "host all all 127.0.0.0/8 trust\nhost replication all 127.0.0.0/8 trust\n"


class NotInstalled(Exception):
    pass


def owner():
    """Who the processes run as, when it is not ourselves."""
    if os.geteuid() != 0:
        return {}
    try:
        postgres = pwd.getpwnam("postgres")
    except KeyError:
        raise NotInstalled("there is no user postgres: install postgresql-15") from None
    return {"user": postgres.pw_uid, "group": postgres.pw_gid, "extra_groups": []}


def die_with_the_test():
    """In the new process: should the test be killed itself, the server stops with it (SIGINT is a fast shutdown)."""
    ctypes.CDLL(None).prctl(1, signal.SIGINT)  # PR_SET_PDEATHSIG


class Server:
    def __init__(self, name, path, host, port):
        self.name, self.path, self.host, self.port = name, path, host, port
        self.process = None

    def conninfo(self, user=USER, database=USER):
        return f"host={self.host} port={self.port} user={user} dbname={database} sslmode=disable"

    def connect(self, **more):
        return libpq.Connection(self.conninfo(**more))

    def start(self):
        with open(f"{self.path}.log", "ab") as log:
            self.process = subprocess.Popen(
                [PROGRAMS / "postgres", "-D", str(self.path)], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                cwd="/", preexec_fn=die_with_the_test, **owner())
        deadline = time.monotonic() + 60
        while True:
            try:
                self.connect(database="postgres").close()
                return
            except (libpq.Lost, libpq.NoAnswer) as problem:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"{self.name} did not start: {problem}\n{self.log()}") from None
            time.sleep(0.02)  # lint: poll

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGQUIT)
                self.process.wait()

    def log(self):
        return pathlib.Path(f"{self.path}.log").read_text(errors="replace")[-3000:]


class PostgresPair:
    name = "PostgreSQL"

    def __init__(self, number=0, host=None):
        """`number`: 0, 1, ... when a process has several pairs."""
        if not (PROGRAMS / "initdb").exists():
            raise NotInstalled(f"{PROGRAMS} holds no initdb: install postgresql-15, or set WALLABY_POSTGRES")
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="wallaby-postgres-"))
        self.path.chmod(0o755)
        host = host or own_host()
        self.primary = Server("PostgreSQL's primary", self.path / "primary", host, 5432 + 2 * number)
        self.standby = Server("PostgreSQL's standby", self.path / "standby", host, 5433 + 2 * number)
        self.asking = []

    def start(self):
        try:
            self._start_primary()
            self._start_standby()
            self.asking = [self.primary.connect(), self.standby.connect()]
        except BaseException:
            self.stop()
            raise
        return self

    def _start_primary(self):
        if owner():
            shutil.chown(self.path, owner()["user"], owner()["group"])
        self._run("initdb", "-D", str(self.primary.path), "-U", USER, "-A", "trust", "--locale=C", "-E", "UTF8",
                  "--no-sync")
        self._configure(self.primary)
        self.primary.start()
        with self.primary.connect(database="postgres") as connection:
            connection.query(f"CREATE DATABASE {USER}")

    def _start_standby(self):
        self._run("pg_basebackup", "-h", self.primary.host, "-p", str(self.primary.port), "-U", USER, "-D",
                  str(self.standby.path), "-R", "-c", "fast", "--no-sync")
        self._configure(self.standby)
        self.standby.start()

    def _configure(self, server):
        with open(server.path / "postgresql.conf", "a", encoding="utf-8") as file:
            file.write(SETTINGS.format(host=server.host, port=server.port))
        (server.path / "pg_hba.conf").write_text(TRUST, encoding="utf-8")

    def _run(self, program, *arguments):
        done = subprocess.run([PROGRAMS / program, *arguments], capture_output=True, text=True, cwd="/", check=False,
                              **owner())
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stderr}")

    def catch_up(self):
        primary, standby = self.asking
        end = primary.query("SELECT pg_current_wal_flush_lsn()")[0].rows[0][0].decode()
        deadline = time.monotonic() + 30
        while standby.query(f"SELECT pg_last_wal_replay_lsn() >= '{end}'::pg_lsn")[0].rows[0][0] != b"t":
            if time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL's standby has not replayed {end} within 30 s\n{self.standby.log()}")
            time.sleep(0.002)  # lint: poll

    def alive(self):
        return self.primary.process.poll() is None and self.standby.process.poll() is None

    def stop(self):
        for connection in self.asking:
            connection.close()
        for server in (self.standby, self.primary):
            server.stop()
        shutil.rmtree(self.path, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()


def own_host():
    """A loopback address for this process alone, so that tests side by side never meet on a port."""
    pid = os.getpid()
    return f"127.{64 + (pid >> 16) % 64}.{(pid >> 8) % 256}.{pid % 256}"
