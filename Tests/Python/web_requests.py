# SPDX-License-Identifier: MIT
"""Requests of browsers to a session3.manager.Manager."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from session3.errors import GoneError
from session3.manager import Manager, Request
from session3.store.SessionStore import SessionStore


def begin(manager: Manager, id: str | None = None) -> tuple[Request, Any]:
    """A request of a browser that has a cookie, or none."""
    request = manager.start_request(None if id is None else f"session3={id}")
    return request, request.session


def stored_id(manager: Manager, **items: Any) -> str:
    """The id of a new session of some items."""
    request, session = begin(manager)
    session.update(items)
    request.finish_successful()
    assert session.id is not None
    return str(session.id)


class PythonStore(SessionStore):
    """A store of a program's own."""

    def __init__(self) -> None:
        self.sessions: dict[str, Any] = {}

    def load_session(self, id: Any, default: Any = None) -> Any:
        return copy.deepcopy(self.sessions.get(id, default))

    def save_session(self, session: Any) -> None:
        self.sessions[session.id] = copy.deepcopy(session)

    def delete_session(self, session: Any) -> None:
        try:
            del self.sessions[session.id]
        except KeyError:
            raise GoneError("there is no such session") from None

    def iter_sessions(self) -> Iterator[tuple[str, Any]]:
        return iter(copy.deepcopy(list(self.sessions.items())))
