# SPDX-License-Identifier: MIT
"""Damage to session files, what the independent reader makes of it, and what the library does.

programs/corrupt_loader.c says how damage and outcomes are written down.
"""

from __future__ import annotations

import random
import struct
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import format1
import format1_bad
import format1_good
from format1_checksums import crc32c
from format1_golden import BAD, GOOD, STORES, index
from format1_messagepack import Malformed
from places import GOLDEN, environment, program

__all__ = ["STORES", "format1"]

OK, NOT_FOUND, E_CORRUPT, E_FORMAT, E_GONE, E_RANGE = 0, 1, -4, -5, -8, -13
# A flip within a payload of more bytes is judged by the rule that a checksum finds every flip: to
# compute each in Python would take days.
LONG_PAYLOAD = 4096
SAMPLE = 20
# Of larger files little is tried: to judge one takes as long as to judge a hundred small ones.
LARGE = 16_384
SHIFTED = 4096
LAST_REVISION = 2**64 - 1
_SAME = 0xFFFFFFFF
_OUTCOME = struct.Struct("<iiiQQIqI")


class Verb(IntEnum):
    """What becomes of the bytes at an offset."""

    REPLACE = 0
    INSERT = 1
    DELETE = 2


class Corruption(NamedTuple):
    """One way to damage a file."""

    verb: Verb
    offset: int
    data: bytes
    size: int
    """Of the file afterwards: cut, or filled up with zeros."""

    def applied(self, file: bytes) -> bytes:
        """The damaged file."""
        rest = self.offset + (0 if self.verb == Verb.INSERT else len(self.data))
        given = b"" if self.verb == Verb.DELETE else self.data
        changed = file[: self.offset] + given + file[rest:]
        return changed[: self.size].ljust(self.size, b"\0")

    def packed(self) -> bytes:
        """A line for corrupt_loader."""
        head = struct.pack("<BIII", self.verb, self.offset, self.size, len(self.data))
        return head if self.verb == Verb.DELETE else head + self.data


@dataclass(frozen=True)
class Golden:
    """A file of Tests/Fixtures."""

    name: str
    id: str
    data: bytes
    answer: str

    def slots(self) -> format1.Slots:
        """Its slots; two bad ones where its head is."""
        try:
            return format1.parse_slots(self.data, self.id)
        except (format1.Corrupt, format1.LaterFormat):
            return format1.Slots(False, False)

    def original_states(self) -> set[Judged]:
        """What writers stored in it: both slots, each by itself."""
        slots = self.slots()
        found = (judged_record(slot, self.id) for slot in (slots.a, slots.b) if slot is not True)
        return {state for state in found if isinstance(state, Judged)}


class Judged(NamedTuple):
    """A session that was loaded."""

    revision: int
    incarnation: int
    checksum: int
    created_us: int
    payload: bytes


class Outcome(NamedTuple):
    """What the library did to a damaged file."""

    loaded: Judged | int
    saved: int
    """The status of a save: of what was loaded, or else of what was loaded before the damage."""
    replaced: int
    """Where nothing was loaded: the status of a new session's save."""


# What the bad files were made of.
SOUND = [
    Golden("before the damage", format1_good.ID, data, "good")
    for data in (format1_bad.PLAIN, format1_bad.TWO_SLOTS, format1_bad.LARGE)
]


def golden_files() -> list[Golden]:
    """All session files of Tests/Fixtures, the smallest first."""
    files = [
        Golden(
            f"{folder.name}/{entry['file']}",
            entry["id"],
            (folder / entry["file"]).read_bytes(),
            entry.get("answer", "good"),
        )
        for folder in (GOOD, BAD)
        for entry in index(folder)
    ]
    assert all(folder.parent == GOLDEN for folder in (GOOD, BAD))
    return sorted(files, key=lambda file: (len(file.data), file.name))


# Damage


