# SPDX-License-Identifier: MIT
"""Power cuts without device mapper: a file system on an image, and the image at one instant.

A plain copy of an image that is mounted is no power cut: while it runs the file system writes on,
and the copy has what no instant had. So the images lie on an XFS of their own, where FICLONE copies
a file in one step: it keeps writes to the file out, brings to the copy all that the loop device was
told to write before, and nothing of what comes after. The copy is the disk of a machine whose
power was cut then, with one limit: a write that the loop device took is on it, as if the disk had
no cache that forgets. What the file system still held in memory is lost.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from mounts import Mounts

FICLONE = 0x40049409

# How each file system is made, and how large: the smallest that its mkfs makes, or a little more.
MADE = {
    "ext4": (64, ("mkfs.ext4", "-q", "-F")),
    "xfs": (300, ("mkfs.xfs", "-q", "-f")),
    "btrfs": (128, ("mkfs.btrfs", "-q", "-f")),
}
# Less than the memory in which mounts.py puts an image, so that it never ends before the host does.
HOST_MEGABYTES = 900


class Disk:
    """A disk whose power can be cut again and again."""

    def __init__(self, mounts: Mounts, place: Path) -> None:
        self._mounts = mounts
        self._host = place / "host"
        self._live = place / "live"
        self._replayed = place / "replayed"
        mounts.image("xfs", self._host, megabytes=HOST_MEGABYTES, made_with=["-m", "reflink=1"])
        self._made = 0
        self._image = Path()

    @contextmanager
    def mounted(self, kind: str, options: str) -> Iterator[Path]:
        """A new file system, mounted."""
        self._made += 1
        self._image = self._host / f"{self._made}.image"
        megabytes, command = MADE[kind]
        with self._mounts.seen(self._image).open("wb") as file:
            file.truncate(megabytes << 20)
        try:
            self._mounts.run(*command, self._image)
        except subprocess.CalledProcessError as error:
            if "No such file" in error.stderr:
                pytest.skip(f"{command[0]} is not installed")
            raise
        chosen = ",".join(filter(None, ["loop", options]))
        seen = self._mounts.mount(self._live, "-o", chosen, self._image)
        try:
            yield seen
        finally:
            self._mounts.unmount(self._live)
            self._mounts.seen(self._image).unlink()

    def cut(self, number: int) -> Path:
        """Copies the image of what is mounted, as it is at one instant."""
        copy = self._image.with_suffix(f".cut-{number}")
        with (
            self._mounts.seen(self._image).open("rb") as source,
            self._mounts.seen(copy).open("wb") as target,
        ):
            fcntl.ioctl(target.fileno(), FICLONE, source.fileno())
        return copy

    @contextmanager
    def replayed(self, cut: Path) -> Iterator[Path]:
        """What a cut left, mounted as after a reboot: the journal is replayed. Not while the file
        system that was cut is mounted, which has the same name. The copy is deleted."""
        self._replayed.mkdir(exist_ok=True)
        self._mounts.run("mount", "-o", "loop", cut, self._replayed)
        try:
            yield self._mounts.seen(self._replayed)
        finally:
            self._mounts.unmount(self._replayed)
            os.unlink(self._mounts.seen(cut))
