"""When replicas are missing: refuse at once, or fall back to async for a while, and say so."""

from harness import expect, expect_equal, expect_in, main


def refuses(p1, key, *flags):
    """A write that is refused at once leaves nothing in the log."""
    before, records = p1.status()["appended"], p1.records("changes")
    refused = p1.run("put", "t", key, "v", *flags, expect=3)
    expect_equal(refused.out, "", "no token: nothing was logged")
    expect_equal(refused.err.count("\n"), 1, "refused at once, not after a notice")
    expect_equal(p1.status()["appended"], before, "the log's end")
    expect_equal(p1.records("changes"), records, "waldump")
    return refused


def reject_refuses_at_once_and_logs_nothing(c):
    p1 = c.primary("--ack", "semi-sync", "--on-missing", "reject")
    expect_equal(p1.run("ack").out, "semi-sync, ANY 1 (*), on-missing reject", "the switch")
    refuses(p1, "before")
    expect_equal(p1.records("changes"), [], "waldump shows nothing logged")
    r1 = c.replica(p1)
    p1.put("t", "k", "v")
    r1.kill()
    p1.away("r1")
    expect_in("r1", refuses(p1, "after").err, "who is missing is named")
    expect_equal(p1.get("t", "k"), "v", "reads go on")
    refuses(p1, "own", "--ack", "async")  # the switch's promise is the one that readers wait for


def reject_looks_at_the_number_that_the_rung_needs(c):
    p1 = c.primary("--ack", "sync", "--on-missing", "reject")
    r1, r2 = c.replica(p1), c.replica(p1)
    p1.put("t", "k", "v")
    r2.freeze()
    waiting, _ = p1.begin_put("frozen")
    waiting.says("r2")
    expect(waiting.waits(), "one that streams and is slow is waited for")
    r2.thaw()
    waiting.answer()
    r2.kill()
    p1.away("r2")
    expect_in("r2", refuses(p1, "two").err, "who is missing is named")
    p1.run("ack", "--sync-replicas", "ANY 1 (*)")
    p1.put("t", "k", "one is enough")
    r1.kill()
    p1.away("r1")
    refuses(p1, "none")
    p1.run("ack", "--on-missing", "block")
    waiting, _ = p1.begin_put("blocks")
    waiting.says("waiting for")
    p1.run("ack", "async")
    waiting.answer()


def degrade_falls_back_says_so_and_is_armed_again(c):
    p1 = c.primary("--ack", "semi-sync", "--on-missing", "degrade=2s")
    r1 = c.replica(p1)
    expect_in("committed, semi-sync: received by r1", p1.run("put", "t", "k", "1").err, "all is well")
    expect_equal((p1.status()["degraded"], p1.records("degraded")), ("", []), "not degraded")
    r1.kill()
    p1.away("r1")
    waiting, _ = p1.begin_put("k", "2")
    waiting.says("degraded")
    expect_in("committed, async: flushed on the primary", waiting.answer().err, "and it is told what it got")
    expect_equal(len(p1.records("degraded")), 1, "records of a degrade in the log")
    status = p1.status()
    expect_in("r1", status["degraded"], "status says why")
    expect_in("DEGRADED", p1.run("status").out, "loud for people")
    expect_equal([rung["degraded"] for rung in status["rungs"] if rung["rung"] == "semi-sync"], [1], "counted")
    expect_in("committed, async", p1.run("put", "t", "k", "3").err, "the next one does not wait")
    expect(p1.status()["loss"]["commits"] >= 2, "the loss meter tells what this costs")

    p1.kill()
    p1.start()
    expect(p1.status()["degraded"], "a restart does not forget it")
    expect_equal(p1.get("t", "k"), "3", "and reads are answered")

    r1.start()
    p1.until("is armed again", lambda s: s["degraded"] == "")
    expect_equal(len(p1.records("re-armed")), 1, "records of that in the log")
    expect_in("committed, semi-sync: received by r1", p1.run("put", "t", "k", "4").err, "as before")
    p1.until("would lose nothing", lambda s: s["loss"]["commits"] == 0)
    c.converges()


def degrade_does_not_ask_for_the_reason(c):
    """The replica is there, and talks; it only takes nothing."""
    p1 = c.primary("--ack", "durable", "--on-missing", "degrade=500ms")
    r1 = c.replica(p1)
    p1.put("t", "k", "1")
    r1.run("hold", "flushed")
    waiting, _ = p1.begin_put("k", "2")
    expect_in("committed, async", waiting.answer().err, "it falls back")
    own = p1.begin("put", "t", "k", "3", "--ack", "durable")
    own.says("r1")
    expect(own.waits(), "who asked for the rung itself goes on waiting")
    r1.run("release")
    own.answer()
    p1.until("is armed again", lambda s: s["degraded"] == "")
    expect_in("committed, durable: flushed by r1", p1.run("put", "t", "k", "4").err, "as before")


def a_new_policy_ends_a_degrade(c):
    p1 = c.primary("--ack", "semi-sync", "--on-missing", "degrade=100ms")
    waiting, _ = p1.begin_put("k")
    waiting.answer()
    expect(p1.status()["degraded"], "no replica has ever joined")
    expect_equal(p1.run("ack", "--on-missing", "block").out, "semi-sync, ANY 1 (*)", "the switch")
    expect_equal(p1.status()["degraded"], "", "not degraded any more")
    waiting, _ = p1.begin_put("k", "w")
    waiting.says("no replica has joined")
    c.replica(p1)
    waiting.answer()


main(__file__, [reject_refuses_at_once_and_logs_nothing, reject_looks_at_the_number_that_the_rung_needs,
                degrade_falls_back_says_so_and_is_armed_again, degrade_does_not_ask_for_the_reason,
                a_new_policy_ends_a_degrade])
