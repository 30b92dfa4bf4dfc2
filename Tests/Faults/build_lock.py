# SPDX-License-Identifier: MIT
"""One run at a time builds what several use; the others wait, and say so."""

from __future__ import annotations

import fcntl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def build_lock(place: Path) -> Iterator[None]:
    """Holds the lock of a directory that is built, by a file beside it."""
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.with_name(f"{place.name}.lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"waiting for another run that builds {place}", file=sys.stderr, flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        # Whoever closes the file undoes the lock.
        yield
