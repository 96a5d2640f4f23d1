"""One attack on a server that speaks PostgreSQL's protocol, until it is killed. Prints a line when it is under way.

    attacker.py silent|garbage|logins|errors|drip HOST PORT

For hostile_sql_test.py alone: it attacks the servers which that test has started.
"""

import socket
import sys
import time

from wire import Wire, parse, query, startup, SYNC


class Server:
    def __init__(self, host, port):
        self.host, self.port = host, int(port)


def silent(server):
    """Up to 50 connections that wait, each new one for an old one."""
    waiting = []
    while True:
        waiting.append(Wire(server, first=b""))
        if len(waiting) == 50:
            yield
            waiting.pop(0).socket.close()


def garbage(server):
    while True:
        with Wire(server, first=b"\0\0\0\x14garbage that is no startup") as wire:
            wire.until_closed()
        yield


def logins(server):
    while True:
        with Wire(server):
            yield


def errors(server):
    with Wire(server) as wire:
        while True:
            wire.send(query("SELECT nosuch"), parse("", "SELEC"), SYNC)
            wire.until_ready()
            wire.until_ready()
            yield


def drip(server):
    """Forty startups, a byte at a time."""
    whole = startup()
    while True:
        wires = [Wire(server, first=b"") for _ in range(40)]
        for at in range(len(whole)):
            for wire in wires:
                wire.send(whole[at:at + 1])
            yield
        for wire in wires:
            wire.socket.close()


def main():
    kind, host, port = sys.argv[1:]
    attack = {"silent": silent, "garbage": garbage, "logins": logins, "errors": errors, "drip": drip}[kind]
    told = False
    while True:
        try:
            for _ in attack(Server(host, port)):
                if not told:
                    print("under way", flush=True)
                    told = True
        except (OSError, ConnectionError, socket.timeout):
            time.sleep(0.01)  # lint: poll  (a server that turns it away is attacked again)


main()
