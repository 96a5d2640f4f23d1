"""The protocol message by message: the same bytes to a real PostgreSQL and to Wallaby, the same messages back.

What libpq does not let through is here: portals that are suspended, messages in another order, lists that do not fit,
startups of other versions. Each conversation is a connection of its own.
"""

import struct

from support import make, subject
from pairs.postgres import PostgresPair
from wire import (CANCEL_REQUEST, COPY_DONE, FLUSH, GSS_REQUEST, SSL_REQUEST, SYNC, TERMINATE, Closed, Wire, bind,
                  close,
                  copy_data, copy_fail, describe, execute, message, parse, query, startup, text, untyped)
from harness import expect, expect_equal, main
from harness.checks import CheckFailed

TABLES = ("CREATE TABLE w (id int PRIMARY KEY, t text);\n"
          "INSERT INTO w VALUES (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd'), (5, 'e');\n")
ALL = "SELECT id FROM w ORDER BY id"

# Each conversation: its name, and what is sent between one ReadyForQuery and the next.
CONVERSATIONS = {
    "portal suspended": [
        [parse("", ALL), bind("", ""), describe("P", ""), execute("", 2), execute("", 2), execute("", 2),
         execute("", 2), SYNC]],
    "exactly as many rows as asked for": [[parse("", ALL), bind("", ""), execute("", 5), execute("", 5), SYNC]],
    "a command with a row limit": [
        [parse("", "INSERT INTO w VALUES (6, 'f')"), bind("", ""), execute("", 1), SYNC],
        [parse("", "DELETE FROM w WHERE id = 6 RETURNING id"), bind("", ""), execute("", 1), execute("", 1), SYNC],
        [parse("", "INSERT INTO w VALUES (6), (7), (8) RETURNING id"), bind("", ""), execute("", 2), execute(""),
         execute(""), SYNC],
        [parse("", "DELETE FROM w WHERE id > 5 RETURNING id"), bind("", ""), execute("", 3), SYNC],
        [query("SELECT count(*) FROM w")],
        [parse("", "SHOW work_mem"), bind("", ""), execute("", 1), execute("", 1), execute(""), SYNC],
        [query("BEGIN; DECLARE c CURSOR FOR SELECT id FROM w ORDER BY id")],
        [parse("", "FETCH 3 FROM c"), bind("", ""), execute("", 2), execute("", 2), execute(""), SYNC],
        [query("COMMIT; PREPARE s AS SELECT id FROM w ORDER BY id")],
        [parse("", "EXECUTE s"), bind("", ""), execute("", 2), execute("", 3), execute(""), SYNC]],
    "a named portal lives as long as its transaction": [
        [query("BEGIN")], [parse("", ALL), bind("p", ""), execute("p", 2), SYNC], [execute("p", 2), SYNC],
        [query("SELECT 1")], [execute("p", 0), SYNC], [query("COMMIT")], [execute("p", 1), SYNC]],
    "a portal ends with its implicit transaction": [
        [parse("s", ALL), bind("p", "s"), execute("p", 2), SYNC], [execute("p", 2), SYNC],
        [bind("p", "s"), execute("p", 1), SYNC]],
    "names that are taken": [
        [parse("s", "SELECT 1"), SYNC], [parse("s", "SELECT 2"), SYNC], [close("S", "s"), parse("s", "SELECT 3"), SYNC],
        [bind("", "s"), execute(""), SYNC], [query("BEGIN")], [bind("p", "s"), bind("p", "s"), SYNC],
        [query("ROLLBACK")]],
    "the unnamed ones are replaced": [
        [parse("", "SELECT 1"), parse("", "SELECT 2"), bind("", ""), bind("", ""), execute(""), SYNC],
        [bind("", ""), execute(""), SYNC], [query("SELECT 3")], [bind("", ""), execute(""), SYNC]],
    "what does not exist": [
        [execute("nosuch"), SYNC], [describe("P", "nosuch"), SYNC], [describe("S", "nosuch"), SYNC],
        [bind("", "nosuch"), SYNC],
        [close("S", "nosuch"), close("P", "nosuch"), SYNC], [execute(""), SYNC], [describe("S", ""), SYNC]],
    "an error skips to Sync": [
        [parse("", "SELECT nosuch"), bind("", ""), execute(""), parse("", "SELECT 1"), describe("S", ""), FLUSH, SYNC],
        [parse("", "SELECT 1 / (id - $1) FROM w"), bind("", "", [b"1"]), execute(""), bind("", "", [b"9"]), execute(""),
         SYNC],
        [bind("", "", [b"9"]), execute("", 1), SYNC]],
    "constants that fail": [
        [parse("", "SELECT 1 / 0"), bind("", ""), execute(""), SYNC],
        [parse("", "SELECT 1 / ($1::int)"), bind("", "", [b"0"]), execute(""), SYNC]],
    "a Query before Sync": [[parse("", "SELECT 1"), bind("", ""), execute(""), query("SELECT 2")], [SYNC]],
    "Sync alone": [[SYNC], [SYNC]],
    "empty statements": [
        [query("")], [query(";")], [query(" /* nothing */ ")],
        [parse("", ""), bind("", ""), describe("P", ""), execute(""), SYNC],
        [parse("", ";"), describe("S", ""), SYNC]],
    "describe": [
        [parse("", "SELECT id, t FROM w WHERE id = $1 AND t = $2"), describe("S", ""), SYNC],
        [parse("", "INSERT INTO w VALUES ($1, $2)"), describe("S", ""), bind("", "", [None, b"x"]), describe("P", ""),
         SYNC],
        [parse("", "SELECT $1, $2", [20]), describe("S", ""), bind("", "", [b"1", b"2"], [], [1, 0]),
         describe("P", ""), execute(""), SYNC],
        [parse("", "BEGIN"), describe("S", ""), bind("", ""), describe("P", ""), SYNC],
        [parse("", "SHOW server_encoding"), describe("S", ""), bind("", ""), describe("P", ""), execute(""), SYNC]],
    "formats": [
        [parse("", "SELECT $1::int, $2::text"), bind("", "", [b"\0\0\0\7", b"x"], [1, 0], [0]), execute(""), SYNC],
        [bind("", "", [b"\0\0\0\7", b"x"], [1], [1]), describe("P", ""), execute(""), SYNC],
        [bind("", "", [b"7", b"x"], [], [1, 0]), describe("P", ""), execute(""), SYNC],
        [bind("", "", [b"7", b"x"], [0, 0, 0]), SYNC], [bind("", "", [b"7"]), SYNC],
        [bind("", "", [b"7", b"x", b"y"]), SYNC],
        [bind("", "", [b"7", b"x"], [], [0, 0, 0]), SYNC], [bind("", "", [b"7", b"x"], [7]), SYNC],
        [bind("", "", [b"7", b"x"], [], [7]), execute(""), SYNC], [bind("", "", [b"\0\7", b"x"], [1, 0]), SYNC],
        [bind("", "", [b"7", b"\xff"]), SYNC], [bind("", "", [b"seven", b"x"]), SYNC],
        [bind("p", "", [b"seven", b"x"]), SYNC]],
    "bodies that do not fit": [
        [message("B", text("") + text("") + struct.pack(">HHi", 0, 1, -2) + struct.pack(">H", 0)), SYNC],
        [message("B", text("") + text("") + struct.pack(">HHi", 0, 1, 1000) + b"x" + struct.pack(">H", 0)), SYNC],
        [message("B", b"no end"), SYNC], [message("P", b"no end"), SYNC],
        [message("P", text("") + text("SELECT 1")), SYNC],
        [message("P", text("") + text("SELECT 1") + struct.pack(">H", 9)), SYNC], [message("E", text("")), SYNC],
        [message("D", b""), SYNC], [message("D", b"Xname\0"), SYNC], [message("C", b"X\0"), SYNC],
        [message("S", b"more"), SYNC],
        [message("Q", b"SELECT 1")], [message("Q", b"SELECT 1\0more\0")], [message("Q", b"")],
        [message("E", text("") + struct.pack(">I", 0) + b"more"), SYNC],
        [parse("", "SELECT $1::int"), SYNC],
        *[[message("B", text("") + text("") + values), SYNC] for values in (
            struct.pack(">HHi", 0, 1, -2) + struct.pack(">H", 0), struct.pack(">HHi", 0, 1, 1000) + b"x",
            struct.pack(">H", 9), struct.pack(">HH", 0, 9), struct.pack(">HHi", 0, 1, 1) + b"1" + struct.pack(">H", 7),
            struct.pack(">HHi", 0, 1, 1) + b"1" + struct.pack(">H", 0) + b"more",
            struct.pack(">HHi", 0, 1, 1) + b"x" + struct.pack(">H", 0) + b"more")],
        [query("SELECT 1")]],
    "a text that is not UTF-8": [
        [query(b"SELECT '\xff'")], [query(b"SELECT '\xc3'")], [query(b"SELECT '\xed\xa0\x80'")],
        [query(b"SELECT '\xf5\x80\x80\x80'")],
        [parse("", b"SELECT '\xff'"), SYNC], [parse("", "SELECT $1::text"), bind("", "", [b"a\0b"]), SYNC]],
    "copy in": [
        [query("COPY w FROM STDIN"), copy_data(b"10\tx\n11"), copy_data(b"\ty\n"), copy_data(b""), COPY_DONE],
        [query("COPY w FROM STDIN"), copy_data(b"12\tx\nbad\n"), copy_data(b"13\ty\n"), COPY_DONE],
        [query("COPY w FROM STDIN"), copy_data(b"14\tx\n"), copy_fail("no more")],
        [query("COPY w FROM STDIN"), FLUSH, SYNC, copy_data(b"15\tx\n"), COPY_DONE],
        [query("COPY w FROM STDIN"), copy_data(b"16\tx"), COPY_DONE],
        [query("COPY w FROM STDIN"), copy_data(b"17\tx\n\\.\n"), COPY_DONE],
        [query("SELECT count(*) FROM w WHERE id >= 10")], [query("DELETE FROM w WHERE id >= 10")]],
    "a query in the middle of a copy": [[query("COPY w FROM STDIN"), copy_data(b"20\tx\n"), query("SELECT 1")]],
    "an unknown message in the middle of a copy": [[query("COPY w FROM STDIN"), message("!")]],
    "copy by the extended protocol": [
        [parse("", "COPY w TO STDOUT"), bind("", ""), describe("P", ""), execute(""), SYNC],
        [parse("", "COPY w FROM STDIN"), bind("", ""), execute(""), SYNC, copy_data(b"21\tx\n"), COPY_DONE, SYNC]],
    "copy messages out of the blue": [[copy_data(b"x"), COPY_DONE, copy_fail("x"), query("SELECT 1")]],
    "several statements": [
        [query("SELECT 1; SELECT 'x' AS y, NULL; INSERT INTO w VALUES (30, 'x'); DELETE FROM w WHERE id = 30")],
        [query("BEGIN; SELECT 1; SELECT nosuch; SELECT 2")], [query("SELECT 3")], [query("ROLLBACK")]],
    "an implicit transaction up to Sync": [
        [parse("", "INSERT INTO w VALUES (40, 'x')"), bind("", ""), execute(""), parse("", "SELECT 1 / (id - 1) FROM w"),
         bind("", ""), execute(""), SYNC],
        [query("SELECT count(*) FROM w WHERE id = 40")],
        [parse("", "BEGIN"), bind("", ""), execute(""), parse("", "INSERT INTO w VALUES (41, 'x')"), bind("", ""),
         execute(""), SYNC],
        [query("SELECT count(*) FROM w WHERE id = 41")], [query("ROLLBACK")],
        [query("SELECT count(*) FROM w WHERE id = 41")]],
    "in a failed transaction": [
        [query("BEGIN; SELECT nosuch")], [parse("", "SELECT 1"), SYNC],
        [parse("", "ROLLBACK"), bind("", ""), execute(""), SYNC],
        [parse("", "COMMIT"), bind("", ""), describe("P", ""), execute(""), SYNC]],
    "a setting is reported": [
        [query("SET application_name = 'x'")], [query("BEGIN; SET application_name = 'y'")], [query("ROLLBACK")],
        [query("RESET ALL")], [query("BEGIN; SET application_name = 'a'; SET application_name = 'b'; COMMIT")],
        [query("SET application_name = 'z'; SELECT nosuch")],
        [parse("", "SET application_name = 'q'"), bind("", ""), execute(""), parse("", "SELECT 1"), bind("", ""),
         execute(""), SYNC]],
    "a function call": [[message("F", struct.pack(">IHHH", 1, 0, 0, 0))]],
}

