"""A power cut: a file system loses all that was not flushed, and the node goes on from what is left.

The node runs on an ext4 file system of its own, which is told to forget (FS_IOC_SHUTDOWN without a journal flush):
every byte that was not flushed and every file name whose directory was not is gone, as with a pulled plug.
"""

import random

from harness import Load, expect, lsn, main, mounts


def cut_and_restart(disk, node):
    node.step("the power is cut")
    disk.cut_power()
    node.process.kill()  # whatever it does by now, nothing of it reaches the disk
    node.ends()
    disk.power_on()
    node.start()


def a_primary_keeps_what_it_acknowledged(c, long):
    disk = mounts.Disk(c.path, 400)
    p1 = c.primary("--checkpoint-log", "1M", data=disk.path / "p1")
    load = Load(p1, writers=3, depth=8)
    for _ in range(60 if long else 4):
        load.goes_on(random.randint(100, 1000))
        cut_and_restart(disk, p1)
        load.check(p1)
    load.stop()
    load.check(p1)
    print(f"        {load.acknowledged} commits acknowledged and found")


def a_power_cut_alone_never_makes_a_node_refuse(c, long):
    """Also while segments change and checkpoints are written."""
    disk = mounts.Disk(c.path, 600)
    p1 = c.primary("--checkpoint-log", "4M", data=disk.path / "p1")
    load = Load(p1, writers=2, depth=16, size=4000)
    for _ in range(40 if long else 3):
        load.goes_on(random.randint(100, 3000))
        cut_and_restart(disk, p1)
        load.check(p1)
    load.stop()
    load.check(p1)


def a_replica_never_holds_more_than_its_primary(c, long):
    disk = mounts.Disk(c.path, 400)
    p1 = c.primary("--checkpoint-log", "1M", data=disk.path / "p1")
    r1 = c.replica(p1)
    load = Load(p1, writers=3, depth=8)
    for _ in range(40 if long else 3):
        load.goes_on(random.randint(100, 1000))
        cut_and_restart(disk, p1)
        p1.streams("r1")
        load.check(p1)
    load.stop()
    c.converges()
    load.check(p1, r1)


def what_a_replica_reported_flushed_is_there(c, long):
    disk = mounts.Disk(c.path, 400)
    p1 = c.primary("--ack", "semi-sync")
    r1 = c.replica(p1, "--checkpoint-log", "1M", data=disk.path / "r1")
    load = Load(p1, writers=3, depth=8)
    for _ in range(40 if long else 3):
        load.goes_on(random.randint(100, 600))
        reported = lsn(p1.streams("r1")["flushed"])
        cut_and_restart(disk, r1)
        there = lsn(r1.ready_line.rsplit(" ", 1)[1])
        expect(there >= reported, f"it reported {reported:x} flushed, and holds {there:x} after the power cut")
        p1.streams("r1")
    load.stop()
    c.converges()
    load.check(p1, r1)


def the_failing_disk_ends_the_node(c):
    """An fsync that fails is never tried again: the node says so and ends."""
    disk = mounts.Disk(c.path, 300)
    p1 = c.primary(data=disk.path / "p1")
    load = Load(p1, writers=2)
    load.goes_on(100)
    disk.cut_power()
    status = p1.ends()
    expect(status not in (0, None), f"it ends with an error: {status}")
    disk.power_on()
    p1.start()
    load.goes_on(100)
    load.stop()
    load.check(p1)


mounts.enter()
main(__file__, [a_primary_keeps_what_it_acknowledged, a_power_cut_alone_never_makes_a_node_refuse,
                a_replica_never_holds_more_than_its_primary, what_a_replica_reported_flushed_is_there,
                the_failing_disk_ends_the_node])
