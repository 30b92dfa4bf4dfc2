# SPDX-License-Identifier: MIT
"""Browsers of one site: by the framework's own test client, in this process."""

from __future__ import annotations

import contextlib
from http.cookies import SimpleCookie
from typing import Any, NamedTuple
from wsgiref.validate import validator

from sites import COOKIE
from starlette.testclient import TestClient
from werkzeug.test import Client


class Answer(NamedTuple):
    """A response, and what the cookie was set to in it: None, if it was not."""

    status: int
    body: str
    set_cookie: str | None
    vary: str


class Browser:
    """Keeps the session's cookie between requests."""

    def __init__(self, site: Any, cookie: str | None = None) -> None:
        self.site = site
        self.cookie = cookie

    def get(self, path: str) -> Answer:
        """One request; keeps the cookie of the answer."""
        headers = {} if self.cookie is None else {"Cookie": f"{COOKIE}={self.cookie}"}
        try:
            answer = self._ask(path, headers)
        except Exception as error:
            # The clients are no servers: they let errors through, which a server answers with 500.
            answer = Answer(500, f"{type(error).__name__}: {error}", None, "")
        if answer.set_cookie is not None:
            morsel = SimpleCookie(answer.set_cookie)[COOKIE]
            self.cookie = None if morsel["max-age"] == "0" else morsel.value
        return answer

    def _ask(self, path: str, headers: dict[str, str]) -> Answer:
        raise NotImplementedError

    def text(self, path: str) -> str:
        """The body of a page that is all right."""
        answer = self.get(path)
        assert answer.status == 200, answer
        return answer.body


class WSGIBrowser(Browser):
    """Werkzeug's client, with wsgiref's check of PEP 3333 on both sides of the middleware."""

    def _ask(self, path: str, headers: dict[str, str]) -> Answer:
        site = self.site if hasattr(self.site, "test_client") else validator(self.site)
        response = Client(site, use_cookies=False).get(path, headers=headers)
        with contextlib.closing(response):
            return _answer(response.status_code, response.text, response.headers.getlist)


class ASGIBrowser(Browser):
    """Starlette's client."""

    def _ask(self, path: str, headers: dict[str, str]) -> Answer:
        response = TestClient(self.site).get(path, headers=headers)
        return _answer(response.status_code, response.text, response.headers.get_list)


def _answer(status: int, body: str, header: Any) -> Answer:
    set_cookies = header("Set-Cookie")
    assert len(set_cookies) < 2
    return Answer(status, body, set_cookies[0] if set_cookies else None, ", ".join(header("Vary")))


BROWSERS: dict[str, type[Browser]] = {
    "wsgi": WSGIBrowser,
    "starlette": ASGIBrowser,
    "flask": WSGIBrowser,
}
