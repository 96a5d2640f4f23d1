#!/usr/bin/env python3
"""Asks a real PostgreSQL what each query of queries.sql gives, and writes it to queries.expected.

    record.py "host=/tmp port=5432 user=postgres dbname=postgres"

The database should be empty: setup.sql's tables are made first, in a transaction that is rolled back. The test
(queries_test.cc) compares Wallaby with this file; it is recorded again only when queries are added. One block a query:

    > SELECT id, name FROM users WHERE id = 1
    id int4 | name text
    1 | Alice
    (1)

or, where it fails, `! code position message`, with `  DETAIL:` and `  HINT:` lines. Where Wallaby answers otherwise,
differences.txt says so, by hand.
"""

import sys
from pathlib import Path

import psycopg2
import psycopg2.extensions

FOLDER = Path(__file__).parent


def lines_of(name):
    """Statements, one a line; comments and blank lines left out."""
    for line in (FOLDER / name).read_text().splitlines():
        if line and not line.startswith("--"):
            yield line


def block(connection, names, query):
    yield f"> {query}"
    with connection.cursor() as cursor:
        cursor.execute("SAVEPOINT before")
        try:
            cursor.execute(query)
            yield " | ".join(f"{c.name} {names[c.type_code]}" for c in cursor.description).rstrip()
            rows = cursor.fetchall()
            for row in rows:
                yield " | ".join("NULL" if value is None else value for value in row).rstrip()
            yield f"({len(rows)})"
        except psycopg2.Error as error:
            yield f"! {error.pgcode} {error.diag.statement_position or 0} {error.diag.message_primary}"
            if error.diag.message_detail:
                yield f"  DETAIL: {error.diag.message_detail}"
            if error.diag.message_hint:
                yield f"  HINT: {error.diag.message_hint}"
        cursor.execute("ROLLBACK TO before")


def main():
    connection = psycopg2.connect(sys.argv[1])
    with connection.cursor() as cursor:
        cursor.execute("SET timezone = 'UTC'")
        cursor.execute("SELECT oid, typname FROM pg_type")
        names = dict(cursor.fetchall())
        # Every value as the text that came over the wire.
        as_text = psycopg2.extensions.new_type(tuple(names), "TEXT", lambda value, _: value)
        psycopg2.extensions.register_type(as_text)
        for statement in lines_of("setup.sql"):
            cursor.execute(statement)
    with open(FOLDER / "queries.expected", "w") as out:
        for query in lines_of("queries.sql"):
            out.write("\n".join(block(connection, names, query)) + "\n\n")
    connection.rollback()


if __name__ == "__main__":
    main()
