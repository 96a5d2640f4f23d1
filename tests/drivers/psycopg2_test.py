"""psycopg2, as Debian packages it, on Wallaby: psycopg2_client.py tells what."""

from support import HERE, address_of, run, subject
from harness import main

DEBIANS_PYTHON = "/usr/bin/python3"  # a Python of somebody's own does not find Debian's packages


def psycopg2(c):
    with subject(c) as pair:
        environment = address_of(pair.primary) | {"REPLICA_PORT": str(pair.standby.port),
                                                  "PYTHONDONTWRITEBYTECODE": "1"}
        run(c, [DEBIANS_PYTHON, HERE / "psycopg2_client.py"], environment, within=100)


main(__file__, [psycopg2])
