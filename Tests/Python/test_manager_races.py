# SPDX-License-Identifier: MIT
"""Requests of one session that overlap with its login, its logout and each other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from quixote import get_request, get_session  # type: ignore[import-untyped]
from quixote_site import Browser, Site, site
from session3.DictSession import DictSession
from session3.Session import Session
from session3.SessionManager import SessionManager


@pytest.fixture(params=[Session, DictSession], ids=["session", "dict"])
def shop(request: pytest.FixtureRequest, store: Any) -> Iterator[Site]:
    with site(SessionManager(store, request.param)) as the_site:
        add_pages(the_site)
        yield the_site


def add_pages(shop: Site) -> None:
    @shop.page
    def login() -> str:
        get_session().set_user(get_request().get_field("user", "alice"))
        get_session().colour = "green"
        return "in"

    @shop.page
    def relogin() -> str:
        get_session().set_user(None)
        get_session().set_user("alice")
        return "in"

    @shop.page
    def renew() -> str:
        shop.manager.renew_id()
        return "renewed"

    @shop.page
    def who() -> str:
        return str(get_session().user)


def overlapping(
    shop: Site, browser: Browser, meanwhile: str, then: Any, query: str = ""
) -> Browser:
    """A request that calls ``then`` after the same browser's other one; its own cookies."""
    late = Browser(shop, dict(browser.cookies))

    def overtaken() -> str:
        browser.get(meanwhile, QUERY_STRING=query)
        then()
        return "late"

    shop.root.pages["overtaken"] = overtaken
    reply = late.get("overtaken")
    assert reply.status == 200, shop.errors.getvalue()
    return late


def logged_in(shop: Site) -> Browser:
    browser = Browser(shop)
    browser.get("login")
    return browser


def test_a_login_page_that_logs_out_first_gives_another_id(shop: Site) -> None:
    browser = logged_in(shop)
    first, before = browser.id, shop.manager.get(browser.id).get_login_time()
    browser.get("relogin")
    assert browser.id != first
    assert shop.manager.get(browser.id).get_login_time() > before


def test_a_logout_ends_a_session_that_was_given_another_id_meanwhile(shop: Site) -> None:
    browser = logged_in(shop)
    overlapping(shop, browser, "renew", shop.manager.expire_session)
    assert browser.get("who").body == "None"
    assert list(shop.manager.store) == []


def test_a_logout_ends_the_session_of_somebody_else_who_logged_in_meanwhile(shop: Site) -> None:
    browser = logged_in(shop)
    overlapping(shop, browser, "login", shop.manager.expire_session, query="user=bob")
    assert list(shop.manager.store) == []


def test_taking_the_user_away_reaches_a_session_that_has_another_id(shop: Site) -> None:
    browser = logged_in(shop)
    overlapping(shop, browser, "renew", lambda: get_session().set_user(None))
    assert browser.get("who").body == "None"


def test_an_attribute_reaches_a_session_that_has_another_id(shop: Site) -> None:
    browser = logged_in(shop)

    def then() -> None:
        get_session().size = "small"

    late = overlapping(shop, browser, "renew", then)
    assert shop.manager.get(browser.id).size == "small"
    assert late.id not in shop.manager


def test_who_began_before_a_login_is_not_shown_who_logged_in(shop: Site) -> None:
    browser = logged_in(shop)
    sessions: list[Any] = []

    def then() -> None:
        sessions.append(get_session())
        get_session().size = "small"

    overlapping(shop, browser, "login", then, "user=bob")
    assert (sessions[0].user, browser.get("who").body) == ("alice", "bob")


def test_tokens_that_were_made_beside_a_login_do_not_pass_it(shop: Site) -> None:
    browser = logged_in(shop)
    tokens: list[str] = []

    def then() -> None:
        tokens[:] = [get_session().get_csrf_token(), get_session().create_form_token()]

    overlapping(shop, browser, "login", then, "user=bob")
    session = shop.manager.get(browser.id)
    assert session._csrf_token != tokens[0]
    assert not session.has_form_token(tokens[1])


def test_tokens_that_were_saved_during_a_login_do_not_pass_it(shop: Site) -> None:
    browser = logged_in(shop)
    tokens: list[str] = []

    @shop.page
    def form() -> str:
        tokens[:] = [get_session().get_csrf_token(), get_session().create_form_token()]
        return "form"

    late = overlapping(shop, browser, "form", lambda: get_session().set_user("bob"))
    session = shop.manager.get(late.id)
    assert session.user == "bob"
    assert session._csrf_token != tokens[0]
    assert not session.has_form_token(tokens[1])


class KeptSession(Session):
    """One that is kept also while nobody is logged in."""

    def has_info(self) -> bool:
        return True


def test_two_logins_of_a_visitor_at_once_both_have_a_session(store: Any) -> None:
    with site(SessionManager(store, KeptSession)) as shop:
        add_pages(shop)
        browser = Browser(shop)
        browser.get("who")
        login = lambda: get_session().set_user("bob")  # noqa: E731
        late = overlapping(shop, browser, "login", login, "user=carol")
        assert browser.get("who").body == "carol"
        assert late.get("who").body == "bob"


def test_of_two_logins_at_once_by_somebody_the_first_wins(shop: Site) -> None:
    browser = logged_in(shop)
    late = overlapping(shop, browser, "login", lambda: get_session().set_user("bob"), "user=carol")
    assert browser.get("who").body == "carol"
    assert late.get("who").body == "None"


def test_a_new_password_ends_all_sessions_but_the_new_one(shop: Site) -> None:
    @shop.page
    def password() -> str:
        shop.manager.expire_user_sessions()
        get_request().session = shop.manager.new_session(None)
        get_session().set_user("alice")
        return "changed"

    here, there = logged_in(shop), logged_in(shop)
    here.get("password")
    assert (here.get("who").body, there.get("who").body) == ("alice", "None")


def test_a_damaged_session_keeps_nobody_from_logging_out_everywhere(
    directory: Path, directory_store: Any
) -> None:
    with site(SessionManager(directory_store)) as shop:
        add_pages(shop)

        @shop.page
        def everywhere() -> str:
            shop.manager.expire_user_sessions()
            return "out"

        here, there = logged_in(shop), logged_in(shop)
        (directory / "notes").write_bytes(b"foreign" * 100)
        assert here.get("everywhere").status == 200
        assert there.get("who").body == "None"
        assert (directory / "notes").exists()
