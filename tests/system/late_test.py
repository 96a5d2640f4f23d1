"""Replicas that are late, each in its own way: none of them may hold up or harm the primary, and all come back."""

import time

from harness import Load, expect, expect_equal, expect_in, lsn, main


def a_frozen_replica_slows_nobody(c):
    p1 = c.primary("--ack", "semi-sync")
    r1 = c.replica(p1)
    r2 = c.replica(p1)
    load = Load(p1, writers=3)
    load.goes_on(300)
    r2.freeze()
    since = time.monotonic()
    p1.fill(30)
    load.goes_on(1000)
    expect(load.slowest(since) < 5, f"one replica is enough for semi-sync; a commit took {load.slowest(since):.1f} s")
    p1.away("r2")
    expect(p1.memory() < 400 << 20, f"what it does not take is not kept in memory: {p1.memory() >> 20} MiB")
    r2.thaw()
    load.goes_on(300)
    load.stop()
    c.converges()
    load.check(p1, r1, r2)


def a_replica_that_is_frozen_for_a_moment(c):
    p1 = c.primary("--ack", "sync")
    r1 = c.replica(p1)
    load = Load(p1, writers=2)
    for _ in range(5):
        load.goes_on(100)
        r1.freeze()
        waiting = p1.begin("put", "t", "k", "v")
        p1.until("has commits that wait for r1", lambda s: s["waiting"] > 0 and s["missing"] == ["r1"])
        r1.thaw()
        waiting.answer()
    load.stop()
    expect_equal(load.failures, {}, "nothing was refused")
    c.converges()
    load.check(p1, r1)


def a_frozen_primary(c):
    p1 = c.primary()
    r1 = c.replica(p1)
    token = p1.put("t", "k", "v")
    r1.get("t", "k", "--after", token)
    p1.freeze()
    r1.until("takes its silence for an end", lambda s: s["upstream"]["state"] != "streaming")
    expect_equal(r1.get("t", "k"), "v", "reads go on")
    p1.thaw()
    token = p1.put("t", "k", "w")
    expect_equal(r1.get("t", "k", "--after", token), "w", "and it follows again")


def paused_for_long(c):
    p1 = c.primary()
    r1 = c.replica(p1)
    p1.streams("r1")
    r1.run("pause")
    p1.fill(40)
    token = p1.put("t", "k", "v")
    p1.replica_is("r1", "has all of the log on its disk", lambda r: lsn(r["flushed"]) >= lsn(token))
    expect(r1.memory() < 400 << 20, f"the log waits on disk, not in memory: {r1.memory() >> 20} MiB")
    r1.run("resume")
    expect_equal(r1.get("t", "k", "--after", token), "v", "it catches up")
    c.converges()


def paused_with_a_log_that_may_not_grow(c):
    p1 = c.primary()
    r1 = c.replica(p1, "--max-log", "48M")
    p1.streams("r1")
    r1.run("pause")
    token = p1.fill(100)
    grown = r1.until("has stopped receiving", lambda s: s["log_bytes"] >= 48 << 20)
    expect(grown["log_bytes"] < 120 << 20, f"its log stays near the limit: {grown['log_bytes'] >> 20} MiB")
    p1.put("t", "k", "v")
    p1.replica_is("r1", "still reports", lambda r: r["state"] != "away" and r["last_report_ms"] < 3000)
    r1.run("resume")
    r1.run("tables", "--timeout", "20s")
    r1.until("has caught up", lambda s: lsn(s["applied"]) > lsn(token))
    c.converges()


def absent_and_back(c):
    p1 = c.primary()
    r1 = c.replica(p1)
    load = Load(p1, writers=2)
    load.goes_on(200)
    for end in (r1.stop, r1.kill):
        end()
        p1.away("r1")
        load.goes_on(500)
        r1.start()
        expect_equal(r1.status()["upstream"]["joined_by"] or "continue", "continue", "the log is all it needs")
        load.goes_on(100)
    load.stop()
    c.converges()
    load.check(p1, r1)


