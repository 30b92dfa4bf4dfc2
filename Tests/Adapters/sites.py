# SPDX-License-Identifier: MIT
"""One site, under each framework: its pages do what their paths say to the request's session."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from typing import Any
from urllib.parse import unquote

from flask import Flask
from flask import Response as FlaskResponse
from flask import session as flask_session
from session3 import asgi, wsgi
from session3.flask import Session3SessionInterface
from session3.policy import CookiePolicy, ManagerPolicy
from session3.store.DirectorySessionStore import DirectorySessionStore
from session3.store.SessionStore import SessionStore
from session3.web import WebSession
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

COOKIE = "session3"


def page(path: str, session: Callable[[], WebSession]) -> tuple[int, Iterable[str]]:
    """Status and body of a page; ``session`` is called by those that look into it."""
    name, *arguments = [unquote(part) for part in path.split("/")[1:]]
    if name == "nothing":
        return 200, ["nothing"]
    return PAGES[name](session(), *arguments)


def count(session: WebSession) -> tuple[int, list[str]]:
    session["visits"] = session.get("visits", 0) + 1
    return 200, [str(session["visits"])]


def who(session: WebSession) -> tuple[int, list[str]]:
    return 200, [session.user or "nobody"]


def login(session: WebSession, user: str) -> tuple[int, list[str]]:
    session.user = user
    return 200, [user]


def put(session: WebSession, key: str, value: str) -> tuple[int, list[str]]:
    session[key] = json.loads(value)
    return 200, [key]


def show(session: WebSession) -> tuple[int, list[str]]:
    return 200, [json.dumps(dict(session), sort_keys=True)]


def call(session: WebSession, method: str, *arguments: str) -> tuple[int, list[str]]:
    return 200, [str(getattr(session, method)(*map(json.loads, arguments)))]


def unstorable(session: WebSession) -> tuple[int, list[str]]:
    session["cart"] = [{"price": 1}, {"price": {2, 3}}]
    return 200, ["never seen"]


def broken(session: WebSession) -> tuple[int, list[str]]:
    session["lost"] = True
    raise RuntimeError("the page is broken")


def status(session: WebSession, code: str) -> tuple[int, list[str]]:
    session["status"] = code
    return int(code), [code]


def expire_and_go_on(session: WebSession) -> tuple[int, list[str]]:
    session.expire()
    session["message"] = "bye"
    return 200, ["bye"]


def clear_and_go_on(session: WebSession) -> tuple[int, list[str]]:
    session.clear()
    session["user_id"] = "ada"
    return 200, ["in"]


def stream(session: WebSession) -> tuple[int, Iterator[str]]:
    return 200, _stream(session)


def _stream(session: WebSession) -> Iterator[str]:
    session["early"] = True
    yield "one, "
    session["late"] = True
    yield "two"


_pages = (
    *(broken, call, clear_and_go_on, count, expire_and_go_on, login, put, show, status, stream),
    *(unstorable, who),
)
PAGES: dict[str, Callable[..., tuple[int, Iterable[str]]]] = {f.__name__: f for f in _pages}


def wsgi_site(store: SessionStore, **limits: Any) -> Any:
    """The site as a bare WSGI application."""

    def application(environ: Any, start_response: Any) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        code, body = page(path, lambda: environ[wsgi.SESSION])
        start_response(f"{code} Told", [("Content-Type", "text/plain")])
        if isinstance(body, list):
            return [part.encode() for part in body]
        return (part.encode() for part in body)

    return wsgi.SessionMiddleware(application, store, policy(limits))


def starlette_site(store: SessionStore, **limits: Any) -> Any:
    """The site of Starlette, with a websocket that counts what it is told."""

    async def answer(request: Request) -> StreamingResponse:
        code, body = page(request.url.path, lambda: request.session)  # type: ignore[arg-type,return-value]

        async def chunks() -> AsyncIterator[str]:
            for part in body:
                yield part

        return StreamingResponse(chunks(), code)

    async def socket(websocket: WebSocket) -> None:
        await websocket.accept()
        while (told := await websocket.receive_text()) != "bye":
            if told == "log out":
                websocket.session.expire()  # type: ignore[attr-defined]
            else:
                websocket.session[told] = websocket.session.get(told, 0) + 1
        await websocket.close()

    routes = [WebSocketRoute("/socket", socket), Route("/{path:path}", answer)]
    sessions = Middleware(asgi.SessionMiddleware, store=store, policy=policy(limits))
    return Starlette(routes=routes, middleware=[sessions])


def flask_site(store: SessionStore, **limits: Any) -> Any:
    """The site of Flask."""
    app = Flask(__name__)
    app.config["SESSION_COOKIE_NAME"] = COOKIE
    app.config["SESSION_COOKIE_SAMESITE"] = "Lax"
    if "persistent_timeout" in limits:
        app.config["PERMANENT_SESSION_LIFETIME"] = limits.pop("persistent_timeout")
    app.session_interface = Session3SessionInterface(store, **limits)

    @app.route("/<path:path>")
    def answer(path: str) -> FlaskResponse:
        code, body = page(f"/{path}", flask_session._get_current_object)  # type: ignore[attr-defined]
        return FlaskResponse(body, code)

    return app


def policy(limits: dict[str, Any]) -> ManagerPolicy:
    return ManagerPolicy(cookie=CookiePolicy(name=COOKIE), **limits)


SITES: dict[str, Callable[..., Any]] = {
    "wsgi": wsgi_site,
    "starlette": starlette_site,
    "flask": flask_site,
}

if "SITE_DIRECTORY" in os.environ:
    # A server's own process: gunicorn and uvicorn take it by its name in this module.
    options = json.loads(os.environ.get("SITE_OPTIONS", "{}"))
    store = DirectorySessionStore(os.environ["SITE_DIRECTORY"], **options)
    application = SITES[os.environ["SITE"]](store)
