"""A wait that ends early leaves an outcome that is unknown, not failed; its token tells later what became of it."""

from harness import expect, expect_equal, expect_in, main


def waits_for_r1(c):
    """A primary whose only replica holds `received`."""
    p1 = c.primary("--ack", "semi-sync")
    r1 = c.replica(p1)
    p1.streams("r1")
    r1.run("hold", "received")
    return p1, r1


def is_pending_then_visible(p1, r1, token, key):
    expect_in("pending", p1.run("commit-status", token).out, "what became of it")
    p1.run("get", "t", key, expect=1)
    r1.run("release")
    expect_equal(p1.get("t", key, "--after", token), "v", "it becomes visible")
    expect_in("visible", p1.run("commit-status", token).out, "what became of it")


def ctrl_c_on_a_waiting_put(c):
    p1, r1 = waits_for_r1(c)
    put, at = p1.begin_put("k")
    answer = put.interrupt().answer(expect=5)
    expect_equal(answer.out, f"{at}@1", "its token")
    expect_in("commit-status", answer.err, "how to ask later")
    counters = next(rung for rung in p1.status()["rungs"] if rung["rung"] == "semi-sync")
    expect_equal((counters["abandoned"], counters["waiting"]), (1, 0), "the primary counts it")
    is_pending_then_visible(p1, r1, answer.out, "k")


def a_timeout_on_a_waiting_put(c):
    p1, r1 = waits_for_r1(c)
    answer = p1.run("put", "t", "k", "v", "--timeout", "300ms", expect=5)
    expect(answer.out.endswith("@1"), f"its token is told: {answer}")
    is_pending_then_visible(p1, r1, answer.out, "k")


def a_clean_stop_under_a_waiting_put(c):
    p1 = c.primary("--ack", "semi-sync", "--stop-wait", "100ms")
    r1 = c.replica(p1)
    r1.run("hold", "received")
    put, at = p1.begin_put("k")
    p1.stop()
    answer = put.answer(expect=5)
    expect_equal(answer.out, f"{at}@1", "its token")
    p1.start()
    p1.run("get", "t", "k", expect=3)
    r1.run("release")
    p1.until("answers reads", lambda s: not s["reads_refused"])
    expect_equal(p1.get("t", "k"), "v", "it becomes visible")


def a_put_that_queues_is_cancelled(c):
    p1 = c.primary()
    p1.run("hold", "appended")
    before = p1.status()["appended"]
    put = p1.begin("put", "t", "k", "v")
    p1.until("has it in its queue", lambda s: s["queued"] == 1)
    answer = put.interrupt().answer(expect=3)
    expect_in("cancelled before it was run: nothing was logged", answer.err, "what became of it")
    late = p1.run("put", "t", "k", "v", "--timeout", "200ms", expect=3)
    expect_in("nothing was logged", late.err, "the same by a timeout")
    expect_equal((answer.out, late.out, p1.status()["queued"]), ("", "", 0), "no token, and no queue")
    p1.run("release")
    expect_equal((p1.status()["appended"], p1.records("changes")), (before, []), "nothing was logged")
    p1.put("t", "k", "w")
    expect_equal(p1.get("t", "k"), "w", "later writes pass")


def a_client_that_is_killed(c):
    p1, r1 = waits_for_r1(c)
    put, at = p1.begin_put("k")
    put.process.kill()
    put.answer(expect=-9)
    p1.until("waits for nobody", lambda s: s["waiting"] == 0)
    is_pending_then_visible(p1, r1, f"{at}@1", "k")


def tokens_that_nobody_knows(c):
    p1 = c.primary()
    r1 = c.replica(p1)
    token = p1.put("t", "k", "v")
    r1.get("t", "k", "--after", token)
    expect_in("visible", p1.run("commit-status", token).out, "on the primary")
    expect_in("visible", r1.run("commit-status", token).out, "on the replica")
    expect_in("unknown", p1.run("commit-status", "0/FFFFF8", expect=1).out, "past the log's end")
    expect_in("unknown", p1.run("commit-status", "0/8@1", expect=1).out, "no record ends there")
    expect_in("unknown", p1.run("commit-status", f"{token.split('@')[0]}@7", expect=1).out, "no such timeline")
    p1.run("commit-status", "nonsense", expect=2)
    r1.run("pause")
    token = p1.put("t", "k", "w")
    p1.replica_is("r1", "has it on its disk", lambda r: r["flushed"] == token.split("@")[0])
    expect_in("pending", r1.run("commit-status", token).out, "there its readers do not see it")


main(__file__, [ctrl_c_on_a_waiting_put, a_timeout_on_a_waiting_put, a_clean_stop_under_a_waiting_put,
                a_put_that_queues_is_cancelled, a_client_that_is_killed, tokens_that_nobody_knows])
