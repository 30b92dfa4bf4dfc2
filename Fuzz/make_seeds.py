# SPDX-License-Identifier: MIT
"""Writes the fuzzers' first inputs, made of the golden files: usage: make_seeds.py DIRECTORY

Each target gets a folder. scripts/fuzz minimises them, with what it found, into Fuzz/Corpus.
"""

from __future__ import annotations

import json
import random
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

FIXTURES = Path(__file__).resolve().parents[1] / "Tests" / "Fixtures"
SECTOR, HEAD, PAGE = 512, 32, 4096
LARGEST = 8192
RAW, MEND_ALL = 128, 7
COOKIE_NAMES = (b"session3", b"__Host-id", b"")
# The leads that a number of so many bytes follows.
WIDTHS = {
    **dict.fromkeys((0xC4, 0xC7, 0xCC, 0xD0, 0xD9), 1),
    **dict.fromkeys((0xC5, 0xC8, 0xCD, 0xD1, 0xDA, 0xDC, 0xDE), 2),
    **dict.fromkeys((0xC6, 0xC9, 0xCA, 0xCE, 0xD2, 0xDB, 0xDD, 0xDF), 4),
    **dict.fromkeys((0xCB, 0xCF, 0xD3), 8),
}
HEADER_LIMIT = 8192
SCRIPTS = 30
STEPS = 40


def session_files() -> Iterator[bytes]:
    """The golden files that are not too large, good and bad."""
    for folder in ("good", "bad"):
        for entry in json.loads((FIXTURES / folder / "golden.json").read_text()):
            file = (FIXTURES / folder / entry["file"]).read_bytes()
            if len(file) <= LARGEST:
                yield file


def slots(file: bytes) -> list[bytes]:
    """The two slots of a file, as much of each as its length says."""
    size = (len(file) - SECTOR) // 2 // SECTOR * SECTOR
    found = []
    for start in (SECTOR, SECTOR + size):
        slot = file[start : start + size]
        length = int.from_bytes(slot[24:28], "little")
        found.append(slot[: HEAD + length] if len(slot) >= HEAD else b"")
    return found


def payloads(file: bytes) -> list[bytes]:
    """What the slots hold."""
    return [slot[HEAD:] for slot in slots(file) if len(slot) > HEAD]


def record_seeds() -> Iterator[bytes]:
    """As Fuzz/Targets/RecordTarget.swift reads them."""
    for file in session_files():
        if len(file) < PAGE or len(file) % PAGE:
            yield bytes([RAW]) + file[:PAGE]
            continue
        a, b = slots(file)
        blocks = len(file) // PAGE - 1
        # As they are the checksums of most are wrong for the target's id, beside a valid rest.
        for mended in (0, MEND_ALL):
            yield bytes([mended, blocks]) + file[:HEAD] + struct.pack("<H", len(a)) + a + b


def forms() -> Iterator[bytes]:
    """A value in each form that has a number or a length, small and large for it, and cut short."""
    for lead, size in WIDTHS.items():
        for number in (0, 1, 31, 32, 127, 128, 255, 256, 65535, 65536, 2**31, 2**64 - 1):
            if number < 1 << 8 * size:
                head = bytes([lead]) + number.to_bytes(size, "big")
                yield head
                yield head + b"a" * min(number, 300)
                yield head + b"\xff" + b"a" * min(number, 12)
    for text in ("\0", "\x7f", "\x80", "\u07ff", "\u0800", "\uffff", "\U00010000", "\U0010ffff"):
        encoded = text.encode()
        for count in range(1, len(encoded) + 1):
            yield bytes([0xA0 | count]) + encoded[:count]


def messagepack_seeds() -> Iterator[bytes]:
    """Payloads, which begin with maps and hold every form, and each form alone and in a payload."""
    for file in session_files():
        yield from payloads(file)
    for form in forms():
        yield form
        yield b"\x81\xa1k" + form


def merge_seeds() -> Iterator[bytes]:
    """As Fuzz/Targets/MergeTarget.swift reads them: three payloads, or one and edits."""
    found = sorted({payload for file in session_files() for payload in payloads(file)})
    chance = random.Random(1)
    for base in found:
        theirs, ours = chance.choice(found), chance.choice(found)
        yield b"\0" + struct.pack("<HH", len(base), len(theirs)) + base + theirs + ours
        edits = chance.randbytes(24)
        yield b"\1" + struct.pack("<HH", len(base), 12) + base + edits