def flips(file: bytes, bits: Iterable[int]) -> Iterator[Corruption]:
    """Single bits, counted from the first byte's lowest."""
    for bit in bits:
        offset = bit >> 3
        flipped = bytes([file[offset] ^ 1 << (bit & 7)])
        yield Corruption(Verb.REPLACE, offset, flipped, len(file))


def cuts(file: bytes, lengths: Iterable[int]) -> Iterator[Corruption]:
    """The file ends early."""
    return (Corruption(Verb.REPLACE, 0, b"", length) for length in lengths)


def insertions(file: bytes, offsets: Iterable[int], data: bytes) -> Iterator[Corruption]:
    """Bytes come in between, and the file gets longer by them."""
    return (Corruption(Verb.INSERT, at, data, len(file) + len(data)) for at in offsets)


def shifts(file: bytes, offsets: Iterable[int]) -> Iterator[Corruption]:
    """A byte comes in between, or is missing, and the file is as long as it was."""
    for at in offsets:
        yield Corruption(Verb.INSERT, at, file[at : at + 1], len(file))
        yield Corruption(Verb.DELETE, at, b"\0", len(file))


def replaced(file: bytes, other: bytes) -> Corruption:
    """Another file stands in its place."""
    return Corruption(Verb.REPLACE, 0, other[: len(file)].ljust(len(file), b"\0"), len(other))


def whole(file: bytes, other: bytes) -> Corruption:
    """Another file, of whatever length, stands in its place."""
    if len(other) <= len(file):
        return Corruption(Verb.REPLACE, 0, other, len(other))
    return Corruption(Verb.INSERT, 0, other, len(other))


def places(golden: Golden, chance: random.Random, count: int) -> list[int]:
    """Offsets: where things begin and end, and some at random."""
    size = len(golden.data)
    slot = format1.slot_size(size)
    edges = [0, 7, 8, 10, 11, 12, 16, 28, 31, 32, 511]
    for start in (512, 512 + slot):
        edges += [start, start + 8, start + 16, start + 24, start + 28, start + 31, start + 32]
    edges += [chance.randrange(max(1, size)) for _ in range(count)]
    return sorted({at for at in edges if at < size})


def sampled(golden: Golden) -> list[Corruption]:
    """Some damage of each kind, the same in every run."""
    chance = random.Random(golden.name)
    file, at = golden.data, places(golden, chance, SAMPLE)
    if len(file) > LARGE:
        at = chance.sample(at, 6)
    return [
        *flips(file, [8 * offset + chance.randrange(8) for offset in at]),
        *cuts(file, [*at, len(file)]),
        *insertions(file, at, bytes([chance.randrange(256)])),
        *shifts(file, [offset for offset in at if offset < SHIFTED]),
    ]


def resealed(file: bytes, id: str, slot: int) -> bytes:
    """A file with the checksums of head and of one slot made right."""
    sealed = bytearray(file)
    sealed[28:32] = struct.pack("<I", crc32c(file[:28]))
    start = 512 + slot * format1.slot_size(len(file))
    length = int.from_bytes(file[start + 24 : start + 28], "little")
    covered = file[start : start + 28] + file[start + 32 : start + 32 + length]
    sealed[start + 28 : start + 32] = struct.pack("<I", crc32c(id.encode() + covered))
    return bytes(sealed)


# Judgement


@lru_cache(maxsize=1 << 14)
def _header_judged(head: bytes, size: int) -> int:
    try:
        format1.check_header(head, size)
    except format1.Corrupt:
        return E_CORRUPT
    except format1.LaterFormat:
        return E_FORMAT
    return OK


@lru_cache(maxsize=1 << 12)
def _slot_judged(head_and_payload: bytes, room: int, id: str) -> format1.Record | bool:
    return format1.parse_slot(head_and_payload.ljust(room, b"\0"), id)


