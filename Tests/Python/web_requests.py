# SPDX-License-Identifier: MIT
"""Requests of browsers to a session3.manager.Manager."""

from __future__ import annotations

from typing import Any

from session3.manager import Manager, Request


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
