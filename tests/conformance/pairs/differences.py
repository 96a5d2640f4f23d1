"""The accepted differences: differences.txt says what they look like."""

import re
from dataclasses import dataclass

from .answers import without

KEYS = {"file", "statement", "lines", "wallaby", "reason"}


@dataclass
class Difference:
    line: int
    file: str
    statement: re.Pattern
    lines: str | None  # these lines of the answers may differ, and nothing else
    wallaby: str | None  # what Wallaby's answer has to hold
    reason: str
    used: int = 0

    def explains(self, step, postgres, wallaby):
        if step.file != self.file or not self.statement.search(step.shown()):
            return False
        if self.lines and without(postgres, self.lines) != without(wallaby, self.lines):
            return False
        if self.wallaby and not re.search(self.wallaby, "\n".join(wallaby)):
            return False
        self.used += 1
        return True


def read(path):
    """All entries; each needs a file, a statement's pattern and a reason, and says what may differ."""
    entries, entry, began = [], {}, 0
    lines = [*path.read_text(encoding="utf-8").splitlines(), ""]
    for number, line in enumerate(lines, 1):
        if line.startswith("#"):
            continue
        if line.strip():
            began = began if entry else number
            key, colon, value = line.partition(":")
            if key.startswith(" ") and entry:  # a value goes on
                last = list(entry)[-1]
                entry[last] += " " + line.strip()
            elif not colon or key not in KEYS:
                raise ValueError(f"{path.name}:{number}: one of {', '.join(sorted(KEYS))} and a colon")
            else:
                entry[key] = value.strip()
        elif entry:
            if not {"file", "statement", "reason"} <= set(entry) or not {"lines", "wallaby"} & set(entry):
                raise ValueError(f"{path.name}:{began}: file, statement, reason, and lines or wallaby (or both)")
            entries.append(Difference(began, entry["file"], re.compile(entry["statement"], re.MULTILINE),
                                      entry.get("lines"), entry.get("wallaby"), entry["reason"]))
            entry = {}
    return entries
