# SPDX-License-Identifier: MIT
"""Counts a visitor's visits under bare WSGI, in the same sessions as visits.c of the C binding."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from session3.policy import ManagerPolicy
from session3.store.DirectorySessionStore import DirectorySessionStore
from session3.wsgi import SESSION, SessionMiddleware

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


def visit(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    session = environ[SESSION]
    session["visits"] = session.get("visits", 0) + 1
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"visit {session['visits']}\n".encode()]


store = DirectorySessionStore("sessions", create=True)
policy = ManagerPolicy(idle_timeout=30 * 60, lifetime=12 * 3600)
app = SessionMiddleware(visit, store, policy)
