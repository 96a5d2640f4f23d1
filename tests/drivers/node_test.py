"""node-postgres, as npm installs it, on Wallaby: node/driver.test.mjs tells what."""

import hashlib
import os
import shutil

from support import HERE, ROOT, address_of, run, subject
from harness import main

FILES = ("package.json", "package-lock.json")


def installed(c):
    """A directory with node_modules in it, kept beside the build until the lock file changes."""
    lock = hashlib.sha256((HERE / "node/package-lock.json").read_bytes()).hexdigest()[:16]
    directory = ROOT / "build/drivers" / f"node-{lock}"
    if not (directory / "ready").exists():
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
        for name in FILES:
            shutil.copy(HERE / "node" / name, directory)
        run(c, ["npm", "ci", "--no-audit", "--no-fund"], dict(os.environ), within=300, cwd=directory)
        (directory / "ready").touch()
    shutil.copy(HERE / "node/driver.test.mjs", directory)
    return directory


def node_postgres(c):
    directory = installed(c)
    with subject(c) as pair:
        environment = address_of(pair.primary) | {"REPLICA_PORT": str(pair.standby.port)}
        run(c, ["node", "--test", directory / "driver.test.mjs"], environment, within=100, cwd=directory)


main(__file__, [node_postgres])
