# SPDX-License-Identifier: MIT
"""What a session manager remembers of one request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from session3 import _payload, _values
from session3.Session import Session

_ATTRIBUTE = "_session3_notes"


@dataclass
class Beginning:
    """A session as it was when the request got it, or last stored it."""

    session: Session | None = None
    is_stored: bool = False
    had_info: bool = False
    login_time: float | None = None
    user: Any = None
    """The user, encoded, or as it is where that can't be."""
    is_persistent: bool | None = None
    """Whether the browser keeps the cookie that it has; None if it has none."""
    form_tokens: frozenset[str] = frozenset()
    csrf_token: str | None = None


@dataclass
class Notes:
    """The request's session, and what the request asked for."""

    beginning: Beginning = field(default_factory=Beginning)
    new_id: str | None = None
    """The id that the manager gave to a new session."""
    renews: bool = False
    expired: list[Session] = field(default_factory=list)
    revokes: bool = False
    is_gone: bool = False
    """Whether the session was found to be deleted meanwhile, and so was not stored."""
    user_to_expire: tuple[Any, bool] | None = None
    """A user whose sessions end, and whether only the others do."""


def notes_of(request: Any) -> Notes:
    """The notes on a request."""
    notes: Notes | None = getattr(request, _ATTRIBUTE, None)
    if notes is None:
        notes = Notes()
        setattr(request, _ATTRIBUTE, notes)
    return notes


def forget(request: Any) -> None:
    """Drops the notes on a request."""
    if hasattr(request, _ATTRIBUTE):
        delattr(request, _ATTRIBUTE)


def mark_of(user: Any) -> Any:
    """What tells one user from another; None for nobody."""
    if user is None:
        return None
    encoded = _values.encoding(user)
    return user if encoded is None else encoded


def beginning_of(session: Session, is_persistent: Callable[[Session], bool]) -> Beginning:
    """A session as it is now, before the page gets it."""
    return Beginning(
        session=session,
        is_stored=session.id is not None,
        had_info=bool(session.has_info()),
        login_time=session.get_login_time(),
        user=mark_of(session.user),
        is_persistent=None if session.id is None else is_persistent(session),
        form_tokens=frozenset(session._form_tokens),
        csrf_token=session._csrf_token,
    )


def as_stored(session: Session) -> Session | None:
    """A session as it was loaded or last saved; None if its store doesn't let it remember."""
    stored = _payload.stored_of(session)
    if stored is None:
        return None
    return _payload.twin(session, type(session), stored, stored.defaults)
