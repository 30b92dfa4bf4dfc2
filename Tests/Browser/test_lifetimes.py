# SPDX-License-Identifier: MIT
"""Which sessions are kept, and for how long."""

from __future__ import annotations

from collections.abc import Callable

from aging import make_older
from browser import Browser
from servers import Server, Site
from visits import log_in

EXPIRED = "Your session has expired. Please log in again."
MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def test_the_c_server_keeps_what_a_visitor_collects(browser: Browser, site: Site) -> None:
    browser.open(site.c.address)
    browser.submit("add-tea")
    assert browser.cart("tea") == 1
    assert browser.cookie() is not None
    browser.open(site.python.address)
    assert browser.cart("tea") == 1
    browser.submit("increment")
    assert browser.counter() == 1
    assert len(site.session_files()) == 1


def test_the_python_server_forgets_what_a_visitor_collects(browser: Browser, site: Site) -> None:
    browser.open(site.python.address)
    browser.submit("add-tea")
    assert browser.cart("tea") == 0
    assert browser.cookie() is None
    assert site.session_files() == []


def test_an_assigned_session_is_kept_although_nobody_is_logged_in(
    browser: Browser, server: Server, site: Site
) -> None:
    browser.open(server.address)
    browser.submit("assign")
    assert browser.text("user") == "nobody"
    assert browser.text("kept").startswith("This session is assigned")
    id = browser.id()
    for each in site.servers:
        browser.open(each.address)
        browser.submit("add-tea")
    assert browser.cart("tea") == 2
    assert browser.id() == id


def test_a_session_that_was_idle_for_half_an_hour_has_expired(
    browser: Browser,
    server: Server,
    other: Server,
    site: Site,
    save_screenshot: Callable[[Browser, str], None],
) -> None:
    id = log_in(browser, server)
    make_older(site.store / id, 29 * MINUTE)
    browser.open(server.address)
    assert browser.text("user") == "ada"
    assert not browser.has("notice")
    make_older(site.store / id, 31 * MINUTE)
    browser.open(other.address)
    assert browser.text("user") == "nobody"
    assert browser.text("notice") == EXPIRED
    save_screenshot(browser, f"expired-{other.name}")
    browser.submit("login", user="ada")
    assert browser.text("user") == "ada"
    assert not browser.has("notice")
    assert browser.id() != id


def test_a_session_ends_30_days_after_the_login_however_busy(
    browser: Browser, server: Server, other: Server, site: Site
) -> None:
    id = log_in(browser, server)
    make_older(site.store / id, 29 * DAY, idle=False)
    browser.open(other.address)
    assert browser.text("user") == "ada"
    make_older(site.store / id, 2 * DAY, idle=False)
    browser.open(other.address)
    assert browser.text("user") == "nobody"
    assert browser.text("notice") == EXPIRED


def test_a_remembered_session_may_be_idle_for_days(
    browser: Browser, server: Server, other: Server, site: Site
) -> None:
    id = log_in(browser, server, remember=True)
    make_older(site.store / id, 20 * DAY)
    browser.open(other.address)
    assert browser.text("user") == "ada"


def test_a_remembered_session_that_was_idle_for_a_month_has_expired(
    browser: Browser, server: Server, other: Server, site: Site
) -> None:
    id = log_in(browser, server, remember=True)
    make_older(site.store / id, 31 * DAY)
    browser.open(other.address)
    assert browser.text("user") == "nobody"
    assert browser.text("notice") == EXPIRED


def test_an_expired_session_cannot_be_used_by_its_forms(
    browser: Browser, server: Server, site: Site
) -> None:
    id = log_in(browser, server)
    make_older(site.store / id, 31 * MINUTE)
    browser.submit("increment")
    browser.open(server.address)
    assert browser.text("user") == "nobody"


def test_an_expired_session_is_not_among_the_live_ones(
    browser: Browser, another_browser: Browser, server: Server, other: Server, site: Site
) -> None:
    make_older(site.store / log_in(another_browser, server, "bob"), 31 * MINUTE)
    log_in(browser, server, "ada")
    for each in (server, other):
        browser.open(f"{each.address}admin")
        assert [row["user"] for row in browser.rows().values()] == ["ada"]
