"""Every command of the client, what it prints for people and for programs, and each exit status."""

import json
import os
import signal

from harness import expect, expect_equal, expect_in, main, poll_until


def reads_and_writes(c):
    p1 = c.primary()
    put = p1.run("put", "greetings", "hello", "world")
    expect(put.out.endswith("@1") and "/" in put.out, f"put prints the token alone: {put}")
    expect_in("committed, async: flushed on the primary", put.err, "how it was acknowledged is on stderr")
    expect_equal(p1.get("greetings", "hello"), "world", "the row")
    expect_equal(p1.run("put", "greetings", "hello", "you", "--json").json()["rows"], 1, "rows written")
    expect_equal(p1.run("get", "greetings", "hello", "--json").json(),
                 {"table": "greetings", "key": "hello", "value": "you"}, "get --json")
    p1.put("greetings", "a", "1")
    p1.put("greetings", "z", "tab\tand\nnewline")
    expect_equal(p1.run("scan", "greetings").out, "a\t1\nhello\tyou\nz\ttab\\tand\\nnewline", "scan")
    expect_equal(p1.run("scan", "greetings", "--from", "b", "--to", "i", "--limit", "5").out, "hello\tyou", "a range")
    lines = p1.run("scan", "greetings", "--limit", "1", "--json").out.splitlines()
    expect_equal([json.loads(line) for line in lines], [{"key": "a", "value": "1"}], "scan --json")
    p1.put("other", "k", "v")
    expect_equal(p1.run("tables").out, "greetings\nother", "tables")
    expect_equal(p1.run("tables", "--json").json(), {"tables": ["greetings", "other"], "sql": {}}, "tables --json")
    p1.run("del", "greetings", "a")
    p1.run("get", "greetings", "a", expect=1)


def batches_are_one_transaction(c):
    p1 = c.primary()
    p1.put("accounts", "bob", "1")
    script = "# a transfer\nput accounts alice 90\n\nput accounts carol 'quoted text'\ndel accounts bob\n"
    token = p1.run("batch", "-", stdin=script).out
    expect_equal(p1.run("scan", "accounts").out, "alice\t90\ncarol\tquoted text", "all of it")
    dump = [json.loads(line) for line in c.run("waldump", p1.data, "--json").out.splitlines()]
    expect_equal(dump[-1]["lsn"], token.split("@")[0], "the batch is the last record")
    expect_equal(len(dump[-1]["changes"]), 3, "its changes are one record")
    for key in ("lsn", "timeline", "kind", "checksum", "changes"):
        expect_in(key, dump[-1], "a record in waldump --json")
    wrong = p1.run("batch", "-", stdin="put accounts dave 1\nput accounts\n", expect=2)
    expect_in("stdin:2", wrong.err, "the line that cannot be read is named")
    p1.run("get", "accounts", "dave", expect=1)
    expect_in("put accounts alice = 90", c.run("waldump", p1.data).out, "waldump for people")


def loads_files(c):
    p1 = c.primary()
    tsv = c.path / "rows.tsv"
    tsv.write_text("".join(f"key{number:06}\tvalue {number}\n" for number in range(20000)))
    loaded = p1.run("load", "rows", str(tsv))
    expect_in("loaded 20,000 rows", loaded.err, "what load says")
    expect_equal(p1.status()["rows"], 20000, "rows in the tables")
    copied = p1.run("load", "copy", "-", "--json", stdin=p1.run("scan", "rows").out + "\n").json()
    expect_equal(copied["rows"], 20000, "what scan prints, load reads")
    csv = c.path / "cities.csv"
    csv.write_text('name,people\n"Bonn, on the Rhine",330000\n"say ""hi""",1\n')
    p1.run("load", "cities", str(csv), "--header")
    expect_equal(p1.run("get", "cities", "Bonn, on the Rhine").out, "330000", "a quoted field")
    expect_equal(p1.run("get", "cities", 'say "hi"').out, "1", "doubled quotes")
    wrong = p1.run("load", "bad", "-", stdin="k\tv\nonly one column\n", expect=2)
    expect_in("-:2", wrong.err, "the bad line is named")


def exit_statuses(c):
    p1 = c.primary()
    r1 = c.replica(p1)
    p1.streams("r1")
    p1.run("put", "t", "k", "v", expect=0)
    for arguments in (("get", "t", "nothing"), ("get", "nothing", "k"), ("del", "t", "nothing")):
        p1.run(*arguments, expect=1)
    c.run("verify", str(c.path / "nothing"), expect=1)
    for arguments in (("put", "t"), ("nonsense",), ("put", "t", "k", "v", "--ack", "most"), ("scan", "t", "--limit", "x"),
                      ("get", "t", "k", "--after", "yesterday"), ("put", "t", "k" * 8193, "v")):
        p1.run(*arguments, expect=2)
    r1.run("put", "t", "k", "v", expect=3)
    p1.run("step", expect=3)
    r1.run("step", expect=3)
    nobody = c.run("--node", f"{c.host}:1", "put", "t", "k", "v", expect=4)
    expect_in(f"{c.host}:1", nobody.err, "who cannot be reached is named")
    c.run("--node", f"{c.host}:1", "status", expect=4)
    r1.kill()
    p1.away("r1")
    late = p1.run("put", "t", "slow", "v", "--ack", "sync", "--timeout", "1500ms", expect=5)
    expect_in("unknown", late.err, "what became of the write")
    expect(late.out.endswith("@1"), f"its token is told: {late}")
    expect_equal(p1.get("t", "slow"), "v", "the switch says async: it is visible all the same")


