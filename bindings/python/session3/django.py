# SPDX-License-Identifier: MIT
"""Django's sessions in a directory that C, Swift and other Python hosts share live.

The settings are ``SESSION_ENGINE = "session3.django"``, ``SESSION3_DIRECTORY`` and, for options of
DirectorySessionStore, ``SESSION3_OPTIONS``. docs/guides/django.md tells the rest.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Set
from contextlib import suppress
from datetime import datetime, timezone
from typing import Any

from session3 import _login, _payload, _values
from session3._extras import extra
from session3.errors import (
    BusyError,
    ConflictError,
    CorruptError,
    GoneError,
    InvalidArgumentError,
    UnreadableError,
)
from session3.Session import Session
from session3.store.DirectorySessionStore import DirectorySessionStore
from session3.store.SessionStore import log
from session3.web import WebSession

with extra("django", __name__):
    from asgiref.sync import sync_to_async
    from django.conf import settings  # type: ignore[import-untyped]
    from django.contrib.auth import SESSION_KEY, get_user_model  # type: ignore[import-untyped]
    from django.contrib.sessions.backends.base import (  # type: ignore[import-untyped]
        CreateError,
        SessionBase,
        UpdateError,
    )
    from django.core.exceptions import (  # type: ignore[import-untyped]
        ImproperlyConfigured,
        ValidationError,
    )
    from django.core.signals import setting_changed  # type: ignore[import-untyped]

_EXPIRY = "_session_expiry"
_CENTURY = 100 * 365 * 24 * 60
"""In minutes: a sweep of that age takes what crashed processes left, and nobody's session."""


class _StoredSession(WebSession):
    """The stored form: what Django calls a session's items, and the user apart."""

    __slots__ = ()

    @classmethod
    def _session3_hidden(cls, _names: Set[str]) -> frozenset[str]:
        # Stands for the user, so that one attribute can't log somebody in.
        return frozenset({SESSION_KEY})


