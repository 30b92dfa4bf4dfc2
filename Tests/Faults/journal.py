# SPDX-License-Identifier: MIT
"""What a process that may be killed notes of its calls: programs/journal.h, read.

A journal is a file that the process maps, so that it outlives it. An entry is written before its
call and completed after it; its first field says which.
"""

from __future__ import annotations

import mmap
import struct
from itertools import takewhile
from pathlib import Path
from typing import Any

EMPTY, BEGUN, DONE = 0, 1, 2


class Journal:
    """The journal of one process."""

    def __init__(self, path: Path, entry: struct.Struct, capacity: int) -> None:
        """Makes the file, of so many entries."""
        self.path = path
        self._entry, self._capacity = entry, capacity
        path.write_bytes(bytes(capacity * entry.size))
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), 0)

    def take(self) -> list[tuple[Any, ...]]:
        """The entries of a process that is not at work; the journal is empty afterwards."""
        all_entries = self._entry.iter_unpack(self._memory)
        entries = list(takewhile(lambda entry: entry[0] != EMPTY, all_entries))
        # It may have been killed amid the writing of the next.
        written = min(len(entries) + 1, self._capacity) * self._entry.size
        self._memory[:written] = bytes(written)
        return entries
