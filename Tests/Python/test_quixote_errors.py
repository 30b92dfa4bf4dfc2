# SPDX-License-Identifier: MIT
"""Stores that fail at the beginning and at the end of a request, and other mishaps."""

from __future__ import annotations

import errno
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from quixote import get_request, get_session  # type: ignore[import-untyped]
from quixote.http_response import HTTPResponse  # type: ignore[import-untyped]
from quixote_site import Browser, Site, site
from session3.errors import BusyError, Session3Error, StorageError
from session3.SessionManager import SessionManager
from session3.store.DirectorySessionStore import DirectorySessionStore

FAILURES = [StorageError("disk", -3, errno.EIO), BusyError("locked", -10)]


class FailingStore(DirectorySessionStore):
    """A store whose verbs fail when a test says so."""

    failing: str | None = None
    failure: Exception = FAILURES[0]

    def _fail(self, verb: str) -> None:
        if verb == self.failing:
            raise self.failure

    def load_session(self, id: Any, default: Any = None, *, strict: bool = False) -> Any:
        self._fail("load")
        return super().load_session(id, default, strict=strict)

    def save_session(self, session: Any, policy: Any = None, resurrect: bool = False) -> None:
        self._fail("save")
        super().save_session(session, policy, resurrect)

    def create_session(self, session: Any) -> None:
        self._fail("create")
        super().create_session(session)

    def delete_session(self, session: Any) -> bool:
        self._fail("delete")
        return super().delete_session(session)

    def renew_session(self, session: Any, id: str | None = None) -> None:
        self._fail("renew")
        super().renew_session(session, id)


@pytest.fixture
def shop(directory: Path) -> Iterator[Site]:
    with (
        FailingStore(directory, create=True) as store,
        site(SessionManager(store)) as the_site,
    ):
        add_pages(the_site)
        yield the_site


def add_pages(shop: Site) -> None:
    @shop.page
    def login() -> str:
        get_session().set_user(get_request().get_field("user", "alice"))
        return "in"

    @shop.page
    def add() -> str:
        get_session().cart = ["tea"]
        return "added"

    @shop.page
    def logout() -> str:
        shop.manager.expire_session()
        return "out"

    @shop.page
    def who() -> str:
        return str(get_session().user)

    @shop.page
    def form() -> str:
        return str(get_session().get_csrf_token())

    @shop.page
    def buy() -> str:
        return str(get_session().valid_csrf_token())


@pytest.fixture(params=FAILURES, ids=["io", "busy"])
def failure(request: pytest.FixtureRequest, shop: Site) -> Exception:
    shop.manager.store.failure = request.param
    return request.param  # type: ignore[no-any-return]


CASES = [
    ("who", "load"),
    ("add", "save"),
    ("logout", "delete"),
    ("login?user=bob", "renew"),
]


def visit(browser: Browser, page: str) -> Any:
    path, _, query = page.partition("?")
    return browser.get(path, QUERY_STRING=query)


@pytest.mark.parametrize(("page", "verb"), CASES)
def test_a_store_that_fails_is_answered_by_500_and_no_cookie(
    shop: Site, failure: Exception, page: str, verb: str
) -> None:
    browser = Browser(shop)
    browser.get("login")
    shop.manager.store.failing = verb
    reply = visit(browser, page)
    assert (reply.status, reply.set_cookies) == (500, [])
    assert type(failure).__name__ in shop.errors.getvalue()
    shop.manager.store.failing = None
    assert browser.get("who").body == "alice"


def test_a_login_that_can_t_be_stored_gives_no_cookie(shop: Site, failure: Exception) -> None:
    shop.manager.store.failing = "create"
    browser = Browser(shop)
    reply = browser.get("login")
    assert (reply.status, reply.set_cookies) == (500, [])
    shop.manager.store.failing = None
    assert browser.get("login").status == 200
    assert len(list(shop.manager.store)) == 1


