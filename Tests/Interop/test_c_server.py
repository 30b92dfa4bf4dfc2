# SPDX-License-Identifier: MIT
"""What the pages of the C server do: every route, as a browser uses it."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from c_server import CServer
from session3.Session import Session
from session3.store.DirectorySessionStore import DirectorySessionStore
from web_visitor import Answer, Visitor

MINUTE = 60.0
DAY = 24 * 60 * MINUTE


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CServer]:
    with CServer(tmp_path_factory.mktemp("c-server"), "--other", "http://127.0.0.1:1/") as server:
        yield server


@pytest.fixture
def visitor(server: CServer) -> Visitor:
    return server.visitor()


def rows(answer: Answer) -> dict[str, str]:
    """The users of the admin page's sessions by their hashes."""
    return {
        str(row.get("data-hash")): row.xpath("string(td[@class = 'user'])")
        for row in answer.page.xpath("//table[@id = 'sessions']//tr[@data-hash]")
    }


def stored_before(
    server: CServer, age: float, *, user: str = "early", is_remembered: bool = False
) -> str:
    """The id of a session that was last used some seconds ago."""
    identifier = secrets.token_urlsafe(16)
    with DirectorySessionStore(server.directory, clock=lambda: time.time() - age) as store:
        session = Session(identifier)
        session.user = user
        session.set_persistent(is_remembered)
        store.save_session(session)
    return identifier


def test_a_stranger_is_nobody_and_nothing_is_stored_for_him(
    server: CServer, visitor: Visitor
) -> None:
    stored = server.stored
    home = visitor.get()
    assert home.status == 200
    assert home.header("Set-Cookie") is None
    assert (home.text("user"), home.text("session-hash")) == ("nobody", "none yet")
    assert (home.text("counter"), home.text("remote-address")) == ("0", "127.0.0.1")
    assert home.text("server") == "c-server"
    assert home.text("process") == str(server.process.pid)
    assert Path(f"/proc/{server.process.pid}/task/{home.text('thread')}").exists()
    assert home.page.xpath("string(//a[@id = 'to-other']/@href)") == "http://127.0.0.1:1/"
    assert server.stored == stored


def test_every_answer_carries_the_headers_that_browsers_obey(visitor: Visitor) -> None:
    answers = [
        visitor.get(),
        visitor.get("/style.css"),
        visitor.get("/nowhere"),
        visitor.get("/admin"),
        visitor.get("/login"),
        visitor.log_in("ada"),
        visitor.send("/increment-and-fail"),
    ]
    assert [answer.status for answer in answers] == [200, 200, 404, 403, 405, 303, 500]
    for answer in answers:
        assert answer.header("Cache-Control") == "no-store"
        assert answer.header("X-Content-Type-Options") == "nosniff"
        assert answer.header("Referrer-Policy") == "same-origin"
        assert answer.header("Content-Security-Policy") == (
            "default-src 'none'; style-src 'self'; form-action 'self'; "
            "frame-ancestors 'none'; base-uri 'none'"
        )


def test_a_login_sets_the_cookie_and_shows_the_user(server: CServer, visitor: Visitor) -> None:
    answer = visitor.log_in("ada")
    identifier = visitor.cookies["session3"]
    assert answer.header("Location") == "/"
    assert answer.header("Set-Cookie") == f"session3={identifier}; Path=/; HttpOnly; SameSite=Lax"
    assert identifier in server.stored
    home = visitor.get()
    assert home.text("user") == "ada"
    with DirectorySessionStore(server.directory) as store:
        assert store.load_session(identifier).user == "ada"


def test_remember_me_outlives_the_browser(visitor: Visitor) -> None:
    answer = visitor.log_in("ada", remember="yes")
    assert "; Max-Age=" in (answer.header("Set-Cookie") or "")
    answer = visitor.log_in("bob")
    assert "; Max-Age=" not in (answer.header("Set-Cookie") or "")


def test_secure_is_the_operators_choice(tmp_path: Path) -> None:
    with CServer(tmp_path, "--secure", "--threads", "1") as server:
        answer = server.visitor().log_in("ada")
        assert "; Secure" in (answer.header("Set-Cookie") or "")