class SessionStore(SessionBase):  # type: ignore[misc]
    """The session of one request, as Django's SessionBase has it.

    Beyond that: two requests that changed different keys both keep their change; a session that was
    deleted meanwhile is an UpdateError, never brought back; ``cycle_key`` is one step, in which the
    old key dies; keys are made by the library only. A value that can't be stored is a TypeError
    that names its place. What the store can't do is raised.
    """

    _session_key: str | None

    def __init__(self, session_key: str | None = None) -> None:
        super().__init__(session_key)
        self._base: _StoredSession | None = None
        """What ``_session_cache`` was loaded from, or last saved as."""
        self._failure: Exception | None = None
        """Why the session could not be loaded."""

    # -- What SessionBase asks for

    def exists(self, session_key: str | None) -> bool:
        """Whether there is a session of that key."""
        return get_store().has_session(session_key)

    def load(self) -> dict[str, Any]:
        """What is stored. A key that is unknown, damaged or expired is forgotten.

        After a failure the session looks empty, since Django's page for that may ask for it again,
        and it is not to be saved.
        """
        is_first = not hasattr(self, "_session_cache")
        try:
            found = self._find()
        except Exception as error:
            if is_first:
                self._session_cache: dict[str, Any] = {}
                self._failure = error
            raise
        if is_first:
            self._base = found
        if found is None:
            self._session_key = None
            return {}
        return _items_of(found)

    def create(self) -> None:
        """Stores what the session holds under a new key."""
        self._get_session(no_load=True)
        self._write(_StoredSession(), get_store().create_session)
        self.modified = True

    def save(self, must_create: bool = False) -> None:
        """Stores the session, merged with what others stored meanwhile.

        UpdateError if it was deleted, or given another key. With ``must_create`` it gets a new key;
        CreateError if there is a session of the one that it has.
        """
        if must_create:
            if self.exists(self.session_key):
                raise CreateError
            self.create()
            return
        self._get_session()
        base = self._known()
        if base is None:
            self.create()
            return
        store = get_store()
        try:
            self._write(base, store.save_session)
        except GoneError as error:
            raise UpdateError from error
        # Another thread gave it a new key, which nobody who has the old one may learn: the changes
        # are kept, and the response must not set the old one.
        if not store.has_session(base.id):
            raise UpdateError

    def delete(self, session_key: str | None = None) -> None:
        """Deletes the session, or that of a key; nothing if there is none."""
        key = self.session_key if session_key is None else session_key
        base = self._base
        # A loaded session is also found under the key that another thread gave it meanwhile.
        target = base if base is not None and base.id == key else key
        if target is not None:
            # What is outside the grammar of keys, or no session's file, is none.
            with suppress(InvalidArgumentError, CorruptError):
                get_store().delete_session(target)

    def cycle_key(self) -> None:
        """Stores the session under a new key; the old one is dead at once.

        Of a session that was deleted meanwhile only a visitor's goes on, as a new one; where
        somebody was logged in the next save is an UpdateError.
        """
        self._get_session()
        base = self._known()
        if base is None:
            self.create()
            return
        was_visitor = base.user is None
        self.modified = True
        try:
            self._write(base, get_store().renew_session)
        except GoneError:
            if was_visitor:
                self.create()

    @classmethod
    def clear_expired(cls) -> None:
        """Deletes the sessions that are expired and not in use right now, also those of other
        hosts; and what crashed processes left in the directory."""
        store, rule = get_store(), cls()
        for _, session in store.iter_sessions():
            if rule._is_expired(session):
                with suppress(ConflictError, BusyError, UnreadableError):
                    store.delete_unchanged(session)
        store.delete_old_sessions(_CENTURY)

    # -- The asynchronous variants; those of SessionBase do for what is not here

    async def aexists(self, session_key: str | None) -> bool:
        """As ``exists``: no lock is waited for, so no thread is needed."""
        return self.exists(session_key)

    async def aload(self) -> dict[str, Any]:
        """As ``load``: no lock is waited for, so no thread is needed."""
        return self.load()

    async def acycle_key(self) -> None:
        """As ``cycle_key``."""
        await sync_to_async(self.cycle_key)()

    # -- Whether the browser keeps the cookie

    def get_expire_at_browser_close(self) -> bool:
        """Whether the browser is to forget the session when it is closed, as Django's own; where
        the session has no expiry, as another host said."""
        return self._ends_with_browser(self._get_session())

    async def aget_expire_at_browser_close(self) -> bool:
        """As ``get_expire_at_browser_close``."""
        return self._ends_with_browser(await self._aget_session())

    def _ends_with_browser(self, items: dict[str, Any]) -> bool:
        base = self._base if self._base is not None and self._base.id == self.session_key else None
        persistent = _persistence(items, base)
        if persistent is None:
            return bool(settings.SESSION_EXPIRE_AT_BROWSER_CLOSE)
        return not persistent

    # -- The stored form

    def _find(self) -> _StoredSession | None:
        found: _StoredSession | None = get_store().load_session(self.session_key)
        return None if found is None or self._is_expired(found) else found

    def _known(self) -> _StoredSession | None:
        """The stored session of the key. ``clear`` leaves a session without, if nobody looked into
        it before."""
        if self._base is None or self._base.id != self.session_key:
            self._base = self._find()
        return self._base

    def _is_expired(self, session: _StoredSession) -> bool:
        """Whether nobody used a session for as long as it says."""
        store, used = get_store(), session.get_access_time()
        zone = timezone.utc if settings.USE_TZ else None
        try:
            modification = datetime.fromtimestamp(used, zone)
            expiry = session.data.get(_EXPIRY)
            age = self.get_expiry_age(modification=modification, expiry=expiry)
            return bool(store.now() - used >= age)
        except (ArithmeticError, TypeError, ValueError):
            assert session.id is not None
            log.error("session %s is expired: %s is no time", store.short_hash(session.id), _EXPIRY)
            return True

    def _write(self, session: _StoredSession, write: Callable[[Session], None]) -> None:
        """Lets a session hold what this one does, and stores it."""
        if self._failure is not None:
            raise self._failure
        items = self._session_cache
        _fill(session, items)
        data = session.data
        write(session)
        if session.data is not data:
            _take_over(items, _items_of(session))
        self._base, self._session_key = session, session.id


