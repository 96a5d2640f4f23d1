"""Lag as users expect it, and a replica that is late on purpose."""

import time

from harness import expect, expect_equal, expect_in, lsn, main

STAGES = ("received", "flushed", "applied")


def lag_of(replica):
    return {stage: (replica[f"{stage}_lag_bytes"], replica[f"{stage}_lag_ms"]) for stage in STAGES}


def an_idle_primary_has_no_lag(c):
    p1 = c.primary()
    r1 = c.replica(p1)
    token = p1.put("t", "k", "v")
    r1.get("t", "k", "--after", token)
    p1.replica_is("r1", "has told that it has all", lambda r: lsn(r["applied"]) >= lsn(token))
    end = p1.status()["uptime_ms"] + 1500

    def idle_without_lag(status):
        expect_equal(lag_of(status["replicas"][0]), {stage: (0, 0) for stage in STAGES}, "lag on an idle primary")
        expect_equal(lag_of(r1.status()["upstream"]), {stage: (0, 0) for stage in STAGES}, "as the replica tells it")
        return status["uptime_ms"] > end

    p1.until("was idle for 1.5 s, and there was no lag", idle_without_lag)
    expect_equal(p1.status()["replicas"][0]["sent_lag_bytes"], 0, "nor in what is sent")


def a_hold_is_a_lag_from_its_stage_on(c):
    p1 = c.primary()
    r1 = c.replica(p1)
    r1.run("hold", "flushed")
    p1.put("t", "k", "v")
    behind = p1.replica_is("r1", "is behind with its disk, and more and more in time",
                           lambda r: r["flushed_lag_bytes"] > 0 and r["flushed_lag_ms"] > 300)
    expect_equal((behind["received_lag_bytes"], behind["received_lag_ms"]), (0, 0), "it has received all")
    expect(behind["applied_lag_ms"] >= behind["flushed_lag_ms"], f"what is not flushed is not applied: {behind}")
    upstream = r1.status()["upstream"]
    expect(upstream["flushed_lag_ms"] > 200, f"the replica tells of it as well: {upstream}")
    r1.run("release")
    p1.replica_is("r1", "has no lag", lambda r: lag_of(r) == {stage: (0, 0) for stage in STAGES})


def lag_shrinks_after_a_pause(c):
    p1 = c.primary()
    r1 = c.replica(p1)
    r1.run("pause")
    p1.fill(24)
    p1.replica_is("r1", "has all on its disk", lambda r: r["flushed_lag_bytes"] == 0)
    paused = p1.replica_is("r1", "is late", lambda r: r["applied_lag_ms"] > 500)
    seen = [(time.monotonic(), paused["applied_lag_bytes"], paused["applied_lag_ms"])]
    r1.run("resume")

    def caught_up(status):
        replica = status["replicas"][0]
        seen.append((time.monotonic(), replica["applied_lag_bytes"], replica["applied_lag_ms"]))
        return replica["applied_lag_bytes"] == 0

    p1.until("sees that r1 has caught up", caught_up)
    for (before, bytes_before, ms_before), (now, bytes_now, ms_now) in zip(seen, seen[1:]):
        expect(bytes_now <= bytes_before, f"the bytes only shrink: {seen}")
        # Each look is taken some time before it arrives here, so allow for the time of one command.
        expect(ms_now <= ms_before + (now - before) * 1000 + 250, f"the time never jumps up: {seen}")
    expect_equal(seen[-1][2], 0, "nothing is left of it in the end")


def an_apply_delay(c):
    p1 = c.primary()
    r1 = c.replica(p1, "--apply-delay", "1500ms")
    began = time.monotonic()
    token = p1.put("t", "k", "v")
    late = p1.replica_is("r1", "has it on its disk and waits", lambda r: lsn(r["flushed"]) >= lsn(token))
    expect_equal(late["apply_delay_ms"], 1500, "the primary knows why")
    expect_equal(r1.status()["apply_delay_ms"], 1500, "the replica's own status")
    expect_equal(r1.get("t", "k", "--after", token), "v", "it comes")
    expect(time.monotonic() - began >= 1.5, "and not before its time")
    p1.run("ack", "sync")
    put, _ = p1.begin_put("k", "w")
    p1.until("knows why the put waits", lambda s: "on purpose" in s["waiting_for"])
    expect_in("committed, sync: applied by r1", put.answer().err, "sync waits for it")


main(__file__, [an_idle_primary_has_no_lag, a_hold_is_a_lag_from_its_stage_on, lag_shrinks_after_a_pause,
                an_apply_delay])
