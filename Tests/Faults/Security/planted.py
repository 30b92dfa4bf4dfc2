# SPDX-License-Identifier: MIT
"""What somebody may put into the place of a file, and whether it stayed as it was.

Each kind is planted at a name of a store's directory; what it leads to lies outside, where a store
has no business.
"""

from __future__ import annotations

import os
import shutil
import socket
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

FOREIGN = b"root:x:0:0:root:/root:/bin/sh\n" * 200


@dataclass
class Place:
    """Where something is planted."""

    path: Path
    outside: Path
    """A directory beyond the store."""
    session: Path
    """A whole session file of another directory, whose id is the name of `path`."""
    held: list[Any]
    """What must live as long as what is planted."""


def _file(place: Place, content: bytes = FOREIGN) -> Path:
    path = place.outside / "passwd"
    path.write_bytes(content)
    return path


def _link_to(target: Callable[[Place], Path | str]) -> Callable[[Place], None]:
    return lambda place: place.path.symlink_to(target(place))


def _fifo_outside(place: Place) -> Path:
    os.mkfifo(place.outside / "fifo")
    return place.outside / "fifo"


def _fifo(place: Place) -> None:
    os.mkfifo(place.path)


def _fifo_with_a_peer(place: Place) -> None:
    """It has a reader, a writer, and bytes in it that begin as a session does."""
    os.mkfifo(place.path)
    descriptor = os.open(place.path, os.O_RDWR | os.O_NONBLOCK)
    place.held.append(descriptor)
    os.write(descriptor, place.session.read_bytes()[:4096])


def _socket(place: Place) -> None:
    listener = socket.socket(socket.AF_UNIX)
    place.held.append(listener)
    # A socket's path has 108 bytes at most.
    here = os.open(place.path.parent, os.O_PATH)
    try:
        listener.bind(f"/proc/self/fd/{here}/{place.path.name}")
    finally:
        os.close(here)
    listener.listen()


def _directory(place: Place) -> None:
    place.path.mkdir()
    (place.path / "inside").write_bytes(FOREIGN)


def _device(kind: int, major: int, minor: int) -> Callable[[Place], None]:
    def plant(place: Place) -> None:
        try:
            os.mknod(place.path, kind | 0o666, os.makedev(major, minor))
        except PermissionError:
            pytest.skip("devices can't be made here: not root, or not allowed to")

    return plant


def _hard_link_to_a_file(place: Place) -> None:
    place.path.hardlink_to(_file(place))


def _hard_link_to_another_session(place: Place) -> None:
    other = place.outside / "other"
    shutil.copy(place.session.with_name("other"), other)
    place.path.hardlink_to(other)


# Neither files nor what a store makes.
STRANGE: dict[str, Callable[[Place], None]] = {
    "a link to a session of its id": _link_to(lambda place: place.session),
    "a link to a file": _link_to(_file),
    "a link to nothing": _link_to(lambda place: place.outside / "nothing"),
    "a link to itself": _link_to(lambda place: place.path.name),
    "a link to a FIFO": _link_to(_fifo_outside),
    "a link to a directory": _link_to(lambda place: place.outside),
    "a link to a device": _link_to(lambda _: "/dev/full"),
    "a FIFO": _fifo,
    "a FIFO with a peer": _fifo_with_a_peer,
    "a socket": _socket,
    "a directory": _directory,
    "a character device": _device(stat.S_IFCHR, 1, 5),
    "a terminal": _device(stat.S_IFCHR, 5, 0),
    "a block device": _device(stat.S_IFBLK, 7, 240),
}
# Second names of files that lie elsewhere.
HARD_LINKS: dict[str, Callable[[Place], None]] = {
    "a hard link to a file": _hard_link_to_a_file,
    "a hard link to another session": _hard_link_to_another_session,
}
KINDS = {**STRANGE, **HARD_LINKS}


def _look(path: Path, with_times: bool) -> tuple[object, ...]:
    found = path.lstat()
    content: object = None
    if path.is_symlink():
        content = os.readlink(path)
    elif path.is_dir():
        content = sorted(name for name in os.listdir(path))
    elif stat.S_ISREG(found.st_mode):
        content = path.read_bytes()
    facts = (found.st_mode, found.st_ino, found.st_dev, found.st_rdev, found.st_uid, found.st_gid)
    return (*facts, found.st_nlink, content, found.st_mtime_ns if with_times else None)


@dataclass
class Planted:
    """Something planted, as it was then."""

    place: Place
    before: dict[Path, tuple[object, ...]]

    def _seen(self) -> dict[Path, tuple[object, ...]]:
        paths = [*self.place.outside.rglob("*"), self.place.session, self.place.path]
        if self.place.path.is_dir() and not self.place.path.is_symlink():
            paths += self.place.path.rglob("*")
        # A touch goes by the name, and sets the time of what stands there: of nothing else.
        return {
            path: _look(path, not _is_same(path, self.place.path)) for path in paths if _is(path)
        }

    def assert_untouched(self) -> None:
        """It is there as it was planted, and so is what it leads to."""
        assert self._seen() == self.before

    def assert_target_whole(self) -> None:
        """What lies outside has the content, owner and mode that it had; the names of a file, and
        its times, are not its own alone."""
        assert {path: facts[:6] + facts[7:8] for path, facts in self._outside(self._seen())} == {
            path: facts[:6] + facts[7:8] for path, facts in self._outside(self.before)
        }

    def _outside(
        self, seen: dict[Path, tuple[object, ...]]
    ) -> Iterator[tuple[Path, tuple[object, ...]]]:
        return ((path, facts) for path, facts in seen.items() if path != self.place.path)


def _is(path: Path) -> bool:
    return path.is_symlink() or path.exists()


def _is_same(path: Path, other: Path) -> bool:
    """Whether two names are of one file, no link followed."""
    left, right = path.lstat(), other.lstat() if _is(other) else None
    return right is not None and (left.st_dev, left.st_ino) == (right.st_dev, right.st_ino)


@contextmanager
def planted(kind: str, path: Path, session: Path) -> Iterator[Callable[[], Planted]]:
    """Answers what puts a kind in the place of `path`, when it is called, and takes what stood
    there away."""
    outside = path.parent.with_name("outside")
    outside.mkdir(exist_ok=True)
    place = Place(path, outside, session, [])

    def plant() -> Planted:
        with suppress(FileNotFoundError):
            path.unlink()
        KINDS[kind](place)
        made = Planted(place, {})
        made.before = made._seen()
        return made

    try:
        yield plant
    finally:
        for held in place.held:
            if isinstance(held, int):
                os.close(held)
            else:
                held.close()
