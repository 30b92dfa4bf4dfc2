# SPDX-License-Identifier: MIT
"""The C server and forms that it did not send, or that hold what no page of its could."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from c_server import CServer
from web_visitor import Visitor

NOT_YOURS = "This form is not yours."
FORM = "application/x-www-form-urlencoded"
# What stands for a character that XML can't hold.
MARK = "\N{REPLACEMENT CHARACTER}"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CServer]:
    with CServer(tmp_path_factory.mktemp("c-server")) as server:
        yield server


@pytest.fixture
def ada(server: CServer) -> Visitor:
    visitor = server.visitor()
    visitor.log_in("ada")
    return visitor


ROUTES = [
    "/login",
    "/logout",
    "/logout-everywhere",
    "/logout-others",
    "/increment",
    "/increment-and-fail",
    "/logout-and-fail",
    "/cart/add",
    "/assign",
    "/admin/revoke",
]


@pytest.mark.parametrize("path", ROUTES)
def test_a_form_without_the_sessions_token_changes_nothing(
    server: CServer, ada: Visitor, path: str
) -> None:
    home = ada.get()
    stored = server.stored
    other = server.visitor()
    other.log_in("bob")
    fields = {"user": "eve", "item": "tea", "hash": home.text("session-hash") or ""}
    forged: list[dict[str, str | bytes]] = [
        {},
        {"csrf_token": ""},
        {"csrf_token": home.csrf_token[:-1]},
        {"csrf_token": home.csrf_token + "\0"},
        {"csrf_token": "A" * 22},
        {"csrf_token": other.get().csrf_token},
        {"csrf_token": b"\xff\xfe"},
    ]
    for token in forged:
        answer = ada.post(path, {**fields, **token})
        assert (answer.status, answer.text("error")) == (403, NOT_YOURS)
        assert answer.header("Set-Cookie") is None
    after = ada.get()
    assert stored <= server.stored
    assert (after.text("user"), after.text("counter"), after.count("tea")) == ("ada", "0", 0)
    assert after.csrf_token == home.csrf_token


@pytest.mark.parametrize("path", ROUTES)
def test_a_form_from_another_origin_changes_nothing(
    server: CServer, ada: Visitor, path: str
) -> None:
    token = ada.get().csrf_token
    origins = [
        "null",
        "http://evil.example",
        f"http://127.0.0.1:{server.port + 1}",
        f"http://127.0.0.1:{server.port}.evil.example",
        f"ftp://127.0.0.1:{server.port}",
        f"127.0.0.1:{server.port}",
        "",
    ]
    stranger = server.visitor()
    for origin in origins:
        for visitor in (ada, stranger):
            answer = visitor.post(path, {"csrf_token": token, "user": "eve"}, Origin=origin)
            assert (answer.status, answer.text("error")) == (403, NOT_YOURS)
    assert not stranger.cookies
    assert (ada.get().text("user"), ada.get().text("counter")) == ("ada", "0")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_form_from_its_own_origin_passes(server: CServer, ada: Visitor, scheme: str) -> None:
    fields: dict[str, str | bytes] = {"csrf_token": ada.get().csrf_token}
    assert (
        ada.post("/increment", fields, Origin=f"{scheme}://127.0.0.1:{server.port}").status == 303
    )
    assert ada.get().text("counter") == "1"


def test_a_token_ends_with_the_login_that_it_was_made_for(ada: Visitor) -> None:
    token = ada.get().csrf_token
    ada.log_in("bob")
    assert ada.post("/increment", {"csrf_token": token}).status == 403
    assert ada.send("/increment").status == 303


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("é" * 64, "é" * 64),
        ("<b>&amp;</b>\"'", "<b>&amp;</b>\"'"),
        ("]]></user><keep/>", "]]></user><keep/>"),
        ("a\0b\x01\x1b[31m", f"a{MARK}b{MARK}{MARK}[31m"),
        ("\N{RIGHT-TO-LEFT OVERRIDE}ada", "\N{RIGHT-TO-LEFT OVERRIDE}ada"),
        ("a\ufffeb\uffff", f"a{MARK}b{MARK}"),
        ("\N{GRINNING FACE}", "\N{GRINNING FACE}"),
        ("a\r\nSet-Cookie: x=1", "a\nSet-Cookie: x=1"),
    ],
    ids=["longest", "markup", "cdata", "control", "bidi", "no_xml", "emoji", "lines"],
)
def test_a_name_is_shown_as_text_whatever_it_holds(server: CServer, name: str, shown: str) -> None:
    visitor = server.visitor()
    visitor.log_in(name)
    assert list(visitor.cookies) == ["session3"]
    home, admin = visitor.get(), visitor.get("/admin")
    assert (home.status, admin.status) == (200, 200)
    assert home.text("user") == shown
    [user] = admin.page.xpath("//tr[contains(@class, 'own')]/td[@class = 'user']")
    assert user.text_content() == shown
    assert visitor.send("/logout").status == 303


@pytest.mark.parametrize(
    "name",
    [
        "",
        "é" * 65,
        "x" * 10_000,
        b"\xff",
        b"ab\xc3",
        b"\xc0\x80",
        b"\xed\xa0\x80",
        b"\xf5\x80\x80\x80",
    ],
    ids=["empty", "65", "10_KB", "byte", "cut", "overlong", "surrogate", "too_large"],
)
def test_a_name_that_is_none_is_refused(server: CServer, name: str | bytes) -> None:
    visitor = server.visitor()
    answer = visitor.post("/login", {"user": name})
    assert (answer.status, answer.text("error")) == (400, "A name has 1 to 64 characters.")
    assert visitor.post("/login").status == 400
    assert not visitor.cookies


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"user=" + b"x" * 20_000, FORM, 413),
        (b"x" * 900_000, FORM, 413),
        (b'{"user": "ada"}', "application/json", 415),
        (b"user=ada", "", 415),
        (b"&".join(b"f%d=1" % number for number in range(17)), FORM, 400),
        (b"x" * 32 + b"=1&user=ada", FORM, 400),
        (b"--part\r\nno header\r\n", "multipart/form-data; boundary=part", 400),
        (b"user", FORM, 400),
        (b"%zz=%&=&&&=%00", FORM, 400),
        (b"\x00\xff" * 100, FORM, 400),
    ],
    ids=[
        "20_KB",
        "900_KB",
        "json",
        "no_type",
        "17_fields",
        "long_field_name",
        "broken_multipart",
        "no_value",
        "bad_escapes",
        "binary",
    ],
)  # fmt: skip
def test_a_body_that_is_no_login_is_refused(
    server: CServer, body: bytes, content_type: str, status: int
) -> None:
    stored = server.stored
    answer = server.visitor().ask("POST", "/login", body, Content_Type=content_type)
    assert answer.status == status
    assert server.stored == stored


def test_a_form_may_come_as_multipart(server: CServer) -> None:
    body = b'--part\r\nContent-Disposition: form-data; name="user"\r\n\r\nada\r\n--part--\r\n'
    visitor = server.visitor()
    answer = visitor.ask("POST", "/login", body, Content_Type="multipart/form-data; boundary=part")
    assert answer.status == 303
    assert visitor.get().text("user") == "ada"


def test_of_two_fields_of_one_name_the_first_counts(server: CServer) -> None:
    visitor = server.visitor()
    assert visitor.ask("POST", "/login", b"user=ada&user=bob", Content_Type=FORM).status == 303
    assert visitor.get().text("user") == "ada"
    other = server.visitor()
    assert other.ask("POST", "/login", b"user=&user=bob", Content_Type=FORM).status == 400


def test_a_value_may_arrive_in_pieces(server: CServer) -> None:
    with socket.create_connection(("127.0.0.1", server.port), 30) as connection:
        connection.sendall(
            b"POST /login HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 24\r\n"
            b"Content-Type: application/x-www-form-urlencoded\r\n\r\n"
        )
        for piece in (b"us", b"er=a", b"%", b"C3", b"%A", b"9b", b"&remember=y"):
            connection.sendall(piece)
            server.visitor().get("/style.css")
        answer = connection.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 303 ")
    [cookie] = [line for line in answer.split(b"\r\n") if line.startswith(b"Set-Cookie")]
    identifier = cookie.split(b"=", 1)[1].split(b";")[0].decode()
    assert server.visitor({"session3": identifier}).get().text("user") == "aéb"


def test_endless_and_broken_off_bodies_end_the_connection_alone(server: CServer) -> None:
    head = b"POST /login HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    with socket.create_connection(("127.0.0.1", server.port), 30) as connection:
        connection.sendall(head + b"Content-Length: 99999999999\r\n\r\n")
        with pytest.raises(OSError, match=r"reset|Broken pipe"):
            connection.sendall(b"x" * 64_000_000)
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", server.port), 30) as connection:
            connection.sendall(head + b"Content-Length: 100\r\n\r\nuser=ada")
    assert server.visitor().get().status == 200
