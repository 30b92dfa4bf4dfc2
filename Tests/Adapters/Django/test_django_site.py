# SPDX-License-Identifier: MIT
"""A site of Django's on session3.django, as its own test client sees it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings  # type: ignore[import-untyped]
from django_project import Browser, make_user, other_host
from django_sessions import Clock, files
from django_site.views import visited

pytestmark = pytest.mark.usefixtures("django_directory")


def test_a_visitor_who_stores_nothing_gets_no_session(django_directory: Path) -> None:
    browser = Browser()
    assert browser.get().json()["session"] == {}
    assert browser.key is None
    assert not django_directory.exists() or files(django_directory) == set()


def test_login_gives_a_new_key_and_keeps_the_cart(django_directory: Path) -> None:
    make_user()
    browser = Browser()
    browser.post("/cart/add", item="tea")
    before = browser.key
    assert browser.log_in().status_code == 200
    assert browser.key != before
    page = browser.get().json()
    assert (page["user"], page["session"]["cart"]) == ("ada", ["tea"])
    assert files(django_directory) == {browser.key}


def test_a_wrong_password_changes_nothing() -> None:
    make_user()
    browser = Browser()
    browser.post("/cart/add", item="tea")
    before = browser.key
    assert browser.log_in(password="wrong").status_code == 403
    assert browser.key == before
    assert browser.get().json()["user"] == ""


def test_logout_deletes_session_and_cookie(django_directory: Path) -> None:
    make_user()
    browser = Browser()
    browser.log_in()
    old = browser.key
    assert browser.post("/logout").status_code == 200
    assert browser.key is None
    assert files(django_directory) == set()
    browser.client.cookies["session3"] = old
    assert browser.get().json() == {**browser.get().json(), "user": "", "session": {}}


def test_a_login_as_another_user_begins_an_empty_session(django_directory: Path) -> None:
    make_user()
    make_user("bob")
    browser = Browser()
    browser.log_in()
    browser.post("/cart/add", item="tea")
    browser.log_in("bob")
    page = browser.get().json()
    assert (page["user"], "cart" in page["session"]) == ("bob", False)
    assert files(django_directory) == {browser.key}


def test_a_new_password_ends_the_users_other_sessions() -> None:
    make_user()
    here, elsewhere = Browser(), Browser()
    here.log_in()
    elsewhere.log_in()
    before = here.key
    assert here.post("/password", password="another").status_code == 200
    assert here.key != before
    assert here.get().json()["user"] == "ada"
    assert elsewhere.get().json()["user"] == ""


def test_messages_wait_in_the_session_until_they_are_shown(django_directory: Path) -> None:
    browser = Browser()
    browser.get("/greet")
    with other_host(django_directory) as other:
        assert "welcome" in other.load_session(browser.key)["_messages"]
    assert browser.get().json()["messages"] == ["welcome"]
    assert browser.get().json()["messages"] == []


def test_the_csrf_token_is_in_the_session(django_directory: Path) -> None:
    browser = Browser()
    assert browser.post("/cart/add", item="tea").status_code == 200
    assert browser.client.post("/cart/add", {"item": "pot"}).status_code == 403
    with other_host(django_directory) as other:
        assert other.load_session(browser.key)["_csrftoken"]
    assert browser.get().json()["session"]["cart"] == ["tea"]


def test_the_cookie_lives_as_long_as_the_session_says() -> None:
    browser = Browser()
    browser.post("/expiry", seconds="600")
    assert browser.client.cookies["session3"]["max-age"] == 600
    browser.post("/expiry", seconds="0")
    assert browser.client.cookies["session3"]["max-age"] == ""
    browser.post("/expiry", seconds="")
    assert browser.client.cookies["session3"]["max-age"] == 14 * 24 * 3600


def test_the_cookie_is_one_for_the_browsers_life_where_another_host_said_so(
    django_directory: Path,
) -> None:
    browser = Browser()
    browser.post("/cart/add", item="tea")
    with other_host(django_directory) as other:
        session = other.load_session(browser.key)
        session.set_persistent(False)
        other.save_session(session)
    browser.post("/cart/add", item="pot")
    assert browser.client.cookies["session3"]["max-age"] == ""


def test_a_change_that_django_is_not_told_of_is_not_saved() -> None:
    browser = Browser()
    browser.post("/cart/add", item="tea")

    def change(request: Any) -> None:
        request.session["cart"].append("pot")

    with_change(browser, change)
    assert browser.get().json()["session"]["cart"] == ["tea"]
    with override_settings(SESSION_SAVE_EVERY_REQUEST=True):
        with_change(browser, change)
    assert browser.get().json()["session"]["cart"] == ["tea", "pot"]


def test_a_request_whose_session_is_deleted_meanwhile_is_a_bad_request(
    django_directory: Path,
) -> None:
    browser = Browser()
    browser.post("/cart/add", item="tea")

    def log_out_elsewhere(request: Any) -> None:
        request.session["late"] = True
        with other_host(django_directory) as other:
            other.delete_session(browser.key)

    assert with_change(browser, log_out_elsewhere).status_code == 400
    assert files(django_directory) == set()


def test_a_slow_request_does_not_set_the_key_back_that_a_login_replaced() -> None:
    make_user()
    slow, fast = Browser(), Browser()
    slow.post("/cart/add", item="tea")
    fast.client.cookies["session3"] = slow.key

    def log_in_meanwhile(request: Any) -> None:
        request.session["late"] = True
        assert fast.log_in().status_code == 200

    answer = with_change(slow, log_in_meanwhile)
    assert answer.status_code == 400
    assert "session3" not in answer.cookies
    page = fast.get().json()
    assert (page["user"], page["session"]["late"]) == ("ada", True)


def test_a_request_that_only_looks_counts_as_use_if_every_request_saves(
    clock: Clock, directory: Path
) -> None:
    browser = Browser()
    browser.post("/cart/add", item="tea")
    begin = clock.now
    clock.now += 60
    with other_host(directory) as other:
        browser.get()
        assert other.load_session(browser.key).get_access_time() == begin
        with override_settings(SESSION_SAVE_EVERY_REQUEST=True):
            browser.get()
        assert other.load_session(browser.key).get_access_time() == clock.now


def with_change(browser: Browser, change: Callable[[Any], None]) -> Any:
    """A request in whose midst something happens."""

    def happen(request: Any, **_: Any) -> None:
        visited.disconnect(happen)
        change(request)

    visited.connect(happen)
    return browser.get("/visit")
