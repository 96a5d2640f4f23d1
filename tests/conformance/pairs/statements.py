r"""Reads a statement file.

    -- Prose begins with a capital letter or is indented; a line that begins with a small letter is a directive.
    CREATE TABLE t (id int PRIMARY KEY,
                    v text);
    INSERT INTO t VALUES (1, 'a'); SELECT * FROM t;
    -- params int4:1 text:b
    -- binary
    UPDATE t SET v = $2 WHERE id = $1 RETURNING id;

What stands between two line ends that follow a `;` goes to the server as one message: the second one above holds two
statements. Behind a COPY ... FROM STDIN its data follow, up to a line `\.`.

Directives for the next statement:
    params [binary] TYPE:VALUE ...  the extended protocol, with parameters in this format (none are allowed, too)
    binary                          the extended protocol, with results in binary
    describe                        prepared and described, not executed
    prepare NAME [TYPE ...]         prepared under this name, not executed
    unordered                       the order of its rows is of no account
    bare                            sent without the `;` at its end
    fail WORDS                      the client breaks the COPY off
    refused [CODE]                  PostgreSQL can do this; Wallaby must say that it does not (0A000, or this code)
Directives that do something by themselves:
    session NAME                    goes on in the connection of this name; the first one is called main
    on standby | on primary         goes on there, when the standby has replayed what the primary acknowledged
    reconnect                       the connection ends, and begins anew
    execute NAME [binary] TYPE:VALUE ...    runs what was prepared; `results binary` before the values: for these
    describe NAME | cursor NAME     describes what was prepared, or a cursor
    parameter NAME                  the value that the server has reported for it
    pipeline ... end                one pipeline of the statements between; `sync` between two: a Sync there as well
"""

import re
import shlex
from dataclasses import dataclass, field

from .values import parameter, type_oid

FOR_THE_NEXT = ("params", "binary", "describe", "prepare", "unordered", "bare", "fail", "refused")
COPY_IN = re.compile(r"\bCOPY\b[^;]*\bFROM\s+STDIN\b", re.IGNORECASE)
CREATED = re.compile(r"\bCREATE\s+(?:(?:TEMP|TEMPORARY|UNLOGGED)\s+)?(TABLE|SEQUENCE)\s+(?:IF\s+NOT\s+EXISTS\s+)?"
                     r'("[^"]+"|[\w.]+)', re.IGNORECASE)


class Misspelt(Exception):
    pass


@dataclass
class Step:
    file: str
    line: int
    kind: str  # statement, pipeline, session, on, reconnect, execute, describe, cursor, parameter
    text: str = ""
    how: dict = field(default_factory=dict)  # directive -> its arguments, as a list of words
    data: list | None = None  # what a COPY gets
    inside: list = field(default_factory=list)  # a pipeline's (text, parameters), None for a Sync

    @property
    def place(self):
        return f"{self.file}:{self.line}"

    def shown(self):
        if self.kind == "statement":
            return "".join(f"-- {' '.join([name, *words])}\n" for name, words in self.how.items()) + self.text
        if self.kind == "pipeline":
            return "-- pipeline\n" + "\n".join("-- sync" if one is None else one[0] for one in self.inside)
        return f"-- {self.kind} {self.text}"

    def is_counted(self):
        return self.kind not in ("session", "on", "reconnect")


class Reader:
    def __init__(self, path):
        self.name = path.stem
        self.lines = path.read_text(encoding="utf-8").splitlines()
        self.at = 0
        self.how = {}

    def steps(self):
        while self.at < len(self.lines):
            line = self.lines[self.at]
            if not line.strip() or re.match(r"--($| [^a-z])", line):
                self.at += 1
            elif line.startswith("--"):
                yield from self._directive(self._words(line))
            else:
                yield self._statement()
        if self.how:
            raise self._misspelt("nothing follows this directive")

    def _words(self, line):
        self.at += 1
        words = shlex.split(line[2:].strip(), posix=True) if "'" in line else line[2:].split()
        return words

    def _misspelt(self, what):
        return Misspelt(f"{self.name}:{self.at}: {what}")

    def _directive(self, words):
        name, rest = words[0], words[1:]
        if name == "pipeline":
            yield self._pipeline()
        elif name in ("session", "on", "reconnect", "execute", "parameter", "cursor") or (name == "describe" and rest):
            if self.how:
                raise self._misspelt("a directive for a statement stands before it")
            yield Step(self.name, self.at, name, " ".join(rest), {name: rest})
        elif name in FOR_THE_NEXT:
            self.how[name] = rest
        else:
            raise self._misspelt(f"there is no directive {name}")

    def _statement(self):
        first, parts = self.at + 1, []
        while True:
            if self.at == len(self.lines):
                raise self._misspelt(f"the statement of line {first} does not end with ;")
            parts.append(self.lines[self.at])
            self.at += 1
            if parts[-1].rstrip().endswith(";"):
                break
        how, self.how = self.how, {}
        text = "\n".join(parts).rstrip()
        step = Step(self.name, first, "statement", text[:-1].rstrip() if "bare" in how else text, how)
        if COPY_IN.search(text) and "describe" not in how and "refused" not in how:
            step.data = self._copy_data(first)
        return step

    def _copy_data(self, first):
        data = []
        while self.at < len(self.lines) and self.lines[self.at] != r"\.":
            data.append(self.lines[self.at].encode() + b"\n")
            self.at += 1
        if self.at == len(self.lines):
            raise self._misspelt(f"the data of line {first} do not end with \\.")
        self.at += 1
        return data

    def _pipeline(self):
        whole = Step(self.name, self.at, "pipeline")
        while self.at < len(self.lines):
            line = self.lines[self.at]
            if line.strip() == "-- end":
                self.at += 1
                return whole
            if line.strip() == "-- sync":
                self.at += 1
                whole.inside.append(None)
            elif line.startswith("--"):
                list(self._directive(self._words(line)))
            else:
                step = self._statement()
                whole.inside.append((step.text, parameters(step.how.get("params", []))))
        raise self._misspelt("the pipeline does not end")


def parameters(words):
    binary = words[:1] == ["binary"]
    return [parameter(word, binary) for word in words[binary:]]


def types(words):
    return [type_oid(word) for word in words]


def created(text):
    """(kind, name) of what a statement makes."""
    return [(kind.upper(), name) for kind, name in CREATED.findall(text)]


def read(path):
    return list(Reader(path).steps())
