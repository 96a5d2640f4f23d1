"""The container's parts, without a container engine: what compose reads, what the entry point does with its environment,
and whether the image holds the libraries that the programs are linked with."""

import os
import pathlib
import re
import select
import signal
import subprocess

from harness import expect, expect_equal, expect_in, main
from harness.node import READY_WITHIN

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"


class Entry:
    """The entry point, run outside of a container."""

    def __init__(self, c, *arguments, **variables):
        environment = {key: value for key, value in os.environ.items() if not key.startswith("WALLABY_")}
        environment |= {"PATH": f"{c.programs}:{os.environ['PATH']}"} | variables
        self.process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", DEPLOY / "entrypoint.sh", *arguments], env=environment,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.shown = " ".join(f"{name}={value}" for name, value in variables.items())
        c.step(f"entry point with {self.shown}")

    def ready(self):
        readable, _, _ = select.select([self.process.stdout], [], [], READY_WITHIN)
        line = self.process.stdout.readline() if readable else ""
        expect(line.startswith("ready: "), f"a ready line, not {line!r}, with {self.shown}")
        return line.strip()

    def stops(self):
        self.process.send_signal(signal.SIGTERM)
        _, log = self.process.communicate(timeout=30)
        expect_equal(self.process.returncode, 0, f"exit status after SIGTERM; its log: {log}")

    def refuses(self, words):
        out, err = self.process.communicate(timeout=30)
        expect_equal((self.process.returncode, out), (2, ""), f"exit status and stdout with {self.shown}; stderr: {err}")
        expect_in(words, err, f"what it says with {self.shown}")


def on_loopback(c, role, **variables):
    return Entry(c, WALLABY_ROLE=role, WALLABY_DATA=str(c.path / variables["WALLABY_NAME"]), WALLABY_LISTEN=f"{c.host}:0",
                 WALLABY_SQL=f"{c.host}:0", **variables)


def a_primary_and_a_replica(c):
    primary = on_loopback(c, "primary", WALLABY_NAME="first")
    ready = primary.ready()
    expect_in("ready: primary first, listening on ", ready, "the primary's ready line")
    address = re.search(r"listening on ([^, ]+)", ready)[1]
    expect_in(f", sql on {c.host}:", ready, "the primary's ready line")
    replica = on_loopback(c, "replica", WALLABY_NAME="second", WALLABY_PRIMARY=address)
    expect_in(f"following {address}", replica.ready(), "the replica's ready line")
    expect_equal(c.run("--node", address, "status", "--json").json()["replicas"][0]["name"], "second", "the replica's name")
    for entry in (primary, replica):
        command = pathlib.Path(f"/proc/{entry.process.pid}/cmdline").read_bytes().split(b"\0")[0].decode()
        expect(command.startswith("wallaby-"), f"the server has taken the script's place, and gets its signals: {command}")
    primary.stops()
    replica.stops()


def arguments_reach_the_server(c):
    variables = {"WALLABY_ROLE": "primary", "WALLABY_DATA": str(c.path / "p"), "WALLABY_LISTEN": f"{c.host}:0",
                 "WALLABY_SQL": f"{c.host}:0"}
    primary = Entry(c, "--ack", "semi-sync", **variables)
    address = re.search(r"listening on ([^, ]+)", primary.ready())[1]
    expect_in("semi-sync", c.run("--node", address, "ack").out, "the switch")
    primary.stops()


def what_is_missing_or_wrong_is_named(c):
    Entry(c).refuses("set WALLABY_ROLE to primary or replica")
    Entry(c, WALLABY_ROLE="master").refuses("not 'master'")
    Entry(c, WALLABY_ROLE="replica").refuses("a replica needs WALLABY_PRIMARY")
    Entry(c, WALLABY_ROLE="primary", WALLABY_PRIMARY="elsewhere:7400").refuses("a primary follows nobody")
    Entry(c, WALLABY_ROLE="primary", WALLABY_INSECURE="true").refuses("WALLABY_INSECURE is yes or no")


def open_to_others_only_when_told_so(c):
    variables = {"WALLABY_ROLE": "primary", "WALLABY_DATA": str(c.path / "p"), "WALLABY_LISTEN": "0.0.0.0:0",
                 "WALLABY_SQL": "0.0.0.0:0"}
    Entry(c, **variables).refuses("--insecure")
    told = Entry(c, WALLABY_INSECURE="yes", **variables)
    told.ready()
    told.stops()


def compose_reads_the_file(_):
    def compose(*arguments):
        done = subprocess.run(["docker-compose", "-f", DEPLOY / "compose.yaml", "config", *arguments], capture_output=True,
                              text=True, check=False, env={"PATH": os.environ["PATH"]})
        expect_equal(done.returncode, 0, f"docker-compose config: {done.stderr}")
        return done.stdout

    expect_equal(sorted(compose("--services").split()), ["primary", "replica"], "the services")
    expect_equal(sorted(compose("--volumes").split()), ["primary-data", "replica-data"], "the volumes")
    whole = compose()
    for part in ("127.0.0.1:5432:5432", "127.0.0.1:5433:5432", "condition: service_healthy", "WALLABY_PRIMARY: primary:7400",
                 "pg_isready", "dbnet"):
        expect_in(part, whole, "the whole configuration")


def the_image_holds_what_the_programs_need(c):
    listed = set(re.findall(r"^      ([a-z0-9.+-]+) \\$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE))
    expect("libstdc++6" in listed, f"the Dockerfile's list of libraries: {listed}")
    needed = set()
    for program in ("wallaby", "wallaby-primary", "wallaby-replica"):
        linked = subprocess.run(["ldd", c.program(program)], capture_output=True, text=True, check=True).stdout
        needed |= set(re.findall(r"^\s*(\S+) => /", linked, re.MULTILINE))
    for library in sorted(needed - {"libc.so.6", "libm.so.6", "libgcc_s.so.1"}):  # of every Debian image
        owner = subprocess.run(["dpkg-query", "-S", f"*/{library}"], capture_output=True, text=True, check=False).stdout
        packages = set(re.findall(r"^([^:\s]+)(?::\w+)?: \S+/lib/[^/]*/?[^/]*$", owner, re.MULTILINE))
        expect(packages & listed, f"the Dockerfile does not install the package of {library}: {owner}")


main(__file__, [a_primary_and_a_replica, arguments_reach_the_server, what_is_missing_or_wrong_is_named,
                open_to_others_only_when_told_so, compose_reads_the_file, the_image_holds_what_the_programs_need])
