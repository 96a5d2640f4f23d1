#!/usr/bin/env python3
"""Wallaby beside a real PostgreSQL 15, in one run: the same pgbench, the same scripts, the same promises, the same disk.

    tools/bench_pg.py [--quick] [--seconds S] [--rounds N] [--cells MODE/CLIENTS/WORKLOAD/PROTOCOL] [--json FILE]

Each system is a primary and two replicas, on loopback, and flushes what it promises to flush. A cell is one mode, one
workload, one protocol, one number of clients; both systems run it one right after the other, and take turns in being
the first. The modes carry PostgreSQL's names:

    local           the primary has flushed           async
    remote_write    and one replica has it            semi-sync, ANY 1
    on              and one replica has flushed it    durable, ANY 1
    remote_apply    and both replicas have applied    sync, ALL

A select waits for nobody, so selects are measured in the first mode only. --cells filters: each of the four parts is *
or words parted by commas, `*/1,64/insert/prepared`; it may be given several times. `others` is what processes outside
the bench took of the machine meanwhile: a line where that is much says little.
"""

import argparse
import json
import pathlib
import shutil
import signal
import statistics
import sys
from dataclasses import asdict, dataclass

from pg_bench.load import WORKLOADS, Load
from pg_bench.machine import Others, disk_flushes_per_s, round_trips_per_s
from pg_bench.postgres import SYNCHRONOUS, Postgres
from pg_bench.shell import BenchFailed, temporary_directory
from pg_bench.wallaby import RUNGS, Wallaby

ROOT = pathlib.Path(__file__).resolve().parents[1]
CLIENTS = (1, 8, 32, 64)
PROTOCOLS = ("prepared", "simple")
QUICK = "local,remote_apply/1,64/insert,select/prepared"
HEAD = f"{'mode':<13} {'workload':<9}{'protocol':<10}{'clients':>7}{'PostgreSQL':>12}{'Wallaby':>10}{'ratio':>8}{'others':>8}"


@dataclass(frozen=True)
class Cell:
    mode: str
    clients: int
    workload: str
    protocol: str

    def fits(self, pattern):
        words = (self.mode, str(self.clients), self.workload, self.protocol)
        return all(part == "*" or word in part.split(",") for word, part in zip(words, pattern.split("/")))

    def __str__(self):
        return f"{self.mode}/{self.clients}/{self.workload}/{self.protocol}"


def all_cells():
    for mode in SYNCHRONOUS:
        for workload in WORKLOADS:
            if workload == "select" and mode != "local":
                continue
            for protocol in PROTOCOLS:
                for clients in CLIENTS:
                    yield Cell(mode, clients, workload, protocol)


