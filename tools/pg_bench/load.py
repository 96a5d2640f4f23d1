"""The load: one table, four workloads, pgbench as the client, and the proof that the work was really done.

    kv (k bigint PRIMARY KEY, v text, n integer)     v has 100 bytes; n counts the upserts of a row

    insert    one new row, its key a random number of 63 bits
    upsert    one of the rows that COPY loaded gets a value:  n = kv.n + 1
    select    one of them is read by its key
    mix       80 selects for 20 upserts

Each is one statement and one commit. What pgbench says it did must be what the table shows: an insert more is a row
more, an upsert more makes sum(n) larger by one. A select could not be seen in the table, so before it is measured, each
client of a short run checks that it gets exactly one row (`\\gset` fails otherwise).
"""

import re
import subprocess
import time
from dataclasses import dataclass

from .shell import BenchFailed, psql

VALUE = "0123456789" * 10
SCHEMA = "(k bigint PRIMARY KEY, v text NOT NULL, n integer NOT NULL)"

LOADED = "\\set k random(1, :rows)\n"
SCRIPTS = {
    "insert": f"\\set k random(1000000000000, 9223372036854775807)\nINSERT INTO kv (k, v, n) VALUES (:k, '{VALUE}', 0);\n",
    "upsert": LOADED + (f"INSERT INTO kv (k, v, n) VALUES (:k, '{VALUE}', 0) "
                        "ON CONFLICT (k) DO UPDATE SET v = excluded.v, n = kv.n + 1;\n"),
    "select": LOADED + "SELECT v FROM kv WHERE k = :k;\n",
    "check": LOADED + "SELECT v FROM kv WHERE k = :k \\gset\n",
}
WORKLOADS = {"insert": ["insert"], "upsert": ["upsert"], "select": ["select"], "mix": ["select@80", "upsert@20"]}


@dataclass
class Measured:
    per_s: float
    latency_ms: float
    rows: int  # that were inserted
    upserts: int


class Load:
    def __init__(self, directory, rows):
        self.path, self.rows = directory, rows
        for name, text in SCRIPTS.items():
            (self.path / f"{name}.sql").write_text(text)
        with open(self.path / "rows.tsv", "w", encoding="ascii") as file:
            file.writelines(f"{k}\t{VALUE}\t0\n" for k in range(1, rows + 1))

    def copy(self, system, table):
        """COPY of all rows into a new table; gives the seconds that it took, psql's start included."""
        psql(system.primary, f"CREATE TABLE {table} {SCHEMA}")
        began = time.monotonic()
        with open(self.path / "rows.tsv", "rb") as file:
            psql(system.primary, f"COPY {table} (k, v, n) FROM STDIN", file)
        took = time.monotonic() - began
        seen = psql(system.primary, f"SELECT count(*) FROM {table}")
        if seen != str(self.rows):
            raise BenchFailed(f"{system.name}: COPY of {self.rows} rows left {seen}")
        return took

    @staticmethod
    def state(address):
        """(rows, upserts) that the table shows."""
        rows, upserts = psql(address, "SELECT count(*), sum(n) FROM kv").split("|")
        return int(rows), int(upserts)

    def run(self, system, workload, protocol, clients, seconds):
        if "select" in WORKLOADS[workload][0]:
            self._pgbench(system, ["check"], protocol, clients, ["-t", "10"])
        before = self.state(system.primary)
        text = self._pgbench(system, WORKLOADS[workload], protocol, clients, ["-T", str(seconds)])
        after = self.state(system.primary)
        measured = self._parse(text, workload)
        seen = (after[0] - before[0], after[1] - before[1])
        # When the time is up, pgbench may leave out of its count what each client has under way.
        if not all(0 <= there - told <= clients for there, told in zip(seen, (measured.rows, measured.upserts))):
            raise BenchFailed(f"{system.name}, {workload}: pgbench tells of {measured.rows} inserts and {measured.upserts} "
                              f"upserts, the table of {seen[0]} and {seen[1]}")
        return measured

    def _pgbench(self, system, scripts, protocol, clients, length):
        command = ["pgbench", "-n", "-M", protocol, "-c", str(clients), "-j", str(min(2, clients)),
                   "-D", f"rows={self.rows}", *length]
        for script in scripts:
            name, _, weight = script.partition("@")
            command += ["-f", f"{self.path / name}.sql" + (f"@{weight}" if weight else "")]
        done = subprocess.run([*command, *system.primary.flags()], capture_output=True, text=True, check=False)
        if done.returncode != 0 or not re.search(r"failed transactions: 0 ", done.stdout):
            raise BenchFailed(f"{system.name}: {' '.join(command)}\n{done.stderr.strip()}\n{done.stdout.strip()}")
        return done.stdout

    @staticmethod
    def _parse(text, workload):
        def number(pattern):
            return float(re.search(pattern, text)[1])

        done = int(number(r"transactions actually processed: (\d+)"))
        upserts = {"upsert": done, "mix": 0}.get(workload, 0)
        if workload == "mix":
            upserts = int(re.findall(r"- (\d+) transactions", text)[1])
        return Measured(number(r"tps = ([\d.]+)"), number(r"latency average = ([\d.]+)"),
                        done if workload == "insert" else 0, upserts)
