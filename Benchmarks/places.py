# SPDX-License-Identifier: MIT
"""File systems of the run's own: memory, and an ext4 with a journal on a loop device.

A container's own disk can be an odd one. Mounts need root; scripts/bench then begins a mount
namespace of its own, whose mounts end with it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

PRIVATE = "SESSION3_BENCH_MOUNTS_ARE_PRIVATE"


class NoPlace(Exception):
    """A file system that can't be had here."""


@dataclass
class Place:
    """A file system, and directories of it that nobody used."""

    name: str
    root: Path
    image: Path | None = None
    """The sparse file that it is in; None: it is memory."""
    _numbers: Iterator[int] = field(default_factory=count)

    def directory(self) -> Path:
        """A path that is not there yet."""
        return self.root / str(next(self._numbers))

    def room(self) -> int:
        """Bytes that it can take, also where what it is in has fewer than it promises."""
        if self.image is None:
            return min(free(self.root), available_memory())
        return min(free(self.root), free(self.image.parent))

    def settle(self) -> None:
        """Writes out what was filled: else that happens while the clock runs."""
        subprocess.run(["sync", "--file-system", str(self.root)], check=True)

    def remove(self, directory: Path) -> None:
        """Removes a directory, if it was made."""
        if directory.exists():
            shutil.rmtree(directory)


def free(path: Path) -> int:
    """Bytes of a file system."""
    status = os.statvfs(path)
    return status.f_bavail * status.f_frsize


def available_memory() -> int:
    """Bytes without swapping."""
    with open("/proc/meminfo", encoding="ascii") as file:
        lines = dict(line.split(":", 1) for line in file)
    return int(lines["MemAvailable"].split()[0]) << 10


@contextmanager
def tmpfs() -> Iterator[Place]:
    """Memory."""
    with tempfile.TemporaryDirectory(prefix="session3-bench-", dir="/dev/shm") as root:
        yield Place("tmpfs", Path(root))


@contextmanager
def ext4(image: Path, megabytes: int) -> Iterator[Place]:
    """An ext4 as mkfs makes it, in a sparse file."""
    if os.geteuid() != 0 or PRIVATE not in os.environ:
        raise NoPlace("ext4: no mount without root, and a mount namespace")
    if shutil.which("mkfs.ext4") is None:
        raise NoPlace("ext4: mkfs.ext4 is missing")
    root = Path(tempfile.mkdtemp(prefix="session3-bench-"))
    with image.open("wb") as file:
        file.truncate(megabytes << 20)
    try:
        # An inode for each block: sessions are files of one.
        make = ["mkfs.ext4", "-q", "-F", "-i", "4096", str(image)]
        subprocess.run(make, check=True)
        # Without the thread that zeroes the inodes' tables for minutes after the first mount.
        mount = ["mount", "-o", "loop,noinit_itable", str(image), str(root)]
        mounted = subprocess.run(mount, capture_output=True, text=True)
        if mounted.returncode != 0:
            raise NoPlace(f"ext4: {mounted.stderr.strip()}")
        try:
            yield Place("ext4", root, image)
        finally:
            subprocess.run(["umount", str(root)], check=True)
    finally:
        root.rmdir()
        image.unlink()
