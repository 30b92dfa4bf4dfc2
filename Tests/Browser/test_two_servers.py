# SPDX-License-Identifier: MIT
"""One login on two servers: what the one does, the other shows, and nothing is lost."""

from __future__ import annotations

from browser import Browser, submit_at_once
from servers import Server, Site
from visits import log_in

ROUNDS = 12


def test_a_login_on_the_one_counts_on_the_other(
    browser: Browser, server: Server, other: Server
) -> None:
    log_in(browser, server)
    assert browser.text("server") == server.name
    browser.follow("to-other")
    assert browser.text("server") == other.name
    assert browser.text("user") == "ada"
    browser.submit("increment")
    browser.submit("increment")
    assert browser.counter() == 2
    browser.follow("to-other")
    assert browser.text("server") == server.name
    assert browser.counter() == 2


def test_both_show_the_same_session(browser: Browser, server: Server, other: Server) -> None:
    log_in(browser, server)
    browser.submit("add-tea")
    browser.open(other.address)
    browser.submit("add-tea")
    browser.submit("add-honey")
    shown = []
    for each in (server, other):
        browser.open(each.address)
        names = ("session-hash", "user", "created", "remote-address", "counter", "cookie")
        shown.append([browser.text(name) for name in names])
        assert browser.cart("tea") == 2
        assert browser.cart("honey") == 1
        assert browser.cart("bread") == 0
    assert shown[0] == shown[1]
    assert shown[0][0] != "none yet"


def test_a_logout_on_the_one_is_a_logout_on_the_other(
    browser: Browser, server: Server, other: Server, site: Site
) -> None:
    log_in(browser, server)
    window = browser.driver.current_window_handle
    browser.another_window()
    browser.open(other.address)
    browser.submit("logout")
    assert browser.text("user") == "nobody"
    assert browser.cookie() is None
    assert site.session_files() == []
    browser.use_window(window)
    browser.open(server.address)
    assert browser.text("user") == "nobody"
    assert browser.text("session-hash") == "none yet"


def test_clicks_by_turns_in_two_windows_all_count(browser: Browser, site: Site) -> None:
    log_in(browser, site.python)
    windows = [browser.driver.current_window_handle, browser.another_window()]
    browser.open(site.c.address)
    for turn in range(10):
        browser.use_window(windows[turn % 2])
        browser.submit("increment")
        assert browser.counter() == turn + 1


def test_clicks_at_once_in_two_windows_all_count(browser: Browser, site: Site) -> None:
    log_in(browser, site.python)
    windows = [browser.driver.current_window_handle, browser.another_window()]
    browser.open(site.c.address)
    together = 0
    for _ in range(ROUNDS):
        together += submit_at_once(browser, dict.fromkeys(windows, "increment"))
    for each in site.servers:
        browser.open(each.address)
        assert browser.counter() == 2 * ROUNDS
    assert together > 0, "the requests were never under way at the same time"
    print(f"{together} of {ROUNDS} pairs of requests were under way at the same time")


def test_different_changes_at_once_are_all_kept(browser: Browser, site: Site) -> None:
    log_in(browser, site.python)
    windows = [browser.driver.current_window_handle]
    for address in (site.c.address, site.c.address, site.python.address):
        windows.append(browser.another_window())
        browser.open(address)
    forms = dict(zip(windows, ["increment", "add-tea", "add-honey", "add-tea"]))
    for _ in range(ROUNDS):
        submit_at_once(browser, forms)
    for each in site.servers:
        browser.open(each.address)
        counts = browser.counter(), browser.cart("tea"), browser.cart("honey")
        assert counts == (ROUNDS, 2 * ROUNDS, ROUNDS)


def test_a_logout_wins_over_clicks_at_once(browser: Browser, site: Site) -> None:
    """Whatever the other windows do at that moment, the session stays ended."""
    for _ in range(4):
        log_in(browser, site.python)
        id = browser.id()
        windows = [browser.driver.current_window_handle]
        for address in (site.c.address, site.python.address):
            windows.append(browser.another_window())
            browser.open(address)
        submit_at_once(browser, dict(zip(windows, ["add-tea", "logout", "increment"])))
        for each in site.servers:
            browser.open(each.address)
            assert browser.text("user") == "nobody"
        # The C server may have begun an anonymous session for the tea that came after the logout.
        assert id not in {file.name for file in site.session_files()}
        browser.begin_anew()
