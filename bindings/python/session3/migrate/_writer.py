# SPDX-License-Identifier: MIT
"""The new directory."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import Protocol

from session3 import _payload
from session3.errors import (
    ExistsError,
    InvalidArgumentError,
    RangeError,
    TooLargeError,
    UnreadableError,
    UnstorableError,
)
from session3.migrate._outcome import DamagedError, Outcome, RefusedError
from session3.Session import Session
from session3.store.DirectorySessionStore import DirectorySessionStore

_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
_UNFINISHED = stat.S_IXUSR
"""In the mode of a session whose access time was not yet set: a file's last change is its access
time, so that can only be set after the content. Who is killed between leaves the mark, and the next
run sees it."""
_MICROSECONDS = 1e-5
"""As far as one time can be from itself, stored and loaded."""
_RESOLUTION = 1.0
"""In seconds; the access times of Session3 are no finer."""


class Target(Protocol):
    """Where sessions go."""

    def add(self, session: Session) -> Outcome:
        """Takes a session over; RefusedError if it can't be stored."""

    def short_hash(self, session_id: str) -> str | None:
        """What the store's messages call a session, if that is known."""


def check(session: Session, maximum: int) -> None:
    """Does all of a migration but writing."""
    if session.id is None or _ID.fullmatch(session.id) is None:
        raise RefusedError("an id with other characters than A-Z a-z 0-9 _ -, or too long")
    try:
        payload = _payload.encode(session)
    except UnstorableError as error:
        raise _refusal(error.message) from None
    except InvalidArgumentError as error:
        cause, _, name = error.message.partition(": ")
        raise RefusedError(cause, name) from None
    if len(payload) > maximum:
        raise RefusedError(f"larger than {maximum} bytes")


class NewStore:
    """A directory of ours; made if it is missing."""

    def __init__(
        self,
        path: Path,
        maximum: int,
        file_mode: int = 0o600,
        directory_mode: int | None = None,
        sync: str | None = None,
    ) -> None:
        """Opens it; options are those of DirectorySessionStore."""
        # The store's own file gets the mode of the handle that makes it.
        # What goes wrong is raised, and told by the report.
        DirectorySessionStore(
            path,
            create=True,
            file_mode=file_mode,
            directory_mode=directory_mode,
            sync=sync,
            logger=None,
        ).close()
        self._store = DirectorySessionStore(
            path, file_mode=file_mode | _UNFINISHED, maximum_payload=maximum, sync=sync, logger=None
        )
        self._path = path
        self._maximum = maximum
        self._file_mode = file_mode

    def add(self, session: Session) -> Outcome:
        """Stores a session with its times, unless there is one of its id."""
        check(session, self._maximum)
        accessed = session._access_time
        try:
            self._store.create_session(session)
        except ExistsError:
            return self._meet(session, accessed)
        except UnreadableError as error:
            # No file at all: a directory, or a link.
            raise _damaged(error) from None
        except (RangeError, TooLargeError) as error:
            raise _refusal(error.message) from None
        return self._finish(session, accessed)

    def short_hash(self, session_id: str) -> str | None:
        """What the store's messages call a session."""
        return self._store.short_hash(session_id)

    def _finish(self, session: Session, accessed: float) -> Outcome:
        assert session.id is not None
        self._store.set_access_time(session.id, accessed)
        (self._path / session.id).chmod(self._file_mode)
        return Outcome.MIGRATED

    def _meet(self, session: Session, accessed: float) -> Outcome:
        """What to do about a session that is there: nothing, but to finish what was cut off."""
        assert session.id is not None
        there = _load(self._store, session.id)
        if there is None:
            # Deleted since: a logout, which counts.
            return Outcome.PRESENT
        is_marked = os.lstat(self._path / session.id).st_mode & _UNFINISHED
        if is_marked and abs(there._creation_time - session._creation_time) < _MICROSECONDS:
            return self._finish(session, accessed)
        return met(there, accessed)


class DryRun:
    """Does everything but writing. The store need not exist."""

    def __init__(self, path: Path, maximum: int) -> None:
        """Opens the store, if there is one."""
        is_store = (path / ".session3").exists()
        self._store = DirectorySessionStore(path, logger=None) if is_store else None
        self._maximum = maximum

    def add(self, session: Session) -> Outcome:
        """Tells what would become of a session."""
        check(session, self._maximum)
        there = None if self._store is None else _load(self._store, session.id)
        return Outcome.MIGRATED if there is None else met(there, session._access_time)

    def short_hash(self, session_id: str) -> str | None:
        """What the store's messages call a session, if there is a store."""
        return None if self._store is None else self._store.short_hash(session_id)


def met(there: Session, accessed: float) -> Outcome:
    """How a session that is there stands to the old one, by the last use of both."""
    is_older = there._access_time + _RESOLUTION < accessed
    return Outcome.STALE if is_older else Outcome.PRESENT


def _load(store: DirectorySessionStore, session_id: str | None) -> Session | None:
    """The session that is there; a DamagedError if there is something else under its id."""
    try:
        there: Session | None = store.load_session(session_id, strict=True)
    except UnreadableError as error:
        raise _damaged(error) from None
    return there


def _damaged(error: UnreadableError) -> DamagedError:
    return DamagedError(error.message.rpartition(": ")[2])


def _refusal(message: str) -> RefusedError:
    path, _, cause = message.rpartition(": ")
    return RefusedError(cause, path)
