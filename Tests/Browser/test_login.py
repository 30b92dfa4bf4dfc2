# SPDX-License-Identifier: MIT
"""A login: the new id, and the cookie as the browser stored it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from browser import SITE_NAME, Browser, start_chromium
from servers import Server, Site
from visits import log_in
from watch import Watch

DAY = 24 * 60 * 60


def test_a_visitor_has_no_session_until_there_is_something_to_keep(
    browser: Browser, server: Server, site: Site
) -> None:
    browser.open(server.address)
    assert browser.text("user") == "nobody"
    assert browser.text("session-hash") == "none yet"
    assert browser.cookie() is None
    assert site.session_files() == []


def test_a_login_gives_a_new_id_and_keeps_the_content(
    browser: Browser, server: Server, site: Site
) -> None:
    browser.open(site.c.address)
    browser.submit("increment")
    before, hash_before = browser.id(), browser.text("session-hash")
    browser.open(server.address)
    browser.submit("login", user="ada")
    after, hash_after = browser.id(), browser.text("session-hash")
    assert after != before
    assert hash_after != hash_before
    assert browser.counter() == 1
    assert [file.name for file in site.session_files()] == [after]


def test_the_id_from_before_a_login_is_dead(
    browser: Browser, another_browser: Browser, server: Server, site: Site
) -> None:
    """Session fixation: who planted an id, or saw it before the login, gets nowhere with it."""
    another_browser.open(site.c.address)
    another_browser.submit("increment")
    planted = another_browser.id()
    browser.open(server.address)
    browser.plant(planted)
    browser.open(server.address)
    browser.submit("login", user="ada")
    assert browser.id() != planted
    for each in site.servers:
        another_browser.plant(planted)
        another_browser.open(each.address)
        assert another_browser.text("user") == "nobody"
        assert another_browser.text("session-hash") == "none yet"
        assert another_browser.counter() == 0


def test_another_user_gets_another_id(browser: Browser, server: Server, other: Server) -> None:
    id = log_in(browser, server, "ada")
    browser.submit("add-tea")
    browser.open(other.address)
    browser.submit("login", user="bob")
    assert browser.text("user") == "bob"
    assert browser.id() != id
    assert browser.cart("tea") == 1


def test_the_id_stays_from_page_to_page(browser: Browser, server: Server, other: Server) -> None:
    id = log_in(browser, server)
    for address in (other.address, server.address):
        browser.open(address)
        browser.submit("increment")
        assert browser.id() == id


@pytest.mark.parametrize("planted", ["a" * 22, "session", "..", ".session3", "x" * 128])
def test_an_unknown_id_is_not_taken_over(
    browser: Browser, server: Server, site: Site, planted: str
) -> None:
    browser.open(server.address)
    browser.plant(planted)
    browser.open(server.address)
    assert browser.text("session-hash") == "none yet"
    browser.submit("login", user="ada")
    assert browser.text("user") == "ada"
    assert browser.id() != planted
    assert [file.name for file in site.session_files()] == [browser.id()]


def test_the_cookie_ends_with_the_browser(browser: Browser, server: Server) -> None:
    log_in(browser, server)
    cookie = browser.cookie()
    assert cookie is not None
    assert len(cookie.pop("value")) >= 22
    assert cookie == {
        "name": "session3",
        "domain": "127.0.0.1",
        "path": "/",
        "httpOnly": True,
        "sameSite": "Lax",
        "secure": False,
    }
    assert browser.text("cookie") == "ends with the browser"


def test_a_remembered_cookie_is_kept_for_30_days(browser: Browser, server: Server) -> None:
    log_in(browser, server, remember=True)
    cookie = browser.cookie()
    assert cookie is not None
    assert abs(cookie["expiry"] - (time.time() + 30 * DAY)) < 60
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, "Lax", "/")
    assert browser.text("cookie") == "kept for 30 days"


def test_an_id_in_a_page_would_be_noticed(browser: Browser, server: Server, watch: Watch) -> None:
    """What every other test relies on, which looks at its pages' sources."""
    id = log_in(browser, server)
    with pytest.raises(AssertionError, match="an id is to be seen"):
        watch.check(f"<p>{id}</p>")


def test_scripts_of_the_page_do_not_see_the_cookie(browser: Browser, server: Server) -> None:
    log_in(browser, server)
    assert browser.driver.execute_script("return document.cookie") == ""


def test_the_cookie_belongs_to_the_host_that_set_it(browser: Browser, server: Server) -> None:
    """Not to the hosts below it, which may be somebody else's."""
    browser.open(f"http://{SITE_NAME}:{server.port}/")
    browser.submit("login", user="ada")
    assert browser.text("user") == "ada"
    cookie = browser.cookie()
    assert cookie is not None
    assert cookie["domain"] == SITE_NAME
    browser.open(f"http://below.{SITE_NAME}:{server.port}/")
    assert browser.text("user") == "nobody"
    assert browser.cookie() is None


@pytest.mark.parametrize("remember", [False, True])
def test_who_is_remembered_is_logged_in_after_the_browser_was_closed(
    tmp_path: Path, server: Server, other: Server, watch: Watch, remember: bool
) -> None:
    for address, is_first in ((server.address, True), (other.address, False)):
        driver = start_chromium(tmp_path / "profile")
        try:
            browser = Browser(driver, watch.check)
            browser.open(address)
            if is_first:
                browser.submit("login", user="ada", remember=remember)
                assert browser.text("user") == "ada"
            else:
                assert browser.text("user") == ("ada" if remember else "nobody")
        finally:
            driver.quit()
