"""One attack on a server that speaks PostgreSQL's protocol, until it is killed. Prints how many times it has struck.

    attacker.py silent|garbage|logins|errors|drip HOST PORT PER_SECOND

An attacker over a network costs the server's machine nothing but what the server spends on it; this one works on the same
machine. So it strikes at a given pace: fast for a network, and no reason for a slow server in itself.

For hostile_sql_test.py alone: it attacks the servers which that test has started.
"""

import socket
import sys
import time

from wire import Wire, parse, query, startup, SYNC

PAUSES = 100  # in a second: so many times it looks whether it is ahead of its time


class Server:
    def __init__(self, host, port):
        self.host, self.port = host, int(port)


def silent(server):
    """Up to 50 connections that wait, each new one for an old one."""
    waiting = []
    while True:
        waiting.append(Wire(server, first=b""))
        if len(waiting) == 50:
            waiting.pop(0).socket.close()
        yield


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


def strikes(attack, server):
    """For ever: a server that turns it away is attacked again."""
    while True:
        try:
            yield from attack(server)
        except (OSError, ConnectionError, socket.timeout):
            yield


def main():
    kind, host, port, per_second = sys.argv[1:]
    attack = {"silent": silent, "garbage": garbage, "logins": logins, "errors": errors, "drip": drip}[kind]
    began, struck = time.monotonic(), 0
    for _ in strikes(attack, Server(host, port)):
        struck += 1
        if struck % max(1, int(per_second) // PAUSES) == 0:
            print(struck, flush=True)
            ahead = struck / int(per_second) - (time.monotonic() - began)
            time.sleep(max(0, ahead))  # lint: poll  (its pace)


main()