def test_a_login_gives_a_new_id_and_keeps_what_was_counted(
    server: CServer, visitor: Visitor
) -> None:
    visitor.send("/increment")
    before = visitor.cookies["session3"]
    visitor.log_in("ada")
    assert visitor.cookies["session3"] != before
    assert before not in server.stored
    assert visitor.get().text("counter") == "1"
    assert server.visitor({"session3": before}).get().text("user") == "nobody"


def test_a_logout_deletes_the_session_and_revokes_the_cookie(
    server: CServer, visitor: Visitor
) -> None:
    visitor.log_in("ada")
    identifier = visitor.cookies["session3"]
    answer = visitor.send("/logout")
    assert answer.status == 303
    assert "Max-Age=0" in (answer.header("Set-Cookie") or "")
    assert identifier not in server.stored
    assert server.visitor({"session3": identifier}).get().text("user") == "nobody"


def test_a_logout_that_fails_is_none(visitor: Visitor) -> None:
    visitor.log_in("ada")
    answer = visitor.send("/logout-and-fail")
    assert (answer.status, answer.header("Set-Cookie")) == (500, None)
    assert answer.text("error") == "The page failed. The session is as it was before."
    assert visitor.get().text("user") == "ada"


@pytest.mark.parametrize(
    ("path", "own"), [("/logout-others", "ada"), ("/logout-everywhere", "nobody")]
)
def test_other_browsers_of_the_user_are_logged_out(server: CServer, path: str, own: str) -> None:
    here, there, bob = server.visitor(), server.visitor(), server.visitor()
    here.log_in("ada")
    there.log_in("ada")
    bob.log_in("bob")
    assert here.send(path).status == 303
    users = [visitor.get().text("user") for visitor in (here, there, bob)]
    assert users == [own, "nobody", "bob"]


def test_an_increment_is_kept_and_one_that_fails_is_not(visitor: Visitor) -> None:
    for expected in ("1", "2", "3"):
        assert visitor.send("/increment").status == 303
        assert visitor.get().text("counter") == expected
    answer = visitor.send("/increment-and-fail")
    assert (answer.status, answer.header("Set-Cookie")) == (500, None)
    assert visitor.get().text("counter") == "3"


def test_no_increment_of_many_tabs_is_lost(visitor: Visitor) -> None:
    visitor.log_in("ada")
    token = visitor.get().csrf_token

    def increment(_: int) -> int:
        return Visitor(visitor.port, dict(visitor.cookies)).post(
            "/increment", {"csrf_token": token}
        ).status  # fmt: skip

    with ThreadPoolExecutor(8) as tabs:
        assert set(tabs.map(increment, range(200))) == {303}
    assert visitor.get().text("counter") == "200"


def test_the_cart_counts_each_item(visitor: Visitor) -> None:
    for item in ("tea", "honey", "tea"):
        assert visitor.send("/cart/add", {"item": item}).status == 303
    home = visitor.get()
    assert [home.count(item) for item in ("tea", "honey", "bread")] == [2, 1, 0]
    for fields in ({"item": "gold"}, {"item": "te"}, {"item": "tea\0"}, {}):
        assert visitor.send("/cart/add", dict(fields)).status == 400


def test_an_assigned_session_is_kept_though_nobody_is_logged_in(
    server: CServer, visitor: Visitor
) -> None:
    assert visitor.send("/assign").status == 303
    assert "is kept although nobody" in (visitor.get().text("kept") or "")
    with DirectorySessionStore(server.directory) as store:
        assert store.load_session(visitor.cookies["session3"]).keep is True


def test_the_admin_page_is_for_who_is_logged_in(visitor: Visitor) -> None:
    answer = visitor.get("/admin")
    assert answer.status == 403
    assert answer.text("error") == "Please log in to see the live sessions."
    visitor.send("/increment")
    hash_of_own = visitor.get().text("session-hash") or ""
    assert visitor.get("/admin").status == 403
    assert visitor.send("/admin/revoke", {"hash": hash_of_own}).status == 403
    assert visitor.get().text("counter") == "1"


