# SPDX-License-Identifier: MIT
"""One set of operations for a C process and for Python, so that a story can be played by either.

An operation that changes something answers the errno that it failed with, 0 if it went well.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

from limited import E_IO, OK, Answer, Limited


class Host(Protocol):
    """Who works with a store. A session has a number, a blob whose bytes follow from it, hits."""

    def open(self, path: Path, sync: str) -> int: ...
    def create(self, id: str, n: int, size: int) -> int: ...
    def save(self, id: str, n: int, size: int) -> int: ...
    def increment(self, id: str) -> int: ...
    def renew(self, id: str) -> tuple[int, str]: ...
    def touch(self, id: str) -> int: ...
    def delete(self, id: str) -> int: ...
    def has(self, id: str) -> bool: ...
    def sweep(self, age: int) -> tuple[int, int]: ...
    def count(self) -> int: ...
    def loaded(self, id: str) -> tuple[int, int, int]: ...
    @property
    def descriptors(self) -> int: ...
    def __enter__(self) -> Host: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None: ...


def number(answer: Answer) -> int:
    """The errno of an answer; no other failure will do."""
    assert answer.status in (OK, E_IO), answer
    return answer.errno


class CHost(Limited):
    """A C process."""

    def open(self, path: Path, sync: str) -> int:
        self.path = path
        return number(self("open", path, "create", sync))

    def create(self, id: str, n: int, size: int) -> int:
        return number(self("create", id, n, size))

    def save(self, id: str, n: int, size: int) -> int:
        self.ok("hold", id)
        return number(self("save", n, size))

    def increment(self, id: str) -> int:
        return number(self("increment", id))

    def renew(self, id: str) -> tuple[int, str]:
        answer = self("renew", id)
        return number(answer), answer.told

    def touch(self, id: str) -> int:
        return number(self("touch", id))

    def delete(self, id: str) -> int:
        return number(self("delete", id))

    def has(self, id: str) -> bool:
        return self("has", id).status == OK

    def sweep(self, age: int) -> tuple[int, int]:
        deleted, remaining = self.ok("sweep", age * 1_000_000).words
        return deleted, remaining

    def count(self) -> int:
        whole, unread = self.ok("iterate").words
        assert unread == 0
        return whole


class PythonHost:
    """This process, through the Python package."""

    def __init__(self) -> None:
        self.store: Any = None

    def __enter__(self) -> PythonHost:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if self.store is not None:
            self.store.close()

    def open(self, path: Path, sync: str) -> int:
        from session3.store.DirectorySessionStore import DirectorySessionStore

        self.store = DirectorySessionStore(path, create=True, sync=sync)
        return 0

    def create(self, id: str, n: int, size: int) -> int:
        from session3.Session import Session

        return self._try(self.store.create_session, fill(Session(id), n, size))

    def save(self, id: str, n: int, size: int) -> int:
        return self._try(self.store.save_session, fill(self.store.load_session(id), n, size))

    def increment(self, id: str) -> int:
        return self._try(self.store.increment, id, "hits")

    def renew(self, id: str) -> tuple[int, str]:
        session = self.store.load_session(id)
        return self._try(self.store.renew_session, session), session.id

    def touch(self, id: str) -> int:
        return self._try(self.store.touch, id)

    def delete(self, id: str) -> int:
        return self._try(self.store.delete_session, id)

    def has(self, id: str) -> bool:
        return bool(self.store.has_session(id))

    def sweep(self, age: int) -> tuple[int, int]:
        deleted, remaining = self.store.delete_old_sessions(age / 60)
        return deleted, remaining

    def count(self) -> int:
        return sum(1 for _ in self.store.iter_sessions())

    def loaded(self, id: str) -> tuple[int, int, int]:
        session: Any = self.store.load_session(id)
        assert session.blob == letter(session.n) * len(session.blob), f"{id} is half and half"
        return session.n, len(session.blob), getattr(session, "hits", 0)

    @property
    def descriptors(self) -> int:
        count = 0
        for descriptor in range(1024):
            with suppress(OSError):
                os.fstat(descriptor)
                count += 1
        return count

    def _try(self, call: Any, *arguments: object) -> int:
        from session3.errors import StorageError

        try:
            call(*arguments)
        except StorageError as error:
            return error.errno or -1
        return 0


HOSTS = {"C": CHost, "Python": PythonHost}


def letter(n: int) -> str:
    """What the blob of a session of this number is made of."""
    return chr(ord("a") + n % 26)


def fill(session: Any, n: int, size: int) -> Any:
    """Gives a session its number and blob."""
    session.n = n
    session.blob = letter(n) * size
    return session
