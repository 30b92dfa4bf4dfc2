# SPDX-License-Identifier: MIT
"""The C server and Cookie headers that no browser would send."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from c_server import CServer
from web_visitor import Visitor


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CServer]:
    with CServer(tmp_path_factory.mktemp("c-server")) as server:
        yield server


@pytest.fixture
def ada(server: CServer) -> Visitor:
    visitor = server.visitor()
    visitor.log_in("ada")
    return visitor


def user(server: CServer, *cookies: bytes) -> bytes:
    """Who the visitor is who sends these Cookie headers, of bytes that no HTTP client sends; or the
    status of a refusal, or nothing if the connection was closed without an answer."""
    with socket.create_connection(("127.0.0.1", server.port), 60) as connection:
        head = b"".join(b"Cookie: " + cookie + b"\r\n" for cookie in cookies)
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + head + b"\r\n")
        answer = connection.makefile("rb").read()
    status, _, rest = answer.partition(b"\r\n")
    assert b"\r\nSet-Cookie:" not in rest
    if status != b"HTTP/1.1 200 OK":
        return status.partition(b" ")[2]
    assert rest.rstrip().endswith(b"</html>")
    return rest.split(b'id="user">', 1)[1].split(b"<", 1)[0]


TOO_LARGE = b"431 Request Header Fields Too Large"


@pytest.mark.parametrize("size", [8_000, 8_192, 16_000, 32_000, 50_000, 65_536, 100_000])
def test_a_large_header_is_read_or_refused(server: CServer, ada: Visitor, size: int) -> None:
    own = f"session3={ada.cookies['session3']}; ".encode()
    noise = b"a=" + b"x" * size
    assert user(server, own + noise) in {b"ada", TOO_LARGE}
    assert user(server, noise) in {b"nobody", TOO_LARGE}
    # What lies beyond 8 KB of cookies is not looked at.
    assert user(server, noise + b"; " + own) in (
        {b"nobody", TOO_LARGE} if size > 8_100 else {b"ada"}
    )
    assert ada.get().text("user") == "ada"


def test_headers_of_every_size_are_read_or_refused(server: CServer) -> None:
    sizes = [*range(60_000, 140_000, 1_777), *range(65_300, 65_600, 7), *range(130_000, 131_200, 7)]
    answers = {size: user(server, b"a=" + b"x" * size) for size in sorted(sizes)}
    # Where a header just fits, libmicrohttpd has no memory left for an answer: it hangs up.
    answered = [answer for answer in answers.values() if answer != b""]
    assert set(answered) == {b"nobody", TOO_LARGE}
    assert answered == sorted(answered, reverse=True), "the small ones are read"
    assert user(server, b"a=x") == b"nobody"


def test_a_thousand_cookies_leave_room_for_the_own(server: CServer, ada: Visitor) -> None:
    own = f"session3={ada.cookies['session3']}".encode()
    many = [b"a%d=1" % number for number in range(1000)]
    assert user(server, b";".join([*many[:500], own, *many[500:]])) == b"ada"
    assert user(server, *[own if cookie == b"a5=1" else cookie for cookie in many]) in {
        b"ada",
        TOO_LARGE,
    }
    assert user(server, b"; ".join([b"session3=x"] * 1000)) == b"nobody"


def test_a_stale_cookie_of_the_same_name_does_not_hide_the_live_one(
    server: CServer, ada: Visitor
) -> None:
    live = f"session3={ada.cookies['session3']}".encode()
    stale = b"session3=" + b"A" * 22
    for order in ([stale, live], [live, stale], [b"session3=", live], [b"session3=../x", live]):
        assert user(server, b"; ".join(order)) == b"ada"
        assert user(server, *order) == b"ada", "in two headers"


@pytest.mark.parametrize(
    "cookie",
    [
        b"session3=../../../../etc/passwd",
        b"session3=.session3",
        b"session3=.",
        b"session3=/etc/passwd",
        b"session3=%2e%2e%2fpasswd",
        b"session3=a/b",
        b"session3=" + b"A" * 129,
        b"session3=" + b"A" * 22,
        b'session3="',
        b"session3",
        b"=",
        b";;;;; ;=;=;==;",
        b"session3=\xff\xfe\x80",
        bytes(range(1, 10)) + bytes(range(11, 13)) + bytes(range(14, 256)),
        b"session3=\x00",
        b"\x00",
        b"",
    ],
)
def test_what_is_no_id_is_nobodys_and_never_adopted(server: CServer, cookie: bytes) -> None:
    before = sorted(server.directory.iterdir())
    # libmicrohttpd itself reads cookies, too, and takes a quote without its partner for too large.
    refusals = {TOO_LARGE} if cookie.count(b'"') == 1 else {b"400 Bad Request"}
    assert user(server, cookie) in {b"nobody", *refusals}
    assert sorted(server.directory.iterdir()) == before


def test_an_id_that_somebody_made_up_is_not_taken_over_by_a_login(server: CServer) -> None:
    visitor = server.visitor({"session3": "A" * 22})
    visitor.log_in("ada")
    assert visitor.cookies["session3"] != "A" * 22
    assert "A" * 22 not in server.stored


def test_an_id_comes_by_a_cookie_and_by_nothing_else(server: CServer, ada: Visitor) -> None:
    id = ada.cookies["session3"]
    token, stranger = ada.get().csrf_token, server.visitor()
    before = server.stored
    for query in (f"session3={id}", f"id={id}", f"sid={id}", f"Cookie=session3={id}"):
        assert stranger.get(f"/?{query}").text("user") == "nobody"
    for path in (f"/;session3={id}", f"/{id}", f"/session3={id}", f"/({id})/"):
        assert stranger.get(path).status == 404
    headers = {
        "Authorization": f"Bearer {id}",
        "Cookie2": f"session3={id}",
        "Set_Cookie": f"session3={id}",
        "Session3": id,
        "X_Session_Id": id,
        "Referer": f"http://127.0.0.1:{server.port}/?session3={id}",
    }
    for name, value in headers.items():
        assert stranger.ask("GET", "/", None, **{name: value}).text("user") == "nobody"
    assert not stranger.cookies
    assert server.stored == before
    # The token is the session's own, and what is missing is the cookie: another session counts.
    fields: dict[str, str | bytes] = {"session3": id, "csrf_token": token}
    for path in ("/increment", f"/increment?session3={id}&csrf_token={token}"):
        other = server.visitor()
        other.post(path, fields)
        assert other.cookies["session3"] != id
        assert other.get().text("user") == "nobody"
    assert ada.get().text("counter") == "0"
    assert server.visitor({"session3": id}).post("/increment", fields).status == 303
    assert ada.get().text("counter") == "1"


def test_an_address_that_a_header_claims_is_not_believed(server: CServer) -> None:
    answer = server.visitor().ask("GET", "/", X_Forwarded_For="6.6.6.6", Forwarded="for=6.6.6.6")
    assert answer.text("remote-address") == "127.0.0.1"


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"",
        b"\r\n\r\n",
        b"\x00" * 100,
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /%00%ff/../.. HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        b"GET /%00 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        b"POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        b"POST /login HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_what_is_no_request_ends_its_connection_alone(
    server: CServer, ada: Visitor, request_bytes: bytes
) -> None:
    with socket.create_connection(("127.0.0.1", server.port), 60) as connection:
        connection.sendall(request_bytes)
        connection.shutdown(socket.SHUT_WR)
        try:
            answer = connection.makefile("rb").read()
        except ConnectionResetError:
            answer = b""
    assert answer.split(b" ", 1)[0] in {b"", b"HTTP/1.1", b"HTTP/1.0"}
    assert b" 200 " not in answer.split(b"\r\n", 1)[0]
    assert ada.get().text("user") == "ada"