class Bench:
    def __init__(self, options, directory):
        self.options, self.path = options, directory
        self.systems = [Postgres(directory), Wallaby(directory, options.programs)]
        if options.only:
            self.systems = [one for one in self.systems if one.name.lower() == options.only]
        self.load = Load(directory, options.rows)
        self.turn = 0
        self.cells, self.copies, self.limits = [], {}, []

    def run(self):
        for system in self.systems:
            system.start()
            print(f"{system.name} {system.version()}: a primary and two replicas")
        self._measure_machine()
        self._copy()
        mode = None
        print(f"\ncommits/s (selects/s), pgbench, {self.options.seconds} s each:\n\n{HEAD}")
        for cell in self.options.chosen:
            if cell.mode != mode:
                self._compare_replicas()
                mode = cell.mode
                for system in self.systems:
                    system.switch(mode)
            self._cell(cell)
        self._compare_replicas()
        self._measure_machine()
        self._summary()

    def _in_turns(self):
        self.turn += 1
        return self.systems if self.turn % 2 else self.systems[::-1]

    def _measure_machine(self):
        others = Others()
        seconds = min(2, self.options.seconds)
        self.limits.append({"disk_flushes_per_s": disk_flushes_per_s(self.path, seconds),
                            "round_trips_per_s": round_trips_per_s(seconds / 2)})
        self.limits[-1]["others"] = others.share()
        print("the machine itself: {disk_flushes_per_s:.0f} disk flushes/s, {round_trips_per_s:.0f} loopback round trips/s "
              "(others: {others:.0%})".format(**self.limits[-1]), flush=True)

    def _copy(self):
        """The first one stays, as the table that all cells use."""
        for system in self.systems:
            system.switch("local")
        took = {system.name: [] for system in self.systems}
        for attempt in range(self.options.copies):
            for system in self._in_turns():
                table = "kv" if attempt == 0 else f"copied_{attempt}"
                took[system.name].append(self.load.copy(system, table))
        for system in self.systems:
            system.replicas_have_all()
            system.checkpoint()  # or the first cells would have the writing of all these rows beside them
        self.copies = {name: {"seconds": seconds, "rows_per_s": self.options.rows / statistics.median(seconds)}
                       for name, seconds in took.items()}
        print(f"\nCOPY of {self.options.rows:,} rows, rows/s: " + ", ".join(
            f"{name} {copied['rows_per_s']:,.0f}" for name, copied in self.copies.items()), flush=True)

    def _cell(self, cell):
        seen = {system.name: [] for system in self.systems}
        latency = {system.name: [] for system in self.systems}
        others = Others()
        for _ in range(self.options.rounds):
            for system in self._in_turns():
                measured = self.load.run(system, cell.workload, cell.protocol, cell.clients, self.options.seconds)
                seen[system.name].append(measured.per_s)
                latency[system.name].append(measured.latency_ms)
        result = asdict(cell) | {"others": others.share(), "per_s": seen, "latency_ms": latency}
        middle = {name: statistics.median(values) for name, values in seen.items()}
        result["ratio"] = middle["Wallaby"] / middle["PostgreSQL"] if len(middle) == 2 else None
        self.cells.append(result)
        shown = "".join(f"{middle.get(name, float('nan')):>{width}.0f}" for name, width in (("PostgreSQL", 12), ("Wallaby", 10)))
        ratio = "" if result["ratio"] is None else f"{result['ratio']:.2f}"
        print(f"{cell.mode:<13} {cell.workload:<9}{cell.protocol:<10}{cell.clients:>7}{shown}{ratio:>8}{result['others']:>8.0%}",
              flush=True)

    def _compare_replicas(self):
        """What was promised of the replicas: they hold the same rows as their primary."""
        for system in self.systems:
            system.replicas_have_all()
            state = self.load.state(system.primary)
            for address in system.replicas():
                if (seen := self.load.state(address)) != state:
                    raise BenchFailed(f"{system.name}: the replica at {address} holds {seen}, its primary {state}")

    def _summary(self):
        rated = [cell for cell in self.cells if cell["ratio"] is not None]
        if not rated:
            return
        worst = min(rated, key=lambda cell: cell["ratio"])
        below = sum(cell["ratio"] < 1 for cell in rated)
        copy = self.copies["Wallaby"]["rows_per_s"] / self.copies["PostgreSQL"]["rows_per_s"]
        print(f"\nWallaby / PostgreSQL: median {statistics.median(cell['ratio'] for cell in rated):.2f}, least "
              f"{worst['ratio']:.2f} ({worst['mode']}, {worst['workload']}, {worst['protocol']}, {worst['clients']} clients), "
              f"{below} of {len(rated)} cells below 1; COPY {copy:.2f}")
        print("In each cell the rows and sum(n) in both primaries were what pgbench had done, and at the end of each mode those "
              "of all replicas, too.")

    def as_json(self):
        return {"seconds": self.options.seconds, "rows": self.options.rows, "machine": self.limits, "copy": self.copies,
                "cells": self.cells}


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=3, help="of each system in each cell")
    parser.add_argument("--rounds", type=int, default=1, help="so often; the median counts")
    parser.add_argument("--cells", action="append", metavar="MODE/CLIENTS/WORKLOAD/PROTOCOL")
    parser.add_argument("--rows", type=int, help="that are there before (1,000,000; quick: 100,000)")
    parser.add_argument("--copies", type=int, help="COPY so often; the median counts (3; quick: 1)")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE")
    parser.add_argument("--quick", action="store_true", help=f"only {QUICK}, and fewer rows")
    parser.add_argument("--only", choices=["postgresql", "wallaby"], help="one of the two, for profiling")
    parser.add_argument("--directory", type=pathlib.Path, help="where the data goes: a disk of your choice")
    parser.add_argument("--programs", type=pathlib.Path, default=ROOT / "build/release/bin")
    options = parser.parse_args()
    options.rows = options.rows or (100_000 if options.quick else 1_000_000)
    options.copies = options.copies or (1 if options.quick else 3)
    patterns = options.cells or ([QUICK] if options.quick else ["*/*/*/*"])
    for pattern in patterns:
        if pattern.count("/") != 3:
            parser.error(f"--cells {pattern}: not MODE/CLIENTS/WORKLOAD/PROTOCOL")
    options.chosen = [cell for cell in all_cells() if any(cell.fits(pattern) for pattern in patterns)]
    if not options.chosen:
        parser.error("no cell fits; modes: " + ", ".join(RUNGS) + "; workloads: " + ", ".join(WORKLOADS))
    return options


def main():
    options = parse_options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers are stopped, too
    directory = temporary_directory(options.directory)
    bench = Bench(options, directory)
    try:
        bench.run()
        if options.json:
            options.json.write_text(json.dumps(bench.as_json(), indent=1) + "\n")
    except BenchFailed as problem:
        sys.exit(f"bench_pg: {problem}")
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        for system in bench.systems:
            system.stop()
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
