# SPDX-License-Identifier: MIT
"""The session of one browser: who the user is, and what the program remembers of them."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Set
from hmac import compare_digest
from time import localtime, strftime, time
from typing import Any, ClassVar, TextIO

from session3 import _layout, _payload

CSRF_TOKEN_NAME = "csrf_token"


class Session:
    """A session in memory; a store's ``save_session`` keeps it.

    Every other attribute that the program or a subclass sets on an instance is saved under its
    name, also one with a leading underscore. README.md tells which values can be stored.

    * ``id``: str, or None before it is known; not to be changed
    * ``user``: whoever is logged in, any value that can be stored, or None
    * ``_remote_address``: where the first request came from, str or None
    * ``_creation_time``, ``_access_time``: seconds since 1970
    * ``_form_tokens``: tokens of forms that were not sent back yet, the oldest first
    * ``_csrf_token``: the token of ``get_csrf_token``, or None
    """

    # In no __dict__, so that it is neither saved nor listed with the program's attributes.
    __slots__ = ("__dict__", "__weakref__", "_session3_reserved", "_session3_stored")

    _session3_stored: _payload.Stored | None
    _session3_reserved: dict[str, Any]
    _session3_layout: ClassVar[_layout.Layout]

    MAX_FORM_TOKENS = 32
    """Form tokens that are remembered at most."""

    # Declared, not set: a subclass that never calls __init__ keeps its own defaults.
    id: str | None
    user: Any
    _remote_address: str | None
    _creation_time: float
    _access_time: float
    _form_tokens: list[str]
    _csrf_token: str | None

    def __init__(self, id: str | None = None) -> None:
        """Makes a new session; inside a request of Quixote it notes the remote address."""
        self.id = id
        self.user = None
        request = _active_request()
        self._remote_address = None if request is None else request.get_environ("REMOTE_ADDR")
        self._creation_time = self._access_time = time()
        self._form_tokens = []
        self._csrf_token = None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} at {builtin_id(self):x}: {self._whose()}>"

    def __str__(self) -> str:
        return f"session ({self._whose()})"

    def _whose(self) -> str:
        user = getattr(self, "user", None)
        return f"user {user}" if user else "no user"

    def has_info(self) -> Any:
        """Whether the session is worth saving: true in a boolean sense if it has a user."""
        return self.user

    def is_dirty(self) -> bool:
        """Whether a save would store anything: the session is new, or its content or access time
        is not what was loaded."""
        stored = _payload.stored_of(self)
        return (
            stored is None
            or stored.id != self.id
            or stored.access_time != self._access_time
            or stored.base != _payload.encode(self)
        )

    def dump(self, file: TextIO | None = None, header: bool = True, deep: bool = True) -> None:
        """Describes the session for an administrator, with neither its id nor tokens.

        ``deep`` lists the names and types of its attributes, too.
        """
        out = file or sys.stdout
        if header:
            out.write("session:\n")
        created, accessed = map(_show_time, (self._creation_time, self._access_time))
        out.write(f"  user {self.user}\n")
        out.write(f"  _remote_address: {self._remote_address}\n")
        out.write(f"  created {created}, last accessed {accessed}\n")
        out.write(f"  _form_tokens: {len(self._form_tokens)}\n")
        if deep:
            for name, value in sorted(vars(self).items()):
                if name not in _layout.STATE:
                    out.write(f"  {name}: {type(value).__name__}\n")

    def start_request(self) -> None:
        """Called when a request of this session begins; for subclasses."""

    def set_user(self, user: Any) -> None:
        """Says who is logged in; None for nobody.

        Where that changes the user, form tokens and csrf token are forgotten: who knew them before
        a login must not pass with them after it.
        """
        before = getattr(self, "user", None)
        if before is not user and before != user:
            self._form_tokens = []
            self._csrf_token = None
            _payload.reserve(self, _payload.AUTHENTICATED, None)
        self.user = user

    def get_user(self) -> Any:
        """Who is logged in, or None."""
        return self.user

    def get_login_time(self) -> float | None:
        """When the user logged in, in seconds since 1970, as the session manager noted it."""
        return _payload.reserved_time(self, _payload.AUTHENTICATED)

    def set_persistent(self, persistent: bool | None) -> None:
        """Says whether the browser keeps the session's cookie when it is closed, "remember me";
        None for what the manager's policy says."""
        _payload.reserve(
            self, _payload.PERSISTENT, None if persistent is None else bool(persistent)
        )

    def get_persistent(self) -> bool | None:
        """Whether the session outlives the browser; None for what the manager's policy says."""
        value = _payload.reserved(self).get(_payload.PERSISTENT)
        return value if isinstance(value, bool) else None

    def get_renewal_time(self) -> float:
        """When the browser was last given the session's cookie, in seconds since 1970."""
        time = _payload.reserved_time(self, _payload.RENEWED)
        return self._creation_time if time is None else time

    def get_remote_address(self) -> str | None:
        """Where the session's first request came from."""
        return self._remote_address

    def get_creation_time(self) -> float:
        """When the session was made, in seconds since 1970."""
        return self._creation_time

    def get_access_time(self) -> float:
        """When the session was last used, in seconds since 1970."""
        return self._access_time

    def get_creation_age(self, _now: float | None = None) -> float:
        """Seconds since the session was made."""
        return (_now or time()) - self._creation_time

    def get_access_age(self, _now: float | None = None) -> float:
        """Seconds since the session was last used."""
        return (_now or time()) - self._access_time

    def _set_access_time(self, resolution: float) -> None:
        """Notes that the session is in use, unless that was noted ``resolution`` seconds ago."""
        now = time()
        if now - self._access_time > resolution:
            self._access_time = now

    def create_form_token(self) -> str:
        """A new token for one form; beyond MAX_FORM_TOKENS the oldest is forgotten."""
        token = _new_token()
        self._form_tokens.append(token)
        extra = len(self._form_tokens) - self.MAX_FORM_TOKENS
        if extra > 0:
            del self._form_tokens[:extra]
        return token

    def has_form_token(self, token: str) -> bool:
        """Whether this copy of the session remembers a token, in constant time.

        A store's ``consume_form_token`` lets each token pass once, whatever else runs.
        """
        found = False
        for known in self._form_tokens:
            found |= _same(token, known)
        return found

    def remove_form_token(self, token: str) -> None:
        """Forgets a token; a ValueError if it is not remembered."""
        # By this comparison first: that of a list ends at the first character that differs.
        if not self.has_form_token(token):
            raise ValueError("no such form token")
        self._form_tokens.remove(token)

    def get_csrf_token(self) -> str:
        """The token of all the session's forms, made at the first call."""
        if not self._csrf_token:
            self._csrf_token = _new_token()
        return self._csrf_token

    def valid_csrf_token(self, name: str | None = None) -> bool:
        """Whether Quixote's active request is a POST that brings the csrf token as the parameter
        ``name``, by default "csrf_token"; compared in constant time."""
        request = _active_request()
        if request is None or request.get_method() != "POST":
            return False
        value = request.get_field(name or CSRF_TOKEN_NAME)
        if isinstance(value, list):
            value = value[-1] if value else None
        return self.check_csrf_token(value)

    def check_csrf_token(self, token: Any) -> bool:
        """Whether a form brought the csrf token; compared in constant time. False for a session
        that has none."""
        return bool(self._csrf_token) and _same(token, self._csrf_token)

    # The attributes to store, by key, from the instance's own; and the way back.
    _session3_pack = _session3_unpack = _layout.as_it_is

    @classmethod
    def _session3_hidden(cls, names: Set[str]) -> frozenset[str]:
        """The stored keys that would become instance attributes of these names."""
        return frozenset(names)


builtin_id = id


def _new_token() -> str:
    return secrets.token_urlsafe(16)


def _same(given: Any, known: str | None) -> bool:
    if type(given) is not str or known is None:
        return False
    return compare_digest(_bytes(given), _bytes(known))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _show_time(seconds: float) -> str:
    return strftime("%Y-%m-%d %H:%M:%S", localtime(seconds))


def _active_request() -> Any:
    """Quixote's request of the moment; None without one. What is not imported has none."""
    quixote = sys.modules.get("quixote")
    if quixote is None or quixote.get_publisher() is None:
        return None
    return quixote.get_request()
