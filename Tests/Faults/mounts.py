# SPDX-License-Identifier: MIT
"""File systems of a test's own: small, full, read-only, of any kind.

They are mounted in a mount namespace that a waiting process holds. Whatever ends the test ends
that process, and with it go the mounts and their loop devices. What is mounted there is reached by
/proc, so no other process need enter the namespace.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

# The smallest image that each mkfs makes, in MiB, and what it is told.
IMAGES: dict[str, tuple[int, tuple[str, ...]]] = {
    "ext4": (8, ("-q", "-F")),
    "xfs": (300, ("-q", "-f")),
    "btrfs": (128, ("-q", "-f")),
}


class Mounts:
    """A mount namespace; `private_mounts` makes one."""

    def __init__(self, holder: subprocess.Popen[str]) -> None:
        self._holder = holder
        self._root = Path(f"/proc/{holder.pid}/root")

    def seen(self, place: Path) -> Path:
        """A path of the namespace, as all processes of this user reach it."""
        return self._root / place.relative_to("/")

    @property
    def entered(self) -> tuple[str, ...]:
        """What runs the command that follows it in the namespace."""
        user = [] if os.geteuid() == 0 else ["--user", "--preserve-credentials"]
        return ("nsenter", f"--target={self._holder.pid}", "--mount", *user, "--")

    def run(self, *command: object, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Runs a command in the namespace."""
        return subprocess.run(
            [*self.entered, *map(str, command)], capture_output=True, text=True, check=check
        )

    def mount(self, place: Path, *arguments: object) -> Path:
        """Mounts at a place, made if it is missing; skips the test if that can't be had."""
        place.mkdir(parents=True, exist_ok=True)
        done = self.run("mount", *arguments, place, check=False)
        if done.returncode != 0:
            reason = done.stderr.strip().splitlines() or ["mount failed"]
            pytest.skip(f"mount {arguments[-1]}: {reason[0]}")
        return self.seen(place)

    def tmpfs(self, place: Path, options: str) -> Path:
        """A tmpfs: `size=64k`, `nr_inodes=20`."""
        return self.mount(place, "-t", "tmpfs", "-o", options, "tmpfs")

    def image(
        self,
        kind: str,
        place: Path,
        *,
        megabytes: int = 0,
        made_with: Sequence[object] = (),
        options: str = "",
    ) -> Path:
        """A file system on a sparse image; the smallest if no size is given."""
        if os.geteuid() != 0:
            pytest.skip(f"{kind} on a loop device: not root")
        smallest, usual = IMAGES[kind]
        megabytes = megabytes or smallest
        # In memory: the disk below has no part in it, and nothing is left of it.
        memory = self.tmpfs(place.with_name(place.name + ".images"), f"size={megabytes + 16}m")
        image = memory / "image"
        with image.open("wb") as file:
            file.truncate(megabytes << 20)
        try:
            subprocess.run(
                [f"mkfs.{kind}", *usual, *map(str, made_with), str(image)],
                capture_output=True,
                check=True,
            )
        except FileNotFoundError:
            pytest.skip(f"mkfs.{kind} is not installed")
        return self.mount(place, "-o", ",".join(filter(None, ["loop", options])), image)

    def remount(self, place: Path, options: str) -> None:
        """Remounts what is mounted at a place: `ro`, `rw`; skips the test if that is refused."""
        done = self.run("mount", "-o", f"remount,{options}", place, check=False)
        if done.returncode != 0:
            pytest.skip(f"remount,{options}: {done.stderr.strip()}")

    def unmount(self, place: Path) -> None:
        """Unmounts what is mounted at a place, which nobody may be using."""
        self.run("umount", place)


@contextmanager
def private_mounts() -> Iterator[Mounts]:
    """A mount namespace for a test; skips it where there is none to be had."""
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    command = ["unshare", *user, "--mount", "--propagation", "private"]
    holder = subprocess.Popen(
        # It waits for the end of its input: that of whoever runs the test.
        [*command, "sh", "-c", "echo ready && exec cat"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert holder.stdout
        if holder.stdout.readline() != "ready\n":
            pytest.skip("no mount namespace is to be had")
        yield Mounts(holder)
    finally:
        holder.communicate(timeout=60)
