"""Holds: a ceiling on any stage of any node; single steps through it; and what people see meanwhile."""

from harness import expect, expect_equal, expect_in, lsn, main

PRIMARY_STAGES = ("appended", "flushed", "sent", "acknowledged")
REPLICA_STAGES = ("received", "flushed", "applied")


def received_held_on_the_only_replica(c):
    p1 = c.primary("--ack", "semi-sync")
    r1 = c.replica(p1)
    p1.streams("r1")
    expect_in("r1: `received` is held at 0/", r1.run("hold", "received").out, "what was done")
    put, at = p1.begin_put("k")
    put.says("`received` is held there")
    expect_in("r1", put.err, "who holds it is named")
    expect(put.waits(), "the put waits")
    p1.run("get", "t", "k", expect=1)
    status = p1.status()
    expect_equal((status["waiting"], status["missing"]), (1, ["r1"]), "status tells who waits and for whom")
    expect_equal(status["replicas"][0]["holds"], ["received"], "and what is held there")
    expect(lsn(status["replicas"][0]["received"]) < lsn(at), "r1 has not received it")
    expect_in("received held", p1.run("status").out, "also for people")
    r1.run("release", "received")
    expect_in("committed, semi-sync: received by r1", put.answer().err, "it returns")
    expect_equal(p1.get("t", "k"), "v", "and the row is visible")


def acknowledged_held_shows_the_row_on_the_replica_alone(c):
    p1 = c.primary("--ack", "semi-sync")
    r1 = c.replica(p1)
    p1.run("hold", "acknowledged")
    put, at = p1.begin_put("k")
    expect_equal(r1.get("t", "k", "--after", at), "v", "the replica shows the row")
    p1.replica_is("r1", "has applied it", lambda r: lsn(r["applied"]) >= lsn(at))
    expect(put.waits(), "the put waits, though its promise holds")
    p1.run("get", "t", "k", expect=1)
    p1.run("release", "acknowledged")
    put.answer()
    expect_equal(p1.get("t", "k"), "v", "now the primary shows it too")


def sent_held_for_one_replica(c):
    p1 = c.primary()
    r1, r2 = c.replica(p1), c.replica(p1)
    p1.run("hold", "sent", "--replica", "r2")
    token = p1.put("t", "k", "v")
    expect_equal(r1.get("t", "k", "--after", token), "v", "the other one has it")
    held = p1.replica_is("r2", "is behind with what is sent", lambda r: r["sent_lag_bytes"] > 0)
    expect(lsn(held["received"]) < lsn(token), "r2 has nothing of it")
    r2.run("get", "t", "k", expect=1)
    p1.run("release", "sent", "--replica", "r2")
    expect_equal(r2.get("t", "k", "--after", token), "v", "it arrives")


def flushed_held_on_the_primary(c):
    p1 = c.primary()
    c.replica(p1)
    p1.run("hold", "flushed")
    put, at = p1.begin_put("k")
    put.says("flush")
    expect_in("release flushed", put.err, "what would help is named")
    status = p1.status()
    expect(lsn(status["flushed"]) < lsn(at), "it is not flushed")
    hold = status["holds"][0]
    expect_equal((hold["stage"], hold["ceiling"], hold["bytes"]),
                 ("flushed", status["flushed"], lsn(at) - lsn(status["flushed"])), "status --json tells of the hold")
    expect_in("flushed", p1.run("status").out, "also for people")
    p1.run("release")
    put.answer()
    c.converges()


def held_nodes_are_not_taken_for_dead(c):
    """Each stage is held somewhere for longer than a silent node is believed to live (5 s)."""
    p1 = c.primary()
    replicas = [c.replica(p1) for _ in range(4)]
    for replica, stage in zip(replicas, (*REPLICA_STAGES, "sent")):
        replica.run("hold", stage)
        p1.streams(replica.name)
    below = c.replica(replicas[3])
    p1.put("t", "k", "v")
    for stage in ("acknowledged", "sent", "flushed", "appended"):
        p1.run("hold", stage)
    links = {node: node.log().count("link to") for node in (*replicas, below)}
    end = p1.status()["uptime_ms"] + 6500

    def time_has_passed(status):
        for replica in status["replicas"]:
            expect_equal(replica["state"], "streaming", f"the link of {replica['name']}")
        return status["uptime_ms"] > end

    p1.until("has held for 6.5 s, and all replicas stream", time_has_passed)
    for node, count in links.items():
        expect_equal(node.log().count("link to"), count, f"what {node.name} says of lost links: {node.log()}")
    for node in (p1, *replicas):
        node.run("release")
    p1.put("t", "k", "w")
    c.converges()


