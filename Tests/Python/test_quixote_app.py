# SPDX-License-Identifier: MIT
"""The Quixote example server: what each page shows, and what each form does."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from quixote_app import App, Browser, Page, assert_error, assert_valid
from session3.Session import Session
from session3.store.DirectorySessionStore import DirectorySessionStore

FORMS = (
    *("login", "logout", "logout-others", "logout-everywhere", "logout-and-fail"),
    *("increment", "increment-and-fail", "add-tea", "add-honey", "add-bread", "assign"),
)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with App(tmp_path_factory.mktemp("app") / "sessions", "--other", "http://other.test/") as app:
        yield app


@pytest.fixture
def browser(app: App) -> Browser:
    return Browser(app)


@pytest.fixture
def sessions(app: App) -> Iterator[DirectorySessionStore]:
    with DirectorySessionStore(app.directory) as store:
        yield store


def test_a_visitor_is_nobody_and_gets_no_cookie(browser: Browser) -> None:
    page = browser.get()
    assert_valid(page)
    assert page.status == 200
    assert page.cookie is None
    assert page.text("server") == "quixote-app"
    assert page.text("user") == "nobody"
    assert page.text("session-hash") == "none yet"
    assert page.text("counter") == "0"
    assert [page.item(name) for name in ("tea", "honey", "bread")] == ["0", "0", "0"]
    assert page.text("remote-address") == "127.0.0.1"
    assert not page.has("notice")
    assert page.document.get_element_by_id("to-other").get("href") == "http://other.test/"


@pytest.mark.parametrize("form", FORMS)
def test_each_form_has_a_token_and_one_button(browser: Browser, form: str) -> None:
    document = browser.log_in("ada").get().document
    element = document.get_element_by_id(form)
    assert element.method == "POST"
    assert element.fields["csrf_token"]
    assert len(element.cssselect("button[type=submit]")) == 1


def test_who_logs_in_is_known_and_keeps_the_session(browser: Browser) -> None:
    page = browser.submit("login", user="ada")
    assert page.status == 303
    assert page.cookie is not None
    attributes = {part.strip().lower() for part in page.cookie.split(";")[1:]}
    assert attributes == {"path=/", "httponly", "samesite=lax"}
    first, second = browser.get(), browser.get()
    assert_valid(first)
    assert first.text("user") == second.text("user") == "ada"
    assert re.fullmatch("[0-9a-f]{12}", first.text("session-hash"))
    assert first.text("session-hash") == second.text("session-hash")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", first.text("created"))
    assert second.cookie is None
    assert str(browser.id) not in second.body.decode()


def test_who_is_remembered_has_a_cookie_that_outlives_the_browser(browser: Browser) -> None:
    page = browser.submit("login", user="ada", remember="yes")
    assert "max-age=" in str(page.cookie)
    assert browser.get().text("cookie") == "kept for 30 days"


def test_each_login_gives_a_new_id_and_the_old_one_is_dead(browser: Browser, app: App) -> None:
    browser.submit("assign")
    browser.submit("increment")
    for user in ("ada", "grace", "grace"):
        thief = Browser(app)
        thief.id = browser.id
        browser.log_in(user)
        assert browser.id != thief.id
        assert thief.user() == "nobody"
        assert browser.get().text("counter") == "1"
        assert browser.user() == user


def test_increments_are_counted_and_those_of_a_failing_page_are_not(browser: Browser) -> None:
    browser.log_in("ada")
    browser.submit("increment")
    page = browser.submit("increment-and-fail")
    assert_error(page, 500, "The page failed. The session is as it was before.")
    assert browser.get().text("counter") == "1"
    log = browser.app.log()
    assert "this page counts, and then fails" in log
    assert str(browser.id) not in log


def test_a_logout_ends_the_session_and_that_of_a_failing_page_does_not(browser: Browser) -> None:
    browser.log_in("ada")
    page = browser.submit("logout-and-fail")
    assert_error(page, 500, "The page failed. The session is as it was before.")
    assert page.cookie is None
    assert browser.user() == "ada"
    id = browser.id
    assert "max-age=0" in str(browser.submit("logout").cookie)
    browser.id = id
    assert browser.user() == "nobody"


def test_a_visitor_s_counter_is_kept_only_if_the_session_is_assigned(browser: Browser) -> None:
    browser.submit("increment")
    assert browser.get().text("counter") == "0"
    assert browser.id is None
    browser.submit("assign")
    assert "is assigned" in browser.get().text("kept")
    browser.submit("increment")
    page = browser.get()
    assert (page.text("counter"), page.text("user")) == ("1", "nobody")
    assert not page.has("attributes")


def test_the_cart_holds_what_was_added(browser: Browser) -> None:
    browser.log_in("ada")
    for form in ("add-tea", "add-tea", "add-bread"):
        assert browser.submit(form).status == 303
    page = browser.get()
    assert [page.item(name) for name in ("tea", "honey", "bread")] == ["2", "0", "1"]
    assert not page.has("attributes")
    assert_error(browser.submit("add-tea", item="gold"), 400)


def test_others_or_all_browsers_of_a_user_are_logged_out(app: App) -> None:
    name = "many browsers"
    here, there, elsewhere = (Browser(app).log_in(name) for _ in range(3))
    stranger = Browser(app).log_in("stranger")
    here.submit("logout-others")
    assert [b.user() for b in (here, there, elsewhere)] == [name, "nobody", "nobody"]
    there.log_in(name)
    here.submit("logout-everywhere")
    assert [b.user() for b in (here, there, stranger)] == ["nobody", "nobody", "stranger"]


def test_what_other_programs_stored_is_named_but_not_shown(
    browser: Browser, sessions: DirectorySessionStore
) -> None:
    session: Any = Session()
    session.user = {"name": "ada"}
    session.counter = "many"
    session.theme = "a secret"
    sessions.create_session(session)
    browser.id = session.id
    page = browser.get()
    assert page.text("user") == "<map>"
    assert page.text("counter") == "0"
    items = page.document.cssselect("#attributes li")
    assert {item.get("data-name"): item.cssselect(".type")[0].text for item in items} == {
        "counter": "text",
        "theme": "text",
    }
    assert b"a secret" not in page.body
    assert_error(browser.submit("increment"), 500)


def test_who_was_away_for_too_long_is_told(
    browser: Browser, sessions: DirectorySessionStore
) -> None:
    session = Session()
    session.set_user("ada")
    session._creation_time = time.time() - 31 * 60
    sessions.create_session(session)
    assert session.id is not None
    sessions.set_access_time(session.id, session._creation_time)
    hash = sessions.short_hash(session.id)
    browser.id = session.id
    page = browser.get()
    assert page.text("notice") == "Your session has expired. Please log in again."
    assert page.text("user") == "nobody"
    assert hash not in Browser(browser.app).log_in("grace").get("/admin").rows()
    # A form of the page of before is not obeyed as a stranger's.
    answer = browser.post("/increment", [("csrf_token", "of before")])
    assert (answer.status, answer.headers["Location"]) == (303, "/")
    assert browser.get().has("notice")
    assert browser.log_in("ada").user() == "ada"


def test_the_admin_page_lists_the_live_sessions_to_users(app: App, browser: Browser) -> None:
    assert_error(browser.get("/admin"), 403, "Please log in to see the live sessions.")
    ada, grace = Browser(app).log_in("ada"), Browser(app).log_in("grace")
    own, other = (b.get().text("session-hash") for b in (ada, grace))
    page = ada.get("/admin")
    assert_valid(page)
    rows = page.rows()
    assert "own" in rows[own].classes
    assert "own" not in rows[other].classes
    assert rows[other].cssselect(".user")[0].text_content() == "grace"
    assert rows[other].cssselect(".address")[0].text_content() == "127.0.0.1"
    assert rows[other].cssselect(".created")[0].text_content() == grace.get().text("created")
    assert str(ada.id).encode() not in page.body
    assert str(grace.id).encode() not in page.body


def revoke(browser: Browser, hash: str, form_of: str | None = None) -> Page:
    (form,) = browser.get("/admin").rows()[form_of or hash].cssselect("form.revoke")
    page = browser.post(form.get("action"), (dict(form.form_values()) | {"hash": hash}).items())
    assert (page.status, page.headers["Location"]) == (303, "/admin")
    return page


def test_a_revoked_session_is_logged_out(app: App) -> None:
    ada, grace = Browser(app).log_in("ada"), Browser(app).log_in("grace")
    own, other = (b.get().text("session-hash") for b in (ada, grace))
    revoke(ada, other)
    assert grace.user() == "nobody"
    assert other not in ada.get("/admin").rows()
    for unknown in (other, "0" * 12, "", "../../etc/passwd", "\x00", "f" * 5000):
        revoke(ada, unknown, form_of=own)
    assert ada.user() == "ada"
    assert "max-age=0" in str(revoke(ada, own).cookie)
    assert ada.user() == "nobody"
