"""One server process on a directory of its own. It may be started again on it any number of times."""

import json
import os
import select
import signal
import subprocess
import time

from .checks import CheckFailed, expect_equal, lsn, poll_until

READY_WITHIN = 60.0


class Node:
    def __init__(self, cluster, role, name, address, flags):
        self.cluster, self.role, self.name, self.address, self.flags = cluster, role, name, address, flags
        host, port = address.rsplit(":", 1)
        self.sql_address = f"{host}:{int(port) - 7400 + 5432}"  # nobody takes this machine's own 5432
        self.data = str(cluster.path / name)
        self.log_path = cluster.path / f"{name}.log"
        self.process = None
        self.ready_line = ""
        self.log_from = 0  # where this run's part of the log begins

    # --- its life

    def arguments(self, *more):
        fixed = ["--data", self.data, "--name", self.name, "--listen", self.address]
        if "--sql" not in [*self.flags, *more]:
            fixed += ["--sql", self.sql_address]
        return [self.cluster.program(f"wallaby-{self.role}"), *fixed, *self.flags, *more]

    def spawn(self, *more, wrap=()):
        """Starts it, and does not wait."""
        self.log_from = self.log_path.stat().st_size if self.log_path.exists() else 0
        with open(self.log_path, "ab") as log:
            # Should this test be killed itself, its servers go with it.
            self.process = subprocess.Popen(
                [*wrap, "setpriv", "--pdeathsig", "KILL", *self.arguments(*more)],
                stdout=subprocess.PIPE, stderr=log, stdin=subprocess.DEVNULL)
        self.ready_line = ""

    def start(self, *more, wrap=()):
        """Starts it, and waits for its ready line."""
        began = time.monotonic()
        self.spawn(*more, wrap=wrap)
        self.wait_ready()
        shown = " ".join([*self.flags, *more])
        self.step(f"started{' with ' + shown if shown else ''} in {time.monotonic() - began:.2f} s: {self.ready_line}")
        return self

    def wait_ready(self):
        deadline = time.monotonic() + READY_WITHIN
        text = b""
        while not text.endswith(b"\n"):
            poll = select.poll()
            poll.register(self.process.stdout, select.POLLIN)
            readable = poll.poll(max(0, deadline - time.monotonic()) * 1000)
            piece = os.read(self.process.stdout.fileno(), 4096) if readable else b""
            if not piece:
                why = f"exit status {self.process.wait()}" if readable else f"nothing for {READY_WITHIN:g} s"
                raise CheckFailed(f"{self.name} did not become ready: {why}; its log: {self.log().strip()!r}")
            text += piece
        self.ready_line = text.decode().strip()
        return self

    def refuses_to_start(self, *more, status):
        """Starts it, and expects that it ends by itself. Gives what it said."""
        self.spawn(*more)
        out, _ = self.process.communicate(timeout=READY_WITHIN)
        self.step(f"started, ended with {self.process.returncode}: {self.log().strip()}")
        expect_equal(out.decode(), "", f"stdout of {self.name}, which should have refused to start: {self.log()}")
        expect_equal(self.process.returncode, status, f"exit status of {self.name}, which said: {self.log()}")
        self.process = None
        return self.log()

    def running(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        """kill -9: nothing is finished, nothing is said."""
        self.step("kill -9")
        self._end(signal.SIGKILL)
        return self

    def stop(self, within=20.0):
        """SIGTERM; expects a clean end, and gives the seconds that it took."""
        began = time.monotonic()
        self.thaw()
        status = self._end(signal.SIGTERM, within)
        took = time.monotonic() - began
        self.step(f"SIGTERM: ended with {status} after {took:.2f} s")
        expect_equal(status, 0, f"exit status of {self.name} after SIGTERM; its log: {self.log()}")
        return took

    def ends(self, within=30.0):
        """Waits for its end by itself; gives the exit status."""
        try:
            status = self.process.wait(within)
        except subprocess.TimeoutExpired:
            raise CheckFailed(f"{self.name} still runs after {within:g} s") from None
        self.process.stdout.close()
        self.process = None
        self.step(f"ended by itself with {status}: {self.log().strip()[-300:]}")
        return status

    def _end(self, number, within=20.0):
        if self.process is None:
            return None
        self.process.send_signal(number)
        if number == signal.SIGKILL:
            self.process.send_signal(signal.SIGCONT)
        try:
            status = self.process.wait(within)
        except subprocess.TimeoutExpired:
            raise CheckFailed(f"{self.name} has not ended within {within:g} s of signal {number}") from None
        self.process.stdout.close()
        self.process = None
        return status

    def freeze(self):
        """SIGSTOP: its connections stay open, and nothing comes out of it any more."""
        self.step("SIGSTOP")
        self.process.send_signal(signal.SIGSTOP)
        return self

    def thaw(self):
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)
        return self

    def clean_up(self):
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()

    # --- what it says

    def step(self, text):
        self.cluster.step(f"{self.name}: {text}")

    def log(self):
        """What this run has said on stderr."""
        with open(self.log_path, "rb") as log:
            log.seek(self.log_from)
            return log.read().decode(errors="replace")

    def logs(self, part, within=30.0):
        """Waits until its log holds `part`; gives that line."""
        poll_until(f"{self.name} logs {part!r}", lambda: part in self.log(), within, seen=lambda: ": " + self.log())
        return next(line for line in self.log().splitlines() if part in line)

    def memory(self):
        """Resident bytes."""
        with open(f"/proc/{self.process.pid}/statm", encoding="ascii") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    # --- asking it

    def begin(self, *arguments, stdin=None):
        """`wallaby --node ITS-ADDRESS ARGUMENTS`, in the background."""
        return self.cluster.begin("--node", self.address, *arguments, stdin=stdin, shown=f"{self.name}: wallaby")

    def run(self, *arguments, expect=0, stdin=None, within=60.0):
        return self.begin(*arguments, stdin=stdin).answer(expect, within)

    def put(self, table, key, value, *flags):
        """The token."""
        return self.run("put", table, key, value, *flags).out

    def get(self, table, key, *flags):
        return self.run("get", table, key, *flags).out

    def begin_put(self, key, value="v", *flags):
        """A put into table t, in the background, and its record's position; it is in the log by then."""
        before = lsn(self.status()["appended"])
        put = self.begin("put", "t", key, value, *flags)
        after = self.until(f"has appended {key}", lambda s: lsn(s["appended"]) > before)
        return put, after["appended"]

    def records(self, kind):
        """The records of one kind in its log, as `waldump` prints them."""
        dump = self.cluster.quietly("waldump", self.data, "--json")
        expect_equal(dump.status, 0, f"waldump of {self.name}'s log: {dump}")
        return [record for record in map(json.loads, dump.out.splitlines()) if record["kind"] == kind]

    def status(self):
        """A dictionary, as `status --json` prints it. Not a step of the story: tests ask often."""
        answer = self.cluster.quietly("--node", self.address, "status", "--json")
        if answer.status != 0:
            raise CheckFailed(f"{self.name} does not tell its status: {answer}")
        return answer.json()

    def until(self, what, condition, within=30.0):
        """Polls the status until the condition holds; gives that status."""
        last = {}

        def probe():
            last.clear()
            last.update(self.status())
            return condition(last)

        poll_until(f"{self.name} {what}", probe, within, seen=lambda: f"; its last status: {last}")
        self.step(what)
        return dict(last)

    def replica_is(self, name, what, condition, within=30.0):
        """Polls until what this node tells of the replica `name` fulfils the condition; gives that part."""
        status = self.until(f"sees that {name} {what}",
                            lambda s: any(r["name"] == name and condition(r) for r in s["replicas"]), within)
        return next(r for r in status["replicas"] if r["name"] == name)

    def streams(self, name, within=30.0):
        return self.replica_is(name, "streams", lambda r: r["state"] == "streaming", within)

    def away(self, name, within=30.0):
        return self.replica_is(name, "is away", lambda r: r["state"] == "away", within)

    def fill(self, mebibytes, table="bulk"):
        """Lets the log grow by about so much, the tables by 1 MiB: the same thousand keys again and again, as many as
        there are rows in one of load's records (in which a key's last value alone is kept)."""
        rows = (f"key{number % 1000:04}\t{'x' * 1000}\n" for number in range(int(mebibytes * 1024)))
        return self.run("load", table, "-", stdin="".join(rows), within=120).out
