"""The real psql on a real PostgreSQL and on Wallaby: the same scripts, the same output."""

import difflib
import os
import pty
import re
import select
import signal
import subprocess
import time

from support import address_of, make, psql, run, subject
from pairs.postgres import USER, PostgresPair
from harness import expect, expect_equal, expect_in, main
from harness.checks import CheckFailed

TABLES = """
CREATE TABLE users (id serial PRIMARY KEY, name text NOT NULL, mail varchar(40) UNIQUE, age int DEFAULT 18);
CREATE TABLE kv (k text PRIMARY KEY, v bytea);
CREATE TABLE visits (page text, day int, n bigint NOT NULL DEFAULT 0, at timestamptz, PRIMARY KEY (page, day));
CREATE TABLE loose (a float8, b bool, c jsonb);
CREATE INDEX visits_n ON visits (n);
CREATE TABLE people (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text);
INSERT INTO users (name, mail) VALUES ('Alice', 'a@x'), ('Bob', NULL), ('Zoë', 'z@x');
"""

# What must differ between two servers, and what stands there instead.
MASKS = [
    (r"127(\.\d+){3}", "HOST"), (r'port "\d+"', 'port "PORT"'),
    (r"\d+(\.\d+)? ms( \(.*\))?", "MS"), (r"\w{3} \w{3} +\d+ [\d:]+ \d{4} \(every", "NOW (every"),
    (r"\b\d+ (bytes|kB|MB)\b", "SIZE"), (r"(LOCATION:).*\n", ""),
]

# Each of these is a script on its own. Unaligned output: a masked width would move the columns of aligned output.
SCRIPTS = {
    "lists": r"""
\pset format unaligned
\d
\dt
\dt users
\dt u*
\dt nosuch
\dt+
\di
\di+
\ds
\dv
\dm
\dn
\df
\dT
\dp
\dt public.*
\d+
""",
    "tables": r"""
\d users
\d kv
\d visits
\d loose
\d people
\d users_pkey
\d visits_n
\d users_id_seq
\d nosuch
\d us*
\d public.users
\d+ users
\d+ visits
\d+ loose
""",
    "aligned": r"""
\dt
\di
\du
SELECT * FROM users ORDER BY id;
SELECT id, NULL AS nothing, 'two
lines' AS lines FROM users WHERE id = 1;
\x
SELECT * FROM users WHERE id = 3;
\x
\pset null (null)
SELECT mail FROM users ORDER BY id;
\t
SELECT count(*) FROM users;
""",
    "extensions": "\\dx\n",
    "roles": "\\pset format unaligned\n\\du\n\\du student\n\\du nosuch\n",
    "conninfo": "\\conninfo\n\\encoding\n\\echo :DBNAME :USER :ENCODING :VERSION_NUM\n",
    "timing": "\\timing on\nSELECT 1;\nSELECT nosuch;\n\\timing off\nSELECT 2;\n",
    "watch": "CREATE SEQUENCE turns;\nSELECT 6 / (3 - nextval('turns')) AS left_over \\watch 0.05\n"
             "DROP SEQUENCE turns;\n",
    "gdesc": r"""
SELECT id, name, mail, age + 1 AS next, count(*) FROM users GROUP BY id \gdesc
SELECT $1::int \gdesc
SELECT nosuch \gdesc
CREATE TABLE never (a int) \gdesc
SELECT 1 AS one, 'x' AS two \gset got_
\echo :got_one :got_two
SELECT id FROM users ORDER BY id \gx
SELECT 'SELECT ' || id || ';' FROM users ORDER BY id \gexec
SELECT name, age, id FROM users ORDER BY id \crosstabview
""",
    "fetch_count": "\\set FETCH_COUNT 2\nSELECT * FROM users ORDER BY id;\nSELECT nosuch FROM users;\n"
                   "SELECT 1 WHERE false;\nBEGIN;\nSELECT id FROM users ORDER BY id;\nCOMMIT;\n",
    "on_error_rollback": "\\set ON_ERROR_ROLLBACK on\nBEGIN;\nINSERT INTO kv VALUES ('a', 'x');\nSELECT 1/0;\n"
                         "INSERT INTO kv VALUES ('a', 'y');\nINSERT INTO kv VALUES ('b', 'y');\nCOMMIT;\n"
                         "SELECT * FROM kv ORDER BY k;\nDELETE FROM kv;\n",
    "autocommit_off": "\\set AUTOCOMMIT off\nINSERT INTO kv VALUES ('c', 'x');\nROLLBACK;\nSELECT count(*) FROM kv;\n"
                      "SHOW transaction_isolation;\nCOMMIT;\n",
    "errors": r"""
SELECT * FROM nosuch;
SELECT 'Zoë', nosuch FROM users;
SELECT id
FROM users
WHERE nosuch = 1;
SELEC 1;
INSERT INTO users VALUES (1, 'again');
INSERT INTO users (name) VALUES (NULL);
SELECT 1 +;
COMMIT;
\set VERBOSITY verbose
INSERT INTO users VALUES (1, 'again');
SELECT nosuch;
\set VERBOSITY terse
INSERT INTO users VALUES (1, 'again');
\set VERBOSITY sqlstate
INSERT INTO users VALUES (1, 'again');
\errverbose
\set SHOW_CONTEXT always
\nosuch
SELECT 1; SELECT 2 \; SELECT 3;
\set ECHO all
SELECT :'nothing', 1;
\set what users
SELECT count(*) FROM :what;
SELECT :'what';
""",
    "notices": "DROP TABLE IF EXISTS nosuch;\nCREATE TABLE IF NOT EXISTS users (a int);\n"
               "BEGIN;\nBEGIN;\nCOMMIT;\nROLLBACK;\n",
    "copy": r"""
\copy users (name, mail) from stdin
Carl	c@x
Dora	\N
\.
\copy users (name, mail) from stdin csv
"Eve, the last",e@x
\.
SELECT name, mail FROM users ORDER BY id;
\copy users (id, name) to stdout
\copy (SELECT name, mail FROM users ORDER BY id) to 'out.csv' csv header
\! cat out.csv
\copy loose from 'nosuch.txt'
\copy kv from stdin
one
\.
COPY users (name) FROM stdin;
Fay
\.
COPY users (name) TO stdout;
\copy nosuch from stdin
DELETE FROM users WHERE id > 3;
""",
    "variables": "\\pset format unaligned\nSELECT current_user, current_database();\nSHOW server_encoding;\n"
                 "SHOW client_encoding;\nSET application_name = 'x';\nSHOW application_name;\n\\set\n",
}
# psql prints its own version and the server's in \set; a server's release is its own.
MASKS += [(r"SERVER_VERSION_(NAME|NUM) = .*", r"SERVER_VERSION_\1 = ..."), (r"PID = '\d+'", "PID = ..."),
          (r"PORT = '\d+'", "PORT = ...")]