# What is sent instead of an honest startup, up to the server's end of the connection.
STARTUPS = {
    "a newer minor version": [startup(version=196608 + 9), query("SELECT 1"), TERMINATE],
    "an unknown protocol option": [startup(**{"_pq_.nosuch": "1"}), query("SELECT 1"), TERMINATE],
    "version 2": [startup(version=131072)], "version 4": [startup(version=262144)],
    "no user": [untyped(196608, b"database\0x\0\0")], "nothing in it": [untyped(196608, b"\0")],
    "no end": [untyped(196608, b"user\0student")], "half a pair": [untyped(196608, b"user\0student\0database\0\0")],
    "TLS is refused": [untyped(SSL_REQUEST), startup(), TERMINATE],
    "GSS is refused": [untyped(GSS_REQUEST), startup(), TERMINATE],
    "both are refused": [untyped(SSL_REQUEST), untyped(GSS_REQUEST), startup(), TERMINATE],
    "TLS twice": [untyped(SSL_REQUEST), untyped(SSL_REQUEST)],
    "a cancel of nobody": [untyped(CANCEL_REQUEST, struct.pack(">II", 1, 2))],
    "a setting that does not exist": [startup(nosuch_setting="1")],
    "a setting with a bad value": [startup(statement_timeout="soon")],
    "a setting that nobody may change": [startup(server_version="16")],
    "a setting that needs a restart": [startup(fsync="off")],
    "a setting of an extension": [startup(**{"my.own": "1"}), TERMINATE],
    "options": [startup(options="-c statement_timeout=77 --lock-timeout=88"),
                query("SHOW statement_timeout; SHOW lock_timeout"), TERMINATE],
    "an unknown message": [startup(), message("!", b"")],
    "a length of 3": [startup(), b"Q" + struct.pack(">I", 3)],
    "a negative length": [startup(), b"Q" + struct.pack(">i", -1)],
    "a startup of 3 bytes": [struct.pack(">I", 3)], "a startup of 2 GiB": [struct.pack(">II", 0x7FFFFFFF, 196608)],
    "a terminate at once": [startup(), TERMINATE],
}


