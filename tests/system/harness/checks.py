"""Saying what must be true, and waiting until it is."""

import time


class CheckFailed(Exception):
    """What was expected is not so: the story ends here."""


def expect(condition, what):
    if not condition:
        raise CheckFailed(what)


def expect_equal(seen, expected, what):
    if seen != expected:
        raise CheckFailed(f"{what}\n  expected: {expected!r}\n  seen:     {seen!r}")


def expect_in(part, text, what):
    if part not in text:
        raise CheckFailed(f"{what}\n  expected to hold: {part!r}\n  seen:             {text!r}")


def poll_until(what, probe, within=30.0, every=0.03, seen=lambda: ""):
    """The first true value of probe(). `seen` tells of the last look when time runs out."""
    deadline = time.monotonic() + within
    while True:
        value = probe()
        if value:
            return value
        if time.monotonic() > deadline:
            raise CheckFailed(f"waited {within:g} s in vain until {what}{seen()}")
        time.sleep(every)  # lint: poll


def lsn(text):
    """A position or a token as a number: 0/1A8 and 0/1A8@1 are 424."""
    high, low = text.split("@")[0].split("/")
    return (int(high, 16) << 32) + int(low, 16)
