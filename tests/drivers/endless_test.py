"""Statements without end: deep, long, wide; names without number; and the server that has to live with them."""

import time

from support import AGAINST_POSTGRES, make, memory, subject
from harness import expect, expect_equal, expect_in, main
from harness.checks import CheckFailed
from wire import SYNC, Closed, Wire, close, parse, query, works

MEBIBYTE = 1 << 20


def statements_without_end(c):
    """Deep, long, wide. They work or get an error; the server lives and the session goes on."""
    statements = {
        "parentheses": "SELECT " + "(" * 50_000 + "1" + ")" * 50_000,
        "few parentheses": "SELECT " + "(" * 3_000 + "1" + ")" * 3_000,
        "a sum": "SELECT " + "1+" * 100_000 + "1",
        "a short sum": "SELECT " + "1+" * 4_000 + "1",
        "nots": "SELECT " + "NOT " * 50_000 + "true",
        "minuses": "SELECT " + "- " * 50_000 + "1",
        "casts": "SELECT 1" + "::int" * 50_000,
        "ands": "SELECT true" + " AND true" * 50_000,
        "ors": "SELECT false" + " OR (false" * 20_000 + ")" * 20_000,
        "cases": "SELECT " + "CASE WHEN true THEN " * 20_000 + "1" + " END" * 20_000,
        "functions": "SELECT " + "abs(" * 20_000 + "1" + ")" * 20_000,
        "selects": "SELECT " + "(SELECT " * 20_000 + "1" + ")" * 20_000,
        "joins": "SELECT 1 FROM wide h0" + "".join(f" JOIN wide h{i} ON true" for i in range(1, 3_000)),
        "a list": "SELECT 1 WHERE 1 IN (" + ",".join(map(str, range(100_000))) + ")",
        "columns": "SELECT " + ",".join(["1"] * 5_000),
        "a text": "SELECT length('" + "x" * 8_000_000 + "')",
        "too long": "SELECT length('" + "x" * 64_000_000 + "')",
        "statements": "SELECT 1;" * 20_000,
        "a quote that stays open": "SELECT '" + "x" * 1_000_000,
        # PostgreSQL's scanner looks at all that follows once for each of these: it is not asked so much.
        "comments": "SELECT 1 " + "/*" * (4_000 if AGAINST_POSTGRES else 100_000),
        "many rows": "INSERT INTO wide VALUES " + ",".join(f"({i}, 1)" for i in range(1000, 60_000)),
        "a repeated text": "SELECT length(repeat(repeat('x', 100000), 100000))",
        "a pattern": "SELECT repeat('a', 5000) LIKE '%" + "a%" * 2_000 + "b'",
        "a regular expression": "SELECT repeat('a', 30) ~ '(a*)*b'",
        "a product": "SELECT count(*) FROM wide a, wide b, wide c, wide d, wide e, wide f",
    }
    with subject(c) as pair:
        make(c, pair.primary, "CREATE TABLE wide (k int PRIMARY KEY, v int);\n" + "".join(
            f"INSERT INTO wide VALUES ({k}, 0);\n" for k in range(1, 101)))
        for what, sql in statements.items():
            with Wire(pair.primary, within=30) as wire:
                wire.send(query("SET statement_timeout = 5000"))
                wire.until_ready()
                began = time.monotonic()
                try:
                    wire.send(query(sql))
                    seen = wire.until_ready()
                    c.step(f"{what}: {seen[-2][:100]} after {time.monotonic() - began:.2f} s")
                    expect_equal(wire.ask("SELECT 1"), ["1"], f"{what}: the session goes on")
                except (Closed, ConnectionError) as problem:
                    c.step(f"{what}: {type(problem).__name__}")
                    expect(what == "too long", f"{what}: the connection was closed: {problem}")
                except TimeoutError:
                    raise CheckFailed(f"{what}: no answer within 30 s") from None
            works(pair.primary)


def names_and_portals_without_end(c):
    """A session that prepares again and again is told when it is enough, or its memory is bounded by what it sent."""
    with subject(c) as pair:
        before = memory(pair)
        with Wire(pair.primary) as wire:
            for turn in range(50):
                wire.send(*[parse(f"s{turn}-{i}", f"SELECT '{'x' * 1000}', {i}") for i in range(200)], SYNC)
                seen = wire.until_ready()
                if seen[-2].startswith("E"):
                    expect_in("C5", seen[-2], "a limit, in words")
                    break
            grown = memory(pair) - before
            expect(AGAINST_POSTGRES or grown < 256 * MEBIBYTE,
                   f"10 MB of statements were prepared; it grew by {grown >> 20} MiB")
            wire.send(SYNC)
            wire.until_ready()
            wire.send(*[close("S", f"s0-{i}") for i in range(200)], SYNC)
            expect_equal(len(wire.until_ready()), 201, "they can be closed")
        works(pair.primary)


main(__file__, [statements_without_end, names_and_portals_without_end])
