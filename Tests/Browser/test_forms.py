# SPDX-License-Identifier: MIT
"""Forms that are not the visitor's own, and names of all kinds."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from browser import OTHER_SITE_NAME, SITE_NAME, Browser
from selenium.webdriver.common.by import By
from servers import Server, Site
from visits import log_in

NOT_YOURS = "This form is not yours."


def set_token(browser: Browser, form: str, token: str | None) -> None:
    """Changes the token that a form carries, or takes it away."""
    browser.driver.execute_script(
        "const [id, token] = arguments;"
        "const field = document.querySelector('#' + id + ' input[name=csrf_token]');"
        "if (token === null) field.remove(); else field.value = token;",
        form,
        token,
    )


FORMS = [
    *("increment", "logout", "logout-others", "logout-everywhere", "login"),
    *("add-tea", "assign", "increment-and-fail", "logout-and-fail"),
]


@pytest.mark.parametrize("form", FORMS)
def test_a_forged_form_changes_nothing(browser: Browser, server: Server, form: str) -> None:
    id = log_in(browser, server)
    browser.submit("increment")
    set_token(browser, form, "forged")
    browser.submit(form, **({"user": "mallory"} if form == "login" else {}))
    assert browser.status() == 403
    assert browser.text("error") == NOT_YOURS
    browser.open(server.address)
    assert browser.text("user") == "ada"
    assert (browser.counter(), browser.cart("tea")) == (1, 0)
    assert browser.id() == id


@pytest.mark.parametrize("token", ["", None])
def test_a_form_without_a_token_changes_nothing(
    browser: Browser, server: Server, token: str | None
) -> None:
    log_in(browser, server)
    set_token(browser, "logout", token)
    browser.submit("logout")
    assert browser.status() == 403
    browser.open(server.address)
    assert browser.text("user") == "ada"


def test_a_forged_revocation_changes_nothing(
    browser: Browser, another_browser: Browser, server: Server
) -> None:
    log_in(another_browser, server, "bob")
    hash = another_browser.text("session-hash")
    log_in(browser, server, "ada")
    browser.open(f"{server.address}admin")
    browser.driver.execute_script(
        "for (const field of document.querySelectorAll('input[name=csrf_token]'))"
        " field.value = 'forged'"
    )
    browser.submit(browser.row_form(hash))
    assert browser.status() == 403
    another_browser.open(server.address)
    assert another_browser.text("user") == "bob"


def test_the_token_of_another_session_is_refused(
    browser: Browser, another_browser: Browser, server: Server
) -> None:
    log_in(another_browser, server, "mallory")
    selector = "#increment input[name=csrf_token]"
    field = another_browser.driver.find_element(By.CSS_SELECTOR, selector)
    log_in(browser, server, "ada")
    set_token(browser, "increment", str(field.get_property("value")))
    browser.submit("increment")
    assert browser.status() == 403


def test_a_token_holds_on_both_servers(browser: Browser, server: Server, other: Server) -> None:
    log_in(browser, server)
    selector = "#increment input[name=csrf_token]"
    field = browser.driver.find_element(By.CSS_SELECTOR, selector)
    token = str(field.get_property("value"))
    browser.open(other.address)
    set_token(browser, "increment", token)
    browser.submit("increment")
    assert browser.text("server") == other.name
    assert browser.counter() == 1


@contextmanager
def foreign_page(action: str, fields: str) -> Iterator[str]:
    """A page of another site, with a form that posts to a server; yields its address."""
    page = f"<form id=lure method=post action='{action}'>{fields}<button type=submit>Go</button>"

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            if self.path == "/":
                self.wfile.write(page.encode())

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        # A browser opens connections on which it says nothing.
        server.daemon_threads = True
        server.block_on_close = False
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://{OTHER_SITE_NAME}:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("path", ["login", "cart/add", "increment"])
def test_a_form_on_another_site_gets_nowhere(
    browser: Browser, server: Server, site: Site, path: str
) -> None:
    """Not even a login, by which a visitor would unknowingly use the attacker's account."""
    fields = "<input name=user value=mallory><input name=item value=tea>"
    with foreign_page(f"http://{SITE_NAME}:{server.port}/{path}", fields) as address:
        browser.open(address)
        browser.submit("lure")
    assert browser.status() == 403
    assert browser.text("error") == NOT_YOURS
    assert browser.cookie() is None
    assert site.session_files() == []


def test_a_link_on_another_site_finds_the_visitor_logged_in(
    browser: Browser, server: Server
) -> None:
    """SameSite=Lax: following a link carries the cookie, posting a form does not."""
    own = f"http://{SITE_NAME}:{server.port}/"
    browser.open(own)
    browser.submit("login", user="ada")
    with foreign_page(own + "increment", f"<a id=link href='{own}'>there</a>") as address:
        browser.open(address)
        browser.follow("link")
        assert browser.text("user") == "ada"
        browser.open(address)
        browser.submit("lure")
        assert browser.status() == 403
    browser.open(own)
    assert browser.counter() == 0


# Names

MARKUP = '<script>alert(1)</script><b id="counter">&amp;\''


@pytest.mark.parametrize("name", ["Ada Lovelace", "Łukasz 🦊", MARKUP, "]]>", "x" * 64, "é" * 64])
def test_any_name_is_shown_as_it_was_typed(
    browser: Browser, server: Server, other: Server, name: str
) -> None:
    browser.open(server.address)
    browser.driver.execute_script(
        "document.querySelector('input[name=user]').value = arguments[0]", name
    )
    browser.submit("login")
    for each in (server, other):
        browser.open(each.address)
        assert browser.find("user").get_property("textContent") == name
        assert len(browser.driver.find_elements(By.ID, "counter")) == 1
        browser.open(f"{each.address}admin")
        assert [row["user"] for row in browser.rows().values()] == [name]


def test_what_xml_cannot_hold_is_replaced(browser: Browser, server: Server, other: Server) -> None:
    browser.open(server.address)
    browser.driver.execute_script(
        "document.querySelector('input[name=user]').value = 'a\\u0000\\u0001\\u001b\\uffffz'"
    )
    browser.submit("login")
    for each in (server, other):
        browser.open(each.address)
        shown = str(browser.find("user").get_property("textContent"))
        assert re.fullmatch("a\ufffd{4}z", shown), shown.encode()


@pytest.mark.parametrize("name", ["", "x" * 65])
def test_a_bad_name_is_refused(browser: Browser, server: Server, site: Site, name: str) -> None:
    browser.open(server.address)
    browser.driver.execute_script(
        "const field = document.querySelector('input[name=user]');"
        "field.removeAttribute('required'); field.removeAttribute('maxlength');"
        "field.value = arguments[0];",
        name,
    )
    browser.submit("login")
    assert browser.status() == 400
    assert browser.text("error") == "A name has 1 to 64 characters."
    assert browser.cookie() is None
    assert site.session_files() == []
