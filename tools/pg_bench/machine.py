"""What the machine itself can do, and who else uses it meanwhile.

No server that flushes each commit makes more of them than the disk's flushes times the commits that share one; no
client that waits for each answer gets more than one a round trip.
"""

import os
import pathlib
import socket
import time

BLOCK, FILE_BLOCKS = 4096, 4096
TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def disk_flushes_per_s(directory, seconds):
    """4 KiB into a file that was zeroed before, then fdatasync, again and again: what a log asks of its disk."""
    path = pathlib.Path(directory) / "disk-probe"
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    watcher = keep_awake()
    try:
        for block in range(FILE_BLOCKS):
            os.pwrite(file, bytes(BLOCK), block * BLOCK)
        os.fsync(file)
        data, count, began = os.urandom(BLOCK), 0, time.monotonic()
        while (took := time.monotonic() - began) < seconds:
            os.pwrite(file, data, count % FILE_BLOCKS * BLOCK)
            os.fdatasync(file)
            count += 1
        return count / took
    finally:
        for child in watcher:
            os.kill(child, 9)
            os.waitpid(child, 0)
        os.close(file)
        path.unlink()


def keep_awake():
    """Processes that spin with idle priority: on some virtual machines a sleeping processor notices the disk's answer
    only at its next timer tick, milliseconds later, and that would measure the machine's sleep."""
    children, parent = [], os.getpid()
    for _ in range(os.cpu_count()):
        child = os.fork()
        if child == 0:
            os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
            while os.getppid() == parent:
                pass
            os._exit(0)
        children.append(child)
    return children


def round_trips_per_s(seconds, size=128):
    """Over TCP on loopback, between two processes that do nothing else."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        child = os.fork()
        if child == 0:
            try:
                with server.accept()[0] as peer:
                    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    while data := peer.recv(size):
                        peer.sendall(data)
            finally:
                os._exit(0)
        with socket.create_connection(server.getsockname()) as client:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            count, began = 0, time.monotonic()
            while (took := time.monotonic() - began) < seconds:
                client.sendall(bytes(size))
                got = 0
                while got < size:
                    got += len(client.recv(size))
                count += 1
        os.waitpid(child, 0)
        return count / took


class Others:
    """The share of all processors that went to processes that are none of ours, since this object was made."""

    def __init__(self):
        self.busy, self.ours, self.at = self._busy(), self._ours(), time.monotonic()

    def share(self):
        time_of_all = (time.monotonic() - self.at) * TICKS_PER_S * os.cpu_count()
        foreign = (self._busy() - self.busy) - (self._ours() - self.ours)
        return min(1.0, max(0.0, foreign / time_of_all))

    @staticmethod
    def _busy():
        fields = [int(word) for word in pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]]
        return sum(fields[:3]) + sum(fields[5:8])  # without idle and iowait

    @staticmethod
    def _ours():
        """Ticks of this process and its descendants; of those that have ended, by what their parents inherited."""
        parent, ticks = {}, {}
        for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                process, rest = stat.parent.name, stat.read_text().rsplit(")", 1)[1].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            parent[process], ticks[process] = rest[1], sum(int(word) for word in rest[11:15])

        def is_ours(process):
            while process in parent:
                if process == str(os.getpid()):
                    return True
                process = parent[process]
            return False

        return sum(count for process, count in ticks.items() if is_ours(process))
