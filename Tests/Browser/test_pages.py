# SPDX-License-Identifier: MIT
"""The pages themselves: the same on both servers, in all looks, with the headers that protect."""

from __future__ import annotations

import http.client
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from browser import Browser
from servers import Server, Site
from visits import log_in

# What may differ: who answered, and when.
DIFFERING = {"server", "process", "thread", "to-other", "kept", "accessed"}


def elements(browser: Browser) -> dict[str, list[str]]:
    """Tag, text and form's action of every element that has an id, in the page's order."""
    script = (
        "return [...document.querySelectorAll('[id]')].map(e =>"
        " [e.id, e.tagName, e.textContent, e.getAttribute('action') || ''])"
    )
    return {id: rest for id, *rest in browser.driver.execute_script(script)}


def assert_same_page(browser: Browser, site: Site, path: str = "") -> None:
    shown = []
    for each in site.servers:
        browser.open(each.address + path)
        found = elements(browser)
        assert found["server"][1] == each.name
        assert int(found["process"][1]) > 0
        shown.append({id: rest for id, rest in found.items() if id not in DIFFERING})
    assert list(shown[0]) == list(shown[1])
    assert shown[0] == shown[1]


def test_both_show_a_visitor_the_same_page(browser: Browser, site: Site) -> None:
    assert_same_page(browser, site)


def test_both_show_a_user_the_same_page(browser: Browser, server: Server, site: Site) -> None:
    log_in(browser, server, "ada & <Łukasz>", remember=True)
    for form in ("increment", "add-tea", "add-tea", "add-bread", "assign"):
        browser.submit(form)
    assert_same_page(browser, site)


def test_several_python_processes_answer(site: Site) -> None:
    """Which of them does not matter, since the session is in the store."""
    processes: set[bytes] = set()
    with ThreadPoolExecutor(8) as pool:
        for _ in range(40):
            pages = pool.map(lambda _: respond(site.python, "GET", "/")[2], range(8))
            found = (re.search(rb'id="process">([0-9]+)<', page) for page in pages)
            processes |= {match[1] for match in found if match}
            if len(processes) > 1:
                break
    assert len(processes) == 2


@pytest.mark.parametrize("path", ["nothing", "admin/nothing", "login/", "../etc/passwd", "%00"])
def test_unknown_addresses_give_404(browser: Browser, server: Server, path: str) -> None:
    browser.open(server.address + path)
    assert browser.status() == 404
    assert browser.text("error") == "There is no such page."
    browser.open(server.address)
    assert browser.status() == 200


@pytest.mark.parametrize(
    "path",
    [
        *("login", "logout", "logout-everywhere", "logout-others", "increment"),
        *("increment-and-fail", "logout-and-fail", "cart/add", "assign", "admin/revoke"),
    ],
)
def test_what_changes_something_is_no_address_to_go_to(
    browser: Browser, server: Server, path: str
) -> None:
    log_in(browser, server)
    browser.open(f"{server.address}{path}")
    assert browser.status() == 405
    browser.open(server.address)
    assert (browser.text("user"), browser.counter()) == ("ada", 0)


# Headers

POLICY = (
    "default-src 'none'; style-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)


def respond(server: Server, method: str, path: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    try:
        connection.request(method, path)
        response = connection.getresponse()
        headers = {name.lower(): value for name, value in response.getheaders()}
        return response.status, headers, response.read()
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/style.css", 200),
        ("GET", "/admin", 403),
        ("GET", "/nothing", 404),
        ("GET", "/login", 405),
        ("POST", "/", 405),
        ("POST", "/login", 400),
        ("POST", "/increment-and-fail", 500),
        ("POST", "/increment", 303),
    ],
)
def test_every_response_protects_itself(
    server: Server, method: str, path: str, status: int
) -> None:
    answered, headers, _ = respond(server, method, path)
    assert answered == status
    assert headers["cache-control"] == "no-store"
    assert headers["content-security-policy"] == POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    if status == 303:
        assert headers["location"] == "/"
    else:
        kind = "text/css" if path == "/style.css" else "text/html"
        assert headers["content-type"].lower() == f"{kind}; charset=utf-8"


def test_both_serve_the_same_stylesheet(site: Site) -> None:
    styles = [respond(server, "GET", "/style.css")[2] for server in site.servers]
    assert styles[0] == styles[1]
    assert styles[0]


# Looks


@pytest.fixture
def full_page(browser: Browser, another_browser: Browser, server: Server) -> Browser:
    """A browser on the home page of a session that holds something, among other sessions."""
    log_in(another_browser, server, "Grace Hopper", remember=True)
    log_in(browser, server, "Ada Lovelace")
    for form in ("increment", "increment", "add-tea", "add-tea", "add-honey"):
        browser.submit(form)
    return browser


def overflow(browser: Browser) -> int:
    """By how many pixels the page is wider than the window."""
    script = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
    return int(browser.driver.execute_script(script))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 400, 900])
def test_pages_fit_every_window_in_light_and_dark(
    full_page: Browser,
    server: Server,
    width: int,
    scheme: str,
    save_screenshot: Callable[[Browser, str], None],
) -> None:
    color = "return getComputedStyle(document.body).color"
    with full_page.looks(width, scheme=scheme):
        for path, name in (("", "home"), ("admin", "admin"), ("nothing", "error")):
            full_page.open(server.address + path)
            assert overflow(full_page) <= 0, f"{name} is too wide"
            brightness = sum(map(int, _numbers(full_page.driver.execute_script(color))))
            assert (brightness > 3 * 128) == (scheme == "dark"), "of the text"
            save_screenshot(full_page, f"{name}-{server.name}-{width}-{scheme}")


def _numbers(color: str) -> list[str]:
    return color[color.index("(") + 1 : -1].split(",")[:3]


def test_the_servers_differ_in_the_colour_of_their_badges(browser: Browser, site: Site) -> None:
    colors = []
    for each in site.servers:
        browser.open(each.address)
        script = "return getComputedStyle(document.getElementById('server')).backgroundColor"
        colors.append(browser.driver.execute_script(script))
    assert colors[0] != colors[1]


def test_every_field_has_a_label_and_every_form_one_button(
    browser: Browser, server: Server
) -> None:
    log_in(browser, server)
    for path in ("", "admin"):
        browser.open(server.address + path)
        script = (
            "const fields = [...document.querySelectorAll('input:not([type=hidden])')];"
            "const forms = [...document.querySelectorAll('form')];"
            "return [fields.filter(f => !f.labels.length).length, forms.filter(f =>"
            " f.querySelectorAll('button[type=submit]').length != 1 ||"
            " !f.querySelector('input[name=csrf_token]').value).length, forms.length]"
        )
        unlabelled, wrong, forms = browser.driver.execute_script(script)
        assert (unlabelled, wrong) == (0, 0)
        assert forms > 0
        assert browser.driver.execute_script("return document.scripts.length") == 0
