# SPDX-License-Identifier: MIT
"""The session manager under a real Publisher: ids, logins and logouts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from quixote import get_request, get_session  # type: ignore[import-untyped]
from quixote.errors import AccessError  # type: ignore[import-untyped]
from quixote_site import Browser, Site, site
from session3.SessionManager import SessionManager


@pytest.fixture
def shop(store: Any) -> Iterator[Site]:
    """Pages to log in and out on a store of each kind."""
    with site(SessionManager(store)) as the_site:
        add_pages(the_site)
        yield the_site


def add_pages(shop: Site) -> None:
    @shop.page
    def login() -> str:
        get_session().set_user(get_request().get_field("user", "alice"))
        return "in"

    @shop.page
    def logout() -> str:
        shop.manager.expire_session()
        return "out"

    @shop.page
    def who() -> str:
        return str(get_session().user)

    @shop.page
    def add() -> str:
        get_session().cart = [*getattr(get_session(), "cart", []), "tea"]
        return "added"

    @shop.page
    def crash() -> str:
        get_session().cart = ["lost"]
        raise ValueError("on purpose")

    @shop.page
    def logout_and_crash() -> str:
        shop.manager.expire_session()
        raise ValueError("on purpose")

    @shop.page
    def forbidden() -> str:
        get_session().cart = ["kept"]
        raise AccessError

    @shop.page
    def logout_forbidden() -> str:
        shop.manager.expire_session()
        raise AccessError


def stored(shop: Site) -> list[Any]:
    return [session for _, session in shop.manager.store.iter_sessions()]


def test_a_visitor_without_information_is_not_stored(shop: Site) -> None:
    reply = Browser(shop).get("who")
    assert (reply.status, reply.body, reply.set_cookies) == (200, "None", [])
    assert stored(shop) == []


def test_a_login_is_stored_and_its_cookie_set(shop: Site) -> None:
    browser = Browser(shop)
    reply = browser.get("login")
    assert reply.status == 200
    (session,) = stored(shop)
    assert session.id == browser.id
    assert (session.user, session.get_remote_address()) == ("alice", "192.0.2.1")
    assert browser.get("who").body == "alice"


def test_an_id_stays_over_requests_and_is_set_once(shop: Site) -> None:
    browser = Browser(shop)
    browser.get("login")
    first = browser.id
    for page in ("who", "add", "who", "add", ""):
        assert browser.get(page).set_cookies == []
    assert browser.id == first
    assert stored(shop)[0].cart == ["tea", "tea"]


@pytest.mark.parametrize("page", ["who", "login"])
def test_an_unknown_id_is_never_taken_over(shop: Site, page: str) -> None:
    browser = Browser(shop, {"QX_session": "planted-by-somebody"})
    assert browser.get(page).status == 200
    assert not shop.manager.store.has_session("planted-by-somebody")
    if page == "login":
        assert browser.id != "planted-by-somebody"


def test_a_login_gives_a_session_another_id_and_the_old_one_dies(shop: Site) -> None:
    browser = Browser(shop)
    browser.get("login", QUERY_STRING="user=visitor")
    browser.get("add")
    planted = browser.id
    browser.get("login", QUERY_STRING="user=bob")
    assert browser.id != planted
    assert not shop.manager.store.has_session(planted)
    (session,) = stored(shop)
    assert (session.id, session.user, session.cart) == (browser.id, "bob", ["tea"])
    assert Browser(shop, {"QX_session": planted}).get("who").body == "None"


def test_the_same_user_once_more_keeps_the_id(shop: Site) -> None:
    browser = Browser(shop)
    browser.get("login")
    first = browser.id
    assert browser.get("login").set_cookies == []
    assert browser.id == first


def test_a_user_that_is_changed_in_place_is_another_user(shop: Site) -> None:
    @shop.page
    def login_map() -> str:
        get_session().user = {"name": "alice", "admin": False}
        return "in"

    @shop.page
    def promote() -> str:
        get_session().user["admin"] = True
        return "promoted"

    browser = Browser(shop)
    browser.get("login_map")
    first = browser.id
    browser.get("promote")
    assert browser.id != first
    assert not shop.manager.store.has_session(first)


def test_a_save_by_the_page_itself_hides_no_login(shop: Site) -> None:
    @shop.page
    def save() -> str:
        get_session().user = "bob"
        shop.manager.store.save_session(get_session())
        return "saved"

    browser = Browser(shop)
    browser.get("login")
    first = browser.id
    browser.get("save")
    assert browser.id != first
    assert not shop.manager.store.has_session(first)


def test_a_logout_deletes_the_session_and_revokes_the_cookie(shop: Site) -> None:
    browser = Browser(shop)
    browser.get("login")
    reply = browser.get("logout")
    assert reply.attributes()["max-age"] == "0"
    assert reply.attributes()["expires"] == "Thu, 01 Jan 1970 00:00:00 GMT"
    assert (browser.cookies, stored(shop)) == ({}, [])


def test_a_user_that_is_taken_away_ends_the_session(shop: Site) -> None:
    @shop.page
    def forget() -> str:
        get_session().set_user(None)
        return "forgotten"

    browser = Browser(shop)
    browser.get("login")
    assert browser.get("forget").attributes()["max-age"] == "0"
    assert stored(shop) == []


def test_a_failed_page_keeps_nothing(shop: Site) -> None:
    browser = Browser(shop)
    browser.get("login")
    browser.get("add")
    reply = browser.get("crash")
    assert (reply.status, reply.set_cookies) == (500, [])
    assert stored(shop)[0].cart == ["tea"]


def test_a_failed_page_logs_nobody_out(shop: Site) -> None:
    browser = Browser(shop)
    browser.get("login")
    reply = browser.get("logout_and_crash")
    assert (reply.status, reply.set_cookies) == (500, [])
    assert browser.get("who").body == "alice"


def test_a_page_that_answers_by_a_publish_error_went_well(shop: Site) -> None:
    browser = Browser(shop)
    browser.get("login")
    assert browser.get("forbidden").status == 403
    assert stored(shop)[0].cart == ["kept"]
    reply = browser.get("logout_forbidden")
    assert (reply.status, reply.attributes()["max-age"]) == (403, "0")
    assert stored(shop) == []


def test_a_missing_page_is_answered_within_the_session(shop: Site) -> None:
    browser = Browser(shop)
    browser.get("login")
    assert browser.get("nowhere").status == 404
    assert browser.get("who").body == "alice"


def test_a_save_that_meets_a_logout_is_no_error_and_sets_no_cookie(shop: Site) -> None:
    @shop.page
    def overtaken() -> str:
        shop.manager.store.delete_session(get_session().id)
        get_session().cart = ["late"]
        return "done"

    browser = Browser(shop)
    browser.get("login")
    reply = browser.get("overtaken")
    assert (reply.status, reply.body, reply.set_cookies) == (200, "done", [])
    assert stored(shop) == []


def test_who_was_logged_out_by_force_is_not_logged_in_by_a_request_under_way(shop: Site) -> None:
    @shop.page
    def overtaken() -> str:
        shop.manager.store.delete_session(get_session().id)
        get_session().set_user("bob")
        return "in"

    browser = Browser(shop)
    browser.get("login")
    assert browser.get("overtaken").set_cookies == []
    assert browser.get("who").body == "None"
    assert list(shop.manager.store) == []


def test_an_explicit_new_id_keeps_everything_else(shop: Site) -> None:
    @shop.page
    def renew() -> str:
        assert shop.manager.renew_id()
        return "renewed"

    browser = Browser(shop)
    browser.get("login")
    browser.get("add")
    first = browser.id
    browser.get("renew")
    assert browser.id != first
    (session,) = stored(shop)
    assert (session.id, session.user, session.cart) == (browser.id, "alice", ["tea"])


def test_a_change_of_user_forgets_the_tokens_of_before(shop: Site) -> None:
    tokens: list[str] = []

    @shop.page
    def form() -> str:
        tokens[:] = [get_session().create_form_token(), get_session().get_csrf_token()]
        return "form"

    @shop.page
    def login_silently() -> str:
        session = get_session()
        tokens.append(session.create_form_token())
        session.user = "bob"
        return "in"

    browser = Browser(shop)
    browser.get("login")
    browser.get("form")
    browser.get("login_silently")
    (session,) = stored(shop)
    assert session._form_tokens == [tokens[2]]
    assert session._csrf_token is None


def test_logging_out_and_in_within_one_request_gives_a_living_cookie(shop: Site) -> None:
    @shop.page
    def switch() -> str:
        shop.manager.expire_session()
        get_request().session = shop.manager.new_session(None)
        get_session().set_user("bob")
        return "switched"

    browser = Browser(shop)
    browser.get("login")
    first = browser.id
    reply = browser.get("switch")
    assert "max-age" not in reply.attributes()
    (session,) = stored(shop)
    assert (session.id, session.user) == (browser.id, "bob")
    assert not shop.manager.store.has_session(first)


def test_a_new_session_leaves_the_old_one_as_it_is_stored(shop: Site) -> None:
    @shop.page
    def another() -> str:
        get_session().cart = ["lost"]
        get_request().session = shop.manager.new_session(None)
        get_session().set_user("bob")
        return "another"

    browser = Browser(shop)
    browser.get("login")
    browser.get("another")
    users = sorted(session.user for session in stored(shop))
    assert users == ["alice", "bob"]
    assert browser.get("who").body == "bob"
    assert not any(hasattr(session, "cart") for session in stored(shop))


def test_log_out_everywhere(shop: Site) -> None:
    @shop.page
    def everywhere() -> str:
        assert shop.manager.expire_user_sessions()
        return "out"

    here, there, other = Browser(shop), Browser(shop), Browser(shop)
    here.get("login")
    there.get("login")
    other.get("login", QUERY_STRING="user=bob")
    assert here.get("everywhere").attributes()["max-age"] == "0"
    assert there.get("who").body == "None"
    assert other.get("who").body == "bob"


def test_log_out_everywhere_else(shop: Site) -> None:
    @shop.page
    def elsewhere() -> str:
        get_session().password_changed = True
        shop.manager.renew_id()
        return str(shop.manager.expire_user_sessions(others_only=True))

    here, there = Browser(shop), Browser(shop)
    assert here.get("elsewhere").body == "False"
    here.get("login")
    there.get("login")
    assert here.get("elsewhere").body == "True"
    assert here.get("who").body == "alice"
    assert there.get("who").body == "None"


def test_log_out_everywhere_and_crash_logs_nobody_out(shop: Site) -> None:
    @shop.page
    def everywhere() -> str:
        shop.manager.expire_user_sessions()
        raise ValueError("on purpose")

    here, there = Browser(shop), Browser(shop)
    here.get("login")
    there.get("login")
    assert here.get("everywhere").status == 500
    assert (here.get("who").body, there.get("who").body) == ("alice", "alice")


def test_two_tabs_merge(shop: Site) -> None:
    browser = Browser(shop)

    @shop.page
    def slow() -> str:
        Browser(shop, dict(browser.cookies)).get("add")  # the other tab, meanwhile
        get_session().colour = "green"
        return "slow"

    browser.get("login")
    browser.get("slow")
    (session,) = stored(shop)
    assert session.cart == ["tea"]
    assert session.colour == "green"
