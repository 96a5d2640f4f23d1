#!/usr/bin/env python3
"""Writes PostgreSQL's answers into the golden files of expressions.

    ask_postgres.py FILE... -- psql's options            ask_postgres.py types_input.txt -- -h /tmp -p 5432 -U postgres

Each line is `EXPRESSION  =>  ANSWER`; the answer may be missing. Lines that begin with `~` (Wallaby differs on purpose), comments
and empty lines stay as they are. The server should be PostgreSQL 15 with the locale C.
"""

import re
import subprocess
import sys

SETTINGS = "SET timezone = 'UTC'; SET intervalstyle = 'postgres'; SET datestyle = 'ISO, MDY';"


def ask(expression, options):
    query = f"SELECT pg_typeof(x), x FROM (SELECT {expression} AS x) AS t"
    run = subprocess.run(
        ["psql", *options, "-X", "-q", "-A", "-t", "-F", "\x01", "-P", "null=\x02", "-v", "VERBOSITY=verbose",
         "-c", SETTINGS, "-c", query], capture_output=True, text=True)
    if run.returncode == 0:
        kind, _, value = run.stdout.removesuffix("\n").partition("\x01")
        if value == "\x02":
            return f"{kind} NULL"
        return f"{kind} {value}" if value else kind
    answer = ""
    for line in run.stderr.splitlines():
        if match := re.match(r"ERROR:  (\w{5}): (.*)", line):
            answer = f"ERROR {match[1]}: {match[2]}"
        elif match := re.match(r"(DETAIL|HINT):  (.*)", line):
            answer += f" {match[1]}: {match[2]}"
    return answer


def main():
    split = sys.argv.index("--") if "--" in sys.argv else len(sys.argv)
    for name in sys.argv[1:split]:
        lines = []
        for line in open(name).read().splitlines():
            expression = line.rpartition("  =>  ")[0] or line
            if line and not line.startswith(("#", "~")):
                line = f"{expression}  =>  {ask(expression, sys.argv[split + 1:])}"
            lines.append(line)
        open(name, "w").write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
