"""What comes in on the SQL door and should not: garbage, stalled startups, sizes out of all proportion, clients that
never read, a thousand connections. Beside each of them an honest client goes on working."""

import contextlib
import random
import re
import resource
import socket
import struct
import subprocess
import sys
import time

from support import AGAINST_POSTGRES, HERE, address_of, make, memory, run, subject
from harness import expect, expect_equal, expect_in, main, poll_until
from harness.checks import CheckFailed
from wire import (GSS_REQUEST, PROTOCOL, SSL_REQUEST, SYNC, Closed, Wire, bind, copy_data, execute, message, parse,
                  query, startup, text, untyped, works)

MEBIBYTE = 1 << 20
INT_MAX = 0x7FFFFFFF


class Bystander:
    """An honest client that never stops: pgbench, four sessions, reads and writes. An error of its fails the test."""

    def __init__(self, c, server):
        self.c, self.server = c, server
        script = c.path / "bystander.pgbench"
        script.write_text("\\set k random(1, 100)\nSELECT v FROM honest WHERE k = :k;\n"
                          "UPDATE honest SET v = v + 1 WHERE k = :k;\n")
        make(c, server, "CREATE TABLE IF NOT EXISTS honest (k int PRIMARY KEY, v int);\n" + "".join(
            f"INSERT INTO honest VALUES ({k}, 0) ON CONFLICT DO NOTHING;\n" for k in range(1, 101)))
        self.script = script

    def rate(self, transactions=500):
        """Transactions in a second, when each session does so many."""
        environment = address_of(self.server)
        if AGAINST_POSTGRES:
            environment["PGOPTIONS"] = "-c default_transaction_isolation=read\\ committed"
        done = run(self.c, ["pgbench", "-n", "-M", "prepared", "-c", 4, "-j", 1, "-t", transactions, "-f", self.script],
                   environment, shown="the bystander")
        expect_equal(re.search(r"number of failed transactions: (\d+)", done.stdout)[1], "0",
                     "the bystander's failures")
        expect("error" not in done.stderr.lower(), f"the bystander's errors: {done.stderr}")
        told = re.search(r"tps = ([\d.]+)", done.stdout)
        expect(told, f"the bystander tells its rate: {done.stdout}")
        return float(told[1])


def many_files():
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)


def offered(server, data, within=30.0):
    """Sends it on a connection of its own; gives what came until the server closed it."""
    with Wire(server, first=b"") as wire:
        wire.socket.settimeout(within)
        try:
            wire.send(data)
        except ConnectionError:
            pass
        said = b""
        try:
            while piece := wire.socket.recv(1 << 16):
                said += piece
        except ConnectionError:
            pass
        return said


BEFORE_LOGIN = {
    "an HTTP request": b"GET / HTTP/1.1\r\nHost: wallaby\r\n\r\n",
    "a TLS hello": bytes.fromhex("16030100f8010000f40303") + b"\x5a" * 200,
    "zeros": bytes(1000),
    "ones": b"\xff" * 1000,
    "a startup of 3 bytes": struct.pack(">I", 3) + b"x" * 20,
    "a startup of 0 bytes": struct.pack(">I", 0) + b"x" * 20,
    "a startup of 10,001 bytes": struct.pack(">II", 10001, PROTOCOL) + b"x" * 9993,
    "a startup of 2 GiB": struct.pack(">II", INT_MAX, PROTOCOL) + b"x" * 100,
    "a startup of -1 bytes": struct.pack(">iI", -1, PROTOCOL) + b"x" * 100,
    "bytes behind an SSLRequest": untyped(SSL_REQUEST) + b"\x16\x03\x01" + b"x" * 50,
    "a password that nobody asked for": message("p", b"secret\0"),
}

AFTER_LOGIN = {
    "an unknown letter": message("!", b"x"),
    "a length of 0": b"Q" + struct.pack(">I", 0) + b"x" * 20,
    "a length of 3": b"Q" + struct.pack(">I", 3) + b"x" * 20,
    "a negative length": b"Q" + struct.pack(">i", -1) + b"x" * 20,
    "a statement of 2 GiB": b"Q" + struct.pack(">I", INT_MAX) + b"x" * 20,
    "a password that nobody asked for": message("p", b"secret\0"),
}


def garbage_closes_only_its_own_connection(c):
    with subject(c) as pair:
        bystander = Bystander(c, pair.primary)
        chance = random.Random(4)
        offers = dict(BEFORE_LOGIN)
        for number in range(30):
            offers[f"random bytes {number}"] = struct.pack(">I",
                                                           chance.randint(0,
                                                                          20)) + chance.randbytes(chance.randint(12,
                                                                                                                 3000))
        for server in (pair.primary, pair.standby):
            for what, data in offers.items():
                offered(server, data)
                c.step(f"{what}: closed")
            for what, data in AFTER_LOGIN.items():
                with Wire(server) as wire:
                    wire.send(data)
                    seen = wire.until_closed()
                    c.step(f"{what}: {seen}")
        bystander.rate()
        works(pair.primary)
        works(pair.standby)


