"""kill -9 again and again, under load: what was acknowledged is there afterwards, on every node.

The long form (--long) lives through hundreds of kills; the short one shows that each kind of kill was survived.
"""

import random
import time

from harness import Load, expect_equal, lsn, main

SEGMENT = 16 << 20  # bytes of a segment file, preamble included


def count_of(kills):
    return ", ".join(f"{count} of {name}" for name, count in sorted(kills.items()))


def loop(c, seconds, seed, rungs=("async", "semi-sync", "sync"), writers=3):
    chance = random.Random(seed)
    p1 = c.primary("--checkpoint-log", "1M")
    replicas = [c.replica(p1, "--checkpoint-log", "1M") for _ in range(2)]
    c.step(f"seed {seed}")
    load = Load(p1, writers=writers, depth=8)
    kills = {"p1": 0, "r1": 0, "r2": 0, "all three": 0}
    deadline = time.monotonic() + seconds
    round_number = 0
    while time.monotonic() < deadline or 0 in kills.values():
        rung = rungs[round_number % len(rungs)]
        round_number += 1
        p1.run("ack", rung)
        load.goes_on(chance.randint(100, 400))
        victim = min(kills, key=lambda name: (kills[name], chance.random()))
        nodes = {"p1": [p1], "r1": replicas[:1], "r2": replicas[1:], "all three": [p1, *replicas]}[victim]
        for node in chance.sample(nodes, len(nodes)):
            node.kill()
        kills[victim] += 1
        if victim in ("r1", "r2") and rung != "sync":
            load.goes_on(100)  # the others go on without it
        for node in chance.sample(nodes, len(nodes)):
            node.start()
        p1.until("answers reads", lambda s: not s["reads_refused"])
        load.check(p1)
    load.goes_on(200)
    load.stop()
    p1.run("ack", "async")
    c.converges()
    load.check(p1, *replicas)
    c.step(f"{load.acknowledged} commits acknowledged, kills: {count_of(kills)}")
    print(f"        {load.acknowledged} commits acknowledged and found; kill -9: {count_of(kills)}; seed {seed}")
    for node in (*replicas, p1):
        node.stop()
    for replica in replicas:
        c.run("verify", replica.data, "--against", p1.data)


def all_nodes_under_load(c, long):
    """Nothing acknowledged is lost, whoever is killed, at every rung."""
    loop(c, 600 if long else 8, random.randrange(1 << 32))


def a_primary_alone(c, long):
    """No replica helps: its own log is all there is."""
    p1 = c.primary("--checkpoint-log", "1M")
    load = Load(p1, writers=2, depth=32)
    for _ in range(100 if long else 6):
        load.goes_on(random.randint(50, 1500))
        p1.kill()
        p1.start()
        load.check(p1)
    load.stop()
    load.check(p1)
    print(f"        {load.acknowledged} commits acknowledged and found")


def killed_while_it_starts(c, long):
    """A recovery that is cut off anywhere can be begun again."""
    p1 = c.primary()
    load = Load(p1, writers=2)
    load.goes_on(500)
    p1.kill()
    for number in range(60 if long else 8):
        p1.spawn()
        if number % 4 == 0:
            p1.wait_ready()
        elif number % 4 == 1:
            # In the middle of opening its directory: as soon as it has said its first word.
            p1.logs("data in")
        p1.kill()
    p1.start()
    load.check(p1)
    load.goes_on(100)
    load.stop()
    load.check(p1)


def killed_while_segments_change(c, long):
    """Kills near the moment when a segment is full, the next one gets its name, and old ones are recycled."""
    p1 = c.primary("--checkpoint-log", "4M", "--max-slot-keep", "4M")
    r1 = c.replica(p1, "--checkpoint-log", "4M")
    load = Load(p1, writers=2, depth=16, size=4000)
    for number in range(40 if long else 4):
        seen = p1.status()["log_oldest"], p1.status()["log_segments"]
        load.goes_on(100)
        p1.until("has begun or let go of a segment",
                 lambda s, seen=seen: (s["log_oldest"], s["log_segments"]) != seen, within=60)
        node = (p1, r1)[number % 2]
        node.kill()
        node.start()
        load.check(p1)
    load.stop()
    c.converges()
    load.check(p1, r1)
    # The segment that holds the older checkpoint is the oldest that is kept.
    p1.until("keeps no older segments than its two checkpoints need",
             lambda s: 0 <= lsn(s["checkpoint_oldest"]) - lsn(s["log_oldest"]) < SEGMENT)
    p1.stop()
    r1.stop()
    c.run("verify", r1.data, "--against", p1.data)


def promises_by_one_node_survive_on_it(c):
    """Each single write, acknowledged by a command of its own, right before the kill."""
    p1 = c.primary()
    for number in range(10):
        p1.put("t", f"key{number}", f"value {number}")
        p1.kill()
        p1.start()
        for earlier in range(number + 1):
            expect_equal(p1.get("t", f"key{earlier}"), f"value {earlier}", "the row")


main(__file__, [all_nodes_under_load, a_primary_alone, killed_while_it_starts, killed_while_segments_change,
                promises_by_one_node_survive_on_it])