def test_a_publisher_may_answer_503(shop: Site, failure: Exception) -> None:
    publisher = shop.publisher

    def unavailable(request: Any) -> str:
        publisher.session_manager.finish_failed_request()
        request.response = HTTPResponse(status=503)
        return "try again"

    publish = publisher.try_publish

    def try_publish(request: Any) -> Any:
        try:
            return publish(request)
        except Session3Error:
            return unavailable(request)

    publisher.try_publish = try_publish
    browser = Browser(shop)
    browser.get("login")
    for page, verb in CASES:
        shop.manager.store.failing = verb
        reply = visit(browser, page)
        assert (reply.status, reply.body, reply.set_cookies) == (503, "try again", [])
    shop.manager.store.failing = None
    assert browser.get("who").body == "alice"


def test_a_login_that_can_t_be_stored_gives_no_cookie_on_a_response_that_is_kept(
    shop: Site, failure: Exception
) -> None:
    publish = shop.publisher.try_publish

    def try_publish(request: Any) -> Any:
        try:
            return publish(request)
        except Session3Error:
            request.response.set_status(503)
            return "try again"

    shop.publisher.try_publish = try_publish
    shop.manager.store.failing = "create"
    reply = Browser(shop).get("login")
    assert (reply.status, reply.set_cookies) == (503, [])


def test_a_damaged_session_is_unknown_and_logged_once(
    shop: Site, directory: Path, caplog: pytest.LogCaptureFixture
) -> None:
    browser = Browser(shop)
    browser.get("login")
    file = directory / browser.id
    damaged = b"\x00" * file.stat().st_size
    file.write_bytes(damaged)
    with caplog.at_level(logging.WARNING, "session3"):
        reply = browser.get("who")
    assert (reply.status, reply.body) == (200, "None")
    (record,) = caplog.records
    assert browser.id not in record.getMessage()
    assert file.read_bytes() == damaged


def test_a_request_without_an_address_has_none(shop: Site) -> None:
    browser = Browser(shop)
    assert browser.get("login", REMOTE_ADDR=None).status == 200
    assert shop.manager.get(browser.id).get_remote_address() is None


def test_a_request_with_an_empty_address_keeps_that(shop: Site) -> None:
    browser = Browser(shop)
    browser.get("login", REMOTE_ADDR="")
    browser.get("add")
    assert shop.manager.get(browser.id).get_remote_address() == ""


@pytest.mark.parametrize("token", ["", "forged", "x" * 100_000, "\u20ac", "\x00"])
def test_a_forged_csrf_token_does_not_pass(shop: Site, token: str) -> None:
    browser = Browser(shop)
    browser.get("login")
    real = browser.get("form").body
    assert browser.post("buy", csrf_token=token).body == "False"
    assert browser.post("buy").body == "False"
    assert browser.get("buy", QUERY_STRING=f"csrf_token={real}").body == "False"
    assert browser.post("buy", csrf_token=real).body == "True"


def test_the_csrf_token_of_before_the_login_does_not_pass_after_it(shop: Site) -> None:
    browser = Browser(shop)
    browser.get("login")
    before = browser.get("form").body
    browser.get("login", QUERY_STRING="user=bob")
    assert browser.post("buy", csrf_token=before).body == "False"


def test_an_exit_in_a_page_leaves_nothing_behind(shop: Site) -> None:
    @shop.page
    def leave() -> str:
        shop.manager.expire_session()
        raise SystemExit

    browser = Browser(shop)
    browser.get("login")
    with pytest.raises(SystemExit):
        browser.get("leave")
    shop.publisher._clear_request()
    assert len(shop.manager.expired_sessions) == 0
    assert browser.get("who").body == "alice"


def test_a_manager_shows_no_secret(shop: Site, directory: Path) -> None:
    assert str(directory) not in repr(shop.manager)
    assert repr(shop.manager).startswith("<SessionManager at ")
