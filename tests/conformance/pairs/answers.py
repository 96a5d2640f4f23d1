"""An answer as lines of text: equal lines, equal answers.

    columns: id int4/4 · name varchar/-1 mod 24
    row: 1 | Alice
    tag: SELECT 1
    transaction: idle
"""

import re

from .values import type_name

SHOWN_ROWS = 40


def shown_value(value, binary):
    if value is None:
        return "NULL"
    if binary:
        return "x" + value.hex()
    text = value.decode(errors="backslashreplace")
    text = text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")
    return f"'{text}'" if text in ("", "NULL") or text != text.strip() or "|" in text else text


def column_line(columns):
    def one(column):
        modifier = f" mod {column.modifier}" if column.modifier != -1 else ""
        return f"{column.name} {type_name(column.type)}/{column.size}{modifier}{' binary' if column.binary else ''}"

    return "columns: " + " · ".join(map(one, columns))


def result_lines(result, unordered=False):
    lines = []
    if result.parameters:
        lines.append("parameters: " + " · ".join(map(type_name, result.parameters)))
    if result.kind in ("copy in", "copy out"):
        formats = "".join("b" if column.binary else "t" for column in result.columns)
        lines.append(f"{result.kind}: {formats}")
    elif result.columns:
        lines.append(column_line(result.columns))
    rows = ["row: " + " | ".join(shown_value(value, column.binary) for value, column in zip(row, result.columns))
            for row in result.rows]
    lines += sorted(rows) if unordered else rows
    lines += ["data: " + piece.decode(errors="backslashreplace").replace("\\", "\\\\").rstrip("\n")
              for piece in result.copied]
    if result.tag:
        lines.append(f"tag: {result.tag}")
    if result.error:
        lines += error_lines("error", result.error)
    if result.kind not in ("rows", "command", "copy in", "copy out", "error"):
        lines.append(result.kind)
    return lines


def error_lines(what, fields):
    head = f"{what}: {fields.get('severity', '?')} {fields.get('code', '?')} {fields.get('message', '')}"
    if fields.get("severity") != fields.get("severity (not translated)"):
        head += f" (V: {fields.get('severity (not translated)')})"
    more = [f"  {name}: {value}" for name, value in fields.items()
            if name not in ("severity", "severity (not translated)", "code", "message")]
    return [head, *more]


def answer_lines(results, connection, unordered=False):
    lines = [line for notice in connection.take_notices() for line in error_lines("notice", notice)]
    for result in results:
        lines += result_lines(result, unordered)
    lines.append(f"transaction: {connection.transaction()}")
    return lines


def without(lines, pattern):
    return [line for line in lines if not re.search(pattern, line)]


def side_by_side(left_name, left, right_name, right):
    """Both answers; where they differ, a mark between them."""
    left, right = shortened(left), shortened(right)
    width = min(76, max([len(left_name), *map(len, left)]))
    text = [f"    {left_name:{width}}     {right_name}"]
    for number in range(max(len(left), len(right))):
        one = left[number] if number < len(left) else ""
        other = right[number] if number < len(right) else ""
        mark = " " if one == other else "|"
        if len(one) > width:
            text.append(f"    {one}")
            one = ""
        text.append(f"    {one:{width}}  {mark}  {other}")
    return "\n".join(text)


def shortened(lines):
    lines = [line if len(line) < 400 else f"{line[:380]}... ({len(line)} characters)" for line in lines]
    if len(lines) <= SHOWN_ROWS:
        return lines
    return [*lines[:SHOWN_ROWS], f"... and {len(lines) - SHOWN_ROWS} more lines"]