def conversation(server, turns):
    with Wire(server) as wire:
        seen = []
        for turn in turns:
            wire.send(*turn)
            seen.append(wire.until_ready_or_closed())
            if seen[-1][-1] == "closed":
                break
        return seen


def opening(server, messages):
    with Wire(server, first=b"") as wire:
        wire.socket.settimeout(5)
        seen = []
        for one in messages:
            wire.send(one)
            if one[4:8] in (struct.pack(">I", SSL_REQUEST), struct.pack(">I", GSS_REQUEST)):
                try:
                    answer = wire.take(1)
                except (Closed, TimeoutError) as problem:
                    return [*seen, type(problem).__name__]
                if answer == b"E":  # it is the first letter of an error
                    wire.buffer = answer + wire.buffer
                    break
                seen.append(answer.decode(errors="backslashreplace"))
        try:
            return seen + wire.until_closed()
        except TimeoutError:
            return [*seen, "still open"]


def alike(seen):
    """Without the parameters' values at login, which are compared elsewhere, and in an order of its own."""
    return [line for line in seen if not line.startswith("S ")]


# Cases answered differently today, and why. One that no longer differs fails the test: strike it out here.
DIFFERS = {
    "constants that fail": "PostgreSQL plans once more for each Bind, and a constant that fails fails there; here a plan is "
                           "made once, and it fails when it is run",
    "a function call": "the message is not supported",
    "GSS is refused": "PostgreSQL was built with GSS",
    "both are refused": "PostgreSQL was built with GSS",
}


