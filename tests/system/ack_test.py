"""The ack switch: what a commit waits for, who is told that it waits, and what a restart does not show."""

from harness import Load, expect, expect_equal, expect_in, lsn, main


def each_rung_says_who_made_it_true(c):
    p1 = c.primary()
    c.replica(p1)
    c.replica(p1)
    p1.until("has two members", lambda s: s["members"] == ["r1", "r2"])
    p1.streams("r1")
    p1.streams("r2")
    expect_in("flushed on the primary", p1.run("put", "t", "k", "1").err, "async")
    p1.run("ack", "semi-sync")
    expect_in("semi-sync: received by r", p1.run("put", "t", "k", "2").err, "semi-sync")
    p1.run("ack", "sync")
    expect_in("sync: applied by r1, r2", p1.run("put", "t", "k", "3").err, "sync")
    expect_in("flushed on the primary", p1.run("put", "t", "k", "4", "--ack", "async").err, "a session's own rung")
    answer = p1.run("put", "t", "k", "5", "--json").json()
    expect_equal((answer["ack"], answer["by"]), ("sync", ["r1", "r2"]), "for programs")


def sync_shows_a_row_on_replicas_before_it_answers(c):
    p1 = c.primary("--ack", "sync")
    r1 = c.replica(p1)
    r2 = c.replica(p1)
    for number in range(20):
        p1.put("t", "k", str(number))
        for node in (p1, r1, r2):
            expect_equal(node.get("t", "k"), str(number), "no token needed")


def sync_with_one_of_two_replicas_killed(c):
    p1 = c.primary("--ack", "sync")
    r1 = c.replica(p1)
    r2 = c.replica(p1)
    p1.put("t", "k", "before")
    r2.kill()
    p1.away("r2")
    waiting = p1.begin("put", "t", "k", "during")
    waiting.says("r2")
    expect_in("ack", waiting.err, "what would release it is named")
    expect(waiting.waits(), "it waits")
    expect_equal(p1.get("t", "k"), "before", "not visible on the primary")
    r1.until("has applied it", lambda s: lsn(s["applied"]) == lsn(p1.status()["flushed"]))
    expect_equal(r1.get("t", "k"), "during", "visible on the living replica")
    status = p1.status()
    expect_equal((status["waiting"], status["missing"]), (1, ["r2"]), "status tells who is missing")
    p1.run("ack", "async")
    expect_in("@1", waiting.answer().out, "released, with its token")
    expect_equal(p1.get("t", "k"), "during", "and visible")
    r2.start()
    c.converges()


def a_returning_replica_releases_what_waits(c):
    p1 = c.primary("--ack", "sync")
    r1 = c.replica(p1)
    r1.freeze()
    waiting = p1.begin("put", "t", "k", "v")
    waiting.says("r1")
    r1.thaw()
    waiting.answer()
    r1.kill()
    p1.away("r1")
    waiting = p1.begin("put", "t", "k", "w")
    waiting.says("r1")
    r1.start()
    waiting.answer()
    expect_equal((p1.get("t", "k"), r1.get("t", "k")), ("w", "w"), "on both")


def dropping_the_missing_member_releases_too(c):
    p1 = c.primary("--ack", "sync")
    c.replica(p1)
    r2 = c.replica(p1)
    r2.kill()
    p1.away("r2")
    waiting = p1.begin("put", "t", "k", "v")
    waiting.says("r2")
    p1.run("drop-replica", "r2")
    waiting.answer()
    expect_equal(p1.status()["members"], ["r1"], "the members left")
    p1.run("drop-replica", "r2", expect=1)
    r2.start()
    p1.until("has r2 again", lambda s: s["members"] == ["r1", "r2"])
    c.converges()


def no_replica_at_all(c):
    p1 = c.primary("--ack", "semi-sync")
    waiting = p1.begin("put", "t", "k", "v")
    waiting.says("no replica has joined")
    c.replica(p1)
    waiting.answer()


def a_set_of_names(c):
    p1 = c.primary("--ack", "sync", "--sync-replicas", "ANY 1 (r1, r2)")
    r1 = c.replica(p1)
    r2 = c.replica(p1)
    r3 = c.replica(p1)
    r1.freeze()
    p1.put("t", "k", "one is enough")
    r2.freeze()
    waiting = p1.begin("put", "t", "k", "none is left")
    waiting.says("r1")
    expect_equal(p1.status()["missing"], ["r1", "r2"], "who is missing")
    r3.until("has it, but does not count", lambda s: lsn(s["applied"]) == lsn(p1.status()["flushed"]))
    expect(waiting.waits(), "it waits")
    r2.thaw()
    waiting.answer()
    r1.thaw()
    c.converges()


def a_restart_shows_nothing_that_was_not_acknowledged(c):
    p1 = c.primary("--ack", "sync")
    c.replica(p1)
    r2 = c.replica(p1)
    p1.put("t", "k", "before")
    r2.kill()
    p1.away("r2")
    waiting = p1.begin("put", "t", "k", "during")
    waiting.says("r2")
    p1.kill()
    waiting.answer(expect=5)

    p1.start()
    refused = p1.run("get", "t", "k", expect=3)
    expect_in("r2", refused.err, "the reason names who is missing")
    expect_in("acknowledged", refused.err, "the reason")
    expect(p1.status()["reads_refused"], "status says so too")
    expect_in("refused", p1.run("status").out, "also for people")
    queued = p1.begin("put", "t", "other", "v")
    queued.says("r2")
    p1.run("get", "t", "k", expect=3)

    r2.start()
    p1.until("answers reads again", lambda s: not s["reads_refused"])
    expect_equal(p1.get("t", "k"), "during", "the put's row is there")
    queued.answer()
    c.converges()


def a_clean_stop_leaves_no_doubt(c):
    p1 = c.primary("--ack", "sync")
    r1 = c.replica(p1)
    p1.put("t", "k", "v")
    p1.stop()
    r1.stop()
    p1.start()
    expect_equal(p1.get("t", "k"), "v", "all was acknowledged, so reads are answered without any replica")


def throwing_the_switch_under_load(c):
    p1 = c.primary()
    r1 = c.replica(p1)
    r2 = c.replica(p1)
    load = Load(p1, writers=3)
    for rung in ("sync", "semi-sync", "async", "durable", "sync", "async"):
        p1.run("ack", rung)
        load.goes_on(200)
    load.stop()
    expect_equal(load.failures, {}, "no writer was refused")
    c.converges()
    load.check(p1, r1, r2)


main(__file__, [each_rung_says_who_made_it_true, sync_shows_a_row_on_replicas_before_it_answers,
                sync_with_one_of_two_replicas_killed, a_returning_replica_releases_what_waits,
                dropping_the_missing_member_releases_too, no_replica_at_all, a_set_of_names,
                a_restart_shows_nothing_that_was_not_acknowledged, a_clean_stop_leaves_no_doubt,
                throwing_the_switch_under_load])
