"""A cluster that is reached from elsewhere: over an address of this machine that is not loopback, so that both sides ask for TLS and
passwords. What is agreed on in detail is tested elsewhere (node/doorkeeper, node/knock, server/entrance)."""

import socket
import ssl
import struct
import subprocess

from harness import expect, expect_equal, expect_in, main, native, poll_until
from harness.elsewhere import PASSWORD, Elsewhere, with_a_network

START_TLS, LOGIN = 16, 17


def psql(node, text, **options):
    host, port = node.sql_address.rsplit(":", 1)
    settings = {"host": host, "port": port, "user": "admin", "dbname": "postgres", "connect_timeout": "10",
                "password": f"'{PASSWORD}'"} | options
    run = subprocess.run(["psql", "-XAtq", " ".join(f"{k}={v}" for k, v in settings.items()), "-c", text],
                         capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL)
    expect_equal(run.returncode, 0, f"psql -c {text!r}: {run.stderr}")
    return run.stdout.strip()


def a_cluster_over_tls(c):
    with Elsewhere(c) as elsewhere:
        p1 = elsewhere.primary()
        psql(p1, f"CREATE ROLE copier LOGIN REPLICATION PASSWORD '{PASSWORD}'")
        r1 = elsewhere.replica(p1, "r1", *elsewhere.follows()).start()
        r2 = elsewhere.replica(r1, "r2", *elsewhere.follows()).start()
        token = p1.put("t", "k", "v")
        for node in (r1, r2):
            expect_equal(node.get("t", "k", "--after", token), "v", f"the row on {node.name}")
        p1.fill(4)
        p1.run("ack", "sync")
        expect_in("sync", p1.run("put", "t", "k", "w").err, "what was promised")
        p1.kill().start()
        p1.until("serves reads again", lambda s: not s["reads_refused"])
        expect_equal(p1.get("t", "k"), "w", "after a crash")
        p1.run("ack", "async")
        c.converges()


def a_base_copy_over_tls(c):
    with Elsewhere(c) as elsewhere:
        p1 = elsewhere.primary("--max-slot-keep", "1M", "--checkpoint-log", "1M")
        for _ in range(2):  # more than one segment of the log, so that its beginning is gone
            p1.fill(40)
            p1.run("checkpoint")
        r1 = elsewhere.replica(p1, "r1", *elsewhere.follows("admin")).start()
        expect_in("snapshot", p1.streams("r1")["joined_by"], "how it joined")
        c.converges()
        expect(r1.running(), "it runs")


def who_is_refused_is_told_why(c):
    elsewhere = Elsewhere(c)
    p1 = elsewhere.primary()
    psql(p1, f"CREATE ROLE alice LOGIN PASSWORD '{PASSWORD}'")
    put = ("put", "t", "k", "v")
    login = ("--user", "admin", "--password-file", elsewhere.password)
    tls = ("--tls-ca", elsewhere.ca)
    for what, flags, status, words in (
            ("nothing", (), 3, "give --tls-ca FILE, --user NAME and --password-file FILE"),
            ("no TLS", login, 3, "over TLS alone"),
            ("no login", tls, 3, "the password of a role"),
            ("a wrong password", (*tls, "--user", "admin", "--password-file", elsewhere.wrong), 3,
             "password authentication failed for role 'admin'"),
            ("nobody's name", (*tls, "--user", "nobody", "--password-file", elsewhere.password), 3,
             "password authentication failed for role 'nobody'"),
            ("nobody's signature", ("--tls", *login), 4, "is not trusted"),
            ("no password", (*tls, "--user", "admin"), 2, "WALLABY_PASSWORD"),
            ("no user", (*tls, "--password-file", elsewhere.password), 2, "--user NAME, which is missing")):
        expect_in(words, p1.run(*flags, *put, expect=status).err, what)
    expect_in("committed", p1.run(*tls, *login, *put).err, "with all of it")
    alice = ("--user", "alice", "--password-file", elsewhere.password)
    p1.run(*tls, *alice, *put)

    for what, flags, words in (("nothing", (), "give --tls-ca FILE, --user NAME and --password-file FILE"),
                               ("a wrong password", (*tls, "--user", "admin", "--password-file", elsewhere.wrong),
                                "password authentication failed for role 'admin'"),
                               ("a role that may not replicate", (*tls, *alice), "ALTER ROLE alice REPLICATION"),
                               ("nobody's signature", ("--tls", *login), "is not trusted")):
        r1 = elsewhere.replica(p1, "r1", *flags)
        r1.spawn()
        expect_in(f"link to {p1.address}", r1.logs(words), what)
        r1.stop()


