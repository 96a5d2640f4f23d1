"""One run of a program: what went in, what came out."""

import json
import os
import select
import signal
import subprocess
import time

from .checks import CheckFailed


class Answer:
    """What a command said, and how it ended."""

    def __init__(self, line, status, out, err):
        self.line, self.status, self.err = line, status, err
        self.out = out.rstrip("\n")

    def json(self):
        return json.loads(self.out)

    def __str__(self):
        parts = [f"exit status {self.status}"]
        for name, text in (("stdout", self.out), ("stderr", self.err.rstrip("\n"))):
            if text:
                short = text if len(text) < 600 else text[:400] + " ... " + text[-200:]
                parts.append(f"{name}: {short}")
        return "; ".join(parts)


class Running:
    """A command that was begun. Its answer is taken later; until then one can listen to what it says on stderr."""

    def __init__(self, story, line, arguments, environment=None, stdin=None):
        self.story, self.line = story, line
        self.process = subprocess.Popen(
            arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment,
            stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL)
        self.text = {self.process.stdout: bytearray(), self.process.stderr: bytearray()}
        self.open = {self.process.stdout, self.process.stderr}
        self.to_write = None
        if stdin is not None:
            self.to_write = memoryview(stdin.encode())
            os.set_blocking(self.process.stdin.fileno(), False)

    @property
    def err(self):
        return self.text[self.process.stderr].decode(errors="replace")

    def waits(self):
        """Whether it has not ended yet."""
        return self.process.poll() is None

    def interrupt(self):
        """Ctrl-C."""
        self.story.step(f"Ctrl-C on `{self.line}`")
        self.process.send_signal(signal.SIGINT)
        return self

    @property
    def out(self):
        return self.text[self.process.stdout].decode(errors="replace")

    def listen(self, deadline):
        """Takes what comes next; false when time is up."""
        left = deadline - time.monotonic()
        if left <= 0:
            return False
        poll = select.poll()  # not select(): that one knows only a thousand files
        for stream in self.open:
            poll.register(stream, select.POLLIN)
        if self.to_write is not None:
            poll.register(self.process.stdin, select.POLLOUT)
        ready = {number for number, _ in poll.poll(left * 1000)}
        for stream in [stream for stream in self.open if stream.fileno() in ready]:
            piece = os.read(stream.fileno(), 1 << 16)
            self.text[stream] += piece
            if not piece:
                self.open.discard(stream)
        if self.to_write is not None and self.process.stdin.fileno() in ready:
            try:
                self.to_write = self.to_write[os.write(self.process.stdin.fileno(), self.to_write[:1 << 16]):]
            except BrokenPipeError:
                self.to_write = memoryview(b"")
            if not self.to_write:
                self.process.stdin.close()
                self.to_write = None
        return True

    def prints(self, what, condition, within=30.0):
        """Listens until what it printed so far fulfils the condition; `what` says which one that is."""
        deadline = time.monotonic() + within
        while not condition():
            if not self.open or not self.listen(deadline):
                raise CheckFailed(f"`{self.line}` did not print {what} within {within:g} s; stdout: {self.out[-600:]!r}, "
                                  f"stderr: {self.err!r}")

    def says(self, part, within=30.0):
        """Waits until stderr holds `part`."""
        self.prints(repr(part), lambda: part in self.err, within)
        self.story.step(f"`{self.line}` says: {self.err.strip()}")

    def answer(self, expect=0, within=60.0):
        """Waits for its end. `expect`: the exit status, several, or None for any."""
        deadline = time.monotonic() + within
        while self.open and self.listen(deadline):
            pass
        try:
            status = self.process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            raise CheckFailed(f"`{self.line}` has not ended within {within:g} s; stderr: {self.err!r}") from None
        self.close()
        answer = Answer(self.line, status, self.out, self.err)
        self.story.step(f"`{self.line}`: {answer}")
        wanted = expect if isinstance(expect, (tuple, list, set)) else (expect,)
        if expect is not None and status not in wanted:
            raise CheckFailed(f"`{self.line}`\n  expected: exit status {expect}\n  seen:     {answer}")
        return answer

    def end(self):
        """For the cleaning up."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.close()

    def close(self):
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream:
                stream.close()