def far_behind_but_within_its_slot(c):
    p1 = c.primary("--checkpoint-log", "1M")
    r1 = c.replica(p1)
    p1.streams("r1")
    r1.stop()
    p1.away("r1")
    for _ in range(2):
        p1.fill(40)
        p1.run("checkpoint")
    expect(lsn(p1.status()["log_oldest"]) == 0, "the slot keeps the log")
    r1.start()
    c.converges()
    status = p1.streams("r1")
    expect_equal((status["joined_by"], status["slot_lost"]), ("continue", False), "read from segments, not copied")
    expect(not p1.status()["reads_refused"], "all is well")
    for _ in range(2):
        p1.put("t", "k", "v")
        p1.run("checkpoint")
    p1.until("lets go of the log that nobody needs any more", lambda s: lsn(s["log_oldest"]) > 0)


def away_for_longer_than_its_slot_keeps(c):
    p1 = c.primary("--max-slot-keep", "8M", "--checkpoint-log", "8M")
    r1 = c.replica(p1)
    r2 = c.replica(p1)
    p1.put("t", "k", "before")
    c.converges()
    r1.stop()
    p1.away("r1")
    for _ in range(3):
        p1.fill(20)
        p1.run("checkpoint")
    p1.replica_is("r1", "has lost its slot", lambda r: r["slot_lost"])
    expect_in("slot lost", p1.run("status").out, "status for people")

    load = Load(p1, writers=3)
    load.goes_on(500)
    since = time.monotonic()
    r1.start()
    p1.streams("r1")
    joined = r1.status()["upstream"]["joined_by"]
    expect_in("snapshot", joined, "it took a base copy by itself")
    expect_in("snapshot", p1.run("status").out, "the primary's status says so, too")
    load.goes_on(500)
    slowest = load.slowest(since)
    expect(slowest < 5, f"no writer was disturbed: the slowest commit took {slowest:.1f} s")
    load.stop()
    expect_equal((load.failures, load.breaks), ({}, 0), "nothing was refused")
    c.converges()
    load.check(p1, r1, r2)
    expect_equal(r1.get("t", "k"), "before", "and what was there before")
    r1.stop()
    p1.stop()
    c.run("verify", r1.data, "--against", p1.data)


def with_much_to_copy(c):
    """A primary whose log does not reach back to its beginning, and whose tables take a moment to copy."""
    p1 = c.primary("--max-slot-keep", "8M")
    rows = "".join(f"key{number:05}\t{'x' * 65000}\n" for number in range(1200))
    p1.run("load", "large", "-", stdin=rows, within=120)
    for _ in range(2):
        p1.run("checkpoint")
        p1.put("t", "k", "v")
    p1.until("has let go of the beginning of its log", lambda s: lsn(s["log_oldest"]) > 0)
    return p1


def cut_off_in_the_middle_of_a_base_copy(c):
    """By a kill -9, and by a clean stop."""
    p1 = with_much_to_copy(c)
    r1 = c.node("replica", "r1", "--primary", p1.address)
    cut_off = 0
    for end in (r1.kill, r1.stop, r1.kill, r1.stop):
        r1.spawn()
        p1.until("feeds r1, or had fed it", lambda s: any(r["state"] != "away" for r in s["replicas"]))
        cut_off += any(r["state"] == "copying" for r in p1.status()["replicas"])
        end()
    expect(cut_off > 0, "at least one end came in the middle of a copy")
    r1.start()
    expect_in("snapshot", r1.status()["upstream"]["joined_by"], "the copy began again")
    expect_equal(r1.get("t", "k"), "v", "and is complete")
    c.converges()


def the_primary_is_killed_in_the_middle_of_a_base_copy(c):
    p1 = with_much_to_copy(c)
    r1 = c.node("replica", "r1", "--primary", p1.address)
    r1.spawn()
    p1.until("feeds r1", lambda s: s["replicas"])
    p1.kill()
    p1.start()
    r1.wait_ready()
    expect_equal(r1.get("t", "k"), "v", "it began again by itself")
    c.converges()


main(__file__, [a_frozen_replica_slows_nobody, a_replica_that_is_frozen_for_a_moment, a_frozen_primary,
                paused_for_long, paused_with_a_log_that_may_not_grow, absent_and_back, far_behind_but_within_its_slot,
                away_for_longer_than_its_slot_keeps, cut_off_in_the_middle_of_a_base_copy,
                the_primary_is_killed_in_the_middle_of_a_base_copy])
