# SPDX-License-Identifier: MIT
"""The stores of the library: what those in a directory and in memory have in common."""

from __future__ import annotations

import ctypes
import logging
import time
from collections.abc import Callable, Hashable, Iterator
from typing import Any

from session3 import _payload, _structs, _values
from session3._ffi import (
    DONE,
    NOT_FOUND,
    OK,
    POLICIES,
    RESURRECT,
    TOO_SMALL,
    bare,
    failure,
    lib,
    new_error,
    sizes,
)
from session3._structs import snapshot_times
from session3.errors import (
    ClosedError,
    ConflictError,
    GoneError,
    InvalidArgumentError,
    StorageError,
    UnreadableError,
)
from session3.Session import Session
from session3.statistics import StoreStatistics
from session3.store import _ids
from session3.store._handle import (
    EMPTY_SNAPSHOT,
    Handle,
    Scratch,
    microseconds,
    new_snapshot,
    scratches,
    signed,
    take_scratch,
)
from session3.store.SessionStore import SessionStore

_load_encoded = bare("session3_store_load_encoded")
_save_encoded = bare("session3_store_save_encoded")


class NativeSessionStore(SessionStore):
    """A store of the library, for any number of threads, also in a child after fork.

    Whatever a client may send as an id is unknown to ``load_session`` and ``has_session``, and an
    InvalidArgumentError (a ValueError) to what writes, unless it is a str of 1 to 128 characters
    of A-Z a-z 0-9 _ -.
    """

    is_thread_safe = True

    def __init__(
        self,
        handle: Handle,
        place: Hashable,
        session_class: type[Session],
        clock: Callable[[], float] | None,
        logger: logging.Logger | None,
    ) -> None:
        self.session_class = session_class
        self._logger = logger
        self._handle: Handle | None = handle
        self._place = place
        self._clock = clock

    def load_session(self, id: Any, default: Any = None, *, strict: bool = False) -> Any:
        """The session of an id, or ``default`` if there is none.

        ``__init__`` is not called. What is stored but can't be read is unknown;
        ``strict`` raises the UnreadableError instead.
        """
        if not isinstance(id, str):
            return default
        try:
            session = self._load(id)
        except UnreadableError as error:
            if strict:
                raise
            self._log_unreadable(id, error)
            return default
        return default if session is None else session

    def save_session(
        self, session: Session, policy: str | None = None, resurrect: bool = False
    ) -> None:
        """Stores a session under its id.

        If somebody else saved it after it was loaded, ``policy`` decides: "merge" keeps what
        either changed, and the session becomes what is stored; "overwrite" keeps ours; "fail"
        raises ConflictError. If it was deleted since, GoneError, unless ``resurrect``.

        A session that was not loaded from here, or has another id since, replaces what is stored.
        """
        # As in _load, what takes and gives back a Scratch stands here: a call costs as much.
        key = _ids.key_of(session)
        flags = _NO_FLAGS if policy is None and not resurrect else _flags(policy, resurrect)
        payload = _payload.encode(session)
        before = getattr(session, "_session3_stored", None)
        if before is not None and before.id == session.id and before.place == self._place:
            snapshot, base = before.snapshot, before.base
        else:
            snapshot, base = self._new_snapshot(session), b""
        handle = self._handle or self._open()
        try:
            s = scratches.pop()
        except IndexError:
            s = Scratch()
        try:
            s.snapshot.raw = snapshot
            status = _save_encoded(
                handle.reference,
                key,
                sizes[len(key)],
                s.snapshot_ref,
                base,
                sizes[len(base)],
                payload,
                sizes[len(payload)],
                flags,
                s.stored_ref,
                s.error_ref,
            )
            if status < OK:
                raise failure(status, s.error)
            stored = None if s.stored.data is None else s.take_stored()
            snapshot = s.snapshot.raw
        finally:
            scratches.append(s)
        self._note(session, key, payload, stored, snapshot)

    def create_session(self, session: Session) -> None:
        """Stores a new session, with a new id if it has none; ExistsError if there is one."""
        if _ids.is_session(session) and session.id is None:
            id = _ids.new_key()
        else:
            id = _ids.key_of(session)
            if self._knows(session):
                raise InvalidArgumentError("the session is not new: this store knows it")
        payload = _payload.encode(session)
        self._write(
            lib.session3_store_create_encoded,
            session,
            id,
            self._new_snapshot(session),
            payload,
            (payload, len(payload)),
        )

    def update_session(self, session: Session) -> None:
        """Stores a session that was loaded; GoneError if it was deleted since."""
        self.save_session(session)

    def renew_session(self, session: Session, id: str | None = None) -> None:
        """Gives a session that was loaded or saved a new id, and saves it: the old id dies.

        What somebody else saved meanwhile is merged. GoneError if it was deleted since. With an id
        of the program's own it is not atomic: another process may see both.
        """
        if id is not None:
            super().renew_session(session, id)
            return
        old = _ids.key_of(session)
        stored = _payload.stored_of(session)
        if stored is None or not self._knows(session):
            raise InvalidArgumentError("the session is new: it has no id to renew")
        payload = _payload.encode(session)
        new = ctypes.create_string_buffer(_structs.ID_LENGTH + 1)
        base = stored.base
        arguments = (base, len(base), payload, len(payload), policy_flag(None), new)
        function = lib.session3_store_renew_encoded
        self._write(function, session, old, stored.snapshot, payload, arguments, new)

    def delete_unchanged(self, session: Session) -> bool:
        """Deletes a session if it is stored as it was loaded, ConflictError if not; tells whether
        there was one."""
        id = _ids.key_of(session)
        handle = self._open()
        found = ctypes.c_void_p()
        error = ctypes.byref(new_error())
        stored = _payload.stored_of(session)
        if stored is None or not self._knows(session):
            raise InvalidArgumentError("the session is new: it is not stored")
        try:
            status = lib.session3_store_load(
                handle.pointer, id, len(id), ctypes.byref(found), error
            )
            if status == NOT_FOUND:
                return False
            if _payload_of(found) != stored.base:
                raise ConflictError("the session was changed by somebody else")
            return self._ask(lib.session3_store_delete_unchanged, found)
        except GoneError:
            return False
        finally:
            lib.session3_session_free(found)

    def now(self) -> float:
        """The present by the store's clock, in seconds since 1970."""
        return time.time() if self._clock is None else self._clock()

    def delete_session(self, session: Any) -> bool:
        """Deletes a session, given it or its id; tells whether there was one.

        A session that was loaded from here is also found under the id that another thread gave it
        since.
        """
        if not _ids.is_session(session):
            id = _ids.key(session)
            return self._ask(lib.session3_store_delete, id, len(id))
        id = _ids.key_of(session)
        if not self._knows(session):
            return self._ask(lib.session3_store_delete, id, len(id))
        snapshot = self._snapshot_of(session)
        return self._ask(lib.session3_store_delete_encoded, id, len(id), snapshot)

    def has_session(self, id: Any) -> bool:
        """Whether there is a session of that id; it may be one that can't be read."""
        if not isinstance(id, str):
            return False
        key = _ids.public_key(id)
        return self._ask(lib.session3_store_has, key, len(key))

    def touch(self, id: str) -> None:
        """Renews a session's access time; GoneError if there is none."""
        key = _ids.key(id)
        self._ask(lib.session3_store_touch, key, len(key))

    def set_access_time(self, id: str, seconds: float) -> None:
        """Sets a session's access time, in seconds since 1970; GoneError if there is none."""
        key = _ids.key(id)
        time_us = microseconds(seconds, "the access time")
        self._ask(lib.session3_store_set_access_time, key, len(key), time_us)

    def increment(self, id: str, key: str, delta: int = 1) -> int:
        """Adds to a stored attribute, 0 if missing, and returns its new value; none is lost.

        GoneError if there is no such session, ValueTypeError if the attribute is no int.
        """
        name, attribute = _ids.key(id), _ids.utf8(key, "key")
        result = ctypes.c_int64()
        self._ask(
            lib.session3_store_increment,
            *(name, len(name), attribute, len(attribute)),
            *(signed(delta, "delta"), ctypes.byref(result)),
        )
        return result.value

    def consume_form_token(self, id: str, token: str) -> bool:
        """Whether a session remembers a form token, which then is forgotten in the store: of all
        who ask with one token, one is told True."""
        if not isinstance(token, str):
            return False
        key, text = _ids.key(id), token.encode("utf-8", "replace")
        return self._ask(lib.session3_store_consume_form_token, key, len(key), text, len(text))

    def delete_user_sessions(self, user: Any, except_id: str | None = None) -> int:
        """Deletes the sessions of a user but that of ``except_id``; tells how many."""
        if user is None:
            raise InvalidArgumentError("user must not be None")
        encoded = _values.encode_value(user, "user")
        value = _structs.Value()
        lib.session3_value_parse(
            encoded, len(encoded), ctypes.byref(value), ctypes.byref(new_error())
        )
        spared = None if except_id is None else _ids.key(except_id)
        deleted = ctypes.c_uint64()
        self._ask(
            lib.session3_store_delete_user_sessions,
            *(ctypes.byref(value), spared, len(spared or b""), ctypes.byref(deleted)),
        )
        return deleted.value

    def delete_other_sessions(self, user: Any, session: Any) -> int:
        """Deletes the sessions of a user but this one, whatever its id is now; tells how many."""
        if user is None or not self._knows(session):
            return self.delete_user_sessions(user, session.id)
        encoded, deleted = _values.encode_value(user, "user"), ctypes.c_uint64()
        self._ask(
            lib.session3_store_delete_user_sessions_encoded,
            *(encoded, len(encoded), self._snapshot_of(session), ctypes.byref(deleted)),
        )
        return deleted.value

    def _snapshot_of(self, session: Any) -> Any:
        stored = _payload.stored_of(session)
        assert stored is not None
        return ctypes.byref(_structs.Snapshot.from_buffer_copy(stored.snapshot))

    def delete_old_sessions(self, minutes: float) -> tuple[int, int]:
        """Deletes the sessions that were not used for ``minutes``, and leftovers of processes that
        crashed; (deleted, remaining)."""
        deleted, remaining = ctypes.c_uint64(), ctypes.c_uint64()
        self._ask(
            lib.session3_store_delete_old_sessions,
            *(float(minutes), ctypes.byref(deleted), ctypes.byref(remaining)),
        )
        return deleted.value, remaining.value

    def iter_sessions(self) -> Iterator[tuple[str, Any]]:
        """Pairs of id and session, of all sessions; one that can't be read is passed over, as is
        one that was deleted meanwhile."""
        return self._iter_readable(iter(self))

    def _iter_readable(self, ids: Iterator[str]) -> Iterator[tuple[str, Any]]:
        for id in ids:
            try:
                session = self._load(id)
            except UnreadableError as error:
                self._log_unreadable(id, error)
            else:
                if session is not None:
                    yield id, session

    def __iter__(self) -> Iterator[str]:
        """The ids of all sessions, in no order. What is stored under one may be unreadable."""
        handle = self._open()
        return _iter_ids(handle)

    def statistics(self) -> StoreStatistics:
        """What happened in this store since it was opened, in this process."""
        counts = _structs.Statistics(size=ctypes.sizeof(_structs.Statistics))
        self._ask(lib.session3_store_get_statistics, ctypes.byref(counts))
        return StoreStatistics.of(counts)

    def setup(self) -> None:
        """Prepares what the store stores into; safe at any time."""
        self._ask(lib.session3_store_setup)

    def short_hash(self, id: str) -> str:
        """A name for a session that may be shown and logged; the same for all hosts of one
        directory."""
        key = id.encode("utf-8", "surrogatepass")
        text = ctypes.create_string_buffer(_structs.SHORT_HASH_LENGTH + 1)
        self._ask(lib.session3_store_short_hash, key, len(key), text)
        return text.value.decode("ascii")

    def close(self) -> None:
        """Releases the store; calls of other threads that are running finish first."""
        self._handle = None

    def _open(self) -> Handle:
        handle = self._handle
        if handle is None:
            raise ClosedError("the session store was closed")
        return handle

    def _ask(self, function: Any, *arguments: Any) -> bool:
        """Calls a function on the store; False stands for "not found"."""
        handle = self._open()
        s = take_scratch()
        try:
            status: int = function(handle.pointer, *arguments, s.error_ref)
        finally:
            scratches.append(s)
        return status == OK

    def _load(self, id: str) -> Session | None:
        key = id.encode("ascii", "replace")
        handle = self._handle or self._open()
        try:
            s = scratches.pop()
        except IndexError:
            s = Scratch()
        try:
            while True:
                status = _load_encoded(
                    handle.reference,
                    key,
                    sizes[len(key)],
                    s.snapshot_ref,
                    s.buffer_ref,
                    s.capacity,
                    s.length_ref,
                    s.error_ref,
                )
                if status == OK:
                    break
                if status == NOT_FOUND:
                    return None
                if status != TOO_SMALL:
                    raise failure(status, s.error)
                s.grow(s.length.value)
            payload = s.buffer[: s.length.value]
            snapshot = s.snapshot.raw
        finally:
            scratches.append(s)
        kind = self.session_class
        session = kind.__new__(kind)
        created_us, accessed_us = snapshot_times(snapshot)
        created, accessed = created_us / 1_000_000, accessed_us / 1_000_000
        _payload.fill(session, id, payload, self._place, snapshot, created, accessed)
        return session

    def _write(
        self,
        function: Any,
        session: Session,
        id: bytes,
        snapshot: bytes,
        payload: bytes,
        arguments: tuple[Any, ...],
        new_id: Any = None,
    ) -> None:
        """Calls a function that stores ``payload``; the session then is what is stored, under the
        id that the function wrote into ``new_id``, if that is given."""
        handle = self._open()
        s = take_scratch()
        try:
            s.snapshot.raw = snapshot
            try:
                function(
                    *(handle.pointer, id, len(id), s.snapshot_ref),
                    *(*arguments, s.stored_ref, s.error_ref),
                )
            except StorageError:
                if new_id is not None and new_id.value:
                    # Done all the same, and not synced: it has its new id.
                    session.id = new_id.value.decode("ascii")
                raise
            stored = None if s.stored.data is None else s.take_stored()
            snapshot = s.snapshot.raw
        finally:
            scratches.append(s)
        self._note(session, id if new_id is None else new_id.value, payload, stored, snapshot)

    def _note(
        self, session: Session, key: bytes, payload: bytes, stored: bytes | None, snapshot: bytes
    ) -> None:
        """Lets a session be what was stored: ``payload``, or what the library made of it."""
        session.id = name = key.decode("ascii")
        if stored is None:
            _payload.note_saved(session, name, payload, self._place, snapshot)
        else:
            _payload.restore(session, name, stored, self._place, snapshot)

    def _knows(self, session: Session) -> bool:
        """Whether a session, under the id it has, was loaded from here or saved here."""
        stored = _payload.stored_of(session)
        return stored is not None and stored.id == session.id and stored.place == self._place

    def _new_snapshot(self, session: Session) -> bytes:
        created = vars(session).get("_creation_time")
        if created is None or self._clock is not None:
            return EMPTY_SNAPSHOT
        return new_snapshot(microseconds(created, "_creation_time"))

    def _log_unreadable(self, id: str, error: UnreadableError) -> None:
        # What the library could not read it told the logger itself.
        if error.status == 0 and self._logger is not None:
            self._logger.error("session %s is passed over: %s", self.short_hash(id), error)


