# SPDX-License-Identifier: MIT
"""What happened in a store, counted for whoever runs it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from session3 import _structs


@dataclass(frozen=True)
class StoreStatistics:
    """Counters of one store since it was opened, in one process; they only grow.

    * ``loads``: sessions asked for, by any method; ``hits``, ``misses`` and what could not be read
    * ``creates``, ``saves``: sessions that were stored for the first time, or again;
      ``unchanged``: saves that had nothing to store
    * ``updates``: increments, and form tokens that were consumed
    * ``renewals``: sessions that were given a new id
    * ``deletes``; ``touches``: access times that were set
    * ``sweeps``: calls of ``delete_old_sessions``; ``swept``: sessions that they deleted;
      ``leftovers``: files of killed processes that they removed
    * ``conflicts``: how often a save found that somebody else had saved the session since it was
      loaded; ``merges``: how often it then merged
    * ``gone``, ``corrupt``, ``busy``, ``too_large``, ``failures``: calls that failed with
      GoneError; with CorruptError or FormatError; BusyError; TooLargeError; with another error that
      is no mistake of the program's
    * ``lock_waits``: locks that somebody else held; ``lock_wait``, ``longest_lock_wait``: how long
      they were waited for, in seconds
    * ``bytes_read``, ``bytes_written``: of sessions, as they are stored
    * ``messages_left_out``: for the logger, beyond ten of a level in a second
    """

    loads: int
    hits: int
    misses: int
    creates: int
    saves: int
    unchanged: int
    updates: int
    renewals: int
    deletes: int
    touches: int
    sweeps: int
    swept: int
    leftovers: int
    conflicts: int
    merges: int
    gone: int
    corrupt: int
    busy: int
    too_large: int
    failures: int
    lock_waits: int
    lock_wait: float
    longest_lock_wait: float
    bytes_read: int
    bytes_written: int
    messages_left_out: int

    @classmethod
    def of(cls, counts: _structs.Statistics) -> StoreStatistics:
        """The library's numbers, with times in seconds."""
        numbers = {name: getattr(counts, name) for name, _type in counts._fields_[1:]}
        numbers["lock_wait"] = numbers.pop("lock_wait_us") / 1_000_000
        numbers["longest_lock_wait"] = numbers.pop("longest_lock_wait_us") / 1_000_000
        return cls(**numbers)
