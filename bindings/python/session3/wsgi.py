# SPDX-License-Identifier: MIT
"""Sessions for WSGI applications (PEP 3333), by a middleware."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from session3 import _headers
from session3._headers import Headers
from session3.errors import Session3Error
from session3.manager import Manager, Request
from session3.policy import ManagerPolicy
from session3.store.SessionStore import SessionStore

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    Write = Callable[[bytes], object]

SESSION = "session3.session"
"""The key of the environment under which an application finds its session."""


class SessionMiddleware:
    """Gives each request of an application a session, ``environ["session3.session"]``, which is a
    session3.web.WebSession::

        application = SessionMiddleware(application, DirectorySessionStore("sessions"))

    The session is stored right before the response's headers leave, that is, when the application
    hands over the first bytes of the body, or its end; a page that goes on changing it while it is
    sent has that stored at the end. Where the application raises, or answers with a status from 500
    on, nothing is stored. What the store raises goes to the server's own error page and log, as a
    Session3Error that is no OSError. May be used from any number of threads.
    """

    def __init__(
        self,
        application: WSGIApplication,
        store: SessionStore,
        policy: ManagerPolicy | None = None,
    ) -> None:
        self.application = application
        self.manager = Manager(store, policy)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        address = environ.get("REMOTE_ADDR")
        with _no_os_error():
            request = self.manager.start_request(environ.get("HTTP_COOKIE"), address)
        environ[SESSION] = request.session
        return _Response(request, start_response).carry(self.application, environ)


@contextmanager
def _no_os_error(kind: type[Exception] = OSError) -> Iterator[None]:
    # gunicorn takes an OSError for a browser that has left, and closes the connection.
    try:
        yield
    except kind as error:
        if not isinstance(error, OSError):
            raise
        status = getattr(error, "status", 0)
        raise Session3Error(f"{type(error).__name__}: {error}", status, error.errno) from error


class _Response:
    """What an application answers: its headers are kept back until they must leave, and its body
    is passed on."""

    def __init__(self, request: Request, start_response: StartResponse) -> None:
        self._request = request
        self._start_response = start_response
        self._waiting: tuple[str, Headers, Any] | None = None
        self._write: Callable[[bytes], object] | None = None
        self._body: Iterable[bytes] = ()
        self._chunks: Iterator[bytes] = iter(())
        self._is_whole = False

    def start(self, status: str, headers: Headers, exc_info: Any = None, /) -> Write:
        """The application's start_response."""
        if exc_info is None and (self._waiting or self._write):
            raise AssertionError("start_response was called before, and there was no error since")
        if self._write is not None:
            # The server raises it, since the headers are sent.
            return self._start_response(status, headers, exc_info)
        self._waiting = status, headers, exc_info
        return self._write_early

    def carry(self, application: WSGIApplication, environ: WSGIEnvironment) -> Iterable[bytes]:
        """The body of the response, in front of which the headers leave."""
        try:
            with _no_os_error(Session3Error):
                self._body = body = application(environ, self.start)
            file_wrapper = environ.get("wsgi.file_wrapper")
            is_file = isinstance(file_wrapper, type) and isinstance(body, file_wrapper)
            if is_file or isinstance(body, (list, tuple)):
                # Made already; the server sees its length, or sends the file by itself.
                self._finish()
                return body
            self._chunks = iter(body)
        except BaseException:
            # The server gets nothing that it could close.
            self.close()
            raise
        return self

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        with _no_os_error(Session3Error):
            for chunk in self._chunks:
                # An empty one must not reach the server before the headers do.
                if chunk or self._write is not None:
                    self._send_headers()
                    return chunk
        self._finish()
        raise StopIteration

    def close(self) -> None:
        """Called by the server, also if the browser left early."""
        try:
            close = getattr(self._body, "close", None)
            if close is not None:
                with _no_os_error(Session3Error):
                    close()
                if self._is_whole:
                    self._finish()
        finally:
            self._request.finish_failed()

    def _finish(self) -> None:
        """The end of the body: what was changed since the headers left is stored."""
        if self._waiting is not None:
            self._send_headers()
        elif self._write is not None:
            with _no_os_error():
                self._request.finish_successful()
        self._is_whole = True

    def _write_early(self, data: bytes) -> object:
        self._send_headers()
        assert self._write is not None
        return self._write(data)

    def _send_headers(self) -> None:
        if self._waiting is None:
            return
        (status, headers, exc_info), self._waiting = self._waiting, None
        if _headers.is_failure(int(status[:3])):
            self._request.finish_failed()
        else:
            with _no_os_error():
                self._request.finish_successful()
        headers = _headers.with_session(headers, self._request)
        self._write = self._start_response(status, headers, exc_info)
