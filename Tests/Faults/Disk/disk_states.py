# SPDX-License-Identifier: MIT
"""The states in which a disk may be found after a power cut, by what was asked of it.

What was not synced may have reached the disk or not: each sector of 512 bytes by itself, in any of
the contents that it had since the last sync; the size of a file apart from its bytes, also in part;
each change of a name apart from the others and from the file. What was synced is there. That is
more than any file system on a disk does, and so holds for all of them.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

SECTOR = 512


@dataclass(frozen=True)
class Scale:
    """How many states of one moment are tried: if they are no more than `all`, every one, else as
    many as `sample`, by chance, and those where all parts but one are old or new."""

    all: int
    sample: int


@dataclass(frozen=True)
class StoredFile:
    """A file on the disk; two names may stand for one."""

    inode: int
    content: bytes


# The files of a directory, by their names.
State = dict[str, StoredFile]


@dataclass(frozen=True)
class Event:
    """One line of preload/disk_recorder.c."""

    call: str
    words: tuple[str, ...] = ()


def read_record(path: Path) -> list[list[Event]]:
    """The events before the first mark, between the first and the second, and so on."""
    parts: list[list[Event]] = [[]]
    for line in path.read_text().splitlines():
        call, *words = line.split()
        if call == "mark":
            parts.append([])
        else:
            parts[-1].append(Event(call, tuple(words)))
    return parts


@dataclass
class CachedFile:
    """A file in the kernel's memory, and what of it may be on the disk."""

    content: bytes
    # What each sector held since the last sync, the durable content first; one entry: no choice.
    sectors: dict[int, list[bytes]] = field(default_factory=dict)
    sizes: list[int] = field(default_factory=list)
    durable: bytes = b""

    def write(self, offset: int, data: bytes) -> None:
        """pwrite(2)"""
        if not self.sizes:
            self.durable = self.content
            self.sizes = [len(self.content)]
        before = self.content.ljust(offset + len(data), b"\0")
        self.content = before[:offset] + data + before[offset + len(data) :]
        # The disk may have been told of a part of a new size.
        first = self.sizes[-1] // SECTOR * SECTOR + SECTOR
        self.sizes += [*range(first, len(self.content), SECTOR)]
        if self.sizes[-1] != len(self.content):
            self.sizes.append(len(self.content))
        for index in range(offset // SECTOR, -(-(offset + len(data)) // SECTOR)):
            held = self.sectors.setdefault(index, [sector(self.durable, index)])
            now = sector(self.content, index)
            if now not in held:
                held.append(now)

    def sync(self) -> None:
        """fdatasync(2)"""
        self.sectors, self.sizes = {}, []

    def choices(self) -> list[int]:
        """How many contents each part may have: the size, then the sectors that were written."""
        return [max(1, len(self.sizes)), *(len(held) for held in self.sectors.values())]

    def chosen(self, choice: tuple[int, ...]) -> bytes:
        """The content that a choice of parts makes."""
        if not self.sizes:
            return self.content
        size = self.sizes[choice[0]]
        data = bytearray(self.durable.ljust(len(self.content), b"\0"))
        for index, held, which in zip(self.sectors, self.sectors.values(), choice[1:], strict=True):
            # The content of a sector that was never written, or not yet, is zero.
            data[index * SECTOR : (index + 1) * SECTOR] = held[which]
        return bytes(data[:size])


def sector(content: bytes, index: int) -> bytes:
    """A sector of a file, with zero bytes behind its end."""
    return content[index * SECTOR : (index + 1) * SECTOR].ljust(SECTOR, b"\0")


class Directory:
    """A directory of a disk, which was at rest at first."""

    def __init__(self, inode: int, state: State) -> None:
        self._files = {file.inode: CachedFile(file.content) for file in state.values()}
        self._durable = {name: self._files[file.inode] for name, file in state.items()}
        self._names = dict(self._durable)
        self._inode = inode
        # What each change of names since the last sync put under which name; None: nothing.
        self._changes: list[dict[str, CachedFile | None]] = []

    def apply(self, event: Event) -> None:
        """Does what was asked of the disk."""
        call, words = event.call, event.words
        if call == "create":
            file = self._files[int(words[1])] = CachedFile(b"")
            self._change({words[2]: file})
        elif call == "rename":
            self._change({words[1]: None, words[2]: self._names[words[1]]})
        elif call == "link":
            self._change({words[2]: self._names[words[1]]})
        elif call == "unlink":
            self._change({words[1]: None})
        elif call == "write":
            self._files[int(words[0])].write(int(words[1]), bytes.fromhex(words[2]))
        elif call == "sync" and int(words[0]) == self._inode:
            self._durable = dict(self._names)
            self._changes = []
        elif call == "sync":
            self._files[int(words[0])].sync()

    def _change(self, change: dict[str, CachedFile | None]) -> None:
        self._changes.append(change)
        self._names = changed(self._names, change)

    def states(self, scale: Scale, chance: random.Random) -> Iterator[State]:
        """What a power cut may leave, some of it twice."""
        touched = {id(file): file for file in self._files.values() if file.sizes}
        # A file that no name leads to does not show.
        files = list(touched.values())
        parts = [2] * len(self._changes) + [n for file in files for n in file.choices()]
        if math.prod(parts) <= scale.all:
            chosen: Iterator[tuple[int, ...]] = itertools.product(*map(range, parts))
        else:
            chosen = sampled(parts, scale.sample, chance)
        for choice in chosen:
            yield self._state(choice, files)

    def _state(self, choice: tuple[int, ...], files: list[CachedFile]) -> State:
        names = self._durable
        for is_there, change in zip(choice, self._changes, strict=False):
            if is_there:
                names = changed(names, change)
        offset = len(self._changes)
        contents: dict[int, bytes] = {}
        for file in files:
            count = len(file.choices())
            contents[id(file)] = file.chosen(choice[offset : offset + count])
            offset += count
        return {
            name: StoredFile(id(file), contents.get(id(file), file.content))
            for name, file in names.items()
        }

    def cached(self) -> dict[str, bytes]:
        """What a process sees that reads the directory."""
        return {name: file.content for name, file in self._names.items()}


def changed(
    names: dict[str, CachedFile], change: dict[str, CachedFile | None]
) -> dict[str, CachedFile]:
    """Names after one change of them."""
    after: dict[str, CachedFile | None] = {**names, **change}
    return {name: file for name, file in after.items() if file is not None}


def sampled(parts: list[int], count: int, chance: random.Random) -> Iterator[tuple[int, ...]]:
    """Some of the choices: all parts old, all new, all but one, then random ones."""
    old, new = [0] * len(parts), [count - 1 for count in parts]
    yield tuple(old)
    yield tuple(new)
    for index, choices in enumerate(parts):
        yield (*old[:index], choices - 1, *old[index + 1 :])
        yield (*new[:index], 0, *new[index + 1 :])
    for _ in range(count):
        # Mostly there, mostly not, or half and half.
        share = chance.choice((0.1, 0.5, 0.9))
        yield tuple(
            chance.randrange(choices) if chance.random() < share else base
            for choices, base in zip(parts, chance.choice((old, new)), strict=True)
        )
