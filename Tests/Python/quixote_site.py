# SPDX-License-Identifier: MIT
"""A Quixote application of pages that a test writes, and browsers that visit it, in one process."""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import BytesIO, StringIO
from typing import Any
from urllib.parse import urlencode

import quixote  # type: ignore[import-untyped]
from quixote.errors import TraversalError  # type: ignore[import-untyped]
from quixote.logger import DefaultLogger  # type: ignore[import-untyped]
from quixote.publish import Publisher  # type: ignore[import-untyped]

Page = Callable[[], Any]


class Pages:
    """The root directory: the pages of a test by name."""

    def __init__(self) -> None:
        self.pages: dict[str, Page] = {"": lambda: "home"}

    def _q_traverse(self, path: list[str]) -> Any:
        page = self.pages.get(path[0])
        if page is None:
            raise TraversalError
        return page()


class ThreadedPublisher(Publisher):  # type: ignore[misc]
    """A publisher for several threads, as Quixote's manual writes it."""

    is_thread_safe = True

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._here = threading.local()
        super().__init__(*arguments, **options)

    def _set_request(self, request: Any) -> None:
        self._here.request = request

    def _clear_request(self) -> None:
        self._here.request = None

    def get_request(self) -> Any:
        return getattr(self._here, "request", None)


class Site:
    """A publisher on pages that a test writes."""

    def __init__(self, manager: Any, **config: Any) -> None:
        self.manager = manager
        self.root = Pages()
        self.errors = StringIO()
        logger = DefaultLogger()
        logger.error_log = self.errors
        self.publisher = ThreadedPublisher(
            self.root, logger=logger, session_manager=manager, **config
        )

    def page(self, function: Page) -> Page:
        """Decorator: a page by the function's name."""
        self.root.pages[function.__name__] = function
        return function


@contextlib.contextmanager
def site(manager: Any, **config: Any) -> Iterator[Site]:
    """A site, the only one there is as long as it lasts."""
    quixote.cleanup()
    try:
        yield Site(manager, **config)
    finally:
        quixote.cleanup()


@dataclass
class Reply:
    """What a server answered."""

    status: int
    body: str
    set_cookies: list[str]

    @property
    def set_cookie(self) -> str:
        """The one Set-Cookie header of the reply."""
        (header,) = self.set_cookies
        return header

    def attributes(self) -> dict[str, str]:
        """Attributes of the one Set-Cookie header, by their lower-case names."""
        parts = [part.partition("=") for part in self.set_cookie.split("; ")[1:]]
        return {name.lower(): value for name, _, value in parts}


@dataclass
class Browser:
    """Visits a site, and keeps its cookies; also in the midst of another request."""

    site: Site
    cookies: dict[str, str] = field(default_factory=dict)
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The session's id that the browser holds."""
        return self.cookies["QX_session"]

    def get(self, path: str = "", **environ: Any) -> Reply:
        """Visits a page. An environment variable of None is left out."""
        return self._visit("GET", path, b"", environ)

    def post(self, path: str, **fields: str) -> Reply:
        """Sends a form."""
        environ = {"CONTENT_TYPE": "application/x-www-form-urlencoded"}
        return self._visit("POST", path, urlencode(fields).encode(), environ)

    def _visit(self, method: str, path: str, body: bytes, more: dict[str, Any]) -> Reply:
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SCRIPT_NAME": "",
            "PATH_INFO": f"/{path}",
            "REMOTE_ADDR": "192.0.2.1",
            "CONTENT_LENGTH": str(len(body)),
        }
        if self.cookies:
            pairs = (f"{name}={value}" for name, value in self.cookies.items())
            environ["HTTP_COOKIE"] = "; ".join(pairs)
        environ.update(self.environ)
        environ.update(more)
        present = {name: value for name, value in environ.items() if value is not None}
        publisher = self.site.publisher
        outer = publisher.get_request()
        response = publisher.process(BytesIO(body), present)
        publisher._set_request(outer)
        headers = response.generate_headers()
        set_cookies = [value for name, value in headers if name == "Set-Cookie"]
        for header in set_cookies:
            self._keep(header)
        text = b"".join(response.generate_body_chunks()).decode()
        return Reply(response.get_status_code(), text, set_cookies)

    def _keep(self, header: str) -> None:
        match = re.match(r'([^=]+)="([^"]*)"', header)
        assert match is not None, header
        if re.search(r"max-age=0(;|$)", header, re.IGNORECASE):
            self.cookies.pop(match[1], None)
        else:
            self.cookies[match[1]] = match[2]
