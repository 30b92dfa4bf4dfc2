# SPDX-License-Identifier: MIT
"""What a peer's adapter can do; the worker composes the faults of it."""

from __future__ import annotations

import os
from typing import Any, Protocol

# The attributes that the faults use: a counter, bytes, and one of each of eight processes.
KEYS = ("n", "payload", *(f"k{number}" for number in range(8)))


class Adapter(Protocol):
    """A store, and how a web program uses it."""

    def create(self) -> str:
        """Stores a new session with n = 0, and tells its id."""

    def create_long_ago(self, seconds: float) -> str:
        """The same, made so long ago; `create` where a store keeps no time of creation."""

    def path(self, id: str) -> str:
        """Where the session is stored."""

    def load(self, id: str) -> Any:
        """A session to change, or None if the store knows none of that id."""

    def values(self, session: Any) -> dict[str, Any]:
        """Those of KEYS that the session has."""

    def put(self, session: Any, key: str, value: Any) -> None:
        """Sets an attribute in memory."""

    def save(self, session: Any) -> bool:
        """Stores a session; what the store answered."""

    def count(self, id: str, key: str, way: str, pause: float) -> None:
        """Adds one by a way of the store's own; load and save are the worker's."""

    def delete(self, id: str) -> None:
        """Deletes a session: a logout."""

    def sweep(self, seconds: float) -> None:
        """Deletes the sessions that were not used for so long."""

    def age(self, id: str, seconds: float) -> None:
        """Makes a stored session look unused for so long."""

    def visit(self, cookie: str) -> str | None:
        """A request with a cookie that changes the session; the id that the browser has then."""


def age_file(path: str, seconds: float) -> None:
    """Sets a file's times back."""
    status = os.stat(path)
    times = (status.st_atime - seconds, status.st_mtime - seconds)
    os.utime(path, times)
