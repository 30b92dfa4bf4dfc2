# SPDX-License-Identifier: MIT
"""Hosts of the library, driven by the golden file tests."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, NamedTuple

from format1 import (
    SECTOR,
    Corrupt,
    LaterFormat,
    NotFound,
    Record,
    encode_payload,
    parse_slots,
    read_file,
    slot_size,
)

GOLDEN_C = Path(__file__).resolve().parents[2] / "build" / "Tests" / "Fixtures" / "golden_c"

OK, NO_SESSION, E_INVALID, E_CORRUPT, E_FORMAT, E_EXISTS = 0, 1, -1, -4, -5, -7
STATUS = {"good": OK, "not found": NO_SESSION, "corrupt": E_CORRUPT, "format": E_FORMAT}


class Loaded(NamedTuple):
    """What golden_c tells of a session."""

    revision: int
    incarnation: int
    checksum: int
    created_us: int
    accessed_us: int
    payload: bytes


class CHost:
    """A process of golden_c on one directory."""

    def __init__(self, directory: Path) -> None:
        program = os.environ.get("SESSION3_GOLDEN_C", str(GOLDEN_C))
        self.process = subprocess.Popen(
            [program, str(directory)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.status = int(self.answer())

    def __enter__(self) -> CHost:
        return self

    def __exit__(self, *_: object) -> None:
        self.stdin.close()
        self.stdout.close()
        assert self.process.wait() == 0

    @property
    def stdin(self) -> IO[str]:
        assert self.process.stdin is not None
        return self.process.stdin

    @property
    def stdout(self) -> IO[str]:
        assert self.process.stdout is not None
        return self.process.stdout

    def answer(self) -> str:
        line = self.stdout.readline()
        assert line.endswith("\n"), "golden_c ended"
        return line[:-1]

    def tell(self, *words: object) -> None:
        """Sends a command whose answer is taken later."""
        self.stdin.write(" ".join(map(str, words)) + "\n")
        self.stdin.flush()

    def ask(self, *words: object) -> list[str]:
        self.tell(*words)
        return self.answer().split(" ")

    def status_of(self, *words: object) -> int:
        return int(self.ask(*words)[0])

    def load(self, id: str) -> Loaded | int:
        """A session, or the status."""
        status, *rest = self.ask("load", id)
        if int(status) != OK:
            return int(status)
        *numbers, payload = rest
        revision, incarnation, checksum, created_us, accessed_us = map(int, numbers)
        return Loaded(
            revision, incarnation, checksum, created_us, accessed_us, bytes.fromhex(payload)
        )


def judged(file: bytes, id: str) -> tuple[int, int, int, int, bytes] | int:
    """What the independent reader makes of a file at rest: revision, incarnation, checksum,
    created, canonical payload; or the status that it means."""
    try:
        session = read_file(file, id)
    except NotFound:
        return NO_SESSION
    except Corrupt:
        return E_CORRUPT
    except LaterFormat:
        return E_FORMAT
    record = session.record
    checksum = int.from_bytes(record.encode(id)[28:32], "little")
    payload = encode_payload(session.payload)
    return record.revision, record.incarnation, checksum, record.created_us, payload


def told(loaded: Loaded | int) -> tuple[int, int, int, int, bytes] | int:
    """The same of what a C host tells."""
    if isinstance(loaded, int):
        return loaded
    return *loaded[:4], loaded.payload


def with_incarnation(file: bytes, id: str, incarnation: int) -> bytes:
    """A session file whose records have another incarnation, and the checksum that follows."""
    slots = parse_slots(file, id)
    changed = bytearray(file)
    for index, slot in enumerate((slots.a, slots.b)):
        assert slot is not False, "a bad slot"
        if isinstance(slot, Record):
            data = replace(slot, incarnation=incarnation).encode(id)
            offset = SECTOR + index * slot_size(len(file))
            changed[offset : offset + len(data)] = data
    return bytes(changed)


def incarnation_of(file: bytes, id: str) -> int:
    """The one incarnation of a file's records."""
    slots = parse_slots(file, id)
    [incarnation] = {slot.incarnation for slot in (slots.a, slots.b) if isinstance(slot, Record)}
    return incarnation


@contextmanager
def untouched(path: Path) -> Iterator[None]:
    """Fails if what runs within changes a file's content, times, mode, or the file itself."""

    def state() -> tuple[Any, ...]:
        status = path.stat()
        fields = (status.st_ino, status.st_mtime_ns, status.st_ctime_ns, status.st_mode)
        return *fields, path.read_bytes()

    before = state()
    yield
    assert state() == before
