"""Reads a Markdown file as a row of experiments: what to run, what the document says will come out.

    <!-- cluster: p1 --ack semi-sync r1 r2 -->      an experiment begins, with these nodes, fresh; flags behind a name are its
    ```console                                      own. `cluster: none`: an empty directory
    $ wallaby put t k v                             a command; what follows it is what it prints
    0/1A8@1
    $ wallaby put t k w &                           in the background; lines below it are waited for
    ```
    <!-- until: p1 waiting = 1 -->                  waits until `wallaby status --json` of p1 says so
    ```console
    semi-sync: waiting for ...                      a block that begins without a command: what the newest background
    ```                                             command says by now (`<!-- from: 1 -->` before it: the first one)

Before each step the cluster comes to rest (settling.py), as under the hands of a person who types; so `until` is needed only
for what a background command has to reach. Only blocks marked `console` are run. An experiment ends where the next begins.
"""

import re
from dataclasses import dataclass, field

DIRECTIVE = re.compile(r"\s*<!--\s*([a-z-]+):\s*(.*?)\s*-->\s*$")
FOREIGN = {"crash-table"}  # comments in the same shape that are not for us


class BadDocument(Exception):
    """The document itself cannot be read; the text begins with file:line."""


@dataclass
class Command:
    line: int  # in the file, from 1
    text: str
    expected: list = field(default_factory=list)  # lines
    last: int = 0  # the line behind the last expected one

    @property
    def background(self):
        return re.search(r"(?<!&)&\s*(#.*)?$", self.text) is not None


@dataclass
class Heard:
    """What a background command says by now. `job`: its number, from 1; None: the newest."""
    line: int
    job: int | None
    expected: list = field(default_factory=list)
    last: int = 0


@dataclass
class Until:
    line: int
    node: str
    path: str  # into the status
    value: str


@dataclass
class Experiment:
    line: int
    heading: str
    nodes: list  # (name, [flags])
    steps: list = field(default_factory=list)


def parse_nodes(text, where):
    nodes = []
    for word in [] if text == "none" else re.findall(r'"[^"]*"|\S+', text):
        if re.fullmatch(r"[pr]\d", word):
            nodes.append((word, []))
        elif nodes:
            nodes[-1][1].append(word.strip('"'))
        else:
            raise BadDocument(f"{where}: `cluster:` names nodes p1, r1, r2, ... and flags behind them, not {word!r}")
    return nodes


def parse_until(text, where):
    match = re.fullmatch(r"([pr]\d)\s+(\S+)\s*=\s*(.+)", text)
    if not match:
        raise BadDocument(f"{where}: not `until: NODE PATH = VALUE`: {text!r}")
    return match.groups()


def parse_block(lines, first, job):
    """The steps of one console block, whose first line is number `first`."""
    steps = []
    number = first
    for text in lines:
        continued = steps and isinstance(steps[-1], Command) and not steps[-1].expected and steps[-1].text.endswith("\\")
        if continued:
            steps[-1].text += "\n" + text
        elif text.startswith("$ "):
            steps.append(Command(number, text[2:]))
        else:
            if not steps:
                steps.append(Heard(number, job))
            steps[-1].expected.append(text)
        steps[-1].last = number
        number += 1
    return steps


def parse(text, name):
    """The experiments of a document, in order."""
    experiments, heading, job = [], "", None
    block, block_from, fence = None, 0, None

    def current(where):
        if not experiments:
            raise BadDocument(f"{where}: no `<!-- cluster: ... -->` stands before it")
        return experiments[-1].steps

    for number, line in enumerate(text.splitlines(), 1):
        where = f"{name}:{number}"
        if fence is not None:
            if line.strip() == fence:
                if block is not None:
                    current(where).extend(parse_block(block, block_from, job))
                block, fence, job = None, None, None
            elif block is not None:
                block.append(line)
            continue
        if match := re.match(r"(```+)(\w*)\s*$", line):
            fence = match[1]
            if match[2] == "console":
                block, block_from = [], number + 1
        elif match := re.match(r"#+ (.*)", line):
            heading = match[1]
        elif (match := DIRECTIVE.match(line)) and match[1] not in FOREIGN:
            if match[1] == "cluster":
                experiments.append(Experiment(number, heading, parse_nodes(match[2], where)))
            elif match[1] == "until":
                current(where).append(Until(number, *parse_until(match[2], where)))
            elif match[1] == "from" and match[2].isdigit():
                job = int(match[2])
            else:
                raise BadDocument(f"{where}: there is no `{match[1]}: {match[2]}`, only cluster, until, from")
    if fence is not None:
        raise BadDocument(f"{name}:{block_from or 1}: the block that begins here has no end")
    return experiments
