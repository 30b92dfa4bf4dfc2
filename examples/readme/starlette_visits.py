# SPDX-License-Identifier: MIT
"""Counts a visitor's visits under Starlette, in the same sessions as visits.c of the C binding."""

from session3.asgi import SessionMiddleware
from session3.policy import ManagerPolicy
from session3.store.DirectorySessionStore import DirectorySessionStore
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

store = DirectorySessionStore("sessions", create=True)
policy = ManagerPolicy(idle_timeout=30 * 60, lifetime=12 * 3600)


def visit(request: Request) -> PlainTextResponse:
    request.session["visits"] = request.session.get("visits", 0) + 1
    return PlainTextResponse(f"visit {request.session['visits']}\n")


app = Starlette(
    routes=[Route("/", visit)],
    middleware=[Middleware(SessionMiddleware, store=store, policy=policy)],
)
