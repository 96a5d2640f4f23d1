"""The application of examples/users-app on a primary and its replica: its own tests, through npm, as a student runs them.

What it needs is installed before: tools/install_app.sh."""

import pathlib
import re
import subprocess

from harness import expect, main
from harness.elsewhere import PASSWORD, Elsewhere, with_a_network

APP = pathlib.Path(__file__).resolve().parents[2] / "examples/users-app"


def npm_test(c, p1, r1, host=None, **account):
    environment = c.environment() | {"PGHOST": host or c.host, "PGPORT_WRITE": p1.sql_address.split(":")[1],
                                     "PGPORT_READ": r1.sql_address.split(":")[1],
                                     "PGUSER": "myuser", "PGDATABASE": "mydb"} | account
    done = subprocess.run(["npm", "test"], cwd=APP, env=environment, stdin=subprocess.DEVNULL, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=100)
    c.step(f"npm test: exit status {done.returncode}")
    expect(done.returncode == 0 and re.search(r"^# pass [1-9]", done.stdout, re.MULTILINE), f"npm test:\n{done.stdout}")


def its_own_tests_pass(c):
    p1 = c.primary()
    r1 = c.replica(p1)
    npm_test(c, p1, r1)


def under_sync_as_well(c):
    p1 = c.primary("--ack", "sync")
    r1 = c.replica(p1)
    npm_test(c, p1, r1)


def over_tls_with_a_password(c):
    elsewhere = Elsewhere(c)
    p1 = elsewhere.primary()
    r1 = elsewhere.replica(p1, "r1", *elsewhere.follows("admin")).start()
    npm_test(c, p1, r1, elsewhere.address, PGUSER="admin", PGPASSWORD=PASSWORD, PGSSLROOTCERT=elsewhere.ca)


main(__file__, [its_own_tests_pass, under_sync_as_well, *with_a_network([over_tls_with_a_password])])
