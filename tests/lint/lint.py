#!/usr/bin/env python3
"""The rules of this house that a compiler does not check.

    lint.py ROOT            prints one line a broken rule, `file:line: rule: what to do`; exit status 1 if there are any

Each rule is one function that takes a source file and yields (line, message) pairs; `rules` at the end says which
rule looks at which files. lint_test.py feeds each rule something that it must find.
"""

import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

# Which folder may include which (docs/architecture.md). Every folder may include itself.
CORE = ["base", "proto", "wal", "engine", "replication"]
MAY_USE = {
    "base": [],
    "proto": ["base"],
    "wal": ["base"],
    "engine": ["base", "proto"],
    "replication": ["base", "proto"],
    "node": CORE,
    "sql": ["base", "proto", "engine", "replication", "node"],
    "server": ["base", "proto", "node", "sql"],
    "sim": [*CORE, "node", "sql"],
    "cli": [*CORE, "node", "sql", "server"],
    "tests": [*CORE, "node", "sql", "server", "sim", "cli"],
}
# Folders that decide and do not act: `now` is an argument, chance is a seeded generator, nothing runs beside them.
PURE = ["proto", "wal", "engine", "replication", "node", "sql"]

MAX_LINES = 400
POSIX_HEADER = re.compile(r"(sys|linux|net|netinet|arpa)/|[a-z_]+\.h$")
THIRD_PARTY_PLAIN = {"xxhash.h"}  # third-party headers that have no folder of their own


@dataclass
class Source:
    path: Path  # from the root: wal/frame.cc
    text: str

    def __post_init__(self):
        self.lines = self.text.splitlines()
        self.folder = self.path.parts[0]
        self.module = self.path.parts[1] if self.folder == "tests" and len(self.path.parts) > 2 else self.folder
        self.code = without_comments(self.text) if self.path.suffix in (".h", ".cc") else self.text
        self.code_lines = self.code.splitlines()

    def includes(self):
        """(line number, bracket, name) of each include."""
        for number, line in enumerate(self.lines, 1):
            if match := re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line):
                yield number, match[1], match[2]


def without_comments(text):
    """The C++ text with comments and the insides of strings blanked out; line numbers stay."""

    def blank(match):
        token = match[0]
        if token.startswith(("/", "'")):
            return re.sub(r"[^\n]", " ", token)
        return '""' + "\n" * token.count("\n")

    return re.sub(
        r"""//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<!\w)'(?:\\.|[^'\\\n])+'""",
        blank, text, flags=re.DOTALL)


# ---------------------------------------------------------------- includes


def include_class(bracket, name):
    if bracket == '"':
        return "project"
    if "." not in name and "/" not in name:
        return "standard"
    if POSIX_HEADER.match(name) and name not in THIRD_PARTY_PLAIN:
        return "posix"  # may stand with the standard's or just behind it
    return "third-party"


def include_order(source, root):
    """Own header, C++ standard, third-party in <>, project in "": each a block, with a blank line between."""
    rank = {"own": 0, "standard": 1, "posix": 1, "third-party": 2, "project": 3}
    includes = list(source.includes())
    previous_line, previous_class = 0, None
    for index, (line, bracket, name) in enumerate(includes):
        kind = include_class(bracket, name)
        alone = index + 1 == len(includes) or includes[index + 1][0] > line + 1
        if index == 0 and source.path.suffix == ".cc" and kind == "project" and alone:
            if name.split("/")[0] in (source.folder, source.module):
                kind = "own"
        if previous_class and rank[kind] < rank[previous_class]:
            yield line, f"{kind} header {name} after a {previous_class} one: own, standard, third-party, project"
        elif previous_class and rank[kind] != rank[previous_class] and line == previous_line + 1:
            yield line, f"put a blank line between the {previous_class} headers and the {kind} header {name}"
        previous_line, previous_class = line, kind


def include_from_root(source, root):
    for line, bracket, name in source.includes():
        if bracket == '"' and name != "base/version.h" and not name.endswith(".pb.h") and not (root / name).exists():
            yield line, f'"{name}" does not exist: project headers are named from the root'
        if bracket == "<" and name.split("/")[0] in MAY_USE and name.endswith(".h"):
            yield line, f"<{name}> is a project header: write it in quotes"


def layers(source, root):
    allowed = [source.folder, *MAY_USE[source.folder]]
    for line, bracket, name in source.includes():
        if name.endswith(".pb.h") and not source.path.name.endswith("_codec.cc"):
            yield line, "generated Protobuf headers stay inside *_codec.cc files"
        elif bracket == '"' and name.split("/")[0] not in allowed:
            yield line, f"{source.folder}/ may not use {name.split('/')[0]}/ (docs/architecture.md: the house)"
        if re.match(r"boost/(asio|beast)\b", name) and source.module != "server":
            yield line, "Asio appears in server/ alone"
        if source.folder in PURE and name in ("thread", "mutex", "shared_mutex", "condition_variable", "future"):
            yield line, f"{source.folder}/ runs on its driver's thread: <{name}> belongs to server/"
    if source.folder in PURE:
        for number, code in enumerate(source.code_lines, 1):
            if re.search(r"_clock::now\(|\brandom_device\b|\bclock_gettime\b|\bs?rand\(", code):
                yield number, "time and chance are passed in: the simulator has to repeat a run exactly"


# ---------------------------------------------------------------- the text of one file


