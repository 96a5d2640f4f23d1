"""Logs that end in the middle of a write, and logs that are damaged: the first are cut, the second are not touched.

What a crash leaves behind the flushed end was promised to nobody; a start cuts it and says so. What was flushed is
promised: if it is damaged the node refuses to start, and `salvage` says what cutting it off would cost.
"""

import pathlib
import random
import re
import shutil

from harness import expect, expect_equal, expect_in, lsn, main

HEADER = 64  # of a segment's file


def segments(node):
    return sorted(pathlib.Path(node.data, "wal").glob("*.wal"))


def first_of(segment):
    return int(segment.name[9:25], 16)


def write_at(segment, offset, data):
    with open(segment, "r+b") as file:
        file.seek(offset)
        file.write(data)


def read_at(segment, offset, length):
    with open(segment, "rb") as file:
        file.seek(offset)
        return file.read(length)


def end_of(node):
    """Position, segment and offset of the log's end, of a node that is not running."""
    end = lsn(re.search(r"log 0/[0-9A-F]+ to (\S+),", node.cluster.run("verify", node.data).out)[1])
    segment = segments(node)[-1]
    return end, segment, HEADER + end - first_of(segment)


def valid_next_frame(c, p1):
    """The bytes that this node would write next: a copy of its directory writes them."""
    end, segment, offset = end_of(p1)
    twin = c.node("primary", p1.name, data=c.path / "twin")
    shutil.copytree(p1.data, twin.data)
    twin.start()
    written = twin.put("t", "next", "the record that is torn" * 3)
    twin.kill()
    frame = read_at(pathlib.Path(twin.data, "wal", segment.name), offset, lsn(written) - end)
    shutil.rmtree(twin.data)
    return frame


def starts_with_tail(p1, tail, sound):
    """Puts `tail` behind the log's end of a node that is not running, and starts it."""
    end, segment, offset = end_of(p1)
    write_at(segment, offset, tail)
    p1.start()
    whole = tail.rstrip(b"\0")
    if whole:
        said = p1.logs("cut a torn tail")
        expect_in(f"{len(whole)} bytes", said, "how much was cut")
        expect_in(f"{end >> 32:X}/{end & 0xFFFFFFFF:X}", said, "where")
        expect_in(segment.name, said, "in which file")
    expect_equal(p1.get("t", "last"), sound, "everything before it is there")
    p1.run("get", "t", "next", expect=1)


def a_frame_cut_off_anywhere(c):
    p1 = c.primary()
    for number in range(50):
        p1.put("t", "last", f"value {number}")
    p1.stop()
    frame = valid_next_frame(c, p1).rstrip(b"\0")  # its padding is there anyway
    chance = random.Random(7)
    middle = sorted(chance.sample(range(44, len(frame) - 1), 12))
    for number, cut in enumerate([1, 4, 7, 8, 16, 24, 32, 39, 40, 41, *middle, len(frame) - 1]):
        starts_with_tail(p1, frame[:cut], "value 49")
        # The next one is torn behind a clean stop, or behind a crash.
        if number % 2:
            p1.stop()
        else:
            p1.kill()


def a_whole_frame_is_no_torn_tail(c):
    p1 = c.primary()
    p1.put("t", "last", "v")
    p1.stop()
    frame = valid_next_frame(c, p1)
    _, segment, offset = end_of(p1)
    write_at(segment, offset, frame)
    p1.start()
    expect("cut" not in p1.log(), f"nothing to cut: {p1.log()}")
    expect_in("torn", p1.get("t", "next"), "a whole frame counts, acknowledged or not")


def garbage_behind_the_end(c):
    p1 = c.primary()
    p1.put("t", "last", "v")
    chance = random.Random(11)
    for length in (1, 40, 4096, 100_000):
        p1.kill()
        starts_with_tail(p1, chance.randbytes(length - 1) + b"\xff", "v")
    p1.kill()
    starts_with_tail(p1, b"\0" * 1000 + b"x", "v")
    token = p1.put("t", "last", "w")
    p1.kill()
    p1.start()
    expect_equal(p1.get("t", "last", "--after", token), "w", "the log goes on where it was cut")