# Scripts whose output is not PostgreSQL's today, and why. One that no longer differs fails the test: strike it out here.
DIFFERS = {
    "extensions": "PostgreSQL is born with plpgsql, Wallaby has no extensions",
}


def masked(text):
    for pattern, instead in MASKS:
        text = re.sub(pattern, instead, text)
    return text


def scripts_print_the_same(c):
    different = []
    with PostgresPair() as postgres, subject(c) as pair:
        for server in (postgres.primary, pair.primary):
            make(c, server, TABLES)
        for name, script in SCRIPTS.items():
            seen = []
            for server in (postgres.primary, pair.primary):
                directory = c.path / f"{name}-{len(seen)}"
                directory.mkdir()
                seen.append(masked(psql(c, server, f"\\cd {directory}\n{script}", expect=None)))
            if seen[0] == seen[1] and name in DIFFERS:
                different.append(f"--- the script {name} no longer differs: strike it out of DIFFERS")
            elif seen[0] != seen[1] and name not in DIFFERS:
                lines = difflib.unified_diff(*(text.splitlines() for text in seen), "PostgreSQL", pair.name,
                                             lineterm="", n=1)
                different.append(f"--- the script {name}\n" + "\n".join(lines))
        for node in getattr(pair, "nodes", []):
            expect(node.running(), f"{node.name} still runs")
    if different:
        raise CheckFailed("psql prints something else\n" + "\n".join(different))


def the_replica_shows_the_same_tables(c):
    with PostgresPair() as postgres, subject(c) as pair:
        script = "\\pset format unaligned\n\\dt\n\\d users\nSELECT * FROM users ORDER BY id;\n" \
                 "INSERT INTO users (name) VALUES ('x');\nCREATE TABLE x (a int);\n\\conninfo\n"
        seen = []
        for one in (postgres, pair):
            make(c, one.primary, TABLES)
            one.catch_up()
            seen.append(masked(psql(c, one.standby, script)))
        # Wallaby's refusal also says where to write.
        expect_in("HINT:  write to the primary at ", seen[1], "the hint")
        expect_equal(re.sub(r"HINT:  write to the primary at .*\n", "", seen[1]), seen[0], "what psql prints on the replica")
        expect_in("ERROR:  cannot execute INSERT in a read-only transaction", seen[1], "a write is refused")


def lists_of_databases(c):
    """A PostgreSQL has more databases than a Wallaby; what both have is listed in the same columns."""
    with PostgresPair() as postgres, subject(c) as pair:
        heads = []
        for server in (postgres.primary, pair.primary):
            lines = psql(c, server, "\\pset format unaligned\n\\l\n").splitlines()
            heads.append([line for line in lines if line.startswith(("List", "Name"))])
            expect(any(line.startswith(f"{USER}|") for line in lines), f"{USER} is listed: {lines}")
        expect_equal(heads[1], heads[0], "the columns of \\l")