def test_the_admin_page_lists_live_sessions_and_no_id(server: CServer) -> None:
    ada, bob = server.visitor(), server.visitor()
    ada.log_in("ada")
    bob.log_in("bob <b>")
    early = stored_before(server, 5 * MINUTE)
    answer = bob.get("/admin")
    users = rows(answer)
    hashes = [
        str(visitor.get().text("session-hash"))
        for visitor in (bob, ada, server.visitor({"session3": early}))
    ]
    assert [users[short_hash] for short_hash in hashes] == ["bob <b>", "ada", "early"]
    assert [short_hash for short_hash in users if short_hash in hashes] == hashes
    assert answer.page.xpath("//tr[contains(@class, 'own')]/@data-hash") == [hashes[0]]
    for identifier in server.stored:
        assert identifier.encode() not in answer.body


def test_revoking_ends_the_session_at_its_next_request(server: CServer) -> None:
    ada, bob = server.visitor(), server.visitor()
    ada.log_in("ada")
    bob.log_in("bob")
    hash_of_bob = bob.get().text("session-hash") or ""
    answer = ada.send("/admin/revoke", {"hash": hash_of_bob})
    assert (answer.status, answer.header("Location")) == (303, "/admin")
    assert hash_of_bob not in rows(ada.get("/admin"))
    assert bob.get().text("user") == "nobody"
    assert ada.send("/admin/revoke", {"hash": hash_of_bob}).status == 303
    assert ada.send("/admin/revoke").status == 400
    hash_of_ada = ada.get().text("session-hash") or ""
    assert ada.send("/admin/revoke", {"hash": hash_of_ada}).status == 303
    assert "session3" not in ada.cookies


def test_an_idle_session_expires_and_the_page_says_so(server: CServer, visitor: Visitor) -> None:
    visitor.log_in("ada")
    used = server.visitor({"session3": stored_before(server, 29 * MINUTE)})
    idle = server.visitor({"session3": stored_before(server, 31 * MINUTE, user="idle")})
    assert used.get().text("user") == "early"
    home = idle.get()
    assert home.text("user") == "nobody"
    assert home.text("notice") == "Your session has expired. Please log in again."
    assert "idle" not in rows(visitor.get("/admin")).values()
    assert "early" in rows(visitor.get("/admin")).values()


def test_a_form_of_an_expired_session_is_not_obeyed_as_a_strangers(server: CServer) -> None:
    idle = server.visitor({"session3": stored_before(server, 31 * MINUTE, user="idle")})
    before = server.stored
    answer = idle.post("/increment", {"csrf_token": "of the page of before"})
    assert (answer.status, answer.header("Location")) == (303, "/")
    assert answer.header("Set-Cookie") is None
    assert server.stored == before
    assert idle.post("/login", {"user": "again"}).status == 303
    assert idle.get().text("user") == "again"


def test_a_remembered_session_may_idle_for_30_days(server: CServer) -> None:
    for age, user in ((29 * DAY, "early"), (31 * DAY, "nobody")):
        visitor = server.visitor({"session3": stored_before(server, age, is_remembered=True)})
        assert visitor.get().text("user") == user


def test_a_session_of_another_host_is_shown_whatever_it_holds(server: CServer) -> None:
    with DirectorySessionStore(server.directory) as store:
        session = Session("from-python")
        session.user = {"name": "ada"}
        vars(session).update(counter="many", theme="dark\x00\x1b")
        store.save_session(session)
    visitor = server.visitor({"session3": "from-python"})
    home = visitor.get()
    assert (home.text("user"), home.text("counter")) == ("<map>", "0")
    attributes = home.page.xpath("//ul[@id = 'attributes']/li")
    assert [item.text_content() for item in attributes] == ["counter text", "theme text"]
    assert visitor.send("/increment").status == 500
    assert "<map>" in rows(visitor.get("/admin")).values()


def test_other_paths_and_methods_are_refused(visitor: Visitor) -> None:
    answer = visitor.get("/nowhere")
    assert (answer.status, answer.text("error")) == (404, "There is no such page.")
    for method, path, allowed in (
        ("GET", "/logout", "POST"),
        ("PUT", "/", "GET, HEAD"),
        ("POST", "/style.css", "GET, HEAD"),
    ):
        answer = visitor.ask(method, path, b"x")
        assert (answer.status, answer.header("Allow")) == (405, allowed)
    answer = visitor.ask("HEAD", "/")
    assert (answer.status, answer.body) == (200, b"")
