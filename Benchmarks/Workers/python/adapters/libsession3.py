# SPDX-License-Identifier: MIT
"""libsession3's DirectorySessionStore: the program is Session3's, with what this store has more."""

from __future__ import annotations

import time
from importlib import metadata
from typing import Any, ClassVar

import session3
from session3.store.DirectorySessionStore import DirectorySessionStore

from adapters.session3_store import Session3Store


class Libsession3(Session3Store):
    """The same, and create_session, touch, iter_sessions, deletion by id and sweeps."""

    title = "libsession3, Python"
    packages = ("libsession3", "Quixote", "msgspec")
    notes: ClassVar[dict[str, str]] = {
        "request": "merges with what others saved: of one attribute the later save counts",
    }
    sync_modes = ("none", "data")

    @classmethod
    def versions(cls) -> dict[str, str]:
        # Taken from bindings/python, where it is no installed distribution.
        rest = {package: metadata.version(package) for package in cls.packages[1:]}
        return {cls.packages[0]: session3.__version__, **rest}

    def _open(self) -> Any:
        return DirectorySessionStore(self.directory, create=True, sync=self.sync)

    def create(self, id: str) -> None:
        self.store.create_session(self._new_session(id))

    def increment(self, id: str) -> None:
        self.store.increment(id, "visits")

    def touch(self, id: str) -> None:
        self.store.touch(id)

    def to_delete(self, id: str) -> Any:
        self.hold(id)
        return id

    def delete(self, target: Any) -> None:
        if not self.store.delete_session(target):
            raise LookupError("no such session")

    def sweep(self, seconds: float) -> tuple[int, int]:
        start = time.perf_counter_ns()
        deleted, _ = self.store.delete_old_sessions(seconds / 60)
        return time.perf_counter_ns() - start, deleted

    def iterate(self) -> int:
        number = 0
        for _, session in self.store.iter_sessions():
            session.visits  # noqa: B018
            number += 1
        return number