def a_certificate_of_another_host_is_not_taken(c):
    with Elsewhere(c) as elsewhere:
        elsewhere.sign("192.0.2.254", elsewhere.cert, elsewhere.key)
        p1 = elsewhere.primary()
        said = p1.run("put", "t", "k", "v", expect=4).err
        expect_in(f"the certificate is not for {elsewhere.address}", said, "why")


def the_first_role_is_made_once(c):
    with Elsewhere(c) as elsewhere:
        p1 = elsewhere.primary()
        p1.put("t", "k", "v")
        psql(p1, "ALTER ROLE admin PASSWORD 'another'")
        p1.stop()
        p1.start()
        p1.run("put", "t", "k", "w", expect=3)
        bare = elsewhere.node("primary", "p2").start()
        expect_in("no role has a password yet", bare.log(), "a word about a server that nobody can come to")
        bare.run("get", "t", "k", expect=3)


def strangers_disturb_nobody(c):
    """Half handshakes, half logins and announced megabytes, by the hundred; who is in goes on, and afterwards others come in."""
    with Elsewhere(c) as elsewhere:
        p1 = elsewhere.primary()
        before = p1.memory()
        load = p1.begin("load", "rows", "-", stdin="".join(f"key{n:06}\tvalue of {n}\n" for n in range(300_000)))
        login = native.message(LOGIN, native.field(1, b"admin") + native.field(2, b"n,,n=,r=abc"))
        start_tls = native.message(START_TLS, b"")
        offers = [b"", start_tls, start_tls + b"\x16\x03\x01\x02\x00\x01", start_tls * 2, login,
                  b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
                  struct.pack("<IIHH", 70 << 20, 0, native.REQUEST, native.MAGIC)]
        host, port = p1.address.rsplit(":", 1)
        crowd = []
        for number in range(400):
            stranger = socket.create_connection((host, int(port)), 30)
            stranger.sendall(offers[number % len(offers)])
            crowd.append(stranger)
        answer = load.answer()
        expect_in("300,000 rows", answer.err, "the load")
        grown = p1.memory() - before
        expect(grown < 256 << 20, f"the node grew by {grown >> 20} MiB, the load's rows among them")
        for stranger in crowd:
            stranger.close()
        poll_until("others come in again", lambda: c.quietly("--node", p1.address, "get", "rows", "key000007").status == 0)


def half_a_login_behind_tls_has_its_time(c):
    with Elsewhere(c) as elsewhere:
        p1 = elsewhere.primary()
        host, port = p1.address.rsplit(":", 1)
        clear = socket.create_connection((host, int(port)), 30)
        clear.sendall(native.message(START_TLS, b""))
        expect_equal(clear.recv(12, socket.MSG_WAITALL), native.message(START_TLS, b""), "TLS begins")
        context = ssl.create_default_context(cafile=elsewhere.ca)
        behind = context.wrap_socket(clear, server_hostname=elsewhere.address)
        behind.sendall(native.message(LOGIN, native.field(1, b"admin") + native.field(2, b"n,,n=,r=abc"))[:-3])
        expect_equal(behind.recv(1), b"", "it is sent away after a while")


main(__file__, with_a_network([a_cluster_over_tls, a_base_copy_over_tls, who_is_refused_is_told_why,
                               a_certificate_of_another_host_is_not_taken, the_first_role_is_made_once,
                               strangers_disturb_nobody, half_a_login_behind_tls_has_its_time]))
