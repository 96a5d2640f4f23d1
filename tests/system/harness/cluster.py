"""Several nodes, their directories, and the story that they live through."""

import os
import pathlib
import shutil
import tempfile
import time

from . import mounts
from .checks import poll_until
from .command import Running
from .node import Node

FIRST_PORT = 7400


def own_host():
    """A loopback address for this process alone: tests side by side never meet on a port, and ports below the
    ephemeral ones are never taken by an outgoing connection between a kill and a restart."""
    pid = os.getpid()
    return f"127.{128 + (pid >> 16) % 64}.{(pid >> 8) % 256}.{pid % 256}"


class Cluster:
    def __init__(self, programs, first_port=FIRST_PORT):
        """`first_port`: another one for each cluster of a process that has several."""
        self.first_port = first_port
        self.programs = pathlib.Path(programs)
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="wallaby-system-"))
        self.host = own_host()
        self.nodes = []
        self.commands = []
        self.loads = []
        self.steps = []
        self.began = time.monotonic()

    # --- nodes

    def node(self, role, name, *flags, data=None):
        """One that is not started yet."""
        node = Node(self, role, name, f"{self.host}:{self.first_port + len(self.nodes)}", list(flags))
        if data is not None:
            node.data = str(data)
        self.nodes.append(node)
        return node

    def primary(self, *flags, name="p1", data=None):
        return self.node("primary", name, *flags, data=data).start()

    def replica(self, feeder, *flags, name=None, data=None):
        name = name or f"r{sum(node.role == 'replica' for node in self.nodes) + 1}"
        return self.node("replica", name, "--primary", feeder.address, *flags, data=data).start()

    def program(self, name):
        return str(self.programs / name)

    def converges(self, within=60.0):
        """Waits until all running nodes hold the same: equal digests at the same position, the primary's end."""
        running = [node for node in self.nodes if node.running()]

        def equal():
            seen = [node.status() for node in running]
            ends = {(status["flushed"], status["visible"], status["digest_position"], status["digest"])
                    for status in seen}
            return len(ends) == 1 and seen[0]["flushed"] == seen[0]["visible"]

        poll_until("all nodes are equal", equal, within,
                   seen=lambda: "; " + str([(n.name, n.status()["flushed"], n.status()["digest"]) for n in running]))
        self.step("all nodes are equal")

    # --- commands

    def begin(self, *arguments, stdin=None, shown="wallaby"):
        visible = arguments[2:] if arguments[:1] == ("--node",) else arguments
        line = " ".join([shown, *(a if len(a) < 60 else a[:40] + "..." for a in map(str, visible))])
        running = Running(self, line, [self.program("wallaby"), *arguments], self.environment(), stdin)
        self.commands.append(running)
        return running

    def run(self, *arguments, expect=0, stdin=None, within=60.0):
        """`wallaby ARGUMENTS`, for commands that need no node."""
        return self.begin(*arguments, stdin=stdin).answer(expect, within)

    def quietly(self, *arguments):
        """A command that is no step of the story."""
        running = Running(Silence, " ".join(arguments), [self.program("wallaby"), *arguments], self.environment())
        self.commands.append(running)
        answer = running.answer(None, 20)
        self.commands.remove(running)
        return answer

    @staticmethod
    def environment():
        return {key: value for key, value in os.environ.items() if key != "WALLABY_NODE"}

    # --- the story

    def new_story(self):
        """The cluster stays as it is; what is reported begins here."""
        self.steps.clear()
        self.began = time.monotonic()

    def step(self, text):
        self.steps.append((time.monotonic() - self.began, text))

    def report(self):
        """Everything that helps to see what happened."""
        lines = ["steps:"]
        lines += [f"  {number:3}. {at:7.2f} s  {text}" for number, (at, text) in enumerate(self.steps, 1)]
        for node in self.nodes:
            lines.append(f"{node.name}: {self._state_of(node)}")
            if node.log_path.exists():
                tail = node.log_path.read_text(errors="replace").splitlines()[-25:]
                lines += [f"    | {line}" for line in tail]
        return "\n".join(lines)

    def _state_of(self, node):
        if node.process is None:
            return "not running"
        if node.process.poll() is not None:
            return f"has ended with exit status {node.process.returncode}"
        try:
            answer = self.quietly("--node", node.address, "status")
            return answer.out.replace("\n", "\n    ") or answer.err.strip()
        except Exception as problem:  # pylint: disable=broad-except
            return f"does not tell its status: {problem}"

    def clean_up(self):
        for load in self.loads:
            load.abort()
        for command in self.commands:
            command.end()
        for node in self.nodes:
            node.clean_up()
        mounts.leave(self.path)
        shutil.rmtree(self.path, ignore_errors=True)


class Silence:
    """A story that nobody tells."""

    @staticmethod
    def step(text):
        pass
