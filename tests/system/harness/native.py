"""The native protocol, spoken from Python: as much of docs/formats/protocol.md as the tests need.

A second reading of the document, and a way to say what no honest client would say.
"""

import socket
import struct

HEADER = struct.Struct("<IIHH")  # body length, attachment length, type, magic
MAGIC = 0x574C
REQUEST, REPLY = 32, 33
OFF, ASYNC, SEMI_SYNC, DURABLE, SYNC = 1, 2, 3, 4, 5


def message(kind, body, attachment_length=0, magic=MAGIC):
    return HEADER.pack(len(body), attachment_length, kind, magic) + body


# --- Protobuf, by hand


def varint(number):
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def field(number, value):
    """A field of a message: a number, or bytes (a string, or a message inside)."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def fields(data):
    """(number, value) of each field."""
    at = 0

    def read_varint():
        nonlocal at
        number = shift = 0
        while True:
            byte = data[at]
            at += 1
            number |= (byte & 0x7F) << shift
            if byte < 0x80:
                return number
            shift += 7

    while at < len(data):
        tag = read_varint()
        if tag & 7 == 0:
            yield tag >> 3, read_varint()
        elif tag & 7 == 2:
            length = read_varint()
            yield tag >> 3, data[at:at + length]
            at += length
        else:
            raise ValueError(f"unexpected wire type {tag & 7}")


# --- requests and replies


def put_all(request, rows, ack=0):
    """One transaction of puts: (table, key, value) each."""
    changes = b"".join(field(1, field(2, t.encode()) + field(3, k.encode()) + field(4, v.encode())) for t, k, v in rows)
    return message(REQUEST, field(1, request) + field(2, changes + (field(2, ack) if ack else b"")))


def get(request, table, key):
    return message(REQUEST, field(1, request) + field(3, field(1, table.encode()) + field(2, key.encode())))


def scan(request, table):
    return message(REQUEST, field(1, request) + field(4, field(1, table.encode())))


WRITTEN, VALUE, ROWS, NOTICE, FAILED = 2, 3, 4, 8, 12


class Connection:
    """One client. Requests are bytes from the functions above; replies are (request, kind, fields)."""

    def __init__(self, address, timeout=30.0):
        host, port = address.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""

    def send(self, data):
        self.socket.sendall(data)

    def receive(self):
        """The next reply; ConnectionError when the node closed the connection."""
        while True:
            if len(self.buffer) >= HEADER.size:
                length, attached, kind, magic = HEADER.unpack_from(self.buffer)
                end = HEADER.size + length + attached
                if len(self.buffer) >= end:
                    if kind != REPLY or magic != MAGIC:
                        raise ValueError(f"not a reply: type {kind}, magic {magic:x}")
                    body, self.buffer = self.buffer[HEADER.size:end], self.buffer[end:]
                    return self._parse(body)
            piece = self.socket.recv(1 << 16)
            if not piece:
                raise ConnectionError("closed by the node")
            self.buffer += piece

    @staticmethod
    def _parse(body):
        request, kind, inside = 0, None, {}
        for number, value in fields(body):
            if number == 1:
                request = value
            else:
                kind, inside = number, dict(fields(value))
        return request, kind, inside

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
