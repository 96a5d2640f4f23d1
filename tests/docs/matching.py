"""Compares what a document says with what came out.

Most must be equal, character by character. Not so what is another thing in each run:

    0/1A8, 0/1A8@1    any position; but all through an experiment the same text means the same position
    0.61 ms, 2 s      any time (a zero: only a zero; behind a `=` it is a setting, and must be equal); in JSON "..._ms":0.61
    80 bytes, 1.1 MB   any size that is not zero (a zero: only a zero)
    5d41402abc4b2a76  any id or digest of 16 digits
    12:34:56.789      any time of day
    pid 1234          any process id
    0.61 ms |   ###   any bar; lines that end in one, next to each other, may come in any order (a trace's)
    blanks            any number of blanks (columns grow with what stands in them)
    ...               at a line's end: any rest of it; alone on a line: any lines, none too
"""

import re

UNITS = {"time": "(?:ms|us|µs|min|s|h)(?![A-Za-z0-9])", "size": "(?:bytes?|B|[kMGT]B|[KMGT]iB)(?![A-Za-z0-9])",
         "json_time": r"(?![\d.])"}
NUMBER, ZERO = r"\d[\d,]*(?:\.\d+)? ?", r"0(?:\.0+)? ?"
POSITION = r"(?<![0-9A-Za-z/])\d+/[0-9A-F]+(?![0-9A-Za-z/])"

PIECE = re.compile(
    rf"(?P<position>{POSITION})"
    rf"|(?<![\w.=/])(?:(?P<time>{NUMBER}{UNITS['time']})|(?P<size>{NUMBER}{UNITS['size']}))"
    rf"|(?<=_ms\":)(?P<json_time>{NUMBER}{UNITS['json_time']})"
    r"|(?P<id>(?<![0-9a-zA-Z])[0-9a-f]{16}(?![0-9a-zA-Z]))|(?P<clock>\d\d:\d\d:\d\d(?:\.\d+)?)|(?P<process>(?<=pid )\d+)"
    r"|(?P<bar>(?<= )\|[ #]*$)|(?P<rest> ?\.\.\.$)|(?P<blanks>\s+)")

SIMPLE = {"id": "[0-9a-f]{16}", "clock": r"\d\d:\d\d:\d\d(?:\.\d+)?", "process": r"\d+", "bar": r"\|[ #]*", "rest": ".*",
          "blanks": r"\s+"}

BAR_LINE = re.compile(rf"(\s+\S.*?)\s+{NUMBER}{UNITS['time']} \|[ #]*$")


def pattern_of_quantity(kind, text):
    if re.fullmatch(ZERO + UNITS[kind], text):
        return ZERO + UNITS[kind]
    return (f"(?!{ZERO}{UNITS[kind]})" if kind == "size" else "") + NUMBER + UNITS[kind]


def pattern_of(line):
    """A regular expression for the line, and the positions that its groups stand for."""
    pattern, positions, at = "", [], 0
    line = line.rstrip()
    for piece in PIECE.finditer(line):
        pattern += re.escape(line[at:piece.start()])
        at = piece.end()
        kind, text = piece.lastgroup, piece[0]
        if kind == "position":
            pattern += r"(\d+/[0-9A-F]+)"
            positions.append(text)
        elif kind in UNITS:
            pattern += pattern_of_quantity(kind, text)
        else:
            pattern += SIMPLE[kind]
    return re.compile(pattern + re.escape(line[at:])), positions


class Names:
    """Which position of this run a position in the document stands for."""

    def __init__(self):
        self.seen_of, self.said_of = {}, {}

    def bind(self, pairs):
        """All (said, seen) of them, or none: false when one contradicts what is known."""
        said_of, seen_of = dict(self.said_of), dict(self.seen_of)
        for said, seen in pairs:
            if seen_of.setdefault(said, seen) != seen or said_of.setdefault(seen, said) != said:
                return False
        self.said_of, self.seen_of = said_of, seen_of
        return True

    def to_run(self, text):
        """A command or a value of the document, with the positions of this run."""
        return re.sub(POSITION, lambda m: self.seen_of.get(m[0], m[0]), text)

    def unknown_in(self, text):
        return [said for said in re.findall(POSITION, text) if said not in self.seen_of]

    def to_document(self, text):
        return re.sub(POSITION, lambda m: self.said_of.get(m[0], m[0]), text)


def line_pairs(said, seen):
    """The positions that the line binds, or None when it is another line."""
    pattern, positions = pattern_of(said)
    match = pattern.fullmatch(seen.rstrip())
    return list(zip(positions, match.groups())) if match else None


def bars_in_order(lines):
    """Neighbours that end in a bar, sorted by what stands before their time."""
    result, bars = [], []
    for line in [*lines, ""]:
        if BAR_LINE.match(line):
            bars.append(line)
            continue
        result += [*sorted(bars, key=lambda bar: BAR_LINE.match(bar)[1]), line]
        bars = []
    return result[:-1]


def match(said, seen, names):
    """Whether the lines are as the document says; then `names` has learnt their positions."""
    said, seen = bars_in_order(said), bars_in_order(seen)
    tries = [(0, 0, [])]
    while tries:
        i, j, pairs = tries.pop()
        if i == len(said):
            if j == len(seen) and names.bind(pairs):
                return True
        elif said[i].strip() == "...":
            tries += [(i + 1, k, pairs) for k in range(len(seen), j - 1, -1)]
        elif j < len(seen) and (more := line_pairs(said[i], seen[j])) is not None:
            tries.append((i + 1, j + 1, pairs + more))
    return False
