# SPDX-License-Identifier: MIT
"""Sessions for ASGI applications, Starlette's and FastAPI's among them, by a middleware."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from session3 import _headers
from session3._extras import extra
from session3.manager import Manager, Request
from session3.policy import ManagerPolicy
from session3.store.SessionStore import SessionStore

with extra("asgi", __name__):
    from anyio import CancelScope, Lock
    from anyio.to_thread import run_sync

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

_STARTS = {"http.response.start", "websocket.http.response.start"}
"""The messages that carry a response's headers, in front of its body."""

_INTERNAL_ERROR = 1011
"""Why a websocket is closed (RFC 6455, section 7.4.1), as a status of 500."""


class SessionMiddleware:
    """Gives each request and each websocket of an application a session, ``request.session`` in
    Starlette, which is a session3.web.WebSession::

        store = DirectorySessionStore("sessions")
        app = Starlette(routes=routes, middleware=[Middleware(SessionMiddleware, store=store)])

    The session is stored when the response's headers leave; what changes later, in a body that is
    made while it is sent or in a websocket, is stored at the end. Where the application raises, or
    answers with a status from 500 on, nothing is stored. What the store raises passes through, in
    Starlette to the handler of status 500. The store is asked in a thread, so that no lock and no
    disk keeps the event loop waiting.
    """

    def __init__(
        self, app: Application, store: SessionStore, policy: ManagerPolicy | None = None
    ) -> None:
        self.app = app
        self.manager = Manager(store, policy)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        client = scope.get("client")
        address = client[0] if client else None
        request = await run_sync(self.manager.start_request, _cookies(scope), address)
        scope["session"] = request.session
        exchange = _Exchange(request, receive, send, is_websocket=scope["type"] == "websocket")
        try:
            await self.app(scope, exchange.receive, exchange.send)
        except BaseException as error:
            # An application may let pass what it hears when the other side of a websocket has left.
            if not (exchange.has_left and isinstance(error, Exception)):
                request.finish_failed()
                raise
            await exchange.end()
            raise
        await exchange.end()


class _Exchange:
    """What an application and its server tell each other: the session is stored in front of the
    headers, and at the end."""

    def __init__(
        self, request: Request, receive: Receive, send: Send, *, is_websocket: bool
    ) -> None:
        self.has_left = False
        self._is_websocket = is_websocket
        self._request = request
        self._receive = receive
        self._send = send
        self._waiting: Message | None = None
        self._sending = Lock()

    async def receive(self) -> Message:
        """The application's receive."""
        message = await self._receive()
        self.has_left = message["type"] == "websocket.disconnect"
        return message

    async def send(self, message: Message) -> None:
        """The application's send."""
        if message["type"] == "websocket.close" and not self._request.is_finished:
            await self._refuse(message)
        if message["type"] in _STARTS or message["type"] == "websocket.accept":
            # Whatever can be iterated will do there, but maybe only once.
            message = {**message, "headers": list(message.get("headers", ()))}
            if self._waiting is not None:
                raise RuntimeError("the response was started twice")
            if message["type"] in _STARTS and not _is_event_stream(message):
                # The page may go on until the first bytes of the body are there.
                self._waiting = message
                return
            async with self._sending:
                await self._send(await _with_session(message, self._request))
            return
        if self._waiting is not None or self._sending.locked():
            async with self._sending:
                start, self._waiting = self._waiting, None
                if start is not None:
                    await self._send(await _with_session(start, self._request))
        try:
            await self._send(message)
        except OSError:
            # What servers raise when the other side of a websocket has left.
            self.has_left = self._is_websocket
            raise

    async def _refuse(self, message: Message) -> None:
        """Ends the request of a websocket that is closed before it was accepted."""
        if message.get("code") == _INTERNAL_ERROR:
            self._request.finish_failed()
        else:
            await run_sync(self._request.finish_without_response)

    async def end(self) -> None:
        """Stores what changed since the headers left, also if the application is to stop now."""
        if not self._request.is_finished:
            return
        try:
            with CancelScope(shield=True):
                await run_sync(self._request.finish_successful)
        except BaseException:
            self._request.finish_failed()
            raise


def _cookies(scope: Scope) -> str:
    # HTTP/2 lets a browser part its cookies (RFC 9113, section 8.2.3).
    values = (value for name, value in scope["headers"] if name == b"cookie")
    return b"; ".join(values).decode("latin-1")


def _is_event_stream(message: Message) -> bool:
    # The browser takes it for open by its headers alone; the first event may be minutes away.
    return any(
        name.lower() == b"content-type" and value.lower().startswith(b"text/event-stream")
        for name, value in message["headers"]
    )


async def _with_session(message: Message, request: Request) -> Message:
    if _headers.is_failure(message.get("status", 200)):
        request.finish_failed()
    else:
        await run_sync(request.finish_successful)
    headers = [(n.decode("latin-1"), v.decode("latin-1")) for n, v in message["headers"]]
    headers = _headers.with_session(headers, request)
    encoded = [(n.lower().encode("latin-1"), v.encode("latin-1")) for n, v in headers]
    return {**message, "headers": encoded}
