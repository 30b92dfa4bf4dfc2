# SPDX-License-Identifier: MIT
"""Which sessions are worth keeping, and what a session of another host's is loaded as."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

import pytest
from quixote import get_session  # type: ignore[import-untyped]
from quixote_site import Browser, Site, site
from session3.DictSession import DictSession
from session3.Session import Session
from session3.SessionManager import SessionManager


class ListSession(Session):
    """Worth keeping for what is in it."""

    def __init__(self, id: str | None) -> None:
        super().__init__(id)
        self.cart: list[str] = []
        self.wishes: list[str] = []

    def has_info(self) -> bool:
        return bool(self.cart or self.wishes)


class TokenSession(Session):
    """Begins with something else each time."""

    def __init__(self, id: str | None) -> None:
        super().__init__(id)
        self.secret = secrets.token_hex(8)


class Basket(DictSession):
    """Begins with items and attributes."""

    def __init__(self, id: str | None) -> None:
        super().__init__(id)
        self["cart"] = []
        self.theme = "plain"


@pytest.fixture
def lists(store: Any) -> Iterator[Site]:
    with site(SessionManager(store, ListSession)) as shop:

        @shop.page
        def add() -> str:
            get_session().cart.append("tea")
            return "added"

        @shop.page
        def clear() -> str:
            get_session().cart.clear()
            return "cleared"

        yield shop


def of_another_host(store: Any, session: Session) -> Browser:
    """A browser with the cookie of a session that another host made."""
    store.create_session(session)
    return Browser(None, {"QX_session": str(session.id)})  # type: ignore[arg-type]


def visit(store: Any, manager: Any, browser: Browser, page: Any) -> Any:
    with site(manager) as shop:
        browser.site = shop
        shop.root.pages["page"] = page
        reply = browser.get("page")
        assert reply.status == 200, shop.errors.getvalue()
        return reply


def test_a_session_is_kept_as_long_as_there_is_something_in_it(lists: Site) -> None:
    browser = Browser(lists)
    browser.get("add")
    assert lists.manager.store.has_session(browser.id)
    assert browser.get("clear").attributes()["max-age"] == "0"
    assert list(lists.manager.store) == []


def test_a_session_that_was_filled_by_others_meanwhile_stays(lists: Site) -> None:
    store = lists.manager.store
    browser = Browser(lists)

    @lists.page
    def overtaken() -> str:
        other = store.load_session(browser.id)
        other.wishes = ["pot"]
        store.save_session(other)
        get_session().cart.clear()
        return "cleared"

    browser.get("add")
    assert browser.get("overtaken").set_cookies == []
    session = store.load_session(browser.id)
    assert (session.cart, session.wishes) == ([], ["pot"])


def test_a_session_that_others_changed_without_filling_it_is_deleted(lists: Site) -> None:
    store = lists.manager.store
    browser = Browser(lists)

    @lists.page
    def overtaken() -> str:
        other = store.load_session(browser.id)
        other.get_csrf_token()
        store.save_session(other)
        get_session().cart.clear()
        return "cleared"

    browser.get("add")
    assert browser.get("overtaken").attributes()["max-age"] == "0"
    assert list(store) == []


def test_a_session_that_was_deleted_meanwhile_is_not_revoked(lists: Site) -> None:
    browser = Browser(lists)

    @lists.page
    def overtaken() -> str:
        lists.manager.store.delete_session(browser.id)
        get_session().cart.clear()
        return "cleared"

    browser.get("add")
    assert browser.get("overtaken").set_cookies == []


def test_a_session_that_never_had_information_is_another_host_s(lists: Site) -> None:
    store = lists.manager.store
    foreign = Session()
    foreign.language = "cy"  # type: ignore[attr-defined]
    store.create_session(foreign)
    browser = Browser(lists, {"QX_session": str(foreign.id)})

    @lists.page
    def colour() -> str:
        get_session().colour = "green"
        return "coloured"

    assert browser.get("colour").set_cookies == []
    session = store.load_session(foreign.id)
    assert (session.language, session.colour) == ("cy", "green")


def test_a_loaded_session_is_of_the_manager_s_class(store: Any) -> None:
    foreign = Session()
    foreign.set_user("alice")
    browser = of_another_host(store, foreign)

    def page() -> str:
        return f"{type(get_session()).__name__} {get_session().cart} {get_session().user}"

    reply = visit(store, SessionManager(store, ListSession), browser, page)
    assert reply.body == "ListSession [] alice"


def test_two_managers_of_one_store_have_each_its_class(store: Any) -> None:
    foreign = Session()
    foreign.set_user("alice")
    foreign.cart = ["tea"]  # type: ignore[attr-defined]
    store.create_session(foreign)
    lists, tokens = SessionManager(store, ListSession), SessionManager(store, TokenSession)
    with site(lists):
        assert type(lists.get(foreign.id)) is ListSession
        assert type(tokens.get(foreign.id)) is TokenSession
        assert type(store.load_session(foreign.id)) is Session


def test_a_store_s_class_is_the_manager_s_by_default(open_store: Any) -> None:
    store = open_store(session_class=ListSession)
    assert SessionManager(store).session_class is ListSession
    assert SessionManager(open_store()).session_class is Session


def test_who_looks_at_another_host_s_session_does_not_write_its_defaults(store: Any) -> None:
    foreign = Session()
    foreign.set_user("alice")
    browser = of_another_host(store, foreign)
    before = store.load_session(foreign.id)._session3_stored.base
    manager = SessionManager(store, ListSession)
    visit(store, manager, browser, lambda: str(get_session().cart))
    # A has_info of no information ever keeps it as another host's.
    assert store.load_session(foreign.id)._session3_stored.base == before


def test_a_default_that_is_changed_is_stored(store: Any) -> None:
    foreign = Session()
    browser = of_another_host(store, foreign)

    def page() -> str:
        get_session().cart.append("tea")
        return "added"

    visit(store, SessionManager(store, ListSession), browser, page)
    session = store.load_session(foreign.id)
    assert session.cart == ["tea"]
    assert not hasattr(session, "wishes")


def test_a_default_is_there_also_after_a_save_that_merged(store: Any) -> None:
    foreign = Session()
    foreign.cart = ["tea"]  # type: ignore[attr-defined]
    browser = of_another_host(store, foreign)

    def page() -> str:
        other = store.load_session(foreign.id)
        other.colour = "green"
        store.save_session(other)
        session = get_session()
        session.theme = "dark"
        store.save_session(session)
        return f"{session.colour} {session.wishes}"

    reply = visit(store, SessionManager(store, ListSession), browser, page)
    assert reply.body == "green []"
    assert not hasattr(store.load_session(foreign.id), "wishes")


def test_a_default_that_is_another_one_each_time_is_stored(store: Any) -> None:
    foreign = Session()
    foreign.set_user("alice")
    browser = of_another_host(store, foreign)
    manager = SessionManager(store, TokenSession)

    def page() -> str:
        return str(get_session().secret)

    first = visit(store, manager, browser, page).body
    assert visit(store, manager, browser, page).body == first


def test_a_dict_session_has_its_defaults_too(store: Any) -> None:
    foreign = DictSession()
    foreign.set_user("alice")
    foreign["colour"] = "green"
    browser = of_another_host(store, foreign)

    def page() -> str:
        session = get_session()
        session["cart"].append("tea")
        return f"{session['colour']} {session['cart']} {session.theme}"

    manager = SessionManager(store, Basket)
    assert visit(store, manager, browser, page).body == "green ['tea'] plain"
    assert visit(store, manager, browser, page).body == "green ['tea', 'tea'] plain"


def test_an_empty_dict_session_of_a_user_is_kept(store: Any) -> None:
    with site(SessionManager(store, DictSession)) as shop:

        @shop.page
        def login() -> str:
            get_session().set_user("alice")
            return "in"

        browser = Browser(shop)
        browser.get("login")
        assert store.load_session(browser.id) is not None
        assert browser.get("login").set_cookies == []