def a_loop_of_negotiations_ends(c):
    """Asking for TLS and GSS by turns, a hundred thousand times: a loop in the server, no recursion, and soon over."""
    with subject(c) as pair:
        with Wire(pair.primary, first=b"") as wire:
            answered = 0
            try:
                for _ in range(100_000):
                    wire.send(untyped(SSL_REQUEST), untyped(GSS_REQUEST))
                    if not set(wire.take(2)) <= set(b"NS"):
                        break  # an error: no answer to a request any more
                    answered += 2
            except (Closed, ConnectionError):
                pass
            expect(AGAINST_POSTGRES or answered <= 4, f"one of each is enough; it answered {answered}")
        works(pair.primary)


def who_stalls_before_login_is_sent_away(c):
    """One deadline from accept to login: whatever byte it stalls at, and however slowly it drips."""
    with subject(c) as pair:
        whole = startup()
        stalled = [Wire(pair.primary, first=first) for first in
                   (b"", whole[:1], whole[:4], whole[:-1], untyped(SSL_REQUEST), untyped(SSL_REQUEST)[:5],
                    untyped(GSS_REQUEST) + whole[:9])]
        dripping = Wire(pair.primary, first=b"")
        began = time.monotonic()
        open_now, sent = [*stalled, dripping], 0
        while open_now:
            took = time.monotonic() - began
            expect(took < 75, f"{len(open_now)} are still open after {took:.0f} s")
            for wire in list(open_now):
                wire.socket.settimeout(0.05)
                try:
                    while wire.socket.recv(4096):
                        pass
                    open_now.remove(wire)
                except TimeoutError:
                    continue
                except ConnectionError:
                    open_now.remove(wire)
            if dripping in open_now and took > sent * 0.5 and sent < len(whole) - 1:
                try:
                    dripping.send(whole[sent:sent + 1])
                    sent += 1
                except ConnectionError:
                    open_now.remove(dripping)
        c.step(f"all were closed after {took:.1f} s")
        expect(took > 2, f"nobody was hurried: {took:.1f} s")
        works(pair.primary)
        with Wire(pair.primary) as slow:  # who has logged in may be as slow as it likes
            for byte in query("SELECT 1"):
                slow.send(bytes([byte]))
            slow.until_ready()


def sizes_are_checked_before_memory_is_taken(c):
    with subject(c) as pair:
        before = memory(pair)
        claims = [Wire(pair.primary, first=struct.pack(">II", 9_000, PROTOCOL) + b"x") for _ in range(60)]
        sessions = [Wire(pair.primary) for _ in range(40)]
        for wire in sessions:
            wire.send(b"Q" + struct.pack(">I", 15 * MEBIBYTE) + b"x")
        works(pair.primary)
        grown = memory(pair) - before
        expect(AGAINST_POSTGRES or grown < 64 * MEBIBYTE,
               f"40 statements of 15 MiB were announced; it grew by {grown >> 20} MiB")
        for wire in claims + sessions:
            wire.socket.close()


def counts_and_lengths_inside_messages(c):
    """Lists that claim more than there is, negative lengths, texts without end: an error, and the session goes on."""
    with subject(c) as pair:
        head = text("") + text("")
        bodies = {
            "65,535 parameter types": message("P", text("") + text("SELECT 1") + struct.pack(">H", 65535)),
            "65,535 formats": message("B", head + struct.pack(">H", 65535)),
            "65,535 values": message("B", head + struct.pack(">HH", 0, 65535)),
            "a value of -2 bytes": message("B", head + struct.pack(">HHi", 0, 1, -2) + struct.pack(">H", 0)),
            "a value of 2 GiB": message("B", head + struct.pack(">HHI", 0, 1, INT_MAX)),
            "a value of 4 GiB": message("B", head + struct.pack(">HHI", 0, 1, 0xFFFFFFFF - 1)),
            "65,535 results": message("B", head + struct.pack(">HHH", 0, 0, 65535)),
            "a name without end": message("B", b"x" * 100),
            "nothing": message("B"),
            "a Describe of nothing": message("D"),
            "an Execute of half a number": message("E", text("") + b"\0\0"),
        }
        with Wire(pair.primary) as wire:
            for what, sent in bodies.items():
                wire.send(parse("", "SELECT 1"), SYNC)
                wire.until_ready()
                wire.send(sent, SYNC)
                seen = wire.until_ready()
                expect(seen[0].startswith("E SERROR VERROR C08P01"), f"{what}: {seen}")
            expect_equal(wire.ask("SELECT 1"), ["1"], "the session goes on")


