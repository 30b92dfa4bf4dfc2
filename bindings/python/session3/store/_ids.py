# SPDX-License-Identifier: MIT
"""Session ids and other text on their way to the library.

The library knows the grammar of ids. What is not ASCII becomes "?", which no id holds.
"""

from __future__ import annotations

import ctypes
from typing import Any

from session3 import _structs
from session3._ffi import lib, new_error
from session3.errors import InvalidArgumentError, NoIDError, UnstorableError
from session3.Session import Session

_QUIXOTE_S = ("id", "user", "_remote_address", "_creation_time", "_access_time", "_form_tokens")


def public_key(id: str) -> bytes:
    """The bytes of what a client sent as an id."""
    return id.encode("ascii", "replace")


def key(id: Any) -> bytes:
    """The bytes of an id that the program wants to write to."""
    if id is None:
        raise NoIDError("the session has no id yet")
    if not isinstance(id, str):
        raise InvalidArgumentError(f"a session's id must be a str, not {type(id).__name__}")
    return id.encode("ascii", "replace")


def key_of(session: Any) -> bytes:
    """The bytes of a session's id."""
    if isinstance(session, Session) and type(session.id) is str:
        return session.id.encode("ascii", "replace")
    if not is_session(session):
        raise UnstorableError(f"a {type(session).__name__} is no session3 Session")
    return key(session.id)


def is_session(value: Any) -> bool:
    """Whether a store of the library can keep it: a Session, or one of Quixote's."""
    return isinstance(value, Session) or all(hasattr(value, name) for name in _QUIXOTE_S)


def new_key() -> bytes:
    """The bytes of a new id."""
    id = ctypes.create_string_buffer(_structs.ID_LENGTH + 1)
    lib.session3_id_generate(id, ctypes.byref(new_error()))
    return id.value


def utf8(text: Any, what: str) -> bytes:
    """The bytes of a text that the program gives."""
    if type(text) is not str:
        raise UnstorableError(f"{what} must be a str, not {type(text).__name__}")
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise UnstorableError(f"{what} has a lone surrogate") from None