def both(c, talk, cases, without=lambda seen: seen):
    different = []
    with PostgresPair() as postgres, subject(c) as pair:
        for server in (postgres.primary, pair.primary):
            make(c, server, TABLES)
        for name, sent in cases.items():
            left, right = (without(talk(server, sent)) for server in (postgres.primary, pair.primary))
            if left == right and name in DIFFERS:
                different.append(f"{name} no longer differs: strike it out of DIFFERS")
            elif left != right and name not in DIFFERS:
                different.append(f"{name}\n" + difference(left, right))
        for node in getattr(pair, "nodes", []):
            expect(node.running(), f"{node.name} still runs")
    if different:
        raise CheckFailed("answers differ (PostgreSQL's with -, Wallaby's with +)\n" + "\n".join(different))


def difference(left, right):
    if left and isinstance(left[0], list):
        for turn, (one, other) in enumerate(zip(left, right), 1):
            if one != other:
                return f"  turn {turn}\n" + difference(one, other)
        return f"  {len(left)} and {len(right)} turns"
    return "\n".join([f"  - {line}" for line in left] + [f"  + {line}" for line in right])


def conversations_are_the_same(c):
    both(c, conversation, CONVERSATIONS)


def startups_are_the_same(c):
    both(c, opening, STARTUPS, alike)


