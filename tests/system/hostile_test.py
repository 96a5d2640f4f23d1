"""What comes in on the port and should not: garbage, sizes out of all proportion, bytes that trickle, clients that never
read, and a thousand connections that do nothing. Beside each of them an honest client goes on working."""

import random
import resource
import socket
import struct
import time

from harness import Load, expect, expect_equal, expect_in, main, native, poll_until

MEBIBYTE = 1 << 20
FIRST_MESSAGE_WITHIN = 10  # seconds that a new connection has


def dial(node):
    host, port = node.address.rsplit(":", 1)
    return socket.create_connection((host, int(port)), 30)


def is_closed(connection, within=30.0):
    """Reads until the node closes the connection; gives what it said before that."""
    connection.settimeout(within)
    said = b""
    try:
        while piece := connection.recv(1 << 16):
            said += piece
    except ConnectionError:
        pass
    return said


GARBAGE = {
    "an HTTP request": b"GET / HTTP/1.1\r\nHost: wallaby\r\n\r\n",
    "a TLS hello": bytes.fromhex("16030100f8010000f40303") + b"\x5a" * 200,
    "a PostgreSQL startup": struct.pack(">II", 40, 196608) + b"user\0student\0database\0test\0\0",
    "zeros": bytes(1000),
    "a wrong magic": native.message(native.REQUEST, b"\x08\x01", magic=0x1234),
    "a body of 4 GiB": struct.pack("<IIHH", 0xFFFFFFFF, 0, native.REQUEST, native.MAGIC),
    "an attachment of 4 GiB": struct.pack("<IIHH", 0, 0xFFFFFFFF, native.REQUEST, native.MAGIC),
    "sizes that add up to little": struct.pack("<IIHH", 0x80000000, 0x80000001, native.REQUEST, native.MAGIC),
    "an unknown type": native.message(999, b""),
    "a reply": native.message(native.REPLY, b"\x08\x01"),
    "a request that is no Protobuf": native.message(native.REQUEST, b"\xff" * 100),
    "a hello that is no Protobuf": native.message(1, b"\xff" * 100),
    "a data message out of the blue": native.message(3, b"\x08\x01", 8) + bytes(8),
    "a report out of the blue": native.message(5, b"\x08\x01"),
}


def works(node):
    token = node.put("t", "k", "v")
    expect_equal(node.get("t", "k", "--after", token), "v", "an honest client is served")


def garbage_closes_only_its_own_connection(c):
    p1 = c.primary()
    r1 = c.replica(p1)
    load = Load(p1, writers=2)
    load.goes_on(100)
    chance = random.Random(3)
    offers = dict(GARBAGE)
    for number in range(40):
        offers[f"random bytes {number}"] = chance.randbytes(chance.randint(12, 3000))
    for node in (p1, r1):
        for what, data in offers.items():
            with dial(node) as connection:
                try:
                    connection.sendall(data)
                except ConnectionError:
                    pass
                is_closed(connection)
            c.step(f"{what} on {node.name}: closed")
    load.goes_on(100)
    load.stop()
    expect_equal((load.failures, load.breaks), ({}, 0), "the load was not disturbed")
    expect(p1.running() and r1.running(), "both run")
    c.converges()
    load.check(p1, r1)


def garbage_behind_honest_requests(c):
    p1 = c.primary()
    with native.Connection(p1.address) as connection:
        connection.send(native.put_all(1, [("t", "k", "v")]))
        request, kind, _ = connection.receive()
        expect_equal((request, kind), (1, native.WRITTEN), "an honest request")
        connection.send(native.put_all(2, [("t", "l", "v")]) + b"and then something else entirely")
        request, kind, told = connection.receive()
        if request == 2:  # it may have been answered before the garbage was seen
            request, kind, told = connection.receive()
        expect_equal((request, kind), (0, native.FAILED), "why the connection ends")
        expect_in(b"not Wallaby's", told[2], "in words")
        expect_equal(is_closed(connection.socket), b"", "and then it is closed")
    expect_in("closed", p1.logs("closed"), "the log says so")
    works(p1)


def sizes_are_checked_before_memory_is_taken(c):
    p1 = c.primary()
    before = p1.memory()
    first = struct.pack("<IIHH", 70 * MEBIBYTE, 0, native.REQUEST, native.MAGIC)
    connections = []
    for _ in range(200):
        connections.append(dial(p1))
        connections[-1].sendall(first + b"x")
    works(p1)
    grown = p1.memory() - before
    expect(grown < 64 * MEBIBYTE, f"200 connections announced 70 MiB each; the node grew by {grown >> 20} MiB")
    for connection in connections:
        connection.close()


