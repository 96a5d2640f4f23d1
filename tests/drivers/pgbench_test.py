"""pgbench on Wallaby: 64 clients with one-statement scripts, pipelines, and its own TPC-B, in all three protocols."""

import re

from support import AGAINST_POSTGRES, address_of, make, psql, run, subject
from harness import expect, expect_equal, main

CLIENTS = 64
KEYS = 1000

SCRIPTS = {
    "select": "\\set k random(1, 1000)\nSELECT v FROM bench WHERE k = :k;\n",
    "insert": "INSERT INTO entry (who, what) VALUES (:client_id, 'something');\n",
    "upsert": "\\set k random(1, 1000)\n"
              "INSERT INTO bench (k, v) VALUES (:k, 1) ON CONFLICT (k) DO UPDATE SET v = bench.v + 1;\n",
    "hot": "UPDATE hot SET n = n + 1 WHERE id = 1;\n",
}

PIPELINE = """\\set k random(1, 1000)
\\startpipeline
SELECT v FROM bench WHERE k = :k;
INSERT INTO entry (who, what) VALUES (:client_id, 'in a pipeline');
SELECT v FROM bench WHERE k = 1;
\\endpipeline
"""

TABLES = """
CREATE TABLE bench (k int PRIMARY KEY, v int NOT NULL);
CREATE TABLE entry (id serial PRIMARY KEY, who int, what text);
CREATE TABLE hot (id int PRIMARY KEY, n int NOT NULL);
INSERT INTO hot VALUES (1, 0);
"""


def prepare(c, server):
    rows = ", ".join(f"({k}, 0)" for k in range(1, KEYS + 1))
    make(c, server, TABLES + f"INSERT INTO bench VALUES {rows};\n")


def bench(c, server, name, protocol, *more, script=None, clients=CLIENTS, within=120):
    """Runs pgbench, without an error; gives the number of transactions that it counted."""
    arguments = ["pgbench", "-n", "-M", protocol, "-c", clients, "-j", 2, *more]
    if script is not None:
        path = c.path / f"{name}.pgbench"
        path.write_text(script)
        arguments += ["-f", path]
    environment = address_of(server)
    if AGAINST_POSTGRES:  # whose single statements, too, fail with 40001 under REPEATABLE READ; Wallaby's do not
        environment["PGOPTIONS"] = "-c default_transaction_isolation=read\\ committed"
    done = run(c, arguments, environment, within=within)
    told = done.stdout
    failed = re.search(r"number of failed transactions: (\d+)", told)
    expect_equal(failed and failed[1], "0", f"{name}, {protocol}: no transaction failed\n{told}\n{done.stderr}")
    errors = [line for line in done.stderr.splitlines() if "error" in line.lower() or "aborted" in line]
    expect(not errors, f"{name}, {protocol}: {errors[:5]}")
    return int(re.search(r"transactions actually processed: (\d+)", told)[1])


def value(c, server, sql):
    return psql(c, server, sql + ";\n", "-At").strip()


def amount(long, clients=CLIENTS):
    """How much one run does: some transactions of each client, or 20 seconds."""
    return ("-T", 20) if long else ("-t", max(1, 1280 // clients))


def one_statement_scripts(c, long):
    with subject(c) as pair:
        server = pair.primary
        prepare(c, server)
        done = dict.fromkeys(SCRIPTS, 0)
        for name, script in SCRIPTS.items():
            for protocol in ("simple", "extended", "prepared"):
                done[name] += bench(c, server, name, protocol, *amount(long), script=script)
        expect_equal(value(c, server, "SELECT n FROM hot"), str(done["hot"]), "each update of the hot row counts")
        expect_equal(value(c, server, "SELECT count(*) FROM entry"), str(done["insert"]), "each insert is there")
        expect_equal(value(c, server, "SELECT count(DISTINCT id) FROM entry"), str(done["insert"]), "under its own key")
        expect_equal(value(c, server, "SELECT sum(v) FROM bench"), str(done["upsert"]), "each upsert counts")
        pair.catch_up()
        expect_equal(value(c, pair.standby, "SELECT n FROM hot"), str(done["hot"]), "also on the replica")
        bench(c, pair.standby, "reads of the replica", "prepared", *amount(long), script=SCRIPTS["select"])


def a_connection_for_each_transaction(c):
    with subject(c) as pair:
        prepare(c, pair.primary)
        bench(c, pair.primary, "connections", "simple", "-C", "-t", 20, script=SCRIPTS["select"], clients=16)


def pipelines(c, long):
    with subject(c) as pair:
        server = pair.primary
        prepare(c, server)
        done = 0
        for protocol in ("extended", "prepared"):
            done += bench(c, server, "pipeline", protocol, "--max-tries=0", *(amount(long) if long else ("-T", 2)),
                          script=PIPELINE, clients=16)
        # A transaction that was cut off by the end of its time has been done, and is not counted.
        there = int(value(c, server, "SELECT count(*) FROM entry"))
        expect(done <= there <= done + 2 * 16, f"{done} pipelines, {there} entries")


def tpc_b(c, long):
    """Its own scripts. Here several transactions want the same rows: 40001 is retried, and nothing else goes wrong."""
    with subject(c) as pair:
        server = pair.primary
        run(c, ["pgbench", "-i", "-q", "-s", 1, "--no-vacuum"], address_of(server))
        seconds = 20 if long else 2
        for name in ("tpcb-like", "simple-update", "select-only"):
            for protocol in ("simple", "prepared") if long else ("prepared",):
                bench(c, server, name, protocol, "-b", name, "--max-tries=0", "-T", seconds, clients=8)
        sums = {value(c, server, f"SELECT sum({column}) FROM {table}") for table, column in
                (("pgbench_accounts", "abalance"), ("pgbench_history", "delta"))}
        expect_equal(len(sums), 1, f"the accounts hold what the history tells: {sums}")
        sums = {value(c, server, f"SELECT sum({column}) FROM {table}") for table, column in
                (("pgbench_branches", "bbalance"), ("pgbench_tellers", "tbalance"))}
        expect_equal(len(sums), 1, f"branches and tellers hold the same: {sums}")
        if not AGAINST_POSTGRES:
            c.converges()


main(__file__, [one_statement_scripts, a_connection_for_each_transaction, pipelines, tpc_b])
