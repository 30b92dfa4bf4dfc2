# SPDX-License-Identifier: MIT
"""When sessions were last used: set from outside, in the files or the table of each store."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

# Takes a store's directory, ids, and a moment for each, in seconds since 1970.
Ages = Callable[[Path, Sequence[str], Sequence[float]], None]


def of_files(prefix: str = "") -> Ages:
    """Of a store with a file for each session, named by its id."""

    def set_ages(directory: Path, ids: Sequence[str], times: Sequence[float]) -> None:
        for id, moment in zip(ids, times, strict=True):
            os.utime(f"{directory}/{prefix}{id}", (moment, moment))

    return set_ages


def of_rows(directory: Path, ids: Sequence[str], times: Sequence[float]) -> None:
    """Of the table that Workers/c/sqlite.c makes."""
    rows = ((int(moment * 1e6), id) for id, moment in zip(ids, times, strict=True))
    with closing(sqlite3.connect(directory / "sessions.sqlite")) as database, database:
        changed = database.executemany("UPDATE session SET accessed = ? WHERE id = ?", rows)
        if changed.rowcount != len(ids):
            raise RuntimeError(f"{changed.rowcount} of {len(ids)} sessions have an age now")
