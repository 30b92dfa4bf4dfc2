# SPDX-License-Identifier: MIT
"""Two browsers: the admin page, and ending the sessions that other browsers have."""

from __future__ import annotations

from browser import Browser
from servers import Server, Site
from visits import log_in


def is_logged_out(browser: Browser, server: Server) -> bool:
    browser.open(server.address)
    return browser.text("user") == "nobody"


def test_the_admin_page_is_for_those_who_are_logged_in(browser: Browser, server: Server) -> None:
    browser.open(f"{server.address}admin")
    assert browser.status() == 403
    assert browser.text("error") == "Please log in to see the live sessions."
    assert browser.rows() == {}


def test_both_admin_pages_show_the_same_sessions(
    browser: Browser, another_browser: Browser, server: Server, other: Server, site: Site
) -> None:
    log_in(browser, server, "ada")
    log_in(another_browser, other, "bob")
    hashes = {"ada": browser.text("session-hash"), "bob": another_browser.text("session-hash")}
    shown = []
    for each in (server, other, server):
        browser.open(f"{each.address}admin")
        rows = browser.rows()
        assert {row["user"]: hash for hash, row in rows.items()} == hashes
        for row in rows.values():
            assert row.pop("accessed") >= row["created"]
            assert row["address"] == "127.0.0.1"
        assert [rows[hashes[user]]["own"] for user in ("ada", "bob")] == ["yes", "no"]
        shown.append(rows)
    assert shown[0] == shown[1] == shown[2]
    assert not {file.name for file in site.session_files()} & set(hashes.values())


def test_a_revoked_session_ends_at_the_next_click(
    browser: Browser, another_browser: Browser, server: Server, other: Server, site: Site
) -> None:
    log_in(browser, server, "ada")
    log_in(another_browser, other, "bob")
    hash = another_browser.text("session-hash")
    browser.open(f"{server.address}admin")
    browser.submit(browser.row_form(hash))
    assert browser.driver.current_url == f"{server.address}admin"
    assert [row["user"] for row in browser.rows().values()] == ["ada"]
    another_browser.submit("increment")
    assert another_browser.text("user") == "nobody"
    assert is_logged_out(another_browser, server)
    assert not is_logged_out(browser, other)


def test_who_revokes_the_own_session_is_logged_out(browser: Browser, server: Server) -> None:
    log_in(browser, server)
    hash = browser.text("session-hash")
    browser.open(f"{server.address}admin")
    browser.submit(browser.row_form(hash))
    assert is_logged_out(browser, server)


def test_log_out_everywhere_ends_all_sessions_of_the_user(
    browser: Browser, another_browser: Browser, server: Server, other: Server
) -> None:
    log_in(browser, server, "ada")
    log_in(another_browser, other, "ada")
    browser.submit("logout-everywhere")
    assert browser.text("user") == "nobody"
    assert browser.cookie() is None
    assert is_logged_out(another_browser, other)
    assert is_logged_out(another_browser, server)


def test_log_out_others_ends_all_but_this_one(
    browser: Browser, another_browser: Browser, server: Server, other: Server
) -> None:
    log_in(browser, server, "ada")
    log_in(another_browser, other, "ada")
    browser.submit("logout-others")
    assert browser.text("user") == "ada"
    assert is_logged_out(another_browser, other)
    assert not is_logged_out(browser, other)


def test_other_users_stay_logged_in(
    browser: Browser, another_browser: Browser, server: Server, other: Server
) -> None:
    log_in(another_browser, other, "bob")
    for form in ("logout-others", "logout-everywhere"):
        log_in(browser, server, "ada")
        browser.submit(form)
        assert not is_logged_out(another_browser, server)
