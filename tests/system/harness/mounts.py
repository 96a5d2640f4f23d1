"""File systems of our own: small ones that fill up, and ones that lose their power.

Mounting needs rights, and should leave nothing behind whatever happens. So a test that mounts runs itself again in a
mount namespace of its own: what is mounted there is seen by nobody else, and goes with its last process. Root can do
that; others can where user namespaces are allowed.
"""

import fcntl
import os
import struct
import subprocess
import sys

MARK = "WALLABY_TEST_MOUNTS"
FS_IOC_SHUTDOWN = 0x8004587D  # _IOR('X', 125, __u32)
SHUTDOWN_NO_LOG_FLUSH = 2


def enter():
    """Continues this program in a mount namespace of its own."""
    if os.environ.get(MARK):
        return
    flags = ["--mount", "--propagation", "private"] if os.geteuid() == 0 else ["--user", "--map-root-user", "--mount"]
    os.environ[MARK] = "1"
    os.execvp("unshare", ["unshare", *flags, sys.executable, "-B", *sys.argv])


def leave(folder):
    """Unmounts everything below it."""
    if not os.environ.get(MARK):
        return
    with open("/proc/self/mounts", encoding="utf-8") as mounted:
        below = [line.split()[1] for line in mounted if line.split()[1].startswith(f"{folder}/")]
    for path in reversed(below):
        subprocess.run(["umount", "--lazy", path], check=False)


def small(path, mebibytes):
    """An empty file system in memory, of that size."""
    path.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m", "tmpfs", str(path)], check=True)
    return path


def resize(path, mebibytes):
    subprocess.run(["mount", "-o", f"remount,size={mebibytes}m", str(path)], check=True)


class Disk:
    """An ext4 file system in a file, on a loop device. cut_power() loses all that was not flushed."""

    def __init__(self, folder, mebibytes):
        self.image, self.path = folder / "disk.img", folder / "disk"
        with open(self.image, "wb") as image:
            image.truncate(mebibytes << 20)
        subprocess.run(["mkfs.ext4", "-q", "-F", str(self.image)], check=True)
        self.path.mkdir()
        self.mount()

    def mount(self):
        subprocess.run(["mount", "-o", "loop", str(self.image), str(self.path)], check=True)

    def cut_power(self):
        """From now on every access fails; nothing more reaches the image, not even the journal in memory."""
        handle = os.open(self.path, os.O_RDONLY)
        try:
            fcntl.ioctl(handle, FS_IOC_SHUTDOWN, struct.pack("I", SHUTDOWN_NO_LOG_FLUSH))
        finally:
            os.close(handle)

    def power_on(self):
        """What is on the disk now is what survived."""
        subprocess.run(["umount", str(self.path)], check=True)
        self.mount()
