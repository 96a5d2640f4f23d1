"""PostgreSQL's protocol 3.0 by hand: for what no honest client library would send, or shows.

    with Wire(server) as wire:
        wire.send(parse("", "SELECT $1::int"), bind("", "", [b"7"]), execute(""), SYNC)
        wire.until_ready()      [("1", ...), ("2", ...), ("D", ...), ("C", ...), ("Z", ...)] as readable text
"""

import socket
import struct

PROTOCOL = 196608
SSL_REQUEST, GSS_REQUEST, CANCEL_REQUEST = 80877103, 80877104, 80877102


def message(kind, body=b""):
    return kind.encode() + struct.pack(">I", len(body) + 4) + body


def untyped(code, body=b""):
    """A message of the time before the startup."""
    return struct.pack(">II", len(body) + 8, code) + body


def startup(user="student", database="student", version=PROTOCOL, **more):
    pairs = {"user": user, "database": database} | more
    body = b"".join(key.encode() + b"\0" + value.encode() + b"\0" for key, value in pairs.items())
    return untyped(version, body + b"\0")


def text(string):
    return (string if isinstance(string, bytes) else string.encode()) + b"\0"


def query(sql):
    return message("Q", text(sql))


def parse(name, sql, types=()):
    return message("P", text(name) + text(sql) + struct.pack(f">H{len(types)}I", len(types), *types))


def bind(portal, statement, values=(), formats=(), results=()):
    body = text(portal) + text(statement) + struct.pack(f">H{len(formats)}H", len(formats), *formats)
    body += struct.pack(">H", len(values))
    for value in values:
        body += struct.pack(">i", -1) if value is None else struct.pack(">i", len(value)) + value
    return message("B", body + struct.pack(f">H{len(results)}H", len(results), *results))


def describe(kind, name):
    return message("D", kind.encode() + text(name))


def close(kind, name):
    return message("C", kind.encode() + text(name))


def execute(portal, rows=0):
    return message("E", text(portal) + struct.pack(">I", rows))


SYNC, FLUSH, TERMINATE = message("S"), message("H"), message("X")
COPY_DONE = message("c")


def copy_data(data):
    return message("d", data)


def copy_fail(why):
    return message("f", text(why))


class Closed(Exception):
    """The server closed the connection. `left`: what it said last, when that is no whole message."""

    def __init__(self, left=b""):
        super().__init__(f"closed; left over: {left!r}" if left else "closed")
        self.left = left


class Wire:
    def __init__(self, server, first=None, within=20.0):
        """`first`: what to send instead of an honest startup; then the answer to that is left to the caller."""
        self.socket = socket.create_connection((server.host, server.port), within)
        self.buffer = b""
        self.key = None
        if first is None:
            self.send(startup())
            self.until_ready()
        elif first:
            self.send(first)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, *messages):
        self.socket.sendall(b"".join(messages))

    def take(self, count):
        while len(self.buffer) < count:
            try:
                piece = self.socket.recv(1 << 16)
            except ConnectionError:
                piece = b""
            if not piece:
                raise Closed(self.buffer)
            self.buffer += piece
        taken, self.buffer = self.buffer[:count], self.buffer[count:]
        return taken

    def receive(self):
        """One message: its letter and its body."""
        head = self.take(5)
        try:
            return chr(head[0]), self.take(struct.unpack(">I", head[1:])[0] - 4)
        except Closed as end:
            raise Closed(head + end.left) from None

    def until(self, *letters):
        """All messages up to one of these, as text."""
        seen = []
        while True:
            kind, body = self.receive()
            if kind == "K":
                self.key = struct.unpack(">II", body)
            seen.append(shown(kind, body))
            if kind in letters:
                return seen

    def until_ready(self):
        return self.until("Z")

    def until_ready_or_closed(self):
        """All messages up to the next ReadyForQuery, or to the end of the connection."""
        seen = []
        try:
            while not seen or not seen[-1].startswith("Z "):
                seen.append(shown(*self.receive()))
        except Closed:
            seen.append("closed")
        return seen

    def until_closed(self):
        """All messages up to the end of the connection."""
        seen = []
        try:
            while True:
                seen.append(shown(*self.receive()))
        except Closed as end:
            return [*seen, *([repr(end.left)] if end.left else []), "closed"]

    def ask(self, sql):
        """Rows of one statement, as texts."""
        self.send(query(sql))
        return [line[2:] for line in self.until_ready() if line.startswith("D ")]


UNSPEAKABLE = ("F", "L", "R")  # file, line, routine


def shown(kind, body):
    """A message as readable text, without what differs from server to server."""
    if kind in "EN":
        fields = [part.decode(errors="replace") for part in body.split(b"\0") if part]
        return " ".join([kind, *(f for f in fields if f[0] not in UNSPEAKABLE)])
    if kind == "Z":
        return f"Z {body.decode()}"
    if kind == "C":
        return "C " + body[:-1].decode()
    if kind == "D":
        return "D " + " | ".join("NULL" if value is None else value.decode(errors="backslashreplace")
                                 for value in values_of(body))
    if kind == "T":
        return "T " + " ".join(columns_of(body))
    if kind == "t":
        return "t " + " ".join(map(str, struct.unpack(f">{len(body) // 4}I", body[2:]))) if len(body) > 2 else "t"
    if kind == "S":
        name, value = body[:-1].decode().split("\0")
        return f"S {name}={value}"
    if kind == "K":
        return "K"
    if kind in "GH":
        return f"{kind} {body.hex()}"
    return f"{kind} {body.decode(errors='backslashreplace')}".rstrip()


def values_of(body):
    count, at = struct.unpack(">H", body[:2])[0], 2
    for _ in range(count):
        length = struct.unpack(">i", body[at:at + 4])[0]
        at += 4
        if length < 0:
            yield None
        else:
            yield body[at:at + length]
            at += length


def columns_of(body):
    count, at = struct.unpack(">H", body[:2])[0], 2
    for _ in range(count):
        end = body.index(b"\0", at)
        _, _, type_, size, modifier, format_ = struct.unpack(">IhIhih", body[end + 1:end + 19])
        yield f"{body[at:end].decode()}:{type_}:{size}:{modifier}:{format_}"
        at = end + 19


def works(server):
    """An honest client is served."""
    with Wire(server) as wire:
        seen = wire.ask("SELECT 'served'")
        if seen != ["served"]:
            raise Closed(f"an honest client was told: {seen}".encode())
