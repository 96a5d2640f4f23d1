"""Starting and stopping: ports, configuration files, clean ends, and directories that are somebody else's."""

import signal
import socket
import subprocess

from harness import Load, expect, expect_equal, expect_in, main


def port_of(ready_line):
    return ready_line.split("listening on ")[1].split(",")[0]


def any_free_port(c):
    p1 = c.node("primary", "p1")
    p1.address = f"{c.host}:0"
    p1.start()
    expect_in("ready: primary p1, listening on ", p1.ready_line, "the ready line")
    expect_in(", timeline 1, log end 0/", p1.ready_line, "the ready line")
    p1.address = port_of(p1.ready_line)
    expect(not p1.address.endswith(":0"), f"the port that was found is told: {p1.ready_line}")
    r1 = c.node("replica", "r1", "--primary", p1.address)
    r1.address = f"{c.host}:0"
    r1.start()
    expect_in(f"following {p1.address}", r1.ready_line, "the replica's ready line")
    r1.address = port_of(r1.ready_line)
    token = p1.put("t", "k", "v")
    expect_equal(r1.get("t", "k", "--after", token), "v", "the row on the replica")


def ports_that_are_taken(c):
    p1 = c.primary()
    p2 = c.node("primary", "p2")
    p2.address = p1.address
    expect_in(p1.address, p2.refuses_to_start(status=1), "a given port that is taken")

    # A default port gives way: one of these two listens on 127.0.0.1:7400 unless somebody else does.
    found = []
    for name in ("d1", "d2"):
        node = c.node("primary", name)
        node.arguments = lambda *more, node=node: [c.program("wallaby-primary"), "--data", node.data]
        node.start()
        found.append(port_of(node.ready_line))
    expect(found[0] != found[1], f"two servers, two ports: {found}")
    expect_in(found[1].split(":")[1], c.nodes[-1].log(), "a notice tells of the other port")


def a_configuration_file(c):
    file = c.path / "p1.conf"
    file.write_text(f"# who and where\nname = first\nlisten = {c.host}:7477\nack = semi-sync\n"
                    'sync-replicas = "ANY 1 (r1, r2)"   # a set\n')
    p1 = c.node("primary", "first")
    p1.arguments = lambda *more: [c.program("wallaby-primary"), "--data", p1.data, "--config", str(file), *more]
    p1.address = f"{c.host}:7477"
    p1.start()
    expect_in("primary first, listening on " + p1.address, p1.ready_line, "name and address from the file")
    expect_equal(p1.run("ack").out, "semi-sync, ANY 1 (r1, r2)", "the switch from the file")
    p1.stop()
    p1.start("--ack", "async")
    expect_in("async", p1.run("ack").out, "the command line stands over the file")
    p1.stop()
    file.write_text("listen = 127.0.0.1:7400\nmax-slots = 3\n")
    expect_in("p1.conf:2", p1.refuses_to_start(status=2), "what is wrong is named with file and line")


def wrong_flags(c):
    for program in ("wallaby-primary", "wallaby-replica"):
        for arguments in ((), ("--data", "x", "--nonsense"), ("--data", "x", "--listen", "here")):
            run = subprocess.run([c.program(program), *arguments], capture_output=True, text=True, cwd=c.path, check=False)
            expect_equal(run.returncode, 2, f"{program} {arguments}: {run.stderr}")
        run = subprocess.run([c.program(program), "--version"], capture_output=True, text=True, check=False)
        expect_in(f"{program} 0.", run.stdout, "--version")
        run = subprocess.run([c.program(program), "--help"], capture_output=True, text=True, check=False)
        expect_in("--config", run.stdout, "--help")
    run = subprocess.run([c.program("wallaby-primary"), "--data", str(c.path / "x"), "--listen", "0.0.0.0:0"],
                         capture_output=True, text=True, check=False)
    expect(run.returncode in (2, 3), f"beyond this machine only with --insecure: {run.returncode} {run.stderr}")
    expect_in("--insecure", run.stderr, "the way out is named")


def two_processes_on_one_directory(c):
    p1 = c.primary()
    p1.put("t", "k", "v")
    second = c.node("primary", "p1", data=p1.data)
    said = second.refuses_to_start(status=3)
    expect_in(p1.data, said, "the directory is named")
    r1 = c.replica(p1)
    again = c.node("replica", "r1", "--primary", p1.address, data=r1.data)
    again.refuses_to_start(status=3)
    c.run("salvage", p1.data, "--yes", expect=3)
    expect_equal(p1.get("t", "k"), "v", "the first goes on undisturbed")
    p1.kill()
    second.start()
    expect_equal(second.get("t", "k"), "v", "after a kill -9 the directory is free again")


