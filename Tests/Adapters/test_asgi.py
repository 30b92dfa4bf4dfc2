# SPDX-License-Identifier: MIT
"""ASGI, where it is more than pages: websockets, parted cookies, lifespans, threads."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import SimpleCookie
from typing import Any
from unittest import mock

import anyio
import pytest
from session3.asgi import SessionMiddleware
from session3.errors import InvalidArgumentError
from sites import COOKIE, starlette_site
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

Message = dict[str, Any]


def ask(application: Any, headers: list[tuple[bytes, bytes]], kind: str = "http") -> list[Message]:
    """The messages that an application sends."""
    sent: list[Message] = []

    async def receive() -> Message:
        if kind == "websocket":
            return {"type": "websocket.disconnect", "code": 1005}
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(application({"type": kind, "headers": headers, "path": "/"}, receive, send))
    return sent


def counter(store: Any) -> Any:
    async def application(
        scope: Any, _receive: Any, send: Callable[[Message], Awaitable[None]]
    ) -> None:
        scope["session"]["visits"] = scope["session"].get("visits", 0) + 1
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"%d" % scope["session"]["visits"]})

    return SessionMiddleware(application, store)


def given_id(messages: list[Message]) -> str:
    set_cookie = dict(messages[0]["headers"])[b"set-cookie"].decode()
    return SimpleCookie(set_cookie)[COOKIE].value


def test_an_application_without_a_framework_has_a_session(store: Any) -> None:
    first = ask(counter(store), [])
    cookie = f"session3={given_id(first)}".encode()
    second = ask(counter(store), [(b"cookie", cookie)])
    assert [message["type"] for message in second] == ["http.response.start", "http.response.body"]
    assert [first[1]["body"], second[1]["body"]] == [b"1", b"2"]


def test_cookies_that_http2_parted_are_joined(store: Any) -> None:
    id = given_id(ask(counter(store), []))
    parted = [(b"cookie", b"theme=dark"), (b"cookie", f"session3={id}".encode())]
    assert ask(counter(store), parted)[1]["body"] == b"2"


def test_a_new_session_notes_the_client(store: Any) -> None:
    TestClient(starlette_site(store), client=("192.0.2.7", 5)).get("/count")
    [id] = store
    assert store.load_session(id).get_remote_address() == "192.0.2.7"


def test_what_is_no_request_passes_through(store: Any) -> None:
    seen = []

    async def application(scope: Any, _receive: Any, _send: Any) -> None:
        seen.append(scope)

    ask(SessionMiddleware(application, store), [], "lifespan")
    assert seen[0]["type"] == "lifespan"
    assert "session" not in seen[0]


def test_a_websocket_changes_its_session_when_it_ends(store: Any) -> None:
    client = TestClient(starlette_site(store))
    client.get("/login/ada")
    with client.websocket_connect("/socket") as socket:
        for told in ("tea", "tea", "pot"):
            socket.send_text(told)
        client.get("/put/meanwhile/true")
        socket.send_text("bye")
        assert socket.receive()["type"] == "websocket.close"
    [id] = store
    assert dict(store.load_session(id)) == {"tea": 2, "pot": 1, "meanwhile": True}


def test_a_websocket_does_not_bring_back_a_session_that_logged_out(store: Any) -> None:
    client = TestClient(starlette_site(store))
    client.get("/login/ada")
    with client.websocket_connect("/socket") as socket:
        socket.send_text("tea")
        client.get("/call/expire")
        socket.send_text("bye")
        assert socket.receive()["type"] == "websocket.close"
    assert list(store) == []


@pytest.mark.parametrize(
    "answers",
    [
        [],
        [{"type": "websocket.close", "code": 1011}],
        [
            {"type": "websocket.http.response.start", "status": 500, "headers": []},
            {"type": "websocket.http.response.body", "body": b""},
        ],
    ],
)
def test_a_request_without_a_good_response_stores_nothing(
    store: Any, answers: list[Message]
) -> None:
    async def application(scope: Any, _receive: Any, send: Any) -> None:
        scope["session"].user = "ada"
        for answer in answers:
            await send(answer)

    sent = ask(SessionMiddleware(application, store), [], "websocket")
    assert [message["type"] for message in sent] == [message["type"] for message in answers]
    assert list(store) == []


def test_a_refused_websocket_brings_the_cookie_of_what_was_stored(store: Any) -> None:
    async def application(scope: Any, _receive: Any, send: Any) -> None:
        scope["session"]["reason"] = "log in first"
        await send({"type": "websocket.http.response.start", "status": 403, "headers": []})
        await send({"type": "websocket.http.response.body", "body": b""})

    sent = ask(SessionMiddleware(application, store), [], "websocket")
    assert list(store) == [given_id(sent)]


def logged_in(store: Any, user: str, **items: Any) -> list[tuple[bytes, bytes]]:
    """The headers of a browser with a session of its own."""

    async def application(scope: Any, _receive: Any, send: Any) -> None:
        scope["session"].user = user
        scope["session"].update(items)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    id = given_id(ask(SessionMiddleware(application, store), []))
    return [(b"cookie", f"session3={id}".encode())]


@pytest.mark.parametrize("ends", ["expire", "expire_user_sessions", "clear"])
def test_a_logout_in_a_websocket_that_is_refused_is_done(store: Any, ends: str) -> None:
    async def application(scope: Any, _receive: Any, send: Any) -> None:
        getattr(scope["session"], ends)()
        await send({"type": "websocket.close", "code": 4403})

    here, there = logged_in(store, "ada"), logged_in(store, "ada")
    sent = ask(SessionMiddleware(application, store), here, "websocket")
    assert sent == [{"type": "websocket.close", "code": 4403}]
    left = {f"session3={id}".encode() for id in store}
    assert left == (set() if ends == "expire_user_sessions" else {there[0][1]})


def test_what_a_websocket_that_is_refused_changes_is_stored(store: Any) -> None:
    async def application(scope: Any, _receive: Any, send: Any) -> None:
        scope["session"]["refused"] += 1
        await send({"type": "websocket.close"})
        scope["session"]["after"] = True

    headers = logged_in(store, "ada", refused=0)
    ask(SessionMiddleware(application, store), headers, "websocket")
    [id] = store
    stored = store.load_session(id)
    assert (stored.user, dict(stored)) == ("ada", {"refused": 1, "after": True})


@pytest.mark.parametrize("who", ["visitor", "ada"])
def test_nobody_logs_in_by_a_websocket_that_is_refused(store: Any, who: str) -> None:
    async def application(scope: Any, _receive: Any, send: Any) -> None:
        scope["session"].user = "bob"
        scope["session"].expire_user_sessions(others_only=True)
        await send({"type": "websocket.close"})

    logged_in(store, "bob")
    headers = [] if who == "visitor" else logged_in(store, who)
    before = {id: store.load_session(id).user for id in store}
    with pytest.raises(InvalidArgumentError, match="the user changed"):
        ask(SessionMiddleware(application, store), headers, "websocket")
    assert {id: store.load_session(id).user for id in store} == before


def test_a_response_that_is_started_twice_is_an_error(store: Any) -> None:
    async def application(_scope: Any, _receive: Any, send: Any) -> None:
        for status in (200, 404):
            await send({"type": "http.response.start", "status": status, "headers": []})

    with pytest.raises(RuntimeError, match="started twice"):
        ask(SessionMiddleware(application, store), [])


@pytest.mark.parametrize("method", ["load_session", "create_session"])
def test_the_event_loop_does_not_wait_for_the_store(store: Any, method: str) -> None:
    threads = []
    asked = getattr(store, method)

    def ask_and_note(*arguments: Any) -> Any:
        threads.append(threading.current_thread())
        return asked(*arguments)

    setattr(store, method, ask_and_note)
    ask(counter(store), [(b"cookie", b"session3=nobodys-session")])
    assert threads
    assert threading.main_thread() not in threads


def test_requests_at_once_are_served_while_one_waits_for_the_store(store: Any) -> None:
    """One event loop: a request that waits for a slow store keeps no other one waiting."""
    application = counter(store)
    waits, goes_on = threading.Event(), threading.Event()
    load = store.load_session

    def load_slowly(id: Any, *rest: Any) -> Any:
        if id == "slow":
            waits.set()
            assert goes_on.wait(30)
        return load(id, *rest)

    store.load_session = load_slowly

    async def send(_message: Message) -> None:
        pass

    async def both() -> None:
        async def one(cookie: bytes) -> None:
            scope = {"type": "http", "headers": [(b"cookie", b"session3=" + cookie)]}
            await application(scope, None, send)

        slow = asyncio.ensure_future(one(b"slow"))
        await asyncio.to_thread(waits.wait, 30)
        await one(b"quick")
        assert not slow.done()
        goes_on.set()
        await slow

    asyncio.run(both())


@pytest.mark.parametrize(
    ("name", "is_stream"), [(b"Content-Type", True), (b"content-type", True), (b"accept", False)]
)
def test_headers_of_an_event_stream_do_not_wait_for_an_event(
    store: Any, name: bytes, is_stream: bool
) -> None:
    sent: list[str] = []

    async def application(scope: Any, _receive: Any, send: Any) -> None:
        scope["session"]["x"] = 1
        headers = [(name, b"text/event-stream; charset=utf-8")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        sent.extend(store)
        await send({"type": "http.response.body", "body": b"data: 1\n\n"})

    messages = ask(SessionMiddleware(application, store), [])
    assert [message["type"] for message in messages] == [
        "http.response.start",
        "http.response.body",
    ]
    assert sent == ([given_id(messages)] if is_stream else [])


def test_a_logout_in_a_websocket_ends_the_session(store: Any) -> None:
    client = TestClient(starlette_site(store))
    client.get("/login/ada")
    with client.websocket_connect("/socket") as socket:
        socket.send_text("tea")
        socket.send_text("log out")
        socket.send_text("bye")
        assert socket.receive()["type"] == "websocket.close"
    assert list(store) == []
    assert client.get("/who").text == "nobody"


@pytest.mark.parametrize("late", [True, {1, 2}], ids=["value", "unstorable"])
def test_changes_before_a_websocket_fails_are_told(
    store: Any, late: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async def application(scope: Any, _receive: Any, send: Any) -> None:
        scope["session"]["early"] = True
        await send({"type": "websocket.accept", "headers": []})
        scope["session"]["late"] = late
        raise RuntimeError("the socket is broken")

    with pytest.raises(RuntimeError, match="the socket is broken"):
        ask(SessionMiddleware(application, store), [], "websocket")
    assert "late changes of a session are not stored" in caplog.text
    [id] = store
    assert dict(store.load_session(id)) == {"early": True}


def test_a_websocket_whose_browser_left_has_ended(store: Any) -> None:
    """The loop of most tutorials: it is left by the exception that tells of it."""
    client = TestClient(starlette_site(store))
    client.get("/login/ada")
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/socket") as socket:
        socket.send_text("tea")
    [id] = store
    assert dict(store.load_session(id)) == {"tea": 1}


def test_headers_may_be_made_while_they_are_read(store: Any) -> None:
    async def application(scope: Any, _receive: Any, send: Any) -> None:
        scope["session"]["x"] = 1
        headers = (pair for pair in [(b"Content-Type", b"TEXT/Event-Stream"), (b"x-a", b"1")])
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        assert list(store)
        await send({"type": "http.response.body", "body": b""})

    start = ask(SessionMiddleware(application, store), [])[0]
    names = [name for name, _ in start["headers"]]
    assert names == [b"content-type", b"x-a", b"set-cookie", b"vary"]


@pytest.mark.parametrize("kind", [b"text/html", b"text/event-stream"])
def test_no_task_sends_before_the_headers(store: Any, kind: bytes) -> None:
    asked, goes_on = threading.Event(), threading.Event()
    create = store.create_session

    def create_slowly(session: Any) -> None:
        asked.set()
        assert goes_on.wait(30)
        create(session)

    async def application(scope: Any, _receive: Any, send: Any) -> None:
        scope["session"]["x"] = 1
        headers = [(b"content-type", kind)]
        start = {"type": "http.response.start", "status": 200, "headers": headers}
        sending = [asyncio.create_task(send(start))]
        await asyncio.sleep(0)
        for body in (b"a", b"b"):
            message = {"type": "http.response.body", "body": body, "more_body": True}
            sending.append(asyncio.create_task(send(message)))
            while not asked.is_set():
                await asyncio.sleep(0)
        await asyncio.sleep(0)
        goes_on.set()
        await asyncio.gather(*sending)

    with mock.patch.object(store, "create_session", create_slowly):
        sent = ask(SessionMiddleware(application, store), [])
    assert [message.get("body") for message in sent] == [None, b"a", b"b"]


@pytest.mark.parametrize("hears", [True, False])
def test_a_request_that_is_cancelled_stores_no_late_changes(
    store: Any, hears: bool, caplog: pytest.LogCaptureFixture
) -> None:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        scope["session"]["early"] = True
        await send({"type": "websocket.accept"})
        scope["session"]["late"] = True
        if hears:
            assert (await receive())["type"] == "websocket.disconnect"
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        ask(SessionMiddleware(application, store), [], "websocket")
    assert "late changes of a session are not stored" in caplog.text


@pytest.mark.parametrize("kind", ["websocket", "http"])
def test_a_websocket_that_only_sends_ends_when_its_browser_left(store: Any, kind: str) -> None:
    async def application(scope: Any, _receive: Any, send: Any) -> None:
        scope["session"]["early"] = True
        if kind == "websocket":
            await send({"type": "websocket.accept"})
        else:
            await send({"type": "http.response.start", "status": 200})
            await send({"type": "http.response.body", "body": b"one", "more_body": True})
        scope["session"]["late"] = True
        await send({"type": "gone"})

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "gone":
            raise OSError("the connection is closed")

    async def receive() -> Message:
        raise AssertionError

    middleware = SessionMiddleware(application, store)
    with pytest.raises(OSError, match="the connection is closed"):
        asyncio.run(middleware({"type": kind, "headers": [], "path": "/"}, receive, send))
    [id] = store
    late = {"late": True} if kind == "websocket" else {}
    assert dict(store.load_session(id)) == {"early": True, **late}


@pytest.mark.parametrize("is_task", [True, False])
def test_what_is_cancelled_at_its_end_is_stored_or_told(
    store: Any, is_task: bool, caplog: pytest.LogCaptureFixture
) -> None:
    scopes: list[anyio.CancelScope] = []

    async def application(scope: Any, _receive: Any, send: Any) -> None:
        scope["session"]["early"] = True
        await send({"type": "websocket.accept"})
        scope["session"]["late"] = True
        if is_task:
            task = asyncio.current_task()
            assert task is not None
            task.cancel()
        else:
            scopes[0].cancel()

    async def cancelled(*arguments: Any) -> None:
        with anyio.CancelScope() as scope:
            scopes.append(scope)
            await SessionMiddleware(application, store)(*arguments)

    with contextlib.suppress(asyncio.CancelledError):
        ask(cancelled, [], "websocket")
    [id] = store
    is_stored = "late" in store.load_session(id)
    assert is_stored is not is_task
    assert ("late changes of a session are not stored" in caplog.text) is not is_stored
