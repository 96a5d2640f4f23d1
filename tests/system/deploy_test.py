"""The container's parts, without a container engine: what compose reads, what the entry point does with its environment,
and whether the image holds the libraries that the programs are linked with."""

import os
import pathlib
import re
import select
import signal
import subprocess

from harness import expect, expect_equal, expect_in, main
from harness.elsewhere import own_address, with_a_network
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


def make_secrets(c, *hosts):
    directory = c.path / "secrets"
    subprocess.run([DEPLOY / "make-secrets.sh", directory, *hosts], check=True, stdin=subprocess.DEVNULL)
    return directory


def secrets_are_made_once(c):
    directory = make_secrets(c, "primary", "127.0.0.1")
    before = {path.name: path.read_text() for path in directory.iterdir()}
    expect_equal(sorted(before), ["password", "server.crt", "server.key"], "what is made")
    for name in before:
        expect_equal((directory / name).stat().st_mode & 0o077, 0, f"the rights of others on {name}")
    shown = subprocess.run(["openssl", "x509", "-noout", "-ext", "subjectAltName", "-in", directory / "server.crt"],
                           capture_output=True, text=True, check=True).stdout
    expect_in("DNS:primary, IP Address:127.0.0.1", shown, "for whom the certificate is")
    make_secrets(c, "another")
    expect_equal({path.name: path.read_text() for path in directory.iterdir()}, before, "a second start")


def guarded(c, role, **variables):
    """Reached from elsewhere, with what make-secrets.sh has made."""
    secrets = c.path / "secrets"
    return Entry(c, WALLABY_ROLE=role, WALLABY_DATA=str(c.path / variables["WALLABY_NAME"]), WALLABY_LISTEN=f"{own_address()}:0",
                 WALLABY_SQL=f"{own_address()}:0", WALLABY_TLS_CERT=str(secrets / "server.crt"),
                 WALLABY_TLS_KEY=str(secrets / "server.key"), WALLABY_TLS_CA=str(secrets / "server.crt"), WALLABY_USER="myuser",
                 WALLABY_PASSWORD_FILE=str(secrets / "password"), **variables)


def a_guarded_cluster(c):
    secrets = make_secrets(c, own_address())
    primary = guarded(c, "primary", WALLABY_NAME="first")
    ready = primary.ready()
    address, sql = re.search(r"listening on ([^, ]+),.* sql on (\S+)", ready).groups()
    replica = guarded(c, "replica", WALLABY_NAME="second", WALLABY_PRIMARY=address)
    replica.ready()
    host, port = sql.rsplit(":", 1)
    settings = f"host={host} port={port} user=myuser dbname=mydb sslmode=verify-full sslrootcert={secrets / 'server.crt'}"

    def psql(password):
        return subprocess.run(["psql", "-XAtq", settings, "-c", "SELECT count(*) FROM pg_stat_replication"], text=True,
                              capture_output=True, check=False, stdin=subprocess.DEVNULL, env=os.environ | {"PGPASSWORD": password})

    expect_equal(psql((secrets / "password").read_text().strip()).stdout.strip(), "1", "the replica, asked for from elsewhere")
    expect_in("password authentication failed", psql("mypassword").stderr, "another password")
    primary.stops()
    replica.stops()


def open_to_others_only_when_told_so(c):
    variables = {"WALLABY_ROLE": "primary", "WALLABY_DATA": str(c.path / "p"), "WALLABY_LISTEN": "0.0.0.0:0",
                 "WALLABY_SQL": "0.0.0.0:0"}
    Entry(c, **variables).refuses("give it --tls-cert and --tls-key")
    told = Entry(c, WALLABY_INSECURE="yes", **variables)
    told.ready()
    told.stops()


def compose_reads_the_file(_):
    def compose(*arguments):
        done = subprocess.run(["docker-compose", "-f", DEPLOY / "compose.yaml", "config", *arguments], capture_output=True,
                              text=True, check=False, env={"PATH": os.environ["PATH"]})
        expect_equal(done.returncode, 0, f"docker-compose config: {done.stderr}")
        return done.stdout

    expect_equal(sorted(compose("--services").split()), ["primary", "replica", "secrets"], "the services")
    expect_equal(sorted(compose("--volumes").split()), ["primary-data", "replica-data", "secrets"], "the volumes")
    whole = compose()
    for part in ("127.0.0.1:5432:5432", "127.0.0.1:5433:5432", "condition: service_healthy", "WALLABY_PRIMARY: primary:7400",
                 "pg_isready", "dbnet", "condition: service_completed_successfully", "WALLABY_USER: myuser",
                 "WALLABY_PASSWORD_FILE: /var/lib/wallaby/secrets/password"):
        expect_in(part, whole, "the whole configuration")
    expect("INSECURE" not in whole, "nobody is let in without a password")


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
                secrets_are_made_once, *with_a_network([a_guarded_cluster]), open_to_others_only_when_told_so, compose_reads_the_file, the_image_holds_what_the_programs_need])
