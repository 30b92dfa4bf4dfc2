# SPDX-License-Identifier: MIT
"""Quixote's publisher as this application needs it: for threads, with pages of its own for what
goes wrong."""

from __future__ import annotations

import sys
import threading
import traceback
from typing import Any

from pages import SENTENCES, Pages
from quixote.errors import MethodNotAllowedError, PublishError  # type: ignore[import-untyped]
from quixote.http_request import HTTPRequest  # type: ignore[import-untyped]
from quixote.http_response import HTTPResponse  # type: ignore[import-untyped]
from quixote.publish import Publisher  # type: ignore[import-untyped]
from session3.errors import BusyError, OutOfMemoryError, StorageError, UnsupportedError

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}

LONGEST_FORM = 1024 * 1024
"""In bytes."""

UNAVAILABLE = (StorageError, BusyError, OutOfMemoryError, UnsupportedError)
"""What the store raises when it can't tell whose session it is, or can't keep it."""


class RefusedError(PublishError):  # type: ignore[misc]
    """A request that is refused with a sentence of its own."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status_code = status


class DemoPublisher(Publisher):  # type: ignore[misc]
    """Serves one request in each thread."""

    is_thread_safe = True

    def __init__(self, root: Any, pages: Pages, **options: Any) -> None:
        self._requests = threading.local()
        self._pages = pages
        super().__init__(root, **options)

    def _set_request(self, request: HTTPRequest) -> None:
        self._requests.active = request

    def _clear_request(self) -> None:
        self._requests.active = None

    def get_request(self) -> HTTPRequest:
        """The request of this thread."""
        return getattr(self._requests, "active", None)

    def parse_request(self, request: HTTPRequest) -> None:
        """Reads the form, which Quixote does into memory, whatever its length."""
        if int(request.get_environ("CONTENT_LENGTH") or 0) > LONGEST_FORM:
            raise RefusedError(413, SENTENCES[413])
        super().parse_request(request)

    def start_request(self) -> None:
        """Gives the request its session. The stylesheet needs none, and is there for the 503 page
        when the store fails."""
        if self._has_session():
            super().start_request()

    def finish_successful_request(self) -> None:
        """Keeps the session."""
        if self._has_session():
            super().finish_successful_request()

    def _has_session(self) -> bool:
        return bool(self.get_request().get_path() != "/style.css")

    def process_request(self, request: HTTPRequest) -> HTTPResponse:
        """Answers, with the headers that all answers have."""
        response = super().process_request(request)
        for name, value in HEADERS.items():
            response.set_header(name, value)
        return response

    def format_publish_error(self, exc: PublishError) -> bytes:
        """The page for a request that was refused."""
        if isinstance(exc, RefusedError):
            return self._pages.error(exc.status_code, exc.public_msg)
        if isinstance(exc, MethodNotAllowedError):
            exc.format()  # sets Allow
        return self._pages.error(exc.status_code, SENTENCES[exc.status_code])

    def finish_interrupted_request(self, exc: PublishError) -> bytes:
        """A request that is refused keeps its session, too, and that may fail."""
        try:
            page: bytes = super().finish_interrupted_request(exc)
        except UNAVAILABLE as failure:
            return self._unavailable(failure)
        return page

    def finish_failed_request(self) -> bytes:
        """A page that failed, or a store that did: before the page, in its midst, or after it."""
        failure = sys.exc_info()[1]
        if isinstance(failure, UNAVAILABLE):
            return self._unavailable(failure)
        page: bytes = super().finish_failed_request()
        return page

    def _unavailable(self, failure: Exception) -> bytes:
        self.log(f"503: {failure}")
        request = self.get_request()
        request.response = HTTPResponse(status=503)
        request.response.set_header("Retry-After", "1")
        self.session_manager.finish_failed_request()
        return self._pages.error(503, SENTENCES[503])

    def _generate_internal_error(self, request: HTTPRequest) -> bytes:
        request.response.set_header("Content-Type", "text/html; charset=utf-8")
        return self._pages.error(500, SENTENCES[500])

    def _generate_plaintext_error(
        self,
        request: HTTPRequest,
        original_response: HTTPResponse,
        exc_type: Any,
        exc_value: Any,
        tb: Any,
    ) -> str:
        # Quixote's own has the cookies, too, and a log is no place for a session's id.
        return "".join(traceback.format_exception(exc_type, exc_value, tb))
