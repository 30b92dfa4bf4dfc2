# SPDX-License-Identifier: MIT
"""A clock that a test sets."""

from __future__ import annotations


class FakeClock:
    """Tells the time that it was set to."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        """Lets time go by; a negative number is a step back."""
        self.now += seconds
