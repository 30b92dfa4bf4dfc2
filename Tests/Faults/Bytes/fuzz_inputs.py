# SPDX-License-Identifier: MIT
"""The fuzzers' inputs: where they are, and session files of them, as Fuzz/Targets say."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from corruptions import format1, resealed
from format1_checksums import crc32c
from places import ROOT

# The id that Fuzz/Targets/RecordTarget.swift makes checksums for.
ID = "dGhlLXNlc3Npb24taWQtMQ"
IN_AN_ATTRIBUTE = b"\x81\xaaattributes\x81\xa1k"


def file_of(payload: bytes) -> bytes:
    """A session file with a payload, under checksums that are right."""
    return format1.encode_file(ID, format1.Record(1, 0, 0, payload))


def taken(data: bytes, *counts: int) -> list[bytes]:
    """Parts of an input from its front, so many bytes each, and what is left; behind its end there
    is nothing."""
    parts = []
    for count in counts:
        parts.append(data[:count])
        data = data[count:]
    return [*parts, data]


def number(data: bytes) -> int:
    return int.from_bytes(data, "little")


def files_of_record(data: bytes) -> Iterator[bytes]:
    """As RecordTarget.swift makes a file of its input."""
    first, data = taken(data, 1)
    flags = number(first)
    image = data if flags & 128 else compact_image(data, mends_lengths=bool(flags & 8))
    if flags & 1 and len(image) >= 32:
        crc = crc32c(image[:28]).to_bytes(4, "little")
        image = image[:28] + crc + image[32:]
    for slot in range(2):
        if flags & 2 << slot:
            image = mended(image, slot)
    yield image


def compact_image(data: bytes, *, mends_lengths: bool) -> bytes:
    """A file of which an input holds the head, and both slots without the zeros behind them."""
    first, head, length, data = taken(data, 1, 32, 2)
    blocks = number(first)
    image = bytearray(4096 * (blocks % 4 + 1) - max(0, blocks - 247))
    size = format1.slot_size(len(image))
    image[: len(head)] = head
    for index, slot in enumerate(taken(data, number(length))):
        slot = slot[:size]
        if mends_lengths and len(slot) >= 32:
            slot = slot[:24] + (len(slot) - 32).to_bytes(4, "little") + slot[28:]
        start = 512 + index * size
        image[start : start + len(slot)] = slot
    return bytes(image)


def mended(image: bytes, slot: int) -> bytes:
    """The file with a good checksum in a slot, if that has one."""
    start = 512 + slot * (format1.slot_size(len(image)) if len(image) >= 512 else 0)
    if start + 32 > len(image) or number(image[start + 24 : start + 28]) > len(image) - start - 32:
        return image
    return image[:32] + resealed(image, ID, slot)[32:] if len(image) >= 32 else image


def files_of_messagepack(data: bytes) -> Iterator[bytes]:
    """Any bytes, as a payload and as an attribute."""
    yield file_of(data)
    yield file_of(IN_AN_ATTRIBUTE + data)


def files_of_merge(data: bytes) -> Iterator[bytes]:
    """Three payloads; of some inputs two are edits, which are bytes as any."""
    _, base, theirs, data = taken(data, 1, 2, 2)
    yield from map(file_of, taken(data, number(base), number(theirs)))


FILES: dict[str, Callable[[bytes], Iterator[bytes]]] = {
    "record": files_of_record,
    "messagepack": files_of_messagepack,
    "merge": files_of_merge,
}
"""The session files of an input, by its target."""


def make_seeds(directory: Path) -> Path:
    """The first inputs, which are made of the golden files: a folder for each target."""
    subprocess.run([sys.executable, ROOT / "Fuzz" / "make_seeds.py", directory], check=True)
    return directory


def folders_of(target: str, *more: Path) -> list[Path]:
    """The folders of a target's inputs that are there: kept ones, and those of more places."""
    places = [ROOT / "Fuzz" / "Corpus", ROOT / "Fuzz" / "FailCases", *more]
    return [place / target for place in places if (place / target).is_dir()]


def inputs_of(target: str, *more: Path) -> list[Path]:
    """A target's inputs."""
    return sorted(
        path for folder in folders_of(target, *more) for path in folder.iterdir() if path.is_file()
    )