def a_client_finds_the_right_server(c):
    with subject(c) as pair:
        def lands(attributes, *servers):
            environment = address_of(*servers) | {"PGTARGETSESSIONATTRS": attributes}
            done = run(c, ["psql", "-X", "-At", "-c", "SHOW in_hot_standby", "-c", r"\echo :PORT"], environment,
                       expect=None, shown=f"PGTARGETSESSIONATTRS={attributes} psql")
            return done.stdout.split() if done.returncode == 0 else done.stderr.strip()

        primary, standby = ["off", str(pair.primary.port)], ["on", str(pair.standby.port)]
        both = (pair.standby, pair.primary)
        expect_equal(lands("any", *both), standby, "any: the first")
        expect_equal(lands("read-write", *both), primary, "read-write")
        expect_equal(lands("primary", *both), primary, "primary")
        expect_equal(lands("read-only", *reversed(both)), standby, "read-only")
        expect_equal(lands("standby", *reversed(both)), standby, "standby")
        expect_equal(lands("prefer-standby", *reversed(both)), standby, "prefer-standby")
        expect_equal(lands("prefer-standby", pair.primary), primary, "prefer-standby, and there is none")
        expect_in("session is read-only", lands("read-write", pair.standby), "read-write on a replica")
        expect_in("server is not in hot standby mode", lands("standby", pair.primary), "standby on a primary")


def exit_statuses(c):
    with subject(c) as pair:
        server = pair.primary
        run(c, ["psql", "-X", "-c", "SELECT 1"], address_of(server), expect=0)
        run(c, ["psql", "-X", "-c", "SELECT nosuch"], address_of(server), expect=1)
        out = psql(c, server, "SELECT 1;\nSELECT nosuch;\nSELECT 2;\n", "-v", "ON_ERROR_STOP=1", expect=3)
        expect("2\n" not in out, f"stopped at the error: {out}")
        psql(c, server, "CREATE TABLE whole (a int PRIMARY KEY);\nINSERT INTO whole VALUES (1);\nSELECT 1/0;\n", "-1",
             "-v", "ON_ERROR_STOP=1", expect=3)
        out = psql(c, server, "SELECT * FROM whole;\n")
        expect_in('relation "whole" does not exist', out, "a script in one transaction leaves nothing behind")
        run(c, ["pg_isready"], address_of(server), expect=0)


class Terminal:
    """psql on a terminal of its own, as a student has it."""

    def __init__(self, server):
        self.master, slave = pty.openpty()
        self.process = subprocess.Popen(["psql", "-X", "-v", "PROMPT1=%/%R%x%# ", "-v", "PROMPT2=%/%R%x%# "],
                                        env=address_of(server), stdin=slave, stdout=slave, stderr=slave,
                                        start_new_session=True)
        os.close(slave)
        self.text = ""

    def expects(self, pattern, within=20.0):
        """Reads until it matches; gives what came."""
        deadline = time.monotonic() + within
        while not (found := re.search(pattern, self.text)):
            if not select.select([self.master], [], [], max(0, deadline - time.monotonic()))[0]:
                raise CheckFailed(f"psql did not print {pattern!r}; it printed: {self.text!r}")
            try:
                self.text += os.read(self.master, 4096).decode(errors="replace")
            except OSError:
                raise CheckFailed(f"psql ended; it printed: {self.text!r}") from None
        seen, self.text = self.text[:found.end()], self.text[found.end():]
        return seen

    def types(self, keys):
        os.write(self.master, keys.encode())

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.master)


def prompts_and_completion(c):
    with subject(c) as pair:
        make(c, pair.primary, TABLES)
        terminal = Terminal(pair.primary)
        try:
            terminal.expects(f"{USER}=[#>] ")
            terminal.types("BEGIN;\n")
            terminal.expects(rf"{USER}=\*[#>] ")
            terminal.types("SELECT name FROM use\t")
            terminal.expects("use\a?rs")  # the bell, should there be more that begins so
            terminal.types(" WHERE id = 1;\n")
            terminal.expects("Alice")
            terminal.expects(rf"{USER}=\*[#>] ")
            terminal.types("SELECT nosuch;\n")
            terminal.expects(rf"{USER}=![#>] ")
            terminal.types("ROLLBACK;\n")
            terminal.expects(f"{USER}=[#>] ")
            terminal.types("SELECT\n1;\n")
            terminal.expects(f"{USER}-[#>] ")
            terminal.expects(r"\(1 row\)")
        finally:
            terminal.close()


def ctrl_c_cancels(c):
    """The statement ends, the session goes on."""
    with subject(c) as pair:
        terminal = Terminal(pair.primary)
        try:
            terminal.expects("[#>] ")
            terminal.types("SELECT 'asleep', pg_sleep(600);\n")
            watcher = pair.primary.connect()
            deadline = time.monotonic() + 20
            while not watcher.query("SELECT pid FROM pg_stat_activity WHERE state = 'active' AND query LIKE "
                                    "'SELECT ''asleep%'")[0].rows:
                expect(time.monotonic() < deadline, "pg_stat_activity shows the statement")
            watcher.close()
            os.killpg(terminal.process.pid, signal.SIGINT)
            terminal.expects("ERROR:  canceling statement due to user request")
            terminal.types("SELECT 'still ' || 'here';\n")
            terminal.expects("still here")
        finally:
            terminal.close()


main(__file__, [scripts_print_the_same, the_replica_shows_the_same_tables, lists_of_databases,
                a_client_finds_the_right_server, exit_statuses, prompts_and_completion, ctrl_c_cancels])
