# SPDX-License-Identifier: MIT
"""What a store goes through when its file system is full: told once, played by any host."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from errno import EDQUOT, ENOSPC, errorcode
from pathlib import Path

from hosts import Host
from limited import Limited
from mounts import Mounts

FULL = (ENOSPC, EDQUOT)
LONG_AGO_US = 1_000_000_000_000_000


@dataclass(frozen=True)
class Disk:
    """A small file system, and what may be asked of it."""

    mount: Callable[[Mounts, Path], Path]
    # Whether it is to be out of inodes, not of room.
    takes_inodes: bool = False
    # Whether it saves in place, needing no room for it.
    overwrites: bool = True
    # How many must go at most before there is room for one: some file systems want more than a
    # session's own for a creation, or free what was deleted when they see fit.
    ballast: int = 1


class FullDisk:
    """A store on a small file system, that a host fills and goes on using."""

    def __init__(self, host: Host, root: Path, disk: Disk, sync: str) -> None:
        self.host, self.root, self.directory = host, root, root / "sessions"
        self.disk, self.sync = disk, sync
        self.figures: dict[str, int] = {}
        self.acknowledged = (0, 100, 0)

    def play(self, rounds: int) -> None:
        """All of it."""
        assert self.host.open(self.directory, self.sync) == 0
        self._create_old()
        for id in (
            "kept",
            "spare",
            "growing",
            *(f"ballast-{n}" for n in range(2 * self.disk.ballast)),
        ):
            assert self.host.create(id, 0, 100) == 0
        descriptors = self.host.descriptors
        self.fill()
        self.creations_fail()
        self.saves_go_on(rounds)
        self.growth_fails()
        self.renewal_is_truthful()
        self.reading_goes_on()
        self.saves_go_on(rounds)
        self.sweeping_makes_room()
        self.fill()
        self.deleting_makes_room()
        assert self.host.descriptors == descriptors
        assert not [name for name in self.names() if name.startswith(".grow-")]

    def _create_old(self) -> None:
        """A session of long ago, for the sweep: by a host whose clock is there."""
        with Limited() as past:
            past.ok("clock", LONG_AGO_US)
            past.ok("open", self.directory, "clock")
            past.ok("create", "old", 0, 100)

    def names(self) -> list[str]:
        """What is in the store's directory."""
        return sorted(os.listdir(self.directory))

    def _left_nothing(self, before: list[str]) -> None:
        left = set(self.names()) - set(before)
        assert not left, f"files were left behind: {left}"
        assert self.names() == before

    def tell(self, name: str, count: int = 1) -> None:
        """Adds to a figure."""
        self.figures[name] = self.figures.get(name, 0) + count

    def fill(self) -> None:
        """Takes all room, or all inodes, until no session finds a place."""
        if self.disk.takes_inodes:
            with suppress(OSError):
                for number in range(10_000):
                    (self.root / f"empty-{number}").touch()
        else:
            self._allocate_until_full()
        refused = made = 0
        while refused < 3 and made < 1000:
            before = self.names()
            error = self.host.create(f"more-{len(before)}", 1, 10)
            assert error == 0 or error in FULL, os.strerror(error)
            if error:
                self._left_nothing(before)
            made += error == 0
            refused = refused + 1 if error else 0
        assert refused == 3

    def _allocate_until_full(self) -> None:
        file = os.open(self.root / "filler", os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            for size in (1 << 24, 1 << 20, 1 << 16, 1 << 12):
                with suppress(OSError):
                    while True:
                        os.posix_fallocate(file, os.fstat(file).st_size, size)
                # What was only promised room is given it.
                with suppress(OSError):
                    os.fsync(file)
        finally:
            os.close(file)

    def _make_room(self) -> None:
        for path in self.root.glob("empty-*"):
            path.unlink()
        with suppress(FileNotFoundError):
            os.truncate(self.root / "filler", 0)
        os.sync()

    def creations_fail(self) -> None:
        """Each answers what it is, and leaves nothing."""
        before = self.names()
        for number in range(10):
            error = self.host.create(f"new-{number}", 1, 10 if number % 2 else 3000)
            assert error in FULL, f"a creation answers {error}"
            self.tell(f"creations refused with {errorcode[error]}")
            self._left_nothing(before)
            assert not self.host.has(f"new-{number}")

    def saves_go_on(self, rounds: int) -> None:
        """In place they need no room; else a refused one changes nothing."""
        for _ in range(rounds):
            n, size, hits = self.acknowledged
            error = self.host.save("kept", n + 1, size)
            self.acknowledged = (n + (error == 0), size, hits)
            self._account(error, "saves acknowledged")
            n, size, hits = self.acknowledged
            error = self.host.increment("kept")
            self.acknowledged = (n, size, hits + (error == 0))
            self._account(error, "increments acknowledged")
        assert self.host.loaded("kept") == self.acknowledged, "a save is lost"

    def _account(self, error: int, name: str) -> None:
        assert error == 0 or (error in FULL and not self.disk.overwrites), os.strerror(error)
        if error:
            assert self.host.loaded("kept") == self.acknowledged
        self.tell("saves refused on btrfs" if error else name)

    def growth_fails(self) -> None:
        """It leaves the old state, and no file of its own."""
        before = self.names()
        for n in range(5):
            error = self.host.save("growing", n, 9000)
            assert error in FULL, f"a growth answers {error}"
            assert self.host.loaded("growing") == (0, 100, 0)
            self._left_nothing(before)
        self.tell("growths refused", 5)

    def renewal_is_truthful(self) -> None:
        """A new id needs a new file: refused, it leaves the session under the old one."""
        before = self.names()
        error, id = self.host.renew("spare")
        assert error in FULL, f"a renewal answers {error}"
        assert id == "spare"
        self._left_nothing(before)
        assert self.host.loaded("spare") == (0, 100, 0)

    def reading_goes_on(self) -> None:
        """As do a walk, a question and a touch."""
        sessions = [name for name in self.names() if not name.startswith(".")]
        assert self.host.count() == len(sessions)
        assert self.host.has("kept")
        assert not self.host.has("nobody")
        error = self.host.touch("kept")
        assert error == 0 or (error in FULL and not self.disk.overwrites)

    def sweeping_makes_room(self) -> None:
        """For a session of the size of what went."""
        before = self.names()
        deleted, remaining = self.host.sweep(3600)
        assert (deleted, remaining) == (1, len(before) - 2)
        assert self.names() == [name for name in before if name != "old"]
        assert self._creates("after-sweep") or self.disk.ballast > 1

    def deleting_makes_room(self) -> None:
        """For what was refused before: a creation, a new id, a growth."""
        self._delete_until(lambda: self._creates("after-delete"))
        self._delete_until(lambda: self.host.renew("spare")[0] == 0)
        assert not self.host.has("spare")
        self._make_room()
        assert self.host.save("growing", 7, 9000) == 0
        assert self.host.loaded("growing") == (7, 9000, 0)
        assert self.host.loaded("kept") == self.acknowledged

    def _creates(self, id: str) -> bool:
        error = self.host.create(id, 1, 10)
        assert error == 0 or error in FULL, os.strerror(error)
        return error == 0

    def _delete_until(self, works: Callable[[], bool]) -> None:
        if works():
            # There may be room left of what went before.
            assert self.disk.ballast > 1
            return
        for deleted in range(1, self.disk.ballast + 1):
            name = next(name for name in self.names() if name.startswith("ballast"))
            assert self.host.delete(name) == 0
            assert not self.host.has(name)
            if self.disk.ballast > 1 and deleted % 20:
                continue
            subprocess.run(["sync", "--file-system", self.root], check=True)
            if works():
                return
        raise AssertionError("there is no room, whatever is deleted")