@lru_cache(maxsize=1 << 12)
def judged_record(record: format1.Record | bool, id: str) -> Judged | int:
    """The session of the slot that counts."""
    if not isinstance(record, format1.Record):
        return E_CORRUPT
    try:
        payload = format1.decode_payload(record.payload)
    except Malformed:
        return E_CORRUPT
    checksum = int.from_bytes(record.encode(id)[28:32], "little")
    canonical = format1.encode_payload(payload)
    return Judged(record.revision, record.incarnation, checksum, record.created_us, canonical)


def _meaning(slot: bytes) -> bytes:
    """Head and payload of a slot: the rest means nothing."""
    length = int.from_bytes(slot[24:28], "little")
    return slot[: format1.RECORD_HEAD + min(length, len(slot))]


def judged(file: bytes, id: str) -> Judged | int:
    """What the independent reader makes of a file at rest: as format1.read_file, but it remembers
    what it found in equal slots."""
    if not file:
        return NOT_FOUND
    answer = _header_judged(file[: format1.RECORD_HEAD], len(file))
    if answer != OK:
        return answer
    size = format1.slot_size(len(file))
    start = format1.SECTOR
    slots = format1.Slots(
        *(
            _slot_judged(_meaning(slot), size, id)
            for slot in (file[start : start + size], file[start + size : start + 2 * size])
        )
    )
    newest = slots.newest
    return judged_record(newest[1], id) if newest else E_CORRUPT


def judged_flip(golden: Golden, bit: int, slots: format1.Slots) -> Judged | int | None:
    """What is left of a large file by rules, where one says something: a checksum finds a flip in a
    long payload, and one behind a record means nothing."""
    size = format1.slot_size(len(golden.data))
    place = bit >> 3
    if len(golden.data) <= LARGE or place < format1.SECTOR:
        return None
    for slot, start in ((slots.a, format1.SECTOR), (slots.b, format1.SECTOR + size)):
        if not start + format1.RECORD_HEAD <= place < start + size:
            continue
        length = len(slot.payload) if isinstance(slot, format1.Record) else 0
        if place >= start + format1.RECORD_HEAD + length:
            return judged(golden.data, golden.id)
        if length > LONG_PAYLOAD:
            return judged_record(slots.b if slot is slots.a else slots.a, golden.id)
    return None


# The library


def is_truthful(outcome: Outcome, was_good: bool) -> bool:
    """Whether the saves after a load say what the load said."""
    loaded = outcome.loaded
    if isinstance(loaded, Judged):
        return outcome.saved == (E_RANGE if loaded.revision == LAST_REVISION else OK)
    if loaded == NOT_FOUND:
        return outcome.saved in ((E_GONE, E_RANGE) if was_good else (OK,))
    # One that counts no further is refused before the file is looked at.
    return (
        outcome.saved in ((loaded, E_RANGE) if was_good else (OK,)) and outcome.replaced == loaded
    )


def outcomes(
    golden: Golden, corruptions: Iterable[Corruption], directory: Path, id: str | None = None
) -> Iterator[Outcome]:
    """What the library does to each damaged file; a rule of corrupt_loader that was broken is an
    AssertionError."""
    directory.mkdir(exist_ok=True)
    given, made = directory / "corruptions", directory / "outcomes"
    (directory / "file").write_bytes(golden.data)
    with given.open("wb") as stream:
        stream.writelines(corruption.packed() for corruption in corruptions)
    run = subprocess.run(
        [
            program("corrupt_loader"),
            directory / "sessions",
            id or golden.id,
            directory / "file",
            given,
            made,
        ],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=7200,
        check=False,
    )
    assert run.returncode == 0, f"{golden.name}: {run.stderr or run.returncode}"
    payload = b""
    with made.open("rb") as stream:
        while head := stream.read(_OUTCOME.size):
            load, saved, replaced, revision, incarnation, checksum, created, length = (
                _OUTCOME.unpack(head)
            )
            if length != _SAME:
                payload = stream.read(length)
            session = Judged(revision, incarnation, checksum, created, payload)
            yield Outcome(session if load == OK else load, saved, replaced)
