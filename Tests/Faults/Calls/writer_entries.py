# SPDX-License-Identifier: MIT
"""What a writer (programs/writer.c) notes of each call in its journal, and what its saves store."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any, NamedTuple

from journal import DONE, Journal

OPERATIONS = (
    *("save", "count", "add", "own create", "own save", "own renew", "own delete"),
    *("doomed create", "doomed save", "doomed delete", "sweep"),
)
ENTRY = struct.Struct("<IIiIqqqq40s40s")
# More than a writer comes to in its life.
CAPACITY = 8192
BYTES = bytes(range(256)) * 256


class Value(NamedTuple):
    """What one writer saved in one session: a number, and so many bytes that follow from it."""

    number: int = 0
    size: int = 0

    @property
    def bytes(self) -> bytes:
        start = self.number % 256
        return (BYTES + BYTES[:256])[start : start + self.size]


class Entry(NamedTuple):
    """One call of a writer; `done` if it was acknowledged."""

    done: bool
    operation: str
    status: int
    size: int
    value: int
    result: int
    start_ns: int
    end_ns: int
    id: str
    new_id: str

    @property
    def saved(self) -> Value:
        """What a save of this entry stores."""
        return Value(self.value, self.size)


def make_journal(path: Path) -> Journal:
    """The journal of a writer."""
    return Journal(path, ENTRY, CAPACITY)


def take_entries(journal: Journal) -> list[Entry]:
    """What a writer that is dead did in its life."""
    return [_entry(*fields) for fields in journal.take()]


def _entry(state: int, operation: int, *fields: Any) -> Entry:
    *numbers, id, new_id = fields
    ids = (text.rstrip(b"\0").decode() for text in (id, new_id))
    return Entry(state == DONE, OPERATIONS[operation], *numbers, *ids)