def a_replica_fetches_a_torn_tail_again(c):
    p1 = c.primary()
    r1 = c.replica(p1)
    token = p1.put("t", "last", "v")
    r1.get("t", "last", "--after", token)
    r1.kill()
    _, segment, offset = end_of(r1)
    write_at(segment, offset, b"half a frame")
    token = p1.put("t", "last", "w")
    r1.start()
    r1.logs("cut a torn tail")
    expect_equal(r1.get("t", "last", "--after", token), "w", "it goes on from its own end")
    c.converges()


# A record of fill() is at most this long.
RECORD = 1_200_000


def filled(c):
    """A primary with a log of two closed segments and a third, stopped; nothing has been checkpointed."""
    p1 = c.primary("--checkpoint-log", "1G")
    p1.put("t", "first", "v")
    p1.fill(34)
    for number in range(20):
        p1.put("t", "last", f"value {number}")
    p1.stop()
    expect(len(segments(p1)) == 3, f"three segments: {segments(p1)}")
    return p1


DAMAGES = {
    "zeroed": lambda data: b"\0" * len(data),
    "one bit flipped": lambda data: data[:len(data) // 2] + bytes([data[len(data) // 2] ^ 4]) + data[len(data) // 2 + 1:],
    "cut off": None,
}


def damaged(c, kind, index):
    """Damages flushed bytes in that segment, and expects that the start is refused; repairs nothing."""
    p1 = filled(c)
    segment = segments(p1)[index]
    end, last, end_offset = end_of(p1)
    del end
    inside = end_offset - 150 if segment == last else 5_000_000  # in the middle of what was flushed
    if DAMAGES[kind] is None:
        with open(segment, "r+b") as file:
            file.truncate(inside)
    else:
        write_at(segment, inside, DAMAGES[kind](read_at(segment, inside, 24)))
    said = p1.refuses_to_start(status=1)
    expect_in(segment.name, said, f"{kind}: the file is named")
    offset = int(re.search(r"offset (\d+)", said)[1])
    expect(inside - RECORD < offset <= inside, f"{kind} at {inside}: the offset of the record is named: {said}")
    expect_in("salvage", said, "the ways out are named")
    verified = c.run("verify", p1.data, expect=1)
    expect_in("DAMAGED", verified.out, "verify says it too")
    expect_in(segment.name, verified.out, "and where")
    return p1, segment


def zeroed_in_the_last_segment(c):
    damaged(c, "zeroed", -1)


def zeroed_in_a_closed_segment(c):
    damaged(c, "zeroed", 1)


def a_flipped_bit_in_the_last_segment(c):
    damaged(c, "one bit flipped", -1)


def a_flipped_bit_in_a_closed_segment(c):
    damaged(c, "one bit flipped", 0)


def cut_off_in_the_last_segment(c):
    damaged(c, "cut off", -1)


def cut_off_in_a_closed_segment(c):
    damaged(c, "cut off", 1)


def a_missing_segment(c):
    p1 = filled(c)
    gone = segments(p1)[1]
    gone.unlink()
    said = p1.refuses_to_start(status=1)
    expect_in("damaged", said, "refused")
    expect_in(".wal", said, "a file is named")


def salvage_says_first_and_does_only_when_told(c):
    p1, segment = damaged(c, "one bit flipped", -1)
    before = {path: path.read_bytes() for path in segments(p1)}
    said = c.run("salvage", p1.data).out
    expect_in(segment.name, said, "where the damage is")
    expect_in("lost", said, "what would be lost")
    expect_in("--yes", said, "how to do it")
    plan = c.run("salvage", p1.data, "--json").json()
    expect_equal((plan["damaged"], plan["done"]), (True, False), "for programs")
    expect(plan["records_lost"] >= 1, f"records that are whole behind the damage are counted: {plan}")
    expect_equal({path: path.read_bytes() for path in segments(p1)}, before, "nothing was changed")
    p1.refuses_to_start(status=1)

    c.run("salvage", p1.data, "--yes")
    p1.start()
    expect_equal(p1.status()["flushed"], plan["cut"], "the log ends where salvage said")
    expect_equal(p1.get("t", "first"), "v", "what was before the damage is there")
    expect(p1.get("t", "last") in [f"value {number}" for number in range(19)], "an earlier value")
    expect(any(pathlib.Path(p1.data, "salvaged").iterdir()), "what was cut off is kept aside")
    expect_in("nothing to salvage", c.run("salvage", shutil.copytree(p1.data, c.path / "copy")).out, "whole again")
    p1.put("t", "last", "goes on")
    p1.stop()
    p1.start()
    expect_equal(p1.get("t", "last"), "goes on", "and takes writes")


def a_salvaged_replica_gets_it_all_again(c):
    p1 = c.primary()
    r1 = c.replica(p1)
    for number in range(20):
        token = p1.put("t", "last", f"value {number}")
    r1.get("t", "last", "--after", token)
    r1.stop()
    _, segment, offset = end_of(r1)
    write_at(segment, offset - 300, b"damage")
    r1.refuses_to_start(status=1)
    c.run("salvage", r1.data, "--yes")
    r1.start()
    c.converges()
    r1.stop()
    p1.stop()
    c.run("verify", r1.data, "--against", p1.data)


def verify_compares_two_logs(c):
    p1 = c.primary()
    r1 = c.replica(p1)
    p1.fill(20)
    token = p1.put("t", "k", "v")
    r1.get("t", "k", "--after", token)
    r1.stop()
    p1.put("t", "k", "more")
    p1.stop()
    same = c.run("verify", r1.data, "--against", p1.data)
    expect_in("common end " + token.split("@")[0], same.out, "the common end")
    compared = c.run("verify", r1.data, "--against", p1.data, "--json").json()
    expect_equal((compared["ok"], compared["comparison"]["common_end"]), (True, token.split("@")[0]), "for programs")
    other = c.primary(name="other")
    other.stop()
    c.run("verify", r1.data, "--against", other.data, expect=1)


def verify_compares_a_replica_that_began_with_a_base_copy(c):
    p1 = c.primary("--max-slot-keep", "1M")
    for _ in range(2):
        p1.fill(20)
        p1.run("checkpoint")
    p1.put("t", "k", "v")
    p1.until("has let go of the beginning of its log", lambda s: lsn(s["log_oldest"]) > 0)
    r1 = c.replica(p1)
    expect_in("snapshot", r1.status()["upstream"]["joined_by"], "it could only begin with a base copy")
    expect_in("snapshot", p1.run("status").out, "status for people says so")
    token = p1.put("t", "k", "w")
    expect_equal(r1.get("t", "k", "--after", token), "w", "and follows the log from there")
    c.converges()
    r1.stop()
    p1.stop()
    same = c.run("verify", r1.data, "--against", p1.data)
    expect_in("common end " + token.split("@")[0], same.out, "the common end")
    r1.start()
    expect_equal(r1.get("t", "k"), "w", "it starts from its own copy")


main(__file__, [a_frame_cut_off_anywhere, a_whole_frame_is_no_torn_tail, garbage_behind_the_end,
                a_replica_fetches_a_torn_tail_again, zeroed_in_the_last_segment, zeroed_in_a_closed_segment,
                a_flipped_bit_in_the_last_segment, a_flipped_bit_in_a_closed_segment, cut_off_in_the_last_segment,
                cut_off_in_a_closed_segment, a_missing_segment, salvage_says_first_and_does_only_when_told,
                a_salvaged_replica_gets_it_all_again, verify_compares_two_logs,
                verify_compares_a_replica_that_began_with_a_base_copy])