# [captures] with one level of brackets inside, not after a name (an index) and not an [[attribute]].
CAPTURING_LAMBDA = re.compile(r"(?<![\w\])\[])\[(?!\[)(?:[^\[\]]|\[[^\[\]]*\])+\]\s*(\(|\{|<|mutable\b|->)")


def coroutine_lambda(source, root):
    """g++ 12 destroys the captures of a lambda inside a co_await expression too early (use after free)."""
    for match in re.finditer(r"\bco_await\b", source.code):
        depth, end = 0, match.end()
        while end < len(source.code):
            char = source.code[end]
            depth += (char in "([{") - (char in ")]}")
            if depth < 0 or (char == ";" and depth == 0):
                break
            end += 1
        expression = source.code[match.end():end]
        if CAPTURING_LAMBDA.search(expression):
            yield source.code.count("\n", 0, match.start()) + 1, "a capturing lambda inside co_await: name it first"


def file_length(source, root):
    if len(source.lines) > MAX_LINES:
        yield MAX_LINES, f"{len(source.lines)} lines, more than {MAX_LINES}: split it where a chapter ends"


def unfinished(source, root):
    for number, line in enumerate(source.lines, 1):
        if match := re.search(r"\b(TODO|FIXME|XXX)\b|\bDISABLED_|\bGTEST_SKIP\b", line):
            yield number, f"{match[0]}: finish it, or open an issue"


def header_opening(source, root):
    first = source.lines[0] if source.lines else ""
    if first != f"// {source.path}":
        yield 1, f'a header opens like a chapter: first "// {source.path}", then what it is for'
    before = source.text.split("#pragma once")[0].splitlines()
    if len([line for line in before if re.match(r"//\s*\S", line)]) < 2:
        yield 1, "a header opens with a comment that says what it is for"
    if not re.search(r"^#pragma once$", source.text, re.MULTILINE):
        yield 1, "#pragma once is missing"


def sleeping(source, root):
    """A test waits for a state or a position. A script that polls one says `lint: poll` beside its pause."""
    pattern = {
        ".py": r"\bsleep\(",
        ".sh": r"(^|[;&|(]|\bdo\b|\bthen\b|\belse\b)\s*sleep\b",
    }.get(source.path.suffix, r"\b(sleep_for|sleep_until|usleep|nanosleep|sleep)\s*\(")
    for number, (line, code) in enumerate(zip(source.lines, source.code_lines), 1):
        if re.search(pattern, code) and "lint: poll" not in line:
            yield number, "a test does not sleep: wait for a state or a position"


# ---------------------------------------------------------------- what the build knows


def built(source, root):
    """A source that no CMakeLists.txt names is never compiled; a test that none names is never run."""
    name = re.compile(r"(?<![\w-])" + re.escape(source.path.name) + r"(?![\w-])")
    folder = source.path.parent
    while folder != Path("."):
        lists = root / folder / "CMakeLists.txt"
        if lists.exists() and name.search(re.sub(r"#.*", "", lists.read_text())):
            return
        folder = folder.parent
    yield 1, f"no CMakeLists.txt of its folder names {source.path.name}"


def folder_added(source, root):
    """A folder's CMakeLists.txt counts only when the one above adds the folder."""
    if source.path.parent == Path("."):
        return
    above = root / source.path.parent.parent / "CMakeLists.txt"
    text = re.sub(r"#.*", "", above.read_text()) if above.exists() else ""
    globs = "*/CMakeLists.txt" in text and source.path.parts[0] == "tests"
    if not globs and not re.search(rf"\b{re.escape(source.path.parent.name)}\b", text):
        yield 1, f"{source.path.parent.parent}/CMakeLists.txt does not add {source.path.parent.name}"


def rules(path):
    """The rules for a file of this name."""
    cpp = path.suffix in (".h", ".cc")
    test = path.parts[0] == "tests"
    if cpp and path.parts[0] in MAY_USE:
        yield from (include_order, include_from_root, layers, coroutine_lambda, file_length)
    if path.suffix == ".h":
        yield header_opening
    if path.suffix == ".cc" or re.search(r"_test\.(sh|py)$", path.name):
        yield built
    if path.name == "CMakeLists.txt":
        yield folder_added
    if test and (cpp or path.suffix in (".sh", ".py")):
        yield sleeping
    yield unfinished


SUFFIXES = (".h", ".cc", ".proto", ".sh", ".py", ".cmake", ".txt", ".md")
OWN_WORDS = ("lint.py", "lint_test.py")  # they have to name what they look for


def sources(root):
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in ("build", "data", "node_modules") and not name.startswith("."))
        for name in sorted(files):
            path = Path(folder, name)
            if name not in OWN_WORDS and (path.suffix in SUFFIXES or name == "run"):
                yield Source(path.relative_to(root), path.read_text(encoding="utf-8"))


def lint(root):
    """All broken rules, as lines to print."""
    for source in sources(root):
        if source.path.suffix in (".h", ".cc") and source.folder not in MAY_USE:
            yield f"{source.path}:1: folder: {source.folder}/ is not in the table of layers (tests/lint/lint.py)"
        for rule in rules(source.path):
            for line, message in rule(source, root):
                yield f"{source.path}:{line}: {rule.__name__}: {message}"


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    findings = list(lint(Path(sys.argv[1]).resolve()))
    for finding in findings:
        print(finding)
    print(f"lint: {len(findings)} broken rules" if findings else "lint: all rules hold")
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
