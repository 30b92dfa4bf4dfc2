# SPDX-License-Identifier: MIT
"""C processes whose system clock a test moves, while they run.

libfaketime stands between the process and libc: clock_gettime(2) tells what a file says, and a
touch stamps that. The kernel goes on by its own clock, and stamps with it what is written.
"""

from __future__ import annotations

import subprocess
import time
from functools import cache
from pathlib import Path

import pytest
from limited import Limited

SECOND = 1_000_000


@cache
def find_faketime() -> str:
    """The module for processes with threads; skips the test where it is not installed."""
    try:
        asked = subprocess.run(["faketime", "-m", "now", "env"], capture_output=True, text=True)
    except FileNotFoundError:
        pytest.skip("faketime is not installed")
    for line in asked.stdout.splitlines():
        name, _, value = line.partition("=")
        if name == "LD_PRELOAD":
            return value
    pytest.skip("faketime tells no module")


class ClockedHost(Limited):
    """A C process with a clock to be set."""

    def __init__(self, directory: Path) -> None:
        """`directory`: where the file may be that tells the time."""
        self._file = directory / "time"
        self.set_ahead(0)
        super().__init__(
            environment_too={
                "LD_PRELOAD": find_faketime(),
                "FAKETIME_TIMESTAMP_FILE": str(self._file),
                "FAKETIME_NO_CACHE": "1",
                # Times of files are told as they are.
                "NO_FAKE_STAT": "1",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            }
        )

    def set_ahead(self, seconds: float) -> None:
        """Puts the clock ahead of the kernel's, or behind it."""
        new = self._file.with_suffix(".new")
        new.write_text(f"{seconds:+.6f}\n")
        new.replace(self._file)

    def set_to(self, moment: int) -> None:
        """Sets the clock to a moment, in seconds since 1970."""
        self.set_ahead(moment - time.time())

    @property
    def now(self) -> int:
        """What the process takes for the present, in microseconds."""
        return self.ok("time").words[0]
