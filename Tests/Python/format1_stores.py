# SPDX-License-Identifier: MIT
"""The golden files of .session3, the store's own file: what opening such a store must answer."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from format1 import encode_store_file
from format1_bad import CORRUPT, FORMAT, flipped
from format1_checksums import crc32c, short_hash

SALT = bytes(range(16))
IDS = ("session", "-", "aZ09_-" * 21 + "aZ", "", "no id, but a cookie may say so")
SYNC_NONE, SYNC_DATA = 1, 2


@dataclass(frozen=True)
class StoreFile:
    name: str
    about: str
    file: bytes
    answer: str = "good"
    sync: int = SYNC_NONE
    salt: bytes = field(default=SALT)

    def entry(self) -> dict[str, Any]:
        entry: dict[str, Any] = {
            "file": f"{self.name}.session3",
            "about": self.about,
            "answer": self.answer,
        }
        if self.answer == "good":
            hashes = {id: short_hash(self.salt, id) for id in IDS}
            entry.update(sync=self.sync, salt=self.salt.hex(), short_hashes=hashes)
        return entry


def all_stores() -> Iterator[StoreFile]:
    none = encode_store_file(SYNC_NONE, SALT)
    yield StoreFile("sync_none", "sync mode 1", none)
    salt = bytes(range(255, 239, -1))
    yield StoreFile(
        "sync_data",
        "sync mode 2, another salt",
        encode_store_file(SYNC_DATA, salt),
        sync=SYNC_DATA,
        salt=salt,
    )
    yield StoreFile(
        "low_flags", "flags that may be ignored", encode_store_file(SYNC_NONE, SALT, flags=0x00FF)
    )
    yield StoreFile("longer", "64 bytes count", none + b"of a later version")
    reserved = none[:32] + b"reserved".ljust(28, b"\0")
    yield StoreFile("reserved_bytes", "reserved bytes are in use", sealed(reserved))
    yield StoreFile("empty", "no bytes", b"", CORRUPT)
    yield StoreFile("cut", "63 bytes", none[:63], CORRUPT)
    yield StoreFile("wrong_magic", "something else", sealed(b"SESSION4" + none[8:60]), CORRUPT)
    for name, offset in {
        "magic": 0,
        "format": 8,
        "sync": 12,
        "salt": 16,
        "reserved": 40,
        "checksum": 63,
    }.items():
        yield StoreFile(
            f"flipped_{name}", f"a bit flipped at {offset}", flipped(none, offset), CORRUPT
        )
    head = none[:8] + struct.pack("<H", 2) + none[10:60]
    yield StoreFile("format_2", "the next format", sealed(head), FORMAT)
    yield StoreFile(
        "high_flag",
        "a flag that must be understood",
        encode_store_file(SYNC_NONE, SALT, flags=0x0100),
        FORMAT,
    )
    for sync in (0, 3):
        yield StoreFile(
            f"sync_{sync}", "an unknown sync mode", encode_store_file(sync, SALT), FORMAT
        )


def sealed(head: bytes) -> bytes:
    """A store's file of its first 60 bytes."""
    return head + struct.pack("<I", crc32c(head))
