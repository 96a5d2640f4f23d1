"""What a replica does and does not do: reads, refused writes, tokens, pause, step, cascades."""

import json

from harness import Load, expect, expect_equal, expect_in, lsn, main


def a_write_on_a_replica_is_refused(c):
    p1 = c.primary()
    r1 = c.replica(p1)
    for arguments in (("put", "t", "k", "v"), ("del", "t", "k"), ("ack", "sync"), ("drop-replica", "r1")):
        refused = r1.run(*arguments, expect=3)
        expect_in(p1.address, refused.err, "the primary's address is in the message")
    refused = r1.run("batch", "-", stdin="put t k v\n", expect=3)
    expect_in(p1.address, refused.err, "the primary's address is in the message")
    expect_in(p1.address, r1.run("load", "t", "-", stdin="k\tv\n", expect=3).err, "and for a load")
    expect_equal(p1.status()["rows"], 0, "nothing was written")


def after_a_token_on_a_paused_replica(c):
    p1 = c.primary()
    r1 = c.replica(p1)
    first = p1.put("t", "k", "old")
    expect_equal(r1.get("t", "k", "--after", first), "old", "the first value arrives")
    r1.run("pause")
    token = p1.put("t", "k", "new")
    p1.replica_is("r1", "has it on its disk, and is behind with its tables",
                  lambda r: r["paused"] and lsn(r["flushed"]) >= lsn(token) and r["applied_lag_bytes"] > 0)
    expect_equal(r1.get("t", "k"), "old", "its readers see the past")
    expect_equal(r1.get("t", "k", "--after", first), "old", "a token that it has reached")
    late = r1.run("get", "t", "k", "--after", token, "--timeout", "400ms", expect=1)
    expect_in("has not reached", late.err, "the wait's end is told")
    waiting = r1.begin("get", "t", "k", "--after", token)
    scanning = r1.begin("scan", "t", "--after", token)
    r1.until("has both readers waiting", lambda s: s["sessions"] >= 3)
    expect(waiting.waits() and scanning.waits(), "both wait")
    r1.run("resume")
    expect_equal(waiting.answer().out, "new", "the get answers after resume")
    expect_equal(scanning.answer().out, "k\tnew", "the scan too")
    p1.replica_is("r1", "has caught up", lambda r: r["applied_lag_bytes"] == 0 and not r["paused"])


def step_lets_exactly_one_record_through(c):
    p1 = c.primary()
    r1 = c.replica(p1)
    p1.streams("r1")
    r1.run("pause")
    tokens = [p1.put("t", "k", f"value {number}") for number in range(6)]
    r1.until("has received all", lambda s: lsn(s["flushed"]) == lsn(tokens[-1]))
    for number in (0, 1):
        stepped = r1.run("step", "1").out
        expect_equal(stepped.count("\n"), 0, "one record, one line")
        expect_in(tokens[number].split("@")[0], stepped, "which one")
        expect_in(f"value {number}", stepped, "what is in it")
        expect_equal(r1.get("t", "k"), f"value {number}", "its readers see exactly that")
        expect_equal(r1.status()["applied"], tokens[number].split("@")[0], "applied")
    stepped = [json.loads(line) for line in r1.run("step", "3", "--json").out.splitlines()]
    expect_equal([record["token"] for record in stepped], tokens[2:5], "three records")
    expect_equal(r1.get("t", "k"), "value 4", "and no more")
    early = r1.begin("step", "2")
    early.prints("the sixth record", lambda: "value 5" in early.out)
    expect(early.waits(), "the seventh is yet to come")
    seventh = p1.put("t", "k", "value 6")
    expect_in(seventh.split("@")[0], early.answer().out, "a later record passes, too")
    r1.run("resume")
    p1.put("t", "k", "end")
    c.converges()


def lag_is_told_in_bytes_and_time(c):
    p1 = c.primary()
    r1 = c.replica(p1)
    p1.streams("r1")
    r1.run("pause")
    before = lsn(p1.status()["flushed"])
    p1.put("t", "k", "x" * 10000)
    behind = p1.replica_is("r1", "is behind", lambda r: r["applied_lag_bytes"] > 0 and r["received_lag_bytes"] == 0)
    grown = lsn(p1.status()["flushed"]) - before
    expect_equal(behind["applied_lag_bytes"], grown, "the lag is what was written meanwhile")
    p1.replica_is("r1", "falls behind in time", lambda r: r["applied_lag_ms"] > 300)
    expect_in("paused", p1.run("status").out, "status for people")
    expect_in("resume", r1.run("status").out, "the replica's own status names the way out")


def a_pause_is_not_kept_over_a_restart(c):
    p1 = c.primary()
    r1 = c.replica(p1)
    r1.run("pause")
    token = p1.put("t", "k", "v")
    r1.until("has received it", lambda s: lsn(s["flushed"]) == lsn(token))
    r1.stop()
    r1.start()
    expect_equal(r1.get("t", "k", "--after", token), "v", "it replays on")


def replicas_go_on_without_their_primary(c):
    p1 = c.primary()
    r1 = c.replica(p1)
    token = p1.put("t", "k", "v")
    r1.get("t", "k", "--after", token)
    p1.kill()
    r1.until("noticed", lambda s: s["upstream"]["state"] != "streaming")
    expect_equal(r1.get("t", "k"), "v", "reads go on")
    expect_in(p1.address, r1.run("put", "t", "k", "v", expect=3).err, "a write is still refused, with the address")
    r1.kill()
    r1.start()
    expect_equal(r1.get("t", "k"), "v", "also after a restart of its own: it is ready without its primary")
    p1.start()
    token = p1.put("t", "k", "again")
    expect_equal(r1.get("t", "k", "--after", token), "again", "it found its primary again by itself")


def a_cascade_of_three(c):
    p1 = c.primary()
    r1 = c.replica(p1)
    r2 = c.replica(r1)
    r3 = c.replica(r2)
    token = p1.put("t", "k", "v")
    expect_equal(r3.get("t", "k", "--after", token), "v", "through two replicas to the third")
    expect_equal(p1.status()["members"], ["r1"], "replicas fed by a replica are no members")
    expect_equal([r["name"] for r in r2.status()["replicas"]], ["r3"], "each tells of those that it feeds")
    expect_in(p1.address, r3.run("put", "t", "k", "v", expect=3).err, "the last one names the primary")

    load = Load(p1, writers=2)
    load.goes_on(300)
    r2.kill()
    load.goes_on(300)
    r2.start()
    r1.kill()
    load.goes_on(300)
    r1.start()
    load.goes_on(300)
    load.stop()
    c.converges()
    load.check(p1, r1, r2, r3)
    for node in (r3, r2, r1, p1):
        node.stop()
    for replica in (r1, r2, r3):
        c.run("verify", replica.data, "--against", p1.data)


def a_cascade_is_slowed_by_nobody_below(c):
    p1 = c.primary("--ack", "sync")
    r1 = c.replica(p1)
    r2 = c.replica(r1)
    r2.freeze()
    token = p1.put("t", "k", "v")
    expect_equal(r1.get("t", "k", "--after", token), "v", "the frozen one is no member: nobody waits for it")
    r2.thaw()
    expect_equal(r2.get("t", "k", "--after", token), "v", "it has it later")


main(__file__, [a_write_on_a_replica_is_refused, after_a_token_on_a_paused_replica,
                step_lets_exactly_one_record_through, lag_is_told_in_bytes_and_time,
                a_pause_is_not_kept_over_a_restart, replicas_go_on_without_their_primary, a_cascade_of_three,
                a_cascade_is_slowed_by_nobody_below])
