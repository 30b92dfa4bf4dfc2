# SPDX-License-Identifier: MIT
"""Files in a store's directory that no session and no store needs: a sweep reaps them, once old."""

from __future__ import annotations

import os
from pathlib import Path

STORE_FILE = ".session3"


def is_leftover(name: str, size: int) -> bool:
    """Whether a file was to become a session's: an empty one, and `.grow-...`. Names that begin
    with a dot are the store's own, so another such name is one that it forgot."""
    return name != STORE_FILE and (name.startswith(".") or size == 0)


def leftovers(directory: Path) -> list[str]:
    """The names of such files, sorted."""
    return sorted(
        entry.name
        for entry in os.scandir(directory)
        if is_leftover(entry.name, entry.stat(follow_symlinks=False).st_size)
    )
