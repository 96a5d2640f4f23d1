"""Writers that never pause, and a ledger of what they were promised.

Each writer has a connection of its own, with several transactions under way. Its transaction number 12 puts two rows:

    w1-00000012 = its own text          w1-last = 12

So from a table alone one can tell whether anything is wrong: a row that was acknowledged and is missing, a row that
nobody wrote, a transaction of which one half is there. A transaction whose connection broke may be there or not;
it is never sent again.
"""

import threading
import time

from . import native
from .checks import CheckFailed, expect, poll_until

TABLE = "load"


class Writer(threading.Thread):
    def __init__(self, load, name):
        super().__init__(daemon=True)
        self.load, self.name_in_keys = load, name
        self.sent = 0          # transactions 1..sent were handed to a connection
        self.acknowledged = set()
        self.failures = {}     # text -> count: answered, and refused
        self.breaks = 0        # connections that ended
        self.times = []        # (when it was acknowledged, how long it took)
        self.problem = None

    def run(self):
        try:
            while not self.load.stopping:
                self._one_connection()
        except Exception as problem:  # pylint: disable=broad-except
            self.problem = problem

    def _one_connection(self):
        try:
            connection = native.Connection(self.load.node.address, timeout=60)
        except OSError:
            time.sleep(0.01)  # lint: poll  (until the node is back)
            return
        under_way = {}
        try:
            with connection:
                self.load.connections[self.name_in_keys] = connection
                while not self.load.stopping or under_way:
                    room = 0 if self.load.stopping else self.load.depth - len(under_way)
                    connection.send(b"".join(self._next(under_way) for _ in range(room)))
                    self._take(connection, under_way)
        except (OSError, ConnectionError):
            self.breaks += 1

    def _next(self, under_way):
        self.sent += 1
        under_way[self.sent] = time.monotonic()
        name, number = self.name_in_keys, self.sent
        rows = [(TABLE, key_of(name, number), self.load.value_of(name, number)), (TABLE, f"{name}-last", str(number))]
        return native.put_all(number, rows, self.load.ack)

    def _take(self, connection, under_way):
        request, kind, inside = connection.receive()
        if kind == native.WRITTEN:
            now = time.monotonic()
            self.times.append((now, now - under_way.pop(request)))
            self.acknowledged.add(request)
        elif kind == native.FAILED:
            text = inside.get(2, b"").decode(errors="replace")
            self.failures[text] = self.failures.get(text, 0) + 1
            if request == 0:
                raise ConnectionError(text)
            under_way.pop(request)
            time.sleep(0.01)  # lint: poll  (a node that refuses is asked again, but not at once)


def key_of(writer, number):
    return f"{writer}-{number:08}"


class Load:
    def __init__(self, node, writers=2, depth=8, size=64, ack=0):
        """`ack`: the writers' own rung (native.SYNC, ...); 0: as the switch says."""
        self.node, self.depth, self.size, self.ack = node, depth, size, ack
        self.stopping = False
        self.connections = {}
        self.writers = [Writer(self, f"w{number}") for number in range(1, writers + 1)]
        node.cluster.loads.append(self)
        node.step(f"{writers} writers begin, {depth} transactions under way on each")
        for writer in self.writers:
            writer.start()

    def value_of(self, name, number):
        return f"{name}:{number}:".ljust(self.size, "x")

    @property
    def acknowledged(self):
        return sum(len(writer.acknowledged) for writer in self.writers)

    @property
    def failures(self):
        return {text: count for writer in self.writers for text, count in writer.failures.items()}

    @property
    def breaks(self):
        return sum(writer.breaks for writer in self.writers)

    def goes_on(self, count, within=60.0):
        """Waits for so many more acknowledgements: the load is real."""
        before = self.acknowledged

        def enough():
            for writer in self.writers:
                if writer.problem:
                    raise CheckFailed(f"a writer failed: {writer.problem!r}")
            return self.acknowledged - before >= count

        poll_until(f"{count} more commits are acknowledged", enough, within, every=0.002,
                   seen=lambda: f", only {self.acknowledged - before} were; refused: {self.failures}")

    def slowest(self, since):
        """The longest that a commit took which was acknowledged after `since` (time.monotonic())."""
        return max((took for writer in self.writers for at, took in list(writer.times) if at >= since), default=0.0)

    def stop(self, within=60.0):
        """No new transactions; waits for the answers to those under way."""
        self.stopping = True
        for writer in self.writers:
            writer.join(within)
            expect(not writer.is_alive(), f"a writer still waits after {within:g} s; refused so far: {self.failures}")
            if writer.problem:
                raise CheckFailed(f"a writer failed: {writer.problem!r}")
        sent = sum(writer.sent for writer in self.writers)
        self.node.step(f"the writers stop: {sent} sent, {self.acknowledged} acknowledged, {self.breaks} connections "
                       f"broken, refused: {self.failures}")
        return self

    def abort(self):
        """Ends it without waiting for answers."""
        self.stopping = True
        for connection in list(self.connections.values()):
            connection.close()
        for writer in self.writers:
            writer.join(1)

    def check(self, *nodes):
        """Holds the nodes' tables against what was promised up to now."""
        for node in nodes or (self.node,):
            promised = {writer.name_in_keys: set(writer.acknowledged) for writer in self.writers}
            answer = node.cluster.quietly("--node", node.address, "scan", TABLE)
            expect(answer.status == 0, f"{node.name} cannot be read: {answer}")
            rows = dict(line.split("\t") for line in answer.out.splitlines())
            for writer in self.writers:
                self._check_writer(node, writer, promised[writer.name_in_keys], rows)
            expect(not rows, f"{node.name} holds rows that nobody wrote: {sorted(rows)[:5]}")
            node.step(f"holds all {sum(map(len, promised.values()))} commits that were acknowledged")

    def _check_writer(self, node, writer, promised, rows):
        name = writer.name_in_keys
        last = int(rows.pop(f"{name}-last", "0"))
        there = {int(key.split("-")[1]) for key in rows if key.startswith(f"{name}-")}
        missing = promised - there
        expect(not missing, f"{node.name} lost {len(missing)} of {len(promised)} acknowledged commits of {name}, "
                            f"from {min(missing, default=0)} on; the newest one there is {max(there, default=0)}")
        expect(max(there, default=0) <= writer.sent, f"{node.name} holds {name}'s {max(there, default=0)}, which was "
                                                     f"never sent ({writer.sent} were)")
        expect(max(there, default=0) == last, f"{node.name} holds half a transaction of {name}: its newest row is "
                                              f"{max(there, default=0)}, the counter says {last}")
        for number in there:
            value = rows.pop(key_of(name, number))
            expect(value == self.value_of(name, number), f"{node.name} holds another value for {name}'s {number}: "
                                                         f"{value!r}")