def connections_that_end_anywhere(c):
    with subject(c) as pair:
        make(c, pair.primary, "CREATE TABLE ends (a int);\n")
        others = ("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' "
                  "AND pid <> pg_backend_pid()")
        with Wire(pair.primary) as wire:
            before = wire.ask(others)
        whole = startup() + query("BEGIN; INSERT INTO ends VALUES (1)") + parse("", "SELECT 1") + bind("",
                                                                                                       "") + execute("")
        for cut in range(0, len(whole), 3):
            wire = Wire(pair.primary, first=whole[:cut])
            if cut % 2:  # with a reset instead of an end
                wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            wire.socket.close()
        wire = Wire(pair.primary)
        wire.send(query("COPY ends FROM STDIN"), copy_data(b"1\n"))
        wire.until("G")
        wire.socket.close()
        with Wire(pair.primary) as wire:
            poll_until("the others are gone", lambda: wire.ask(others) == before,
                       seen=lambda: f"; {before} and {wire.ask(others)}")
            expect_equal(wire.ask("SELECT count(*) FROM ends"), ["0"], "what was not committed is not there")


def a_client_that_never_reads(c):
    with subject(c) as pair:
        server = pair.primary
        make(c, server, "CREATE TABLE wide (id int PRIMARY KEY, t text);\n" + "".join(
            f"INSERT INTO wide SELECT {i}, repeat('x', 100000);\n" for i in range(100)))
        bystander = Bystander(c, server)
        before = memory(pair)
        greedy = []
        for _ in range(10):
            wire = Wire(server)
            wire.socket.settimeout(3)
            try:
                wire.send(*[query("SELECT * FROM wide")] * 20)  # 200 MB of answers
            except TimeoutError:
                pass  # it does not read on, either: right
            greedy.append(wire)
        bystander.rate()
        grown = memory(pair) - before
        expect(AGAINST_POSTGRES or grown < 256 * MEBIBYTE,
               f"2 GB of answers are not kept in memory; it grew by {grown >> 20} MiB")
        for wire in greedy:
            wire.socket.close()
        works(server)


def a_thousand_connections(c):
    """More than there may be: those that are in are served, the others are told why, and memory is bounded."""
    many_files()
    with subject(c) as pair:
        bystander = Bystander(c, pair.primary)
        before = memory(pair)
        inside, refused = [], []
        for _ in range(1000):
            wire = Wire(pair.primary, first=startup())
            try:
                wire.until("Z")
                inside.append(wire)
            except (Closed, struct.error):
                refused.append(wire)
        c.step(f"{len(inside)} came in, {len(refused)} were refused")
        grown = memory(pair) - before
        expect(AGAINST_POSTGRES or grown < 256 * MEBIBYTE, f"it grew by {grown >> 20} MiB")
        for wire in inside[::50]:
            expect_equal(wire.ask("SELECT 1"), ["1"], "who is in is served")
        if refused:
            with Wire(pair.primary, first=startup()) as wire:
                expect_in("C53300", " ".join(wire.until_closed()), "who is not in hears why")
        for wire in inside + refused:
            wire.socket.close()

        def served():
            try:
                works(pair.primary)
                return True
            except (Closed, OSError, CheckFailed, struct.error):
                return False

        poll_until("newcomers are served again", served)
        bystander.rate()


# Each with its strikes in a second. The long form tries all.
ATTACKS = {
    "connections that say nothing": ("silent", 2000), "logins and nothing more": ("logins", 500),
    "startups that drip": ("drip", 10_000),
}
MORE_ATTACKS = {"garbage": ("garbage", 1000), "statements that are wrong": ("errors", 2000)}


@contextlib.contextmanager
def attacker(c, server, kind, per_second):
    process = subprocess.Popen([sys.executable, "-B", HERE / "attacker.py", kind, server.host, str(server.port),
                                str(per_second)], stdout=subprocess.PIPE, text=True)
    try:
        expect(process.stdout.readline(), "the attack is under way")
        yield
    finally:
        process.kill()
        told = process.communicate()[0].split()
        c.step(f"the attacker struck {told[-1] if told else 'few'} times")


def a_bystander_keeps_half_its_throughput(c, long):
    """Quiet and attack by turns in one run, so that a busy machine slows both; the best of each counts."""
    many_files()
    with subject(c) as pair:
        bystander = Bystander(c, pair.primary)
        bystander.rate()
        for what, (kind, per_second) in (ATTACKS | (MORE_ATTACKS if long else {})).items():
            quiet = attacked = 0
            for rounds in range(1, 7):
                quiet = max(quiet, bystander.rate())
                with attacker(c, pair.primary, kind, per_second):
                    attacked = max(attacked, bystander.rate())
                c.step(f"{what}: {attacked:.0f}/s of {quiet:.0f}/s")
                if attacked >= 0.5 * quiet and rounds >= (3 if long else 1):
                    break
            expect(attacked >= 0.5 * quiet,
                   f"{what}: {attacked:.0f} transactions a second beside the attack, {quiet:.0f} without it")
        works(pair.primary)


main(__file__, [garbage_closes_only_its_own_connection, a_loop_of_negotiations_ends,
                who_stalls_before_login_is_sent_away, sizes_are_checked_before_memory_is_taken,
                counts_and_lengths_inside_messages, connections_that_end_anywhere, a_client_that_never_reads,
                a_thousand_connections, a_bystander_keeps_half_its_throughput])
