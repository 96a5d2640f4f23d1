"""A disk without space: writes are refused and say why, reads go on, and writes resume when there is space again."""

import errno
import os

from harness import Load, expect, expect_equal, expect_in, main, mounts, poll_until


def fill_up(path, leave_mebibytes):
    """Takes all space but so much. Whoever writes meanwhile may be quicker: then what is left then counts."""
    filler = path / "filler"
    with open(filler, "wb") as file:
        for _ in range(100):
            free = os.statvfs(path)
            size = free.f_bavail * free.f_frsize - (leave_mebibytes << 20)
            if size <= 0:
                return filler
            try:
                os.posix_fallocate(file.fileno(), os.fstat(file.fileno()).st_size, size)
                return filler
            except OSError as problem:
                if problem.errno != errno.ENOSPC:
                    raise
    raise AssertionError("the space changes faster than it can be taken")


def writes_until_refused(node):
    """Grows the tables until a write is refused; gives the refusal."""
    for number in range(200):
        rows = "".join(f"{number}-{row}\t{'x' * 1000}\n" for row in range(1000))
        answer = node.run("load", "growing", "-", stdin=rows, expect=(0, 3))
        if answer.status == 3:
            return answer
    raise AssertionError("200 MB were written, and the disk is not full")


def can_write(node):
    return node.cluster.quietly("--node", node.address, "put", "t", "again", "v").status == 0


def writes_are_refused_and_resume(c):
    disk = mounts.small(c.path / "disk", 160)
    p1 = c.primary(data=disk / "p1")
    p1.put("t", "k", "v")
    filler = fill_up(disk, 40)
    refused = writes_until_refused(p1)
    expect_in("writes are refused", refused.err, "the refusal")
    refused = p1.run("put", "t", "k", "w", expect=3)
    expect_in("disk", refused.err, "what it is about")
    expect_in("refused", p1.run("status").out, "status says so")
    expect_equal(p1.get("t", "k"), "v", "reads go on")
    p1.run("scan", "growing", "--limit", "10")
    p1.run("ack", "sync")
    p1.run("ack", "async")  # the switch has space in reserve
    filler.unlink()
    poll_until("writes resume", lambda: can_write(p1))
    expect_equal(p1.get("t", "again"), "v", "the row that was written then")
    p1.kill()
    p1.start()
    expect_equal((p1.get("t", "k"), p1.get("t", "again")), ("v", "v"), "all of it survives a kill")


def a_start_on_a_full_disk(c):
    disk = mounts.small(c.path / "disk", 160)
    p1 = c.primary(data=disk / "p1")
    p1.put("t", "k", "v")
    p1.kill()
    filler = fill_up(disk, 0)
    p1.start()
    expect_equal(p1.get("t", "k"), "v", "it starts, and reads are answered")
    writes_until_refused(p1)
    p1.stop()
    p1.start()
    filler.unlink()
    poll_until("writes resume", lambda: can_write(p1))


def nothing_acknowledged_is_lost(c):
    disk = mounts.small(c.path / "disk", 128)
    p1 = c.primary("--checkpoint-log", "8M", data=disk / "p1")
    load = Load(p1, writers=2, depth=4, size=2000)
    load.goes_on(200)
    for _ in range(2):
        filler = fill_up(disk, 4)
        poll_until("writers are refused", lambda: load.failures, within=60)
        expect(all("refused" in text for text in load.failures), f"each refusal says so: {load.failures}")
        p1.kill()
        p1.start()
        load.check(p1)
        filler.unlink()
        load.goes_on(200)
        for writer in load.writers:
            writer.failures.clear()
    load.stop()
    load.check(p1)


def a_replica_without_space_waits_and_comes_back(c):
    disk = mounts.small(c.path / "disk", 100)
    p1 = c.primary()
    r1 = c.replica(p1, data=disk / "r1")
    token = p1.put("t", "k", "v")
    r1.get("t", "k", "--after", token)
    filler = fill_up(disk, 4)
    p1.fill(60)
    token = p1.put("t", "k", "w")
    r1.logs("full")
    expect_equal(r1.get("t", "k"), "v", "its reads go on")
    p1.replica_is("r1", "still reports", lambda r: r["state"] != "away" and r["last_report_ms"] < 3000)
    filler.unlink()
    mounts.resize(disk, 300)
    expect_equal(r1.get("t", "k", "--after", token), "w", "it goes on by itself")
    c.converges()


mounts.enter()
main(__file__, [writes_are_refused_and_resume, a_start_on_a_full_disk, nothing_acknowledged_is_lost,
                a_replica_without_space_waits_and_comes_back])
