"""The PostgreSQL door from outside: where it listens, who may come in, TLS. What is said inside is tested elsewhere."""

import os
import socket
import subprocess

from harness import expect, expect_equal, expect_in, main


def psql(node, text, **options):
    """psql -c; gives what it printed, or its complaint."""
    host, port = node.sql_address.rsplit(":", 1)
    settings = {"host": host, "port": port, "user": "postgres", "dbname": "postgres", "connect_timeout": "10"} | options
    run = subprocess.run(["psql", "-XAtq", " ".join(f"{k}={v}" for k, v in settings.items()), "-c", text],
                         capture_output=True, text=True, timeout=60, check=False, env=os.environ | {"LC_ALL": "C.UTF-8"})
    return run.stdout.strip() if run.returncode == 0 else run.stderr.strip()


def certificate(c):
    files = str(c.path / "server.crt"), str(c.path / "server.key")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                    "-subj", "/CN=localhost", "-out", files[0], "-keyout", files[1]], check=True, capture_output=True)
    os.chmod(files[1], 0o600)
    return files


def where_it_listens(c):
    p1 = c.primary()
    expect(p1.ready_line.rstrip().endswith(f", sql on {p1.sql_address}"), f"the door in the ready line: {p1.ready_line}")
    expect_equal(p1.status()["sql_address"], p1.sql_address, "the door in status")
    expect_equal(psql(p1, "SELECT 1"), "1", "an answer")
    r1 = c.replica(p1)
    expect(r1.ready_line.rstrip().endswith(f", sql on {r1.sql_address}"), f"the replica's: {r1.ready_line}")
    expect_equal(psql(r1, "SELECT pg_is_in_recovery()"), "t", "the replica's answer")


def any_port_no_port_and_a_taken_one(c):
    p1 = c.node("primary", "p1", "--sql", f"{c.host}:0").start()
    p1.sql_address = p1.ready_line.split(", sql on ")[1].strip()
    expect(not p1.sql_address.endswith(":0"), f"the port that was found is told: {p1.ready_line}")
    expect_equal(psql(p1, "SELECT 1"), "1", "an answer at that port")
    shut = c.node("primary", "p2", "--sql", "none").start()
    expect(", sql on" not in shut.ready_line, f"no door, no word of it: {shut.ready_line}")
    expect_equal(shut.status()["sql_address"], "", "nor in status")
    taken = c.node("primary", "p3", "--sql", p1.sql_address)
    expect_in(p1.sql_address, taken.refuses_to_start(status=1), "a given port that is taken")


def beyond_this_machine_only_guarded(c):
    node = c.node("primary", "p1", "--sql", "0.0.0.0:0")
    said = node.refuses_to_start(status=2)
    expect_in("--sql 0.0.0.0:0 can be reached from other machines", said, "the reason")
    expect_in("--tls-cert", said, "one way out")
    expect_in("--insecure", said, "the other")
    cert, key = certificate(c)
    node.flags += ["--tls-cert", cert, "--tls-key", key]
    node.start()
    expect_in(", sql on ", node.ready_line, "guarded, it opens")


def tls_for_those_who_ask(c):
    cert, key = certificate(c)
    p1 = c.primary("--tls-cert", cert, "--tls-key", key)
    expect_equal(psql(p1, "SELECT 1", sslmode="require"), "1", "over TLS")
    expect_equal(psql(p1, "SELECT 1", sslmode="verify-ca", sslrootcert=cert), "1", "the certificate is the one that was given")
    expect_equal(psql(p1, "SELECT 1", sslmode="disable"), "1", "without, from this machine")
    much = "x" * 100_000
    expect_equal(psql(p1, f"SELECT '{much}'", sslmode="require"), much, "an answer of many records")
    host, port = p1.sql_address.rsplit(":", 1)
    with socket.create_connection((host, int(port)), 10) as peer:
        peer.sendall(bytes([0, 0, 0, 8, 4, 210, 22, 47]))
        expect_equal(peer.recv(1), b"S", "TLS is offered")
        peer.sendall(b"and this is none" * 10)
        while peer.recv(4096):
            pass  # an alert, then the end
    expect_equal(psql(p1, "SELECT 1", sslmode="require"), "1", "others are not harmed")


def tls_files_that_will_not_do(c):
    cert, key = certificate(c)
    os.chmod(key, 0o644)
    node = c.node("primary", "p1", "--tls-cert", cert, "--tls-key", key)
    expect_in("chmod 600", node.refuses_to_start(status=2), "a key that others may read")
    node.flags[-1] = str(c.path / "nowhere")
    expect_in("there is no such file", node.refuses_to_start(status=2), "no key")
    node.flags = ["--tls-cert", cert]
    expect_in("belong together", node.refuses_to_start(status=2), "half of it")


main(__file__, [where_it_listens, any_port_no_port_and_a_taken_one, beyond_this_machine_only_guarded, tls_for_those_who_ask,
                tls_files_that_will_not_do])
