"""Parameters, as text and as binary, and the names of types.

In a statement file:   -- params int4:1 text:hello 'text:two words' int8:\\N :untyped
"""

import struct
from dataclasses import dataclass

OIDS = {"bool": 16, "bytea": 17, "name": 19, "int8": 20, "int2": 21, "int4": 23, "text": 25, "oid": 26, "json": 114,
        "float4": 700, "float8": 701, "unknown": 705, "varchar": 1043, "date": 1082, "time": 1083, "timestamp": 1114,
        "timestamptz": 1184, "interval": 1186, "numeric": 1700, "void": 2278, "jsonb": 3802, "pg_lsn": 3220,
        "bpchar": 1042, "\"char\"": 18, "regtype": 2206, "int4[]": 1007, "text[]": 1009, "record": 2249}
NAMES = {oid: name for name, oid in OIDS.items()}

BINARY = {
    "bool": lambda text: struct.pack(">?", text in ("t", "true")),
    "int2": lambda text: struct.pack(">h", int(text)),
    "int4": lambda text: struct.pack(">i", int(text)),
    "int8": lambda text: struct.pack(">q", int(text)),
    "float4": lambda text: struct.pack(">f", float(text)),
    "float8": lambda text: struct.pack(">d", float(text)),
    "text": str.encode,
    "varchar": str.encode,
    "bytea": bytes.fromhex,
    "jsonb": lambda text: b"\x01" + text.encode(),
    "timestamptz": lambda text: struct.pack(">q", int(text)),  # microseconds since 2000-01-01 00:00 UTC
    "raw": bytes.fromhex,  # bytes as they are, of no type: for what a broken client sends
}


@dataclass
class Parameter:
    oid: int  # 0: the server finds out
    raw: bytes | None
    binary: bool


def type_name(oid):
    return NAMES.get(oid, str(oid))


def type_oid(name):
    return 0 if name in ("", "raw") else OIDS[name]


def parameter(written, binary):
    """What `int4:12` means."""
    type_, colon, value = written.partition(":")
    if not colon or type_ not in ("", "raw", *OIDS):
        raise ValueError(f"{written}: a parameter is TYPE:VALUE, as int4:12 or :12")
    if value == r"\N":
        return Parameter(type_oid(type_), None, binary)
    return Parameter(type_oid(type_), BINARY[type_](value) if binary else value.encode(), binary)