def flush_pushes_the_answer_out(c):
    """postgres.js waits for it before it sends Bind."""
    with subject(c) as pair:
        with Wire(pair.primary) as wire:
            wire.send(parse("s", "SELECT $1::int AS x"), describe("S", "s"), FLUSH)
            expect_equal(wire.until("T")[-1], "T x:23:4:-1:0", "the description")
            wire.send(bind("", "s", [b"5"]), execute(""), FLUSH)
            expect_equal(wire.until("C"), ["2", "D 5", "C SELECT 1"], "the row")
            wire.send(SYNC)
            expect_equal(wire.until_ready(), ["Z I"], "and ready")


def every_split_of_a_conversation(c):
    """A message may come in any pieces."""
    with subject(c) as pair:
        sent = startup() + query("SELECT 1") + parse("", "SELECT $1::int") + bind("", "", [b"7"]) + execute("") + SYNC
        wanted = None
        for cut in range(0, len(sent), 1):
            with Wire(pair.primary, first=sent[:cut]) as wire:
                wire.send(sent[cut:])
                seen = [line for _ in range(3) for line in wire.until_ready() if line[0] not in "SK"]
                wanted = wanted or seen
                expect_equal(seen, wanted, f"cut at {cut}")
        with Wire(pair.primary, first=b"") as wire:
            for byte in sent:
                wire.send(bytes([byte]))
            expect_equal([line for _ in range(3) for line in wire.until_ready() if line[0] not in "SK"], wanted,
                         "byte by byte")


def cancel_needs_the_key(c):
    with subject(c) as pair:
        with Wire(pair.primary) as wire:
            process, key = wire.key
            wire.send(query("SELECT pg_sleep(600)"))
            for wrong in ((process, key ^ 1), (process + 1, key)):
                with Wire(pair.primary, untyped(CANCEL_REQUEST, struct.pack(">II", *wrong))) as other:
                    expect_equal(other.until_closed(), ["closed"], "a cancel is not answered")
            with Wire(pair.primary) as other:
                active = ("SELECT count(*) FROM pg_stat_activity WHERE state = 'active' "
                          "AND query LIKE 'SELECT pg_sleep%'")
                expect_equal(other.ask(active), ["1"], "it still runs")
            with Wire(pair.primary, untyped(CANCEL_REQUEST, struct.pack(">II", process, key))) as other:
                other.until_closed()
            seen = wire.until_ready()
            expect_equal(seen[-2:], ["E SERROR VERROR C57014 Mcanceling statement due to user request", "Z I"],
                         "its end")
            expect_equal(wire.ask("SELECT 1"), ["1"], "the session goes on")


main(__file__, [conversations_are_the_same, startups_are_the_same, flush_pushes_the_answer_out,
                every_split_of_a_conversation, cancel_needs_the_key])
