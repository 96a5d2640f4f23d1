"""The rungs: `off` and its price, sets of replicas, sessions that ask for another rung than the switch's."""

import select

from harness import expect, expect_equal, expect_in, lsn, main, native


def off_answers_before_the_disk(c):
    p1 = c.primary("--ack", "off")
    r1 = c.replica(p1)
    p1.run("hold", "flushed")
    answer = p1.run("put", "t", "k", "v")
    expect_in("committed, off: appended on the primary", answer.err, "what was promised")
    expect_equal(p1.get("t", "k"), "v", "it is visible")
    status = p1.status()
    expect(lsn(status["flushed"]) < lsn(answer.out), "and not flushed")
    expect_equal(status["loss"]["commits"], 1, "a crash now would lose it")
    stronger = p1.begin("put", "t", "k", "w", "--ack", "async")
    stronger.says("flush")
    expect_equal((stronger.waits(), p1.get("t", "k")), (True, "w"), "its own reply waits, others see it")
    p1.run("release")
    answer = stronger.answer()
    expect_in("committed, async", answer.err, "its own rung")
    p1.until("would lose nothing", lambda s: s["loss"]["commits"] == 0)
    expect_equal(r1.get("t", "k", "--after", answer.out), "w", "the replica has it")


def off_never_lets_a_checkpoint_run_ahead(c):
    p1 = c.primary("--ack", "off")
    p1.put("t", "k", "v")
    p1.until("has flushed it", lambda s: s["flushed"] == s["appended"])
    p1.run("hold", "flushed")
    token = p1.put("t", "k", "w")
    checkpoint = p1.begin("checkpoint")
    status = p1.until("has begun or ended a checkpoint", lambda s: s["checkpoint_running"] or
                      s["checkpoint_newest"] != "0/0")
    expect(lsn(status["checkpoint_newest"]) < lsn(token), "no checkpoint holds what is not flushed")
    p1.run("release")
    checkpoint.answer()
    p1.kill()
    p1.start()
    expect(p1.get("t", "k") in ("v", "w"), "it starts again")


def a_stronger_rung_of_a_session(c):
    p1 = c.primary()
    r1 = c.replica(p1)
    r1.run("hold", "applied")
    put, at = p1.begin_put("k", "v", "--ack", "sync")
    p1.until("has acknowledged it", lambda s: lsn(s["acknowledged"]) >= lsn(at))
    expect_equal(p1.get("t", "k"), "v", "others see the row at once")
    put.says("r1")
    expect(put.waits(), "its own reply waits")
    r1.run("release")
    expect_in("committed, sync: applied by r1", put.answer().err, "until its own promise holds")


def a_weaker_rung_of_a_session(c):
    p1 = c.primary("--ack", "sync")
    r1 = c.replica(p1)
    r1.run("hold", "applied")
    expect_in("committed, async", p1.run("put", "t", "a", "v", "--ack", "async").err, "its reply is early")
    p1.run("get", "t", "a", expect=1)
    with native.Connection(p1.address) as session:
        session.send(native.put_all(1, [("t", "k", "v")], native.ASYNC))
        expect_equal(session.receive()[:2], (1, native.WRITTEN), "an early reply")
        session.send(native.get(2, "t", "k"))
        session.send(native.get(3, "t", "k"))
        p1.until("has both in one session", lambda s: s["sessions"] >= 2)
        p1.run("get", "t", "k", expect=1)
        expect(not select.select([session.socket], [], [], 0)[0], "its next read waits")
        r1.run("release")
        for request in (2, 3):
            expect_equal(session.receive()[1:], (native.VALUE, {1: b"v"}), f"the answer to request {request}")
    expect_equal(p1.get("t", "k"), "v", "others see it as well")


def first_is_not_any(c):
    p1 = c.primary("--ack", "sync", "--sync-replicas", "FIRST 1 (r1, r2)")
    r1, r2 = c.replica(p1), c.replica(p1)
    r1.run("hold", "applied")
    put, at = p1.begin_put("k")
    p1.replica_is("r2", "has applied it", lambda r: lsn(r["applied"]) >= lsn(at))
    put.says("r1")
    expect(put.waits(), "the first of the list counts, as long as it streams")
    r1.kill()
    expect_in("r2", put.answer().err, "then the next one")
    r1.start()
    c.converges()


def the_loss_meter(c):
    p1 = c.primary("--ack", "semi-sync")
    r1 = c.replica(p1)
    for rung in ("semi-sync", "durable", "sync"):
        p1.run("ack", rung)
        for number in range(5):
            p1.put("t", rung, str(number))
            expect_equal(p1.status()["loss"], {"commits": 0, "bytes": 0, "exact": True}, f"the loss under {rung}")
    p1.run("ack", "async")
    p1.until("has told its replica", lambda s: s["loss"]["bytes"] == 0)
    p1.run("hold", "sent")
    before = p1.status()["appended"]
    tokens = [p1.put("t", "async", str(number)) for number in range(3)]
    expect_equal(p1.status()["loss"], {"commits": 3, "bytes": lsn(tokens[-1]) - lsn(before), "exact": True},
                 "what the replica has not got")
    expect_in("3 commits", p1.run("status").out, "also for people")
    p1.run("release")
    r1.get("t", "async", "--after", tokens[-1])
    p1.until("would lose nothing", lambda s: s["loss"]["commits"] == s["loss"]["bytes"] == 0)
    expect_equal(r1.status()["loss"], None, "a replica acknowledges nothing")


main(__file__, [off_answers_before_the_disk, off_never_lets_a_checkpoint_run_ahead, a_stronger_rung_of_a_session,
                a_weaker_rung_of_a_session, first_is_not_any, the_loss_meter])