def cookie_seeds() -> Iterator[bytes]:
    """As Fuzz/Targets/CookieTarget.swift reads them."""
    for name in COOKIE_NAMES:
        headers = [
            b'%b=abc; other=1; %b="two"' % (name, name),
            b' %b \t=\t x ;;=;%b=="' % (name, name),
            *(name + b"=" + value for value in (b"", b'"', b'""', b'" "', b'"a', b"\t", b'\t"\t')),
            b"/path%b; Path=/" % name,
            b"example.org/",
            b"a=b;" * 2048 + name + b"=beyond",
        ]
        for length in range(HEADER_LIMIT - 2, HEADER_LIMIT + 3):
            headers.append((name + b"=").ljust(length, b"y"))
            headers.append((name + b"=").ljust(length, b"y") + b";" + name + b"=")
        for header in headers:
            for flags in (0, 65, 129, 255) if len(header) < 100 else (0,):
                yield bytes([len(name)]) + name + bytes([flags]) + header


def stories() -> Iterator[bytes]:
    """What happens to two copies of one session, as Fuzz/Targets/StoreTarget.swift reads it."""
    new, fresh, load = b"\x00\x00\x00", b"\x00\x00\xff", b"\x01\x01\x00"
    create, renew, delete = b"\x0f\x00", b"\x10\x00\x00", b"\x12\x00"
    hour, back, steps = (
        b"\x1f\x04",
        b"\x1f\x05",
        (b"\x1f\x03", b"\x16\x0a", b"\x1f\x00", b"\x16\x0a"),
    )

    def put(slot: int, key: int, value: int) -> bytes:
        return bytes([4, slot, key, 0, value])

    def user(slot: int, name: int) -> bytes:
        return bytes([7, slot, name])

    def save(slot: int, policy: int = 0) -> bytes:
        return bytes([12, slot, policy])

    stored = new + put(0, 1, 1) + save(0)
    both = stored + load
    for policy in range(10):
        yield both + put(0, 1, 2) + save(0) + put(1, 1, 3) + put(1, 2, 3) + save(1, policy)
        yield both + delete + put(1, 1, 3) + save(1, policy) + save(0, policy)
        yield both + delete + stored + put(1, 1, 3) + save(1, policy)
        yield (
            both + renew + put(1, 1, 3) + save(1, policy) + save(1, policy) + put(0, 2, 1) + save(0)
        )
        yield both + user(0, 1) + renew + put(1, 1, 3) + save(1, policy) + b"\x11\x01"
        yield (
            new + user(0, 1) + save(0) + load + renew + put(1, 1, 3) + user(1, 2) + save(1, policy)
        )
    yield stored + b"".join(steps) + hour + back + b"\x16\x00" + save(0)
    yield both + b"\x09\x00" * 3 + save(0) + b"\x15\x00\x00" * 2 + save(1) + b"\x0a\x00\x00\x00"
    yield fresh + put(0, 1, 1) + create + create + renew + b"\x14\x05\x01\x7f" * 3 + b"\x18"
    yield stored + bytes([4, 0, 2, 2, 255]) + save(0) + bytes([5, 0, 3, 2, 200]) + save(0)
    for acts in range(64):
        yield stored + bytes([26, 0, acts, acts]) + bytes([27, 5, acts ^ 1, 1])


def store_seeds() -> Iterator[bytes]:
    """Programs for Fuzz/Targets/StoreTarget.swift, on either store: told ones and random ones."""
    for number, story in enumerate(stories()):
        for flags in (number % 32, number % 32 ^ 1):
            yield bytes([flags]) + story
    chance = random.Random(2)
    for number in range(SCRIPTS):
        yield bytes([number]) + chance.randbytes(STEPS * 4)


SEEDS = {
    "record": record_seeds,
    "messagepack": messagepack_seeds,
    "merge": merge_seeds,
    "cookie": cookie_seeds,
    "store": store_seeds,
}


def main() -> None:
    """Writes a folder for each target."""
    directory = Path(sys.argv[1])
    for target, seeds in SEEDS.items():
        folder = directory / target
        folder.mkdir(parents=True, exist_ok=True)
        for number, seed in enumerate(seeds()):
            (folder / f"seed-{number:03}").write_bytes(seed)


if __name__ == "__main__":
    main()