def begin_three_puts(p1, stage):
    """Three puts in the background, in this order."""
    puts = []
    for number in range(3):
        before = p1.status()
        puts.append(p1.begin("put", "t", f"{stage}-{number}", "v"))
        p1.until(f"has put {number}", lambda s, before=before: (
            lsn(s["appended"]) > lsn(before["appended"]) or s["queued"] > before["queued"]))
    return puts


def single_steps_at(p1, node, stage):
    node.run("hold", stage)
    puts = begin_three_puts(p1, stage)
    first = node.run("step").out
    expect_in(f"{stage}-0", first, f"the first record that passes `{stage}`")
    expect_equal(first.count("\n"), 0, "one record, one line")
    others = node.run("step", "2", "--stage", stage).out.splitlines()
    expect_equal([f"{stage}-{number}" in line for number, line in zip((1, 2), others)], [True, True],
                 f"the others, in order: {others}")
    later = node.begin("step")
    node.until("expects a record", lambda s: s["holds"][0]["steps"] == 1)
    puts.append(p1.begin("put", "t", f"{stage}-later", "v"))
    expect_in(f"{stage}-later", later.answer().out, "a record that came after the step")
    node.run("release", stage)
    for put in puts:
        put.answer()


def steps_at_each_stage_of_a_primary(c):
    p1 = c.primary()
    c.replica(p1)
    for stage in PRIMARY_STAGES:
        single_steps_at(p1, p1, stage)
    c.converges()


def steps_at_each_stage_of_a_replica(c):
    p1 = c.primary()
    r1 = c.replica(p1)
    p1.streams("r1")
    for stage in REPLICA_STAGES:
        single_steps_at(p1, r1, stage)
    c.converges()


def what_cannot_be_held_or_stepped(c):
    p1 = c.primary()
    r1 = c.replica(p1)
    expect_in("appended", p1.run("hold", "received", expect=3).err, "what a primary can hold is named")
    expect_in("received", r1.run("hold", "acknowledged", expect=3).err, "what a replica can hold is named")
    expect_in("applied", p1.run("hold", "nowhere", expect=2).err, "the stages are named")
    p1.run("hold", "flushed", "--replica", "r1", expect=2)
    expect_in("hold", p1.run("step", expect=3).err, "a step needs a hold")
    p1.run("hold", "sent")
    p1.run("hold", "acknowledged")
    expect_in("--stage", p1.run("step", expect=2).err, "which hold?")
    p1.run("step", "--stage", "flushed", expect=3)
    expect_in("not held", p1.run("release", "flushed").out, "nothing to release")
    p1.run("release")
    expect_equal(p1.status()["holds"], [], "no hold is left")


def a_hold_ends_with_its_node(c):
    p1 = c.primary()
    r1 = c.replica(p1)
    for stage in ("sent", "acknowledged"):
        p1.run("hold", stage)
    put, _ = p1.begin_put("k")
    p1.stop()
    put.answer(expect=(0, 5))
    p1.start()
    expect_equal((p1.status()["holds"], p1.get("t", "k")), ([], "v"), "nothing is held, nothing is lost")
    p1.streams("r1")
    r1.run("hold", "flushed")
    p1.put("t", "k", "w")
    r1.stop()
    r1.start()
    expect_equal(r1.status()["holds"], [], "nor on the replica")
    c.converges()


main(__file__, [received_held_on_the_only_replica, acknowledged_held_shows_the_row_on_the_replica_alone,
                sent_held_for_one_replica, flushed_held_on_the_primary, held_nodes_are_not_taken_for_dead,
                steps_at_each_stage_of_a_primary, steps_at_each_stage_of_a_replica, what_cannot_be_held_or_stepped,
                a_hold_ends_with_its_node])
