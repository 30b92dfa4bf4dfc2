# SPDX-License-Identifier: MIT
"""The interface of stores, and the base of those that are written in Python."""

from __future__ import annotations

import hashlib
import logging
import secrets
import time
from collections.abc import Iterator
from types import TracebackType
from typing import Any

from session3.errors import ExistsError, GoneError, InvalidArgumentError, ValueTypeError

log = logging.getLogger("session3")


class SessionStore:
    """Keeps sessions under their ids.

    A store written in Python has ``load_session``, ``save_session`` and ``delete_session``, and
    ``iter_sessions`` or ``__iter__`` if it can list its sessions. The other methods here stand on
    these. Unless a subclass does better, none of them is atomic: two processes or threads that
    call ``increment`` at once may count one only.
    """

    is_multiprocess_safe = False
    is_thread_safe = False

    def load_session(self, id: Any, default: Any = None) -> Any:
        """The session of an id, or ``default`` if there is none."""
        raise NotImplementedError

    def save_session(self, session: Any) -> None:
        """Stores a session under its id."""
        raise NotImplementedError

    def delete_session(self, session: Any) -> Any:
        """Deletes a session. The methods here hand in a session, Quixote 3.8 an id."""
        raise NotImplementedError

    def has_session(self, id: Any) -> bool:
        """Whether there is a session of that id."""
        return self.load_session(id) is not None

    def create_session(self, session: Any) -> None:
        """Stores a new session, with a new id if it has none; ExistsError if there is one."""
        id = secrets.token_urlsafe(16) if session.id is None else session.id
        if self.has_session(id):
            raise ExistsError("a session of this id exists")
        before, session.id = session.id, id
        try:
            self.save_session(session)
        except BaseException:
            session.id = before
            raise

    def update_session(self, session: Any) -> None:
        """Stores a session that was loaded; GoneError if it was deleted since."""
        if not self.has_session(session.id):
            raise GoneError("the session was deleted since it was loaded")
        self.save_session(session)

    def renew_session(self, session: Any, id: str | None = None) -> None:
        """Stores a session that was loaded under a new id, and deletes the old one; GoneError if
        it was deleted since."""
        old = session.id
        if not self.has_session(old):
            raise GoneError("the session was deleted since it was loaded")
        session.id = id
        try:
            self.create_session(session)
            new, session.id = session.id, old
            self.delete_session(session)
        except BaseException:
            session.id = old
            raise
        session.id = new

    def delete_unchanged(self, session: Any) -> bool:
        """Deletes a session; where a store can tell that somebody changed it since it was loaded,
        ConflictError. Tells whether there was one."""
        if not self.has_session(session.id):
            return False
        self.delete_session(session)
        return True

    def now(self) -> float:
        """The present by the store's clock, in seconds since 1970."""
        return time.time()

    def touch(self, id: Any) -> None:
        """Renews a session's access time; GoneError if there is none."""
        session = self._existing(id)
        session._set_access_time(0)
        self.save_session(session)

    def set_access_time(self, id: Any, seconds: float) -> None:
        """Sets a session's access time, in seconds since 1970; GoneError if there is none."""
        session = self._existing(id)
        session._access_time = seconds
        self.save_session(session)

    def increment(self, id: Any, key: str, delta: int = 1) -> int:
        """Adds to an attribute, 0 if missing, and returns its new value."""
        session = self._existing(id)
        value = getattr(session, key, 0)
        if type(value) is not int:
            raise ValueTypeError(f"{key} is not an int")
        setattr(session, key, value + delta)
        self.save_session(session)
        return value + delta

    def consume_form_token(self, id: Any, token: str) -> bool:
        """Whether a session remembers a form token, which then is forgotten in the store."""
        session = self.load_session(id)
        if session is None or not session.has_form_token(token):
            return False
        session.remove_form_token(token)
        self.save_session(session)
        return True

    def delete_user_sessions(self, user: Any, except_id: str | None = None) -> int:
        """Deletes the sessions of a user but that of ``except_id``; tells how many."""
        if user is None:
            raise InvalidArgumentError("user must not be None")
        old = [s for id, s in self.iter_sessions() if s.user == user and id != except_id]
        for session in old:
            self.delete_session(session)
        return len(old)

    def delete_other_sessions(self, user: Any, session: Any) -> int:
        """Deletes the sessions of a user but this one; tells how many."""
        return self.delete_user_sessions(user, session.id)

    def iter_sessions(self) -> Iterator[tuple[str, Any]]:
        """Pairs of id and session, of all sessions; one deleted meanwhile is passed over."""
        if type(self).__iter__ is SessionStore.__iter__:
            raise NotImplementedError(f"{type(self).__name__} can't list its sessions")
        return self._iter_loaded()

    def _iter_loaded(self) -> Iterator[tuple[str, Any]]:
        for id in self:
            session = self.load_session(id)
            if session is not None:
                yield id, session

    def __iter__(self) -> Iterator[str]:
        """The ids of all sessions."""
        if type(self).iter_sessions is SessionStore.iter_sessions:
            raise NotImplementedError(f"{type(self).__name__} can't list its sessions")
        return (id for id, _ in self.iter_sessions())

    def setup(self) -> None:
        """Prepares what the store stores into, if there is anything to prepare."""

    def delete_old_sessions(self, minutes: float) -> Any:
        """Deletes the sessions that were not used for ``minutes``; (deleted, remaining)."""
        sessions = [session for _, session in self.iter_sessions()]
        old = [session for session in sessions if session.get_access_age() > minutes * 60]
        for session in old:
            self.delete_session(session)
        return len(old), len(sessions) - len(old)

    def short_hash(self, id: str) -> str:
        """A name for a session that may be shown and logged; the same within one process."""
        key = id.encode("utf-8", "surrogatepass")
        return hashlib.blake2b(key, digest_size=6, key=_HASH_KEY).hexdigest()

    def transaction_start(self) -> None:
        """Quixote's hook at the beginning of a request."""

    def transaction_commit(self, session: Any) -> None:
        """Quixote's hook at the end of a request that went well."""

    def transaction_abort(self, session: Any) -> None:
        """Quixote's hook at the end of a request that failed."""

    def close(self) -> None:
        """Releases what the store holds."""

    def __enter__(self) -> Any:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _existing(self, id: Any) -> Any:
        session = self.load_session(id)
        if session is None:
            raise GoneError("there is no such session")
        return session


_HASH_KEY = secrets.token_bytes(16)
