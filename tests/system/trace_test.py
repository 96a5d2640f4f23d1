"""Traces and stage events: where a commit's time went, seen from outside."""

import json
import time

from harness import expect, expect_equal, expect_in, main, poll_until


def stages(trace, node):
    """Stage and time of what one node has reached, in the trace's order."""
    return [(point["stage"], point["at_ms"]) for point in trace["points"]
            if point["node"] == node and point["at_ms"] is not None]


def a_put_is_drawn_over_all_nodes(c):
    p1 = c.primary("--ack", "semi-sync")
    r1 = c.replica(p1)
    c.replica(r1)
    p1.streams("r1")
    r1.streams("r2")
    drawn = p1.run("trace", "put", "greetings", "hello", "world")
    lines = drawn.out.splitlines()
    expect_in("committed, semi-sync: received by r1", lines[0], "the headline")
    expect_equal(len(lines), 12, "a line a stage: three of p1, three each of r1 and r2, two sent")
    expect(all("|" in line for line in lines[1:]), f"all of it was reached: {drawn}")
    token = lines[0].split()[0]
    trace = p1.run("trace", token, "--json").json()
    expect_equal(trace["complete"], True, "nothing more is expected")
    for node in ("r1", "r2"):
        expect_equal([stage for stage, _ in stages(trace, node) if stage != "sent"],
                     ["received", "flushed", "applied"], f"the stages of {node}")
    times = [point["at_ms"] for point in trace["points"]]
    expect_equal(times, sorted(times), "in the order of time")
    expect_equal(p1.run("trace", "del", "greetings", "hello").out.count("r2"), 4, "a delete, too")
    expect_equal(p1.run("trace", "--last", "2").out.count("committed"), 2, "the newest two")


def a_held_stage_is_where_the_time_went(c):
    p1 = c.primary("--ack", "semi-sync")
    r1 = c.replica(p1)
    p1.streams("r1")
    r1.run("hold", "received")
    waiting = p1.begin("trace", "put", "t", "k", "v", "--json")
    waiting.says("`received` is held there")
    r1.run("release")
    trace = waiting.answer().json()
    expect_equal((trace["ack"], trace["by"], trace["complete"]), ("semi-sync", ["r1"], True), "the outcome")
    received = dict(stages(trace, "r1"))["received"]
    expect(dict(stages(trace, "p1"))["flushed"] < 1000 <= received, f"r1 took a second to receive it: {trace}")
    expect(received <= dict(stages(trace, "p1"))["acknowledged"], f"then the client was told: {trace}")


def a_write_with_an_unknown_outcome_shows_its_way_so_far(c):
    p1 = c.primary("--ack", "sync")
    r1 = c.replica(p1)
    p1.streams("r1")
    r1.run("hold", "flushed")
    ended = p1.run("trace", "put", "t", "k", "v", "--timeout", "300ms", expect=5)
    token = ended.out
    expect(token.endswith("@1") and "\n" not in token, f"the token alone on stdout, as of put: {ended}")
    expect_in("not acknowledged yet", ended.err, "its way so far is on stderr")
    r1.run("release")
    p1.run("get", "t", "k", "--after", token)
    expect_in("acknowledged, but its client was not told", p1.run("trace", token).out, "later")


def patience_ends_before_a_slow_replica(c):
    p1 = c.primary()
    r1 = c.replica(p1)
    p1.streams("r1")
    r1.run("pause")
    drawn = p1.run("trace", "put", "t", "k", "v", "--patience", "200ms")
    expect(drawn.out.splitlines()[-1].split() == ["r1", "applied", "-"], f"what is missing comes last: {drawn}")
    expect_in("not everybody has it yet", drawn.err, "and it is said")
    expect_in("shows more later", drawn.err, "with what to do")


def what_cannot_be_traced_is_told(c):
    p1 = c.primary()
    r1 = c.replica(p1)
    p1.streams("r1")
    expect_in("no commit", p1.run("trace", expect=1).err, "nothing was written yet")
    expect_in("keeps no trace of 0/10", p1.run("trace", "0/10@1", expect=1).err, "an unknown token")
    p1.put("t", "k", "v")
    expect_in("nothing to trace", p1.run("trace", "del", "t", "other", expect=1).err, "nothing was logged")
    expect_in(f"ask it at {p1.address}", r1.run("trace", expect=3).err, "a replica names the primary")
    p1.run("trace", "0/10@1", "--last", "3", expect=2)


def every_stage_of_every_node_is_an_event(c):
    p1 = c.primary("--ack", "semi-sync")
    r1 = c.replica(p1)
    p1.streams("r1")
    watching = {"p1": p1.begin("events", "--json"), "r1": r1.begin("events", "--json")}

    def both_are_told():
        p1.put("t", "k", "warm")
        return all(stream.listen(time.monotonic() + 0.1) and stream.out for stream in watching.values())

    poll_until("both streams of events have begun", both_are_told)
    end = p1.put("t", "k", "v").split("@")[0]
    wanted = {"p1": {("p1", "appended"), ("p1", "flushed"), ("r1", "sent"), ("r1", "received"), ("r1", "flushed"),
                     ("r1", "applied"), ("p1", "acknowledged")},
              "r1": {("r1", "received"), ("r1", "flushed"), ("r1", "applied")}}
    for node, stream in watching.items():
        def all_there(out=stream, missing=wanted[node]):
            events = [json.loads(line) for line in out.out.splitlines() if line.endswith("}")]
            return missing <= {(e["node"], e["stage"]) for e in events if e["position"] == end}
        stream.prints(f"every stage of {end}, as {node} sees it", all_there)
        stream.end()


main(__file__, [a_put_is_drawn_over_all_nodes, a_held_stage_is_where_the_time_went,
                a_write_with_an_unknown_outcome_shows_its_way_so_far, patience_ends_before_a_slow_replica,
                what_cannot_be_traced_is_told, every_stage_of_every_node_is_an_event])