def every_split_of_a_request(c):
    p1 = c.primary()
    request = native.put_all(7, [("t", "k", "v")])
    for cut in range(1, len(request)):
        with native.Connection(p1.address) as connection:
            connection.send(request[:cut])
            connection.send(request[cut:])
            expect_equal(connection.receive()[:2], (7, native.WRITTEN), f"cut at {cut}")
    with native.Connection(p1.address) as connection:
        for byte in request:
            connection.send(bytes([byte]))
        expect_equal(connection.receive()[:2], (7, native.WRITTEN), "byte by byte")


def connections_that_end_anywhere(c):
    p1 = c.primary()
    request = native.put_all(7, [("t", "half", "v" * 100)])
    for cut in range(1, len(request), 5):
        connection = dial(p1)
        connection.sendall(request[:cut])
        if cut % 2:  # with a reset instead of an end
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
    works(p1)
    p1.run("get", "t", "half", expect=1)
    p1.until("has forgotten them", lambda s: s["sessions"] <= 1)


def who_says_nothing_is_sent_away(c):
    """A first message has to come whole and soon; afterwards a client may be as slow as it likes."""
    p1 = c.primary()
    request = native.put_all(1, [("t", "slow", "v")])
    silent, slow, honest = dial(p1), dial(p1), native.Connection(p1.address)
    slow.sendall(request[:5])
    honest.send(request)
    honest.receive()
    honest.send(request[:5])
    began = time.monotonic()
    load = Load(p1, writers=1)
    is_closed(silent)
    is_closed(slow)
    took = time.monotonic() - began
    expect(FIRST_MESSAGE_WITHIN - 1 < took < FIRST_MESSAGE_WITHIN + 8, f"both were closed, after {took:.1f} s")
    honest.send(request[5:])
    expect_equal(honest.receive()[:2], (1, native.WRITTEN), "half a message may wait on a connection that is known")
    honest.close()
    load.stop()
    expect_equal(load.breaks, 0, "the load was not disturbed")


def a_client_that_never_reads(c):
    p1 = c.primary()
    rows = "".join(f"key{number:05}\t{'x' * 10000}\n" for number in range(3000))
    p1.run("load", "large", "-", stdin=rows)
    before = p1.memory()
    greedy = [native.Connection(p1.address) for _ in range(10)]
    for connection in greedy:
        connection.send(b"".join(native.scan(number, "large") for number in range(1, 21)))  # 600 MB of answers
    load = Load(p1, writers=2)
    load.goes_on(500)
    grown = p1.memory() - before
    expect(grown < 200 * MEBIBYTE, f"6 GB of answers are not kept in memory; the node grew by {grown >> 20} MiB")
    load.goes_on(500)
    load.stop()
    for connection in greedy:
        connection.close()
    p1.until("has forgotten them", lambda s: s["sessions"] <= 1)


def a_thousand_idle_connections(c):
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    p1 = c.primary()
    r1 = c.replica(p1)
    p1.put("t", "k", "v")
    before = p1.memory()
    idle = [native.Connection(p1.address) for _ in range(1000)]
    for connection in idle:
        connection.send(native.get(1, "t", "k"))
    for connection in idle:
        expect_equal(connection.receive()[1], native.VALUE, "each is served once")
    p1.until("has a thousand sessions", lambda s: s["sessions"] > 1000)
    grown = p1.memory() - before
    expect(grown < 256 * MEBIBYTE, f"the node grew by {grown >> 20} MiB")
    load = Load(p1, writers=2)
    load.goes_on(2000)
    load.stop()
    expect_equal((load.failures, load.breaks), ({}, 0), "the load was not disturbed")
    for connection in idle[::100]:
        connection.send(native.get(2, "t", "k"))
        expect_equal(connection.receive()[:2], (2, native.VALUE), "they are still there")
    c.converges()
    load.check(p1, r1)
    took = p1.stop()
    expect(took < 5, f"a thousand idle clients do not hold up a stop; it took {took:.1f} s")
    for connection in idle:
        connection.close()


def more_connections_than_there_may_be(c):
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    p1 = c.primary()
    p1.put("t", "k", "v")
    with native.Connection(p1.address) as first:
        first.send(native.get(1, "t", "k"))
        first.receive()
        crowd = [dial(p1) for _ in range(2100)]
        first.send(native.get(2, "t", "k"))
        expect_equal(first.receive()[:2], (2, native.VALUE), "who is in is served")
        for connection in crowd:
            connection.close()
    poll_until("newcomers are served again", lambda: c.quietly("--node", p1.address, "get", "t", "k").status == 0)


main(__file__, [garbage_closes_only_its_own_connection, garbage_behind_honest_requests,
                sizes_are_checked_before_memory_is_taken, every_split_of_a_request, connections_that_end_anywhere,
                who_says_nothing_is_sent_away, a_client_that_never_reads, a_thousand_idle_connections,
                more_connections_than_there_may_be])
