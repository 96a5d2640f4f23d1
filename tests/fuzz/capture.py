#!/usr/bin/env python3
"""Makes the corpus of the protocol's fuzz targets: what real clients say, connection by connection.

    capture.py PORT OUT      with a PostgreSQL (or Wallaby) on 127.0.0.1:PORT that trusts us

A small proxy stands between; each client's bytes become a file OUT/NAME-N. Clients that are not installed are left out:
psql and pgbench (postgresql-client, postgresql-contrib), psycopg2 (python3-psycopg2), node-postgres (npm install pg; NODE_PATH).
"""

import os
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

LONGEST = 8 << 10  # of one file: a fuzzer likes them small

PSQL = [
    "SELECT 1; SELECT 'two' AS b, NULL; ;",
    "CREATE TABLE f (k int PRIMARY KEY, v text)",
    "INSERT INTO f VALUES (1, 'a'), (2, 'b') RETURNING k",
    "BEGIN; UPDATE f SET v = 'c' WHERE k = 1; SELECT 1/0; COMMIT",
    "SELECT * FROM nosuch",
    "\\d f",
    "\\dt",
    "\\set FETCH_COUNT 2\nSELECT * FROM f;",
    "COPY f FROM STDIN;\n3\tc\n4\td\n\\.\n",
    "COPY f FROM STDIN;\nbad\n\\.\nSELECT 1;",
    "COPY f TO STDOUT (FORMAT csv);",
    "SELECT k FROM f \\gdesc",
    "DROP TABLE f",
]

PGBENCH = "\\set id random(1, 9)\nBEGIN;\nSELECT v FROM g WHERE k = :id;\nUPDATE g SET v = 'x' WHERE k = :id;\nCOMMIT;\n"
PIPELINE = "\\startpipeline\nSELECT v FROM g WHERE k = 1;\nSELECT v FROM g WHERE k = 2;\n\\endpipeline\n"

PSYCOPG2 = """
import psycopg2
c = psycopg2.connect(host='127.0.0.1', user='postgres', dbname='postgres')
with c, c.cursor() as cur:
    cur.execute('SELECT %s, %s', (1, 'it''s'))
    cur.fetchall()
named = c.cursor('n')
named.itersize = 2
named.execute('SELECT * FROM generate_series(1, 5)')
list(named)
c.close()
"""

NODE = """
const { Client } = require('pg');
(async () => {
  const c = new Client({ host: '127.0.0.1', user: 'postgres', database: 'postgres', application_name: 'app' });
  await c.connect();
  await c.query('SELECT 1');
  await c.query('SELECT $1::int, $2::text, $3::bool', [7, 'x', null]);
  for (let i = 0; i < 2; i++) await c.query({ name: 'by-key', text: 'SELECT k FROM g WHERE k = $1', values: [i] });
  await c.query({ text: 'SELECT $1::int', values: [7], binary: true });
  await c.query('SELECT nosuch').catch(() => {});
  await c.query('SELECT $1::int', ['abc']).catch(() => {});
  await c.end();
})();
"""


def forward(source, target, keep):
    while data := source.recv(65536):
        if keep is not None:
            keep.append(data)
        target.sendall(data)
    target.shutdown(socket.SHUT_WR)


class Proxy:
    def __init__(self, port):
        self.port, self.taken, self.threads = port, [], []
        self.listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            server = socket.create_connection(("127.0.0.1", self.port))
            said = []
            self.taken.append(said)
            for arguments in ((client, server, said), (server, client, None)):
                thread = threading.Thread(target=forward, args=arguments, daemon=True)
                thread.start()
                self.threads.append(thread)

    def take(self):
        for thread in self.threads:
            thread.join(timeout=5)
        taken, self.taken, self.threads = self.taken, [], []
        return [b"".join(said) for said in taken]


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    port, out = int(sys.argv[1]), Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    proxy = Proxy(port)
    env = dict(os.environ, PGHOST="127.0.0.1", PGUSER="postgres", PGDATABASE="postgres",
               PGPORT=str(proxy.listener.getsockname()[1]))

    def run(name, command, stdin=None):
        try:
            subprocess.run(command, env=env, input=stdin, capture_output=True, text=True, timeout=60)
        except FileNotFoundError:
            print(f"{command[0]} is not installed")
        for number, said in enumerate(proxy.take()):
            (out / f"{name}-{number}").write_bytes(said[:LONGEST])
            print(f"{name}-{number}: {len(said)} bytes")

    for number, text in enumerate(PSQL):
        run(f"psql-{number}", ["psql", "-X", "-f", "-"], text)
    run("setup", ["psql", "-X", "-c", "CREATE TABLE g (k int PRIMARY KEY, v text)"])
    for mode in ("simple", "extended", "prepared"):
        with tempfile.NamedTemporaryFile("w") as script:
            script.write(PGBENCH)
            script.flush()
            run(f"pgbench-{mode}", ["pgbench", "-n", "-M", mode, "-t", "3", "-f", script.name])
    with tempfile.NamedTemporaryFile("w") as script:
        script.write(PIPELINE)
        script.flush()
        run("pgbench-pipeline", ["pgbench", "-n", "-M", "prepared", "-t", "2", "-f", script.name])
    run("isready", ["pg_isready"])
    run("psycopg2", ["/usr/bin/python3", "-c", PSYCOPG2])
    run("node", ["node", "-e", NODE])
    run("teardown", ["psql", "-X", "-c", "DROP TABLE g"])


if __name__ == "__main__":
    main()