def ctrl_c_on_a_waiting_write(c):
    p1 = c.primary("--ack", "sync")
    r1 = c.replica(p1)
    r1.kill()
    p1.away("r1")
    waiting = p1.begin("put", "t", "k", "v")
    waiting.says("r1")
    waiting.process.send_signal(signal.SIGINT)
    answer = waiting.answer(expect=5)
    expect(answer.out.endswith("@1"), f"its token is told: {answer}")


def status_tells(c):
    p1 = c.primary()
    r1 = c.replica(p1)
    token = p1.put("t", "k", "v")
    r1.get("t", "k", "--after", token)
    p1.streams("r1")
    text = p1.run("status").out
    for part in ("primary p1", p1.address, "async; members r1", "streaming", "continue"):
        expect_in(part, text, "status for people")
    status = p1.status()
    expect_equal((status["role"], status["name"], status["timeline"], status["members"]),
                 ("primary", "p1", 1, ["r1"]), "status --json")
    replica = r1.status()
    expect_equal((replica["role"], replica["upstream"]["address"], replica["upstream"]["state"]),
                 ("replica", p1.address, "streaming"), "the replica's status")
    watch = p1.begin("status", "--watch", "--json")
    watch.prints("the status again and again", lambda: watch.out.count("\n") > 2)
    watch.process.send_signal(signal.SIGINT)
    watch.answer(expect=0)


def events_walk_through_the_stages(c):
    p1 = c.primary()
    c.replica(p1)
    p1.streams("r1")
    events = p1.begin("events", "--json")
    poll_until("the watcher is there", lambda: p1.status()["sessions"] >= 2)
    token = p1.put("t", "k", "v")
    wanted = {("p1", "appended"), ("p1", "flushed"), ("p1", "acknowledged"),
              ("r1", "sent"), ("r1", "received"), ("r1", "flushed"), ("r1", "applied")}

    def told():
        lines = [json.loads(line) for line in events.out.split("\n")[:-1]]
        return {(event["node"], event["stage"]) for event in lines if event["position"] == token.split("@")[0]}

    events.prints("each stage of the write", lambda: wanted <= told())
    events.process.send_signal(signal.SIGINT)
    events.answer(expect=0)


def the_switch_and_checkpoints(c):
    p1 = c.primary()
    expect_equal(p1.run("ack").out, "async", "the switch")
    expect_equal(p1.run("ack", "semi-sync").out, "semi-sync, ANY 1 (*)", "thrown")
    shown = p1.run("ack", "sync", "--sync-replicas", "ANY 1 (r1,r2)", "--json").json()
    expect_equal((shown["ack"], shown["sync_replicas"]), ("sync", "ANY 1 (r1, r2)"), "with a set")
    p1.run("ack", "async")
    p1.put("t", "k", "v")
    p1.run("checkpoint")
    expect_equal(p1.status()["checkpoint_newest"], p1.status()["flushed"], "a checkpoint at the end")
    p1.stop()
    p1.start()
    expect_equal(p1.get("t", "k"), "v", "read from the checkpoint")
    expect_equal(p1.run("ack").out, "async, ANY 1 (r1, r2)", "the switch is kept in the log")


def bench_measures(c):
    p1 = c.primary()
    figures = p1.run("bench", "--duration", "300ms", "--clients", "4", "--disk-probe", str(c.path), "--json").json()
    for key in ("commits_per_s", "p50_us", "p99_us", "commits_per_flush", "disk_flushes_per_s"):
        expect(figures[key] > 0, f"bench --json has {key}: {figures}")
    expect_in("commits per flush", p1.run("bench", "--duration", "200ms").out, "bench for people")


def ctrl_c_on_a_bench_shows_what_was_measured(c):
    p1 = c.primary()
    bench = p1.begin("bench", "--duration", "60s", "--disk-probe", str(c.path), "--json")
    poll_until("it writes", lambda: p1.status()["rows"] > 0)
    bench.process.send_signal(signal.SIGINT)
    expect(bench.answer(expect=0).json()["commits_per_s"] > 0, "the figures until then")


def ctrl_c_on_a_load_that_waits_for_its_file(c):
    p1 = c.primary()
    pipe = c.path / "rows"
    os.mkfifo(pipe)
    load = p1.begin("load", "t", str(pipe))
    with open(pipe, "w") as rows:
        for number in range(20000):
            rows.write(f"{number}\t{'x' * 100}\n")
        rows.flush()
        poll_until("the first rows are there", lambda: p1.status()["rows"] > 0)
        load.process.send_signal(signal.SIGINT)
        expect_in("interrupted", load.answer(expect=5).err, "why it ended")


def names_and_help(c):
    expect_in("wallaby 0.", c.run("--version").out, "--version")
    for arguments in ((), ("put",), ("ack",), ("hold",), ("release",), ("step",), ("commit-status",), ("verify",)):
        expect_in("--json", c.run(*arguments, "--help").out, "help")
    expect_in("Exit status", c.run("--help").out, "the exit statuses are explained")


main(__file__, [reads_and_writes, batches_are_one_transaction, loads_files, exit_statuses, ctrl_c_on_a_waiting_write,
                status_tells, events_walk_through_the_stages, the_switch_and_checkpoints, bench_measures,
                ctrl_c_on_a_bench_shows_what_was_measured, ctrl_c_on_a_load_that_waits_for_its_file, names_and_help])
