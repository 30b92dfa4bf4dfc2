# SPDX-License-Identifier: MIT
"""One request of a browser at each framework, and what is then stored."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Optional

import msgspec
import quixote_site
import session3.django
from clients import ASGIBrowser, WSGIBrowser
from django_project import Browser, use_directory
from django_site.views import visited
from flask import Flask
from flask import session as flask_session
from quixote import get_session  # type: ignore[import-untyped]
from session3 import _payload, asgi, wsgi
from session3.DictSession import DictSession
from session3.flask import FlaskSession, Session3SessionInterface
from session3.Session import Session
from session3.SessionManager import SessionManager
from session3.store.DirectorySessionStore import DirectorySessionStore
from session3.web import WebSession
from sites import COOKIE, policy
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from word_tables import WORDS, words_of

Act = Callable[[Any], Any]
Prepare = Optional[Callable[[Flask], None]]
Visit = Callable[[DirectorySessionStore, Act, str], tuple[str, Any]]
"""One request of a browser that has the session of an id: the page does something to its session.
Answers the id that the browser has afterwards, and what the page told."""


def visit_wsgi(store: DirectorySessionStore, act: Act, id: str) -> tuple[str, Any]:
    told = []

    def application(environ: Any, start_response: Any) -> list[bytes]:
        told.append(act(environ[wsgi.SESSION]))
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b""]

    browser = WSGIBrowser(wsgi.SessionMiddleware(application, store, policy({})), id)
    browser.text("/")
    return str(browser.cookie), told[0]


def visit_starlette(store: DirectorySessionStore, act: Act, id: str) -> tuple[str, Any]:
    told = []

    async def page(request: Request) -> PlainTextResponse:
        told.append(act(request.session))
        return PlainTextResponse("")

    sessions = Middleware(asgi.SessionMiddleware, store=store, policy=policy({}))
    browser = ASGIBrowser(Starlette(routes=[Route("/", page)], middleware=[sessions]), id)
    browser.text("/")
    return str(browser.cookie), told[0]


def visit_flask(
    store: DirectorySessionStore, act: Act, id: str, prepare: Prepare = None
) -> tuple[str, Any]:
    told = []
    app = Flask(__name__)
    app.config["SESSION_COOKIE_NAME"] = COOKIE
    app.secret_key = "for what Flask-Login signs"
    app.session_interface = Session3SessionInterface(store)
    if prepare is not None:
        prepare(app)

    @app.route("/")
    def page() -> str:
        told.append(act(flask_session))
        return ""

    browser = WSGIBrowser(app, id)
    browser.text("/")
    return str(browser.cookie), told[0]


def visit_quixote(store: DirectorySessionStore, act: Act, id: str) -> tuple[str, Any]:
    told = []
    with quixote_site.site(SessionManager(store, Session)) as site:

        @site.page
        def page() -> str:
            told.append(act(get_session()))
            return ""

        browser = quixote_site.Browser(site, {"QX_session": id})
        assert browser.get("page").status == 200, site.errors.getvalue()
        return browser.id, told[0]


def visit_django(store: DirectorySessionStore, act: Act, id: str) -> tuple[str, Any]:
    told = []

    def happen(request: Any, **_: Any) -> None:
        told.append(act(request.session))

    browser = Browser()
    browser.client.cookies[COOKIE] = id
    visited.connect(happen)
    try:
        with use_directory(Path(store.directory)):
            assert browser.get("/visit").status_code == 200
    finally:
        visited.disconnect(happen)
    return str(browser.key), told[0]


FRAMEWORKS: dict[str, tuple[type, list[Visit]]] = {
    "Quixote": (Session, [visit_quixote]),
    "WSGI, ASGI": (WebSession, [visit_wsgi, visit_starlette]),
    "Flask": (FlaskSession, [visit_flask]),
    "Django": (session3.django.SessionStore, [visit_django]),
}


class Browsing:
    """A browser at one framework, which has the only session of a store."""

    def __init__(self, store: DirectorySessionStore, visit: Visit) -> None:
        self.store = store
        self._visit = visit
        [self.id] = store

    def visit(self, act: Act) -> Any:
        with DirectorySessionStore(self.store.directory) as own:
            self.id, told = self._visit(own, act, self.id)
        return told

    def tell(self, word: str) -> Any:
        """What a word of the framework's stands for, as the next page sees it."""
        return self.visit(lambda session: eval(_python(word), {"session": session}))

    def do(self, statement: str) -> None:
        self.visit(lambda session: exec(statement, {"session": session}))

    def log_in(self, user: str) -> None:
        """By the first of the framework's words for it."""
        [column] = [name for name, (_, visits) in FRAMEWORKS.items() if self._visit in visits]
        self.do(f"{words_of(WORDS['`user`'][column])[0]} = {user!r}")

    @property
    def stored(self) -> dict[str, Any]:
        """The payload by the keys of docs/format.md."""
        known = _payload.stored_of(self.loaded)
        assert known is not None
        payload: dict[str, Any] = msgspec.msgpack.decode(known.base)
        return payload

    @property
    def loaded(self) -> DictSession:
        with DirectorySessionStore(self.store.directory, session_class=DictSession) as store:
            found: DictSession = store.load_session(self.id)
            return found


def _python(word: str) -> str:
    return word if word.startswith("session") else f"session.{word}"
