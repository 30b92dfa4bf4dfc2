# SPDX-License-Identifier: MIT
"""The Quixote example server: what it refuses, and what it makes of hostile input."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from quixote_app import App, Browser, Page, assert_error, assert_valid

FOREIGN_FORM = "This form is not yours."
CHANGING = (
    *("/login", "/logout", "/logout-everywhere", "/logout-others", "/logout-and-fail"),
    *("/increment", "/increment-and-fail", "/cart/add", "/assign", "/admin/revoke"),
)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    with App(tmp_path_factory.mktemp("app") / "sessions") as app:
        yield app


@pytest.fixture
def browser(app: App) -> Browser:
    return Browser(app)


@pytest.mark.parametrize("path", CHANGING)
@pytest.mark.parametrize(
    "token", [None, "", "forged", "\x00", "x" * 10_000, b"\xc3\xa9"], ids=lambda t: repr(t)[:9]
)
def test_a_form_without_the_session_s_token_changes_nothing(
    browser: Browser, path: str, token: str | bytes | None
) -> None:
    browser.log_in("ada")
    before = browser.get()
    fields: list[tuple[str, str | bytes]] = [
        *(("user", "mallory"), ("item", "tea"), ("hash", before.text("session-hash"))),
        *([] if token is None else [("csrf_token", token)]),
    ]
    page = browser.post(path, fields)
    assert_error(page, 403, FOREIGN_FORM)
    assert page.cookie is None
    after = browser.get()
    for part in ("user", "counter", "cart", "session-hash"):
        assert after.text(part) == before.text(part)


def test_the_token_of_another_session_does_not_pass(app: App, browser: Browser) -> None:
    other = Browser(app).log_in("mallory").get().document
    token = str(other.get_element_by_id("increment").fields["csrf_token"])
    browser.log_in("ada")
    assert_error(browser.post("/increment", [("csrf_token", token)]), 403, FOREIGN_FORM)


def test_an_id_comes_by_a_cookie_and_by_nothing_else(app: App, browser: Browser) -> None:
    id = browser.log_in("ada").id
    assert id is not None
    form, stranger = browser.get().document.get_element_by_id("increment"), Browser(app)
    for query in (f"session3={id}", f"id={id}", f"sid={id}"):
        assert stranger.get(f"/?{query}").text("user") == "nobody"
    for path in (f"/;session3={id}", f"/{id}", f"/session3={id}"):
        assert stranger.get(path).status == 404
    for name in ("Authorization", "Cookie2", "Set-Cookie", "Session3", "X-Session-Id", "Referer"):
        page = stranger.get(**{name: f"session3={id}"})
        assert page.text("user") == "nobody"
    # The token is the session's own, and what is missing is the cookie: nobody's count is not kept.
    fields = [*form.form_values(), ("session3", id)]
    for path in ("/increment", f"/increment?session3={id}"):
        stranger.post(path, fields)
    assert stranger.id is None
    assert browser.get().text("counter") == "0"
    browser.post("/increment", fields)
    assert browser.get().text("counter") == "1"


@pytest.mark.parametrize("path", CHANGING)
def test_a_page_of_another_site_changes_nothing(browser: Browser, path: str) -> None:
    host = browser.app.host
    for origin in ("http://evil.test", "null", "", f"http://{host}.evil.test", f"ftp://{host}"):
        fields = [("user", "ada"), ("item", "tea"), ("hash", "0" * 12)]
        assert_error(browser.post(path, fields, Origin=origin), 403, FOREIGN_FORM)
        assert browser.id is None
    browser.log_in("ada")
    page = browser.submit("increment", {"Origin": "http://evil.test"})
    assert_error(page, 403, FOREIGN_FORM)
    assert browser.get().text("counter") == "0"


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_page_of_this_site_may_say_so(browser: Browser, scheme: str) -> None:
    page = browser.submit("login", {"Origin": f"{scheme}://{browser.app.host}"}, user="ada")
    assert page.status == 303
    assert browser.user() == "ada"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("x" * 64, "x" * 64),
        ("é" * 64, "é" * 64),
        ("\U0001d54f" * 64, "\U0001d54f" * 64),
        ("a\x00b\x1b[2J\x08\x7f", "a\ufffdb\ufffd[2J\ufffd\x7f"),
        ("a\ufffe\uffff", "a\ufffd\ufffd"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("</span>&amp;\"'><b>", "</span>&amp;\"'><b>"),
        ("{/page/csrf-token}", "{/page/csrf-token}"),
        ("]]><!--", "]]><!--"),
        ("\u202eada\u2028", "\u202eada\u2028"),
        ("../../etc/passwd", "../../etc/passwd"),
        ("nobody", "nobody"),
    ],
)
def test_a_hostile_name_is_shown_as_text(browser: Browser, name: str, shown: str) -> None:
    browser.log_in(name)
    page, admin = browser.get(), browser.get("/admin")
    own = admin.rows()[page.text("session-hash")]
    assert page.text("user") == own.cssselect(".user")[0].text_content() == shown
    assert page.document.find(".//script") is None
    for each in (page, admin):
        assert not any(byte in each.body for byte in b"\x00\x08\x1b")
    browser.submit("logout")


@pytest.mark.parametrize(
    "name",
    ["", "x" * 65, "é" * 65, "x" * 10_000, b"\xff\xfe", b"ad\xe4", b"\xed\xa0\x80", b"\xc0\x80"],
    ids=lambda name: repr(name)[:12],
)
def test_a_name_that_is_none_is_refused(browser: Browser, name: str | bytes) -> None:
    page = browser.post("/login", [("user", name)])
    assert_error(page, 400)
    assert browser.id is None


def test_a_form_of_more_than_a_megabyte_is_refused_unread(browser: Browser) -> None:
    connection = socket.create_connection(
        (browser.app.url.hostname, browser.app.url.port), timeout=20
    )
    with connection:
        connection.sendall(
            b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            b"Content-Type: application/x-www-form-urlencoded\r\n"
            b"Content-Length: 300000000\r\n\r\nuser=ada"
        )
        assert connection.recv(4096).startswith(b"HTTP/1.1 413 ")


def test_a_name_that_is_a_file_or_not_there_is_refused(browser: Browser) -> None:
    head = b'--x\r\nContent-Disposition: form-data; name="user"; filename="ada"\r\n\r\n'
    file = head + b"ada\r\n--x--\r\n"
    kind = {"Content-Type": "multipart/form-data; boundary=x"}
    assert_error(browser.send("POST", "/login", file, kind), 400)
    assert_error(browser.send("POST", "/login", file[:40], kind), 400)
    assert_error(browser.post("/login", []), 400, "A name has 1 to 64 characters.")


@pytest.mark.parametrize(
    "path",
    [
        *("/nothing", "/login/", "/admin/", "/admin/revoke/x", "/cart", "/cart/", "/style.css/"),
        *("/_q_index", "/home", "/..", "/%00", "/%ff", "/<script>", "/favicon.ico"),
    ],
)
def test_there_is_no_other_page(browser: Browser, path: str) -> None:
    page = browser.get(path)
    assert_error(page, 404, "There is no such page.")
    assert b"<script>" not in page.body


@pytest.mark.parametrize("path", ["/", "/admin", "/style.css"])
def test_a_page_can_not_be_posted_to(browser: Browser, path: str) -> None:
    page = browser.log_in("ada").post(path, [])
    assert_error(page, 405, "This page does not take such a request.")
    assert page.headers["Allow"] == "GET, HEAD"


@pytest.mark.parametrize("path", CHANGING)
def test_a_link_changes_nothing(browser: Browser, path: str) -> None:
    browser.log_in("ada")
    page = browser.get(f"{path}?user=mallory&item=tea")
    assert_error(page, 405)
    assert page.headers["Allow"] == "POST"
    assert browser.user() == "ada"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "OPTIONS", "BREW"])
def test_other_methods_are_refused(browser: Browser, method: str) -> None:
    assert_error(browser.send(method, "/"), 405)


@pytest.mark.parametrize("path", ["/", "/style.css", "/nothing"])
def test_head_answers_as_get_without_a_body(browser: Browser, path: str) -> None:
    get, head = browser.get(path), browser.send("HEAD", path)
    assert head.body == b""
    assert head.status == get.status
    for name in ("Content-Type", "Content-Length", "Content-Security-Policy"):
        assert head.headers[name] == get.headers[name]


def test_the_stylesheet_is_served_as_such(browser: Browser) -> None:
    page = browser.get("/style.css")
    assert page.status == 200
    assert page.headers["Content-Type"] == "text/css; charset=utf-8"
    assert b"prefers-color-scheme: dark" in page.body


def test_every_answer_has_the_protecting_headers(browser: Browser) -> None:
    def check(page: Page, status: int) -> None:
        assert page.status == status
        assert page.headers["Cache-Control"] == "no-store"
        assert page.headers["Content-Security-Policy"] == (
            "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; "
            "base-uri 'none'"
        )
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        assert page.headers["Referrer-Policy"] == "same-origin"

    check(browser.get(), 200)
    check(browser.get("/style.css"), 200)
    check(browser.get("/nothing"), 404)
    check(browser.get("/admin"), 403)
    check(browser.submit("login", user="ada"), 303)
    check(browser.submit("increment-and-fail"), 500)
    check(browser.post("/login", [("user", b"\xff")]), 400)
    check(browser.send("PUT", "/"), 405)


@pytest.mark.parametrize(
    "cookie",
    [
        "session3=../../etc/passwd",
        "session3=%00; session3=; session3",
        'session3="; ;;=;==; session3=\t,',
        "session3=\xff\xfe",
        'q="' + "\\" * 60,
        "q=" + " " * 20_000,
        "; ".join(f"session3={n:022}" for n in range(1_000)),
        "session3=" + "x" * 100_000,
    ],
    ids=["path", "empty", "junk", "binary", "backslashes", "blanks", "many", "long"],
)
def test_an_id_that_nobody_gave_is_nobody_s(browser: Browser, cookie: str) -> None:
    page = browser.get(Cookie=cookie)
    assert_valid(page)
    assert (page.status, page.text("user"), page.cookie) == (200, "nobody", None)


def test_a_stale_cookie_beside_the_right_one_does_no_harm(browser: Browser) -> None:
    browser.log_in("ada")
    stale = f"session3={'0' * 22}"
    for cookies in (f"{stale}; session3={browser.id}", f"session3={browser.id}; {stale}"):
        assert browser.get(Cookie=f"a=b; {cookies}; c=d").text("user") == "ada"


@pytest.mark.parametrize(
    "header", [b"Cookie: session3=\x00", b"Cookie: session3=\x7f", b"Cookie", b"Host: a\r\nHost: b"]
)
def test_what_is_not_http_is_refused(browser: Browser, header: bytes) -> None:
    with socket.create_connection((browser.app.url.hostname, browser.app.url.port)) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n" + header + b"\r\n\r\n")
        answer = connection.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"Traceback" not in answer
    assert browser.get().status == 200
