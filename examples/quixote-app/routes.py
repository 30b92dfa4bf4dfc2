# SPDX-License-Identifier: MIT
"""What the application answers under which path."""

from __future__ import annotations

from contextlib import suppress

from admin import Admin
from demo_session import ITEMS, DemoSession, cart_key
from forms import action, show, text_field
from pages import BAD_NAME, EXPIRED, FOLDER, SENTENCES, Pages
from publisher import RefusedError
from quixote import get_response, get_session  # type: ignore[import-untyped]
from quixote.directory import Directory  # type: ignore[import-untyped]
from session3.errors import GoneError
from session3.SessionManager import SessionManager
from session3.store.SessionStore import SessionStore

LONGEST_NAME = 64


class FailingPageError(Exception):
    """What the pages raise that are made to fail."""


class Home(Directory):  # type: ignore[misc]
    """The page of the request's session, and what its forms do."""

    _q_exports = ("admin", "cart")

    def __init__(self, manager: SessionManager, pages: Pages) -> None:
        self._manager = manager
        self._store = manager.store
        self._pages = pages
        self.admin = Admin(manager, pages)
        self.cart = Cart(manager.store)
        self._stylesheet = (FOLDER / "style.css").read_bytes()

    @show("")
    def home(self) -> bytes:
        session = get_session()
        return self._pages.home(
            session,
            hash=None if session.id is None else self._store.short_hash(session.id),
            remembered=self._manager.policy.is_persistent(session),
            notice=EXPIRED if self._manager.has_expired_cookie() else None,
        )

    @show("style.css")
    def style(self) -> bytes:
        get_response().set_content_type("text/css", "utf-8")
        return self._stylesheet

    @action("login")
    def login(self) -> None:
        name = text_field("user")
        if not 1 <= len(name) <= LONGEST_NAME:
            raise RefusedError(400, BAD_NAME)
        session = get_session()
        # The manager gives a new id where the user changes; who logs in again would be no change.
        session.set_user(None)
        session.set_user(name)
        session.set_persistent(text_field("remember") == "yes")

    @action("logout")
    def logout(self) -> None:
        self._manager.expire_session()

    @action("logout-everywhere")
    def logout_everywhere(self) -> None:
        self._manager.expire_user_sessions()

    @action("logout-others")
    def logout_others(self) -> None:
        self._manager.expire_user_sessions(others_only=True)

    @action("logout-and-fail")
    def logout_and_fail(self) -> None:
        self._manager.expire_session()
        raise FailingPageError("this page logs out, and then fails")

    @action("increment")
    def increment(self) -> None:
        count_up(self._store, get_session(), "counter")

    @action("increment-and-fail")
    def increment_and_fail(self) -> None:
        get_session().count_up("counter")
        raise FailingPageError("this page counts, and then fails")

    @action("assign")
    def assign(self) -> None:
        get_session().keep = True


class Cart(Directory):  # type: ignore[misc]
    """The shopping cart."""

    def __init__(self, store: SessionStore) -> None:
        self._store = store

    @action("add")
    def add(self) -> None:
        item = text_field("item")
        if item not in ITEMS:
            raise RefusedError(400, SENTENCES[400])
        count_up(self._store, get_session(), cart_key(item))


def count_up(store: SessionStore, session: DemoSession, key: str) -> None:
    """Adds 1 to an attribute: in the store, where requests that run at once add up; in the session
    while that is not stored."""
    if session.id is None:
        session.count_up(key)
        return
    # Somebody may have logged out meanwhile; the next page will say that nobody is logged in.
    with suppress(GoneError):
        store.increment(session.id, key)
