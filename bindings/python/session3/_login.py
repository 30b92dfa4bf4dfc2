# SPDX-License-Identifier: MIT
"""What a change of the user does to a session."""

from __future__ import annotations

from collections.abc import Set

from session3 import _payload
from session3.Session import Session


def note(session: Session, form_tokens: Set[str], csrf_token: str | None, now: float) -> None:
    """Notes that the user changed: the absolute lifetime begins anew, and the tokens of before are
    forgotten, since who knew them must not pass with them."""
    if session.user is None:
        _payload.reserve(session, _payload.AUTHENTICATED, None)
    else:
        _payload.reserve_time(session, _payload.AUTHENTICATED, now)
    tokens = [token for token in session._form_tokens if token not in form_tokens]
    if len(tokens) != len(session._form_tokens):
        session._form_tokens = tokens
    if session._csrf_token is not None and session._csrf_token == csrf_token:
        session._csrf_token = None
