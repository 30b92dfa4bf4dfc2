# SPDX-License-Identifier: MIT
"""A store of the library as session_store of Quixote's own BaseSessionManager."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import quixote.session  # type: ignore[import-untyped]
from quixote import get_request, get_session
from quixote_site import Browser, Site, site
from session3 import DictSession, Session

Base = getattr(quixote.session, "BaseSessionManager", None)
pytestmark = pytest.mark.skipif(Base is None, reason="this Quixote has no BaseSessionManager")


class QuixoteSession(quixote.session.Session):  # type: ignore[misc]
    """Quixote's session, which tells its stores that it is to be saved."""

    def is_dirty(self) -> bool:
        return True


class ShopSession(Session.Session):
    """Ours, which begins with a cart."""

    def __init__(self, id: str | None) -> None:
        super().__init__(id)
        self.cart: list[str] = []


KINDS = [QuixoteSession, Session.Session, ShopSession, DictSession.DictSession]


@pytest.fixture(params=KINDS, ids=lambda kind: kind.__name__)
def shop(request: pytest.FixtureRequest, open_store: Any) -> Iterator[Site]:
    assert Base is not None

    class Manager(Base):  # type: ignore[misc, valid-type]
        ACCESS_TIME_RESOLUTION = 1  # Quixote 3.8 reads it, and leaves it to subclasses

    manager = Manager(
        session_class=request.param, session_store=open_store(session_class=request.param)
    )
    with site(manager) as the_site:
        add_pages(the_site)
        yield the_site


def add_pages(shop: Site) -> None:
    @shop.page
    def login() -> str:
        get_session().set_user("alice")
        return "in"

    @shop.page
    def add() -> str:
        session = get_session()
        session.basket = [*getattr(session, "basket", []), "tea"]
        return str(session.basket)

    @shop.page
    def who() -> str:
        return f"{type(get_session()).__name__} {get_session().user}"

    @shop.page
    def form() -> str:
        return str(get_session().get_csrf_token())

    @shop.page
    def buy() -> str:
        return str(get_session().valid_csrf_token())

    @shop.page
    def logout() -> str:
        shop.manager.expire_session()
        return "out"

    @shop.page
    def leave() -> str:
        get_session().set_user(None)
        get_session()._csrf_token = None
        return "left"

    @shop.page
    def crash() -> str:
        get_session().basket = ["lost"]
        raise ValueError("on purpose")


def test_a_session_lives_through_requests(shop: Site) -> None:
    kind = shop.manager.session_class.__name__
    browser = Browser(shop)
    assert browser.get("who").body == f"{kind} None"
    browser.get("login")
    assert browser.get("who").body == f"{kind} alice"
    assert browser.get("add").body == "['tea']"
    assert browser.get("crash").status == 500
    assert browser.get("add").body == "['tea', 'tea']"
    assert [session.id for session in shop.manager] == [browser.id]
    assert browser.id in shop.manager


def test_its_csrf_token_passes(shop: Site) -> None:
    browser = Browser(shop)
    browser.get("login")
    token = browser.get("form").body
    assert browser.post("buy", csrf_token=token).body == "True"
    assert browser.post("buy", csrf_token="forged").body == "False"


@pytest.mark.parametrize("page", ["logout", "leave"])
def test_a_session_ends(shop: Site, page: str) -> None:
    browser = Browser(shop)
    browser.get("login")
    assert browser.get(page).status == 200
    assert list(shop.manager.store) == []
    assert browser.cookies == {}


def test_who_has_no_session_may_log_out(shop: Site) -> None:
    for browser in (Browser(shop), Browser(shop, {"QX_session": "stale"})):
        assert browser.get("logout").status == 200


def test_an_unknown_id_gives_a_new_session(shop: Site) -> None:
    browser = Browser(shop, {"QX_session": "planted"})
    browser.get("login")
    assert browser.id != "planted"
    assert not shop.manager.store.has_session("planted")


def test_the_hooks_of_a_store_are_there(shop: Site) -> None:
    heard: list[str] = []
    shop.manager.store.transaction_start = lambda: heard.append("start")
    shop.manager.store.transaction_commit = lambda session: heard.append(get_request().get_path())
    Browser(shop).get("login")
    assert heard == ["start", "/login"]


def test_deleting_without_an_id_is_a_key_error(open_store: Any) -> None:
    store = open_store()
    with pytest.raises(KeyError):
        store.delete_session(None)
    with pytest.raises(ValueError, match="id"):
        store.delete_session(Session.Session(None))