def directories_remember_what_they_are(c):
    p1 = c.primary()
    r1 = c.replica(p1)
    p1.stop()
    r1.stop()
    as_primary = c.node("primary", "r1", data=r1.data)
    said = as_primary.refuses_to_start(status=3)
    expect_in("replica r1", said, "what the directory is")
    expect_in("wallaby-replica", said, "what to start it with")
    as_replica = c.node("replica", "p1", "--primary", f"{c.host}:7499", data=p1.data)
    said = as_replica.refuses_to_start(status=3)
    expect_in("primary p1", said, "what the directory is")
    renamed = c.node("primary", "p9", data=p1.data)
    expect_in("p1", renamed.refuses_to_start(status=3), "whose directory it is")
    full = c.node("primary", "p5")
    (c.path / "p5").mkdir()
    (c.path / "p5" / "letter.txt").write_text("not a database")
    expect_in("letter.txt", full.refuses_to_start(status=3), "a directory with other things in it")
    p1.start()
    r1.start()
    token = p1.put("t", "k", "v")
    expect_equal(r1.get("t", "k", "--after", token), "v", "both go on as what they are")


def another_cluster(c):
    p1 = c.primary()
    stranger = c.primary(name="stranger")
    stranger.put("t", "theirs", "v")
    r1 = c.replica(p1)
    token = p1.put("t", "ours", "v")
    r1.get("t", "ours", "--after", token)
    r1.stop()
    lost = c.node("replica", "r1", "--primary", stranger.address, data=r1.data)
    lost.start()
    status = lost.until("is refused", lambda s: s["upstream"]["state"] == "refused")
    expect_in("cluster", status["upstream"]["last_failure"], "the reason is told")
    stranger.logs("refused")
    expect_equal(lost.get("t", "ours"), "v", "what it holds is still there")
    lost.run("get", "t", "theirs", expect=1)
    lost.stop()
    r1.start()
    token = p1.put("t", "more", "v")
    expect_equal(r1.get("t", "more", "--after", token), "v", "with its own primary it goes on")


def one_name_for_one_directory(c):
    p1 = c.primary()
    c.replica(p1, name="r1")
    p1.streams("r1")
    other = c.node("replica", "r1", "--primary", p1.address, data=c.path / "other")
    other.log_path = c.path / "other.log"
    other.spawn()
    said = p1.logs("is refused")
    expect_in("--name", said, "the way out is named")
    other.kill()


def a_clean_stop_is_quick_and_complete(c):
    p1 = c.primary("--ack", "semi-sync")
    r1 = c.replica(p1)
    r2 = c.replica(p1)
    load = Load(p1, writers=4, depth=16)
    load.goes_on(2000)
    took = p1.stop()
    expect(took < 4, f"the replicas kept up, so it need not wait for them; it took {took:.2f} s")
    load.stopping = True
    p1.start()
    load.stop()
    load.check(p1)
    c.converges()
    load.check(r1, r2)
    r1.stop()
    r2.stop()
    p1.stop()
    for replica in (r1, r2):
        expect_in("common end", c.run("verify", replica.data, "--against", p1.data).out, "the logs are the same")


def a_stop_waits_for_who_is_behind_but_not_for_ever(c):
    p1 = c.primary("--stop-wait", "1s")
    r1 = c.replica(p1)
    r1.freeze()
    p1.put("t", "k", "v")
    took = p1.stop()
    expect(0.9 < took < 6, f"a frozen replica is waited for, but no longer than --stop-wait; it took {took:.2f} s")
    r1.thaw()
    p1.start()
    c.converges()
    expect_equal(r1.get("t", "k"), "v", "and has it later")


def a_second_signal_ends_at_once(c):
    p1 = c.primary("--stop-wait", "1m")
    r1 = c.replica(p1)
    r1.freeze()
    p1.put("t", "k", "v")
    p1.process.send_signal(signal.SIGINT)
    p1.logs("stopping")
    p1.process.send_signal(signal.SIGINT)
    expect_equal(p1.ends(within=5), 1, "exit status after the second signal")
    p1.start()
    expect_equal(p1.get("t", "k"), "v", "what was acknowledged is there")


def clients_hear_of_a_stop(c):
    p1 = c.primary("--ack", "sync", "--stop-wait", "200ms")
    r1 = c.replica(p1)
    r1.kill()
    p1.away("r1")
    waiting = p1.begin("put", "t", "k", "v")
    waiting.says("r1")
    p1.stop()
    answer = waiting.answer(expect=5)
    expect_in("unknown", answer.err, "the wait ended, the write did not fail")
    host, port = p1.address.split(":")
    with socket.socket() as free:
        expect(free.connect_ex((host, int(port))) != 0, "nobody listens any more")


main(__file__, [any_free_port, ports_that_are_taken, a_configuration_file, wrong_flags, two_processes_on_one_directory,
                directories_remember_what_they_are, another_cluster, one_name_for_one_directory,
                a_clean_stop_is_quick_and_complete, a_stop_waits_for_who_is_behind_but_not_for_ever,
                a_second_signal_ends_at_once, clients_hear_of_a_stop])
