# SPDX-License-Identifier: MIT
"""What an adapter of a store does; the worker times it."""

from __future__ import annotations

import os
import time
from importlib import metadata
from typing import Any, ClassVar

from workload import REMOTE_ADDRESS, USER, attributes


class Unsupported(Exception):
    """The store has no such operation or mode."""


class Adapter:
    """A store. Each operation raises unless it did what it is named for.

    The operations are what the clock runs around, so they hold the store's own calls and nothing
    else. What the store can't do is left as it is here.
    """

    title: ClassVar[str]
    # The distribution that has the store, and what else its speed depends on.
    packages: ClassVar[tuple[str, ...]]
    # By operation: what a reader of its figure should know.
    notes: ClassVar[dict[str, str]] = {}
    sync_modes: ClassVar[tuple[str, ...]] = ("none",)

    def __init__(self, directory: str, sync: str, size: int) -> None:
        if sync not in self.sync_modes:
            raise Unsupported(f"{self.title}: no sync mode {sync}")
        os.makedirs(directory, mode=0o700, exist_ok=True)
        self.directory = directory
        self.sync = sync
        self.attributes = attributes(size)

    @classmethod
    def versions(cls) -> dict[str, str]:
        """The versions of `packages`, the store's own first."""
        return {package: metadata.version(package) for package in cls.packages}

    def create(self, id: str) -> None:
        """Stores a new session with the workload."""
        raise self._unsupported("create")

    def load(self, id: str) -> None:
        """Loads a session, and reads `visits`."""
        raise self._unsupported("load")

    def hold(self, id: str) -> Any:
        """A loaded session, for `resave` and `unchanged`; before the clock runs."""
        raise self._unsupported("load")

    def to_delete(self, id: str) -> Any:
        """What `delete` takes for a session, which must exist; before the clock runs."""
        self.hold(id)
        return id

    def resave(self, session: Any) -> None:
        """Adds one to `visits` of a held session, and saves it."""
        raise self._unsupported("resave")

    def unchanged(self, session: Any) -> None:
        """Saves a held session as it is."""
        raise self._unsupported("unchanged")

    def request(self, id: str, page: str) -> None:
        """Loads a session, changes `visits` and `page`, and saves it."""
        raise self._unsupported("request")

    def increment(self, id: str) -> None:
        """Adds one to `visits` so that nobody else's increment is lost."""
        raise self._unsupported("increment that loses none")

    def update(self, id: str, attribute: str, pause: float) -> None:
        """Loads a session, adds one to an attribute, thinks for so many seconds, and saves it."""
        session = self.hold(id)
        self.put(session, attribute, self.get(session, attribute) + 1)
        time.sleep(pause)
        self.unchanged(session)

    def get(self, session: Any, attribute: str) -> int:
        """An attribute of a held session; 0 if it is missing."""
        number: int = session.get(attribute, 0)
        return number

    def put(self, session: Any, attribute: str, value: int) -> None:
        """Sets an attribute of a held session."""
        session[attribute] = value

    def touch(self, id: str) -> None:
        """Sets a session's time of last access without loading it."""
        raise self._unsupported("touch")

    def has(self, id: str) -> None:
        """Asks for a session that exists."""
        raise self._unsupported("has")

    def delete(self, target: Any) -> None:
        """Deletes a session."""
        raise self._unsupported("delete")

    def iterate(self) -> int:
        """Walks and loads all sessions, reading `visits` of each; tells how many."""
        raise self._unsupported("iterate")

    def sweep(self, seconds: float) -> tuple[int, int]:
        """Deletes the sessions that were not used for so long; nanoseconds, and how many."""
        raise self._unsupported("sweep")

    def read(self, id: str) -> dict[str, Any] | None:
        """All that is stored of a session, as `expected` has it; None if there is none."""
        raise self._unsupported("read")

    def expected(self) -> dict[str, Any]:
        """What `read` finds of a session that was just created."""
        return {"user": USER, "remote_address": REMOTE_ADDRESS, **self.attributes}

    def _unsupported(self, operation: str) -> Unsupported:
        return Unsupported(f"{self.title}: no {operation}")