def _flags(policy: str | None, resurrect: bool) -> Any:
    """How to save, as ``bare`` functions take it."""
    return ctypes.c_uint32.from_param(policy_flag(policy) | (RESURRECT if resurrect else 0))


def policy_flag(policy: str | None) -> int:
    """The library's number of a save policy."""
    if policy not in POLICIES:
        raise InvalidArgumentError('policy must be "merge", "overwrite", "fail" or None')
    return POLICIES[policy]


def _payload_of(session: ctypes.c_void_p) -> bytes:
    """The content of a session of the library's."""
    data, length = ctypes.c_void_p(), ctypes.c_size_t()
    lib.session3_session_payload(
        session, ctypes.byref(data), ctypes.byref(length), ctypes.byref(new_error())
    )
    return ctypes.string_at(data.value, length.value) if data.value else b""


def _iter_ids(handle: Handle) -> Iterator[str]:
    error = ctypes.byref(new_error())
    iterator = ctypes.c_void_p()
    lib.session3_store_iterate(handle.pointer, ctypes.byref(iterator), error)
    try:
        id = ctypes.create_string_buffer(_structs.ID_MAXIMUM + 1)
        while lib.session3_iterator_next_id(iterator, id, error) != DONE:
            yield id.value.decode("ascii")
    finally:
        lib.session3_iterator_free(iterator)


_NO_FLAGS = _flags(None, False)
