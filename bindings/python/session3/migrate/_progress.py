# SPDX-License-Identifier: MIT
"""How far a migration is, on a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator

try:
    from rich.console import Console
    from rich.progress import track
except ImportError:  # The extra "migrate" brings it.
    track = None  # type: ignore[assignment]

_INTERVAL = 1.0


def watched(names: Iterable[str], count: Callable[[], int]) -> Iterator[str]:
    """Names as they are, with a bar on a terminal; a line in its place without rich."""
    if not sys.stderr.isatty():
        yield from names
    elif track is None:
        yield from _told(names, count())
    else:
        yield from track(names, "Migrating", count(), console=Console(stderr=True))


def _told(names: Iterable[str], total: int) -> Iterator[str]:
    last = time.monotonic()
    for number, name in enumerate(names):
        yield name
        if time.monotonic() - last > _INTERVAL:
            last = time.monotonic()
            sys.stderr.write(f"\rMigrating: {number + 1:,} of {total:,} files")
            sys.stderr.flush()
    sys.stderr.write("\n")
