"""Runs one experiment of a document on a cluster of its own.

The document's addresses are 127.0.0.1:7400 and so on; the cluster listens on a loopback address of this process alone
(tests/system/harness/cluster.py), so several documents may run beside each other. Commands go in, and answers come out,
with the one put for the other. A server that a command starts without --listen (or --sql) gets the port that it would have had.
`../examples` is the one beside the reader's `lab`, in the root of the project.
"""

import contextlib
import json
import os
import pathlib
import re
import stat

from harness import Cluster, poll_until
from harness.checks import CheckFailed

from document import Command, Heard, Until
from matching import Names, match
from settling import still_moving
from shell import Shell

SAID_HOST = "127.0.0.1"
HEARD_WITHIN = 30.0
SETTLED_WITHIN = 2.0  # what moves longer is none of the document's business

KILLED = re.compile(r"\bkill .*?\$\(cat ([pr]\d)/lock\)")

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Stands before the real program in PATH. p1 has the ports 7400 and 5432, r1 7401 and 5433, ...
SERVER = """#!/usr/bin/env bash
listen=(--listen {host}:7400) sql=(--sql {host}:5432)
for word in "$@"; do
  case "$word" in
    --listen) listen=() ;;
    --sql) sql=() ;;
    r[0-9] | */r[0-9])
      listen=(--listen "{host}:740${{word: -1}}")
      sql=(--sql "{host}:$((5432 + ${{word: -1}}))")
      ;;
  esac
done
exec setpriv --pdeathsig KILL {program} "$@" "${{listen[@]}}" "${{sql[@]}}"
"""


class Mismatch(Exception):
    """A step did not come out as the document says."""

    def __init__(self, step, seen, why=""):
        super().__init__(why)
        self.step, self.seen, self.why = step, seen, why


class Run:
    def __init__(self, experiment, programs, update):
        self.experiment, self.update = experiment, update
        self.cluster = Cluster(programs)
        self.names = Names()
        self.changes = []  # (step, the lines that should stand there), when updating
        self.shell = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.shell:
            self.shell.close()
        self.cluster.clean_up()

    def whole(self):
        self._start()
        for step in self.experiment.steps:
            kind = {Command: self._command, Heard: self._heard, Until: self._until}[type(step)]
            try:
                self._settle()
                kind(step)
            except CheckFailed as problem:
                raise Mismatch(step, [], str(problem)) from None

    # --- nodes

    def _start(self):
        primary = None
        for name, flags in self.experiment.nodes:
            if name.startswith("p"):
                primary = self.cluster.primary(*flags, name=name)
            else:
                self.cluster.replica(primary, *flags, name=name)
        wrappers = self.cluster.path / ".bin"
        wrappers.mkdir()
        for program in ("wallaby-primary", "wallaby-replica"):
            script = wrappers / program
            script.write_text(SERVER.format(host=self.cluster.host, program=self.cluster.program(program)))
            script.chmod(script.stat().st_mode | stat.S_IXUSR)
        environment = self.cluster.environment() | {
            "PATH": f"{wrappers}:{self.cluster.programs}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8", "TERM": "dumb",
            "WALLABY_NODE": self._address("p1"), "HOST": self.cluster.host}  # HOST: for the users application
        self.shell = Shell(self.cluster.path, environment)

    def _address(self, node):
        return f"{self.cluster.host}:740{node[1] if node.startswith('r') else 0}"

    # --- steps

    def _command(self, step):
        if strangers := self.names.unknown_in(step.text):
            raise CheckFailed(f"no command before has shown {', '.join(strangers)}: a slip of the pen?")
        text = self.names.to_run(step.text).replace(SAID_HOST, self.cluster.host).replace("../examples/", f"{ROOT}/examples/")
        if step.background:
            job = self.shell.begin(text)
            self.cluster.step(f"$ {step.text}")
            if step.expected:
                self._hear(step, job)
            return
        seen = self.shell.run(text)
        if text.startswith("wait"):  # at a terminal, what is waited for goes on talking
            for job in self.shell.jobs:
                news, job.shown = job.news()
                seen = news + seen
        self.cluster.step(f"$ {step.text}  # status {self.shell.status}")
        for node in KILLED.findall(step.text):
            poll_until(f"{node} has ended", lambda node=node: not self._is_alive(node), HEARD_WITHIN)
        seen = self._as_document(seen)
        if not match(step.expected, seen, self.names):
            self._differs(step, seen)

    def _heard(self, step):
        number = step.job or len(self.shell.jobs)
        if not 1 <= number <= len(self.shell.jobs):
            raise CheckFailed("no such command runs in the background")
        self._hear(step, self.shell.jobs[number - 1])

    def _hear(self, step, job):
        """Waits until the job has said what is expected. It may have said more: that is shown later."""
        last = []

        def probe():
            lines, end = job.news()
            last[:] = self._as_document(lines)
            for count in range(len(last), 0, -1):
                if match(step.expected, last[:count], self.names):
                    return job.up_to(count) if count < len(lines) else end
            return None

        try:
            job.shown = poll_until("", probe, HEARD_WITHIN)
        except CheckFailed:
            self._differs(step, list(last))
            job.shown = job.news()[1]
            return
        self.cluster.step(f"`{job.text}` says: {' / '.join(last)}")

    def _until(self, step):
        wanted = self.names.to_run(step.value)
        with contextlib.suppress(ValueError):  # a number, true, ["r1"], "": JSON; a word stands for itself
            wanted = json.loads(wanted)
        last = []

        def probe():
            answer = self.cluster.quietly("--node", self._address(step.node), "status", "--json")
            last[:] = [self._at_path(answer.json(), step.path) if answer.status == 0 else str(answer)]
            return last == [wanted]

        poll_until(f"{step.node} has {step.path} = {wanted!r}", probe, HEARD_WITHIN, seen=lambda: f"; it is {last}")
        self.cluster.step(f"{step.node} has {step.path} = {wanted!r}")

    @staticmethod
    def _at_path(value, path):
        """`replicas.r1.state`: in a list, the element of that name (or stage, or rung)."""
        for word in path.split("."):
            if isinstance(value, list):
                value = next((one for one in value if word in (one.get("name"), one.get("stage"), one.get("rung"))), None)
            else:
                value = value.get(word) if value is not None else None
        return value

    # --- coming to rest

    def _settle(self):
        def settled():
            answer = self.cluster.quietly("--node", self._address("p1"), "status", "--json")
            return not still_moving(answer.json(), self._is_alive) if answer.status == 0 else not self._is_alive("p1")

        with contextlib.suppress(CheckFailed):
            poll_until("all has moved", settled, SETTLED_WITHIN)

    def _is_alive(self, node):
        """By the process id that it has written down. A child that nobody has waited for yet is a zombie (Z)."""
        try:
            process = (self.cluster.path / node / "lock").read_text().strip()
            return pathlib.Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
        except (FileNotFoundError, ProcessLookupError):
            return False

    # --- output

    def _as_document(self, lines):
        real = str(self.cluster.path) + "/"
        return [line.replace(real, "").replace(self.cluster.host, SAID_HOST) for line in lines]

    def _differs(self, step, seen):
        if not self.update:
            raise Mismatch(step, seen)
        self.changes.append((step, [self.names.to_document(line) for line in seen]))
