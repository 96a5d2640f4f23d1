"""The parts of tools/bench_pg.py: the two systems, the load, the machine's limits, the table."""