def _items_of(session: _StoredSession) -> dict[str, Any]:
    items = dict(session.data)
    if _is_key(session.user):
        items[SESSION_KEY] = session.user
    return items


def _fill(session: _StoredSession, items: dict[str, Any]) -> None:
    persistent = _persistence(items, session)
    _payload.reserve(session, _payload.PERSISTENT, persistent)
    session.data = {key: value for key, value in items.items() if key != SESSION_KEY}
    user = items.get(SESSION_KEY)
    if user is None and not _is_key(session.user):
        # Nobody, or somebody whom another host logged in, and whom Django was not shown.
        return
    if user != session.user:
        session.user = user
        tokens, csrf_token = frozenset(session._form_tokens), session._csrf_token
        _login.note(session, tokens, csrf_token, get_store().now())


def _persistence(items: dict[str, Any], base: _StoredSession | None) -> bool | None:
    """Whether the browser keeps a session's cookie; None for what the settings say."""
    expiry = items.get(_EXPIRY)
    if expiry is not None:
        return bool(expiry != 0)
    # set_expiry(None) takes back what an expiry said before, not what another host did.
    return None if base is None or _EXPIRY in base.data else base.get_persistent()


def _is_key(user: Any) -> bool:
    """Whether a stored user may be one of Django's. Of others Django must not hear: where the key
    of its user model can't be such a value it fails each request."""
    if type(user) not in (str, int):
        return False
    try:
        get_user_model()._meta.pk.to_python(user)
    except ValidationError:
        return False
    except ImproperlyConfigured:
        pass  # there is no user model
    return True


def _take_over(items: dict[str, Any], merged: dict[str, Any]) -> None:
    """Lets items be what a merge made of them. A value that is as it was stays the same object: the
    program may hold it, and go on changing it."""
    for key, value in items.items():
        if key in merged and _values.encoding(value) == _values.encoding(merged[key]):
            merged[key] = value
    items.clear()
    items.update(merged)


_opened: dict[str, DirectorySessionStore] = {}


def get_store() -> DirectorySessionStore:
    """The store of the settings, opened once in a process, for what Django has no word for:
    ``increment``, ``delete_user_sessions``, ``statistics``."""
    store = _opened.get("store")
    if store is None:
        # Without a lock, which a fork could leave held: of two threads that are the first, all get
        # the one's store.
        new = _new_store()
        store = _opened.setdefault("store", new)
        if store is not new:
            new.close()
    return store


def _new_store() -> DirectorySessionStore:
    directory = getattr(settings, "SESSION3_DIRECTORY", None)
    if not directory:
        raise ImproperlyConfigured("SESSION3_DIRECTORY must name the directory of the sessions")
    options = getattr(settings, "SESSION3_OPTIONS", None) or {}
    known = inspect.signature(DirectorySessionStore).parameters.keys() - {"directory"}
    unknown = ", ".join(sorted(map(str, set(options) - (known - {"session_class"}))))
    if unknown:
        raise ImproperlyConfigured(f"SESSION3_OPTIONS has no such option: {unknown}")
    try:
        return DirectorySessionStore(directory, session_class=_StoredSession, **options)
    except (ArithmeticError, TypeError, ValueError) as error:
        raise ImproperlyConfigured(f"SESSION3_DIRECTORY or SESSION3_OPTIONS: {error}") from error


def _forget_store(setting: str, **_: Any) -> None:
    if setting in ("SESSION3_DIRECTORY", "SESSION3_OPTIONS"):
        _opened.clear()


setting_changed.connect(_forget_store)
