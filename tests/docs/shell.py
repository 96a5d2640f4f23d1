"""The bash of one experiment: commands as a reader types them, with variables, `$?`, jobs and all.

Each command's output goes to a file of its own, so what a background command says later never gets mixed up with
what other commands say. When a command is done, bash says so on a pipe that nothing else writes to.
"""

import contextlib
import os
import pathlib
import re
import select
import signal
import subprocess
import time

from harness.checks import CheckFailed

# Of bash itself, about a job; an interactive one words it differently.
REMARK = re.compile(r"^(/\S*)?bash: line \d+: +\d+ (Killed|Terminated|Interrupt)\b")


class Job:
    """A background command."""

    def __init__(self, text, path):
        self.text, self.path = text, path
        self.shown = 0  # bytes that the document has shown

    def news(self):
        """(lines, where they end) of what it has said since."""
        data = self.path.read_bytes()
        return lines_of(data[self.shown:]), len(data)

    def up_to(self, count):
        """Where the first `count` lines of the news end."""
        data = self.path.read_bytes()
        end = self.shown
        for _ in range(count):
            end = data.index(b"\n", end) + 1
        return end


def lines_of(data):
    return [line for line in data.decode(errors="replace").splitlines() if not REMARK.match(line)]


class Shell:
    def __init__(self, directory, environment):
        self.directory, self.jobs, self.count = directory, [], 0
        self.scratch = directory / ".runner"
        self.scratch.mkdir(exist_ok=True)
        self.done, told = os.pipe()
        self.told = told
        self.bash = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "bash", "--norc"], cwd=directory, env=environment, pass_fds=[told],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True)
        self.status = 0
        # With job control a background command can be interrupted, and as a group, as with Ctrl-C at a terminal.
        self.run("set -m")

    def run(self, text, within=60.0):
        """The lines that the command printed; self.status is its exit status."""
        path = self._new_file()
        self._give(text, path)
        answer = b""
        deadline = time.monotonic() + within
        while not answer.endswith(b"\n"):
            left = deadline - time.monotonic()
            readable, _, _ = select.select([self.done], [], [], max(0, min(left, 1)))
            if readable:
                answer += os.read(self.done, 64)
            elif left <= 0:
                raise CheckFailed(f"not done within {within:g} s; so far it printed: {path.read_text(errors='replace')!r}")
            elif self.bash.poll() is not None:
                raise CheckFailed("the shell itself has ended")
        self.status = int(answer)
        return lines_of(path.read_bytes())

    def begin(self, text):
        """A command that ends with `&`."""
        path = self._new_file()
        self.jobs.append(Job(text, path))
        self._give(text, path)
        os.read(self.done, 64)
        return self.jobs[-1]

    def _new_file(self):
        self.count += 1
        return self.scratch / f"{self.count}.out"

    def _give(self, text, path):
        before = f"(exit {self.status})\n" if self.status else ":\n"
        self.bash.stdin.write(f"{before}{{ {text}\n}} >>{path} 2>&1 </dev/null {self.told}>&-\n"
                              f"echo $? >&{self.told}\n")
        self.bash.stdin.flush()

    def close(self):
        """Ends everything that it has started."""
        if self.bash.poll() is None:
            children = pathlib.Path(f"/proc/{self.bash.pid}/task/{self.bash.pid}/children").read_text()
            self.bash.kill()
            for child in children.split():  # each job leads its own group
                for kill in (os.killpg, os.kill):
                    with contextlib.suppress(ProcessLookupError):
                        kill(int(child), signal.SIGKILL)
        self.bash.wait()
        self.bash.stdin.close()
        os.close(self.done)
        os.close(self.told)
