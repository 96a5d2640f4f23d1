"""Nodes that are reached from elsewhere: over an address of this machine that is not loopback, so that they ask for TLS and passwords."""

import os
import socket
import subprocess

PASSWORD = "correct horse"
FIRST_PORT, PORTS = 16000, 8000  # below those of outgoing connections


def own_address():
    """One that others could reach this machine by; None without a network. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("198.51.100.1", 9))
        except OSError:
            return None
        address = probe.getsockname()[0]
        return None if address.startswith("127.") else address


def with_a_network(tests):
    """These tests, or none."""
    if own_address():
        return tests
    print("skipped, for want of an address beside loopback: " + ", ".join(test.__name__ for test in tests))
    return []


class Elsewhere:
    """Certificates, passwords, and nodes behind `address`."""

    def __init__(self, c):
        self.c = c
        self.address = own_address()
        self.ca, self.cert, self.key = (str(c.path / name) for name in ("ca.crt", "server.crt", "server.key"))
        self.password, self.wrong = (str(c.path / name) for name in ("password", "wrong"))
        self.openssl("req", "-x509", "-subj", "/CN=an authority", "-keyout", str(c.path / "ca.key"), "-out", self.ca)
        self.sign(self.address, self.cert, self.key)
        for path, text in ((self.password, PASSWORD), (self.wrong, "battery staple")):
            with open(path, "w", encoding="ascii", opener=lambda name, flags: os.open(name, flags, 0o600)) as out:
                out.write(text + "\n")

    @staticmethod
    def openssl(*arguments):
        fresh = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc"] if arguments[0] == "req" else []
        subprocess.run(["openssl", arguments[0], *fresh, *arguments[1:]], check=True, capture_output=True)

    def sign(self, address, cert, key):
        """A certificate for this address."""
        request = cert + ".csr"
        self.openssl("req", "-subj", "/CN=a node", "-addext", f"subjectAltName=IP:{address}", "-keyout", key, "-out", request)
        self.openssl("x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", self.ca.replace(".crt", ".key"),
                     "-copy_extensions", "copy", "-out", cert)

    def node(self, role, name, *flags):
        node = self.c.node(role, name, "--tls-cert", self.cert, "--tls-key", self.key, *flags)
        # Other tests use the same address: each process has ports of its own.
        port = FIRST_PORT + (os.getpid() * 16 + 2 * len(self.c.nodes)) % PORTS
        node.address, node.sql_address = f"{self.address}:{port}", f"{self.address}:{port + 1}"
        return node

    def primary(self, *flags):
        return self.node("primary", "p1", "--init-role", "admin", "--password-file", self.password, *flags).start()

    def replica(self, feeder, name, *flags):
        return self.node("replica", name, "--primary", feeder.address, *flags)

    def follows(self, user="copier"):
        return "--tls-ca", self.ca, "--user", user, "--password-file", self.password

    def admin(self):
        """For the environment of `wallaby`."""
        return {"WALLABY_TLS_CA": self.ca, "WALLABY_USER": "admin", "WALLABY_PASSWORD_FILE": self.password}

    def __enter__(self):
        """From here on the cluster's commands are the admin's."""
        os.environ.update(self.admin())
        return self

    def __exit__(self, *_):
        for name in self.admin():
            os.environ.pop(name, None)
