# SPDX-License-Identifier: MIT
"""The web server of examples/quixote-app in a process of its own, and browsers that visit it."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Sequence
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import html5lib  # type: ignore[import-untyped]
from lxml import html
from repository import ROOT, search_path

APP = ROOT / "examples" / "quixote-app" / "app.py"
PATIENCE = 30
"""Seconds after which a server that does not start, answer or end is taken for broken."""

Headers = dict[str, str]

ENVIRONMENT = os.environ | {"PYTHONPATH": search_path()}


def command(*arguments: str) -> list[str]:
    """Starts a server, on any free port if the arguments name none."""
    return [sys.executable, str(APP), "--port", "0", *arguments]


class App:
    """A running server; a context manager that ends it."""

    def __init__(
        self, directory: Path, *options: str, processes: int = 2, under: Sequence[str] = ()
    ) -> None:
        self.directory = directory
        self._log = (directory.parent / f"{directory.name}.log").open("w+b")
        self.process = subprocess.Popen(
            [*under, *command("--processes", str(processes), *options, str(directory))],
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            env=ENVIRONMENT,
        )
        watch = threading.Timer(PATIENCE, self.process.kill)
        watch.start()
        assert self.process.stdout is not None
        self.announcement = self.process.stdout.readline()
        watch.cancel()
        assert self.announcement.startswith("listening on http://"), self.log()
        self.url = urlsplit(self.announcement.split()[-1])

    def __enter__(self) -> App:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._log.close()

    @property
    def host(self) -> str:
        """As a Host header has it."""
        return self.url.netloc

    def log(self) -> str:
        """What the server wrote to its standard error."""
        self._log.seek(0)
        return self._log.read().decode()

    def workers(self) -> list[int]:
        """The processes that answer."""
        main = self.process.pid
        children = Path(f"/proc/{main}/task/{main}/children").read_text()
        return [int(pid) for pid in children.split()]

    def stop(self, by: signal.Signals = signal.SIGTERM) -> int:
        """Ends the server; its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(by)
        try:
            return self.process.wait(PATIENCE)
        finally:
            self.process.kill()
            assert self.process.stdout is not None
            self.process.stdout.close()


class Page:
    """What a server answered."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def cookie(self) -> str | None:
        """The Set-Cookie header, if one came."""
        return self.headers.get("Set-Cookie")

    @property
    def document(self) -> Any:
        """The page as a tree."""
        return html.document_fromstring(self.body.decode())

    def text(self, id: str) -> str:
        """What an element says."""
        return str(self.document.get_element_by_id(id).text_content())

    def has(self, id: str) -> bool:
        """Whether there is an element of that id."""
        return self.document.find(f".//*[@id='{id}']") is not None

    def item(self, name: str) -> str:
        """How many of an item are in the cart."""
        (item,) = self.document.cssselect(f"#cart li[data-item={name}]")
        return str(item.text_content())

    def rows(self) -> dict[str, Any]:
        """The live sessions of the admin page, by their hash."""
        return {row.get("data-hash"): row for row in self.document.cssselect("#sessions tbody tr")}


class Browser:
    """Keeps the cookie, and sends the forms of the page that it has; follows no redirection."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.id: str | None = None

    def get(self, path: str = "/", **headers: str) -> Page:
        return self.send("GET", path, headers=headers)

    def post(self, path: str, fields: Iterable[tuple[str, str | bytes]], **headers: str) -> Page:
        body = "&".join(f"{name}={quote(value)}" for name, value in fields)
        headers = {"Content-Type": "application/x-www-form-urlencoded"} | headers
        return self.send("POST", path, body.encode(), headers)

    def send(
        self, method: str, path: str, body: bytes | None = None, headers: Headers | None = None
    ) -> Page:
        """Sends a request on a connection of its own."""
        connection = http.client.HTTPConnection(self.app.host, timeout=PATIENCE)
        cookie = {} if self.id is None else {"Cookie": f"session3={self.id}"}
        headers = cookie | (headers or {})
        try:
            connection.request(method, path, body, headers)
            page = Page(connection.getresponse())
        finally:
            connection.close()
        self._take(page.cookie)
        return page

    def submit(self, form: str, headers: Headers | None = None, /, **fields: str) -> Page:
        """Visits the home page and sends one of its forms, with what is typed into it."""
        page = self.get()
        element = page.document.get_element_by_id(form)
        assert len(element.cssselect("button[type=submit]")) == 1
        known = dict(element.form_values())
        unknown = fields.keys() - {field.name for field in element.inputs}
        assert not unknown, unknown
        path = str(element.get("action"))
        return self.post(path, (known | fields).items(), **(headers or {}))

    def log_in(self, user: str) -> Browser:
        """Logs in."""
        page = self.submit("login", user=user)
        assert (page.status, page.headers["Location"]) == (303, "/")
        return self

    def user(self) -> str:
        """Who the home page says one is."""
        return self.get().text("user")

    def _take(self, header: str | None) -> None:
        if header is None:
            return
        cookie = SimpleCookie(header)["session3"]
        self.id = None if cookie["max-age"] == "0" else cookie.value


def assert_valid(page: Page) -> None:
    """The page is HTML5 without a syntax error, and each id is there once."""
    html5lib.HTMLParser(strict=True).parse(page.body, transport_encoding="utf-8")
    ids = page.document.xpath("//@id")
    assert len(ids) == len(set(ids))


def assert_error(page: Page, status: int, sentence: str | None = None) -> None:
    """A page of ours that says what went wrong, without a trace of the program."""
    assert page.status == status, page.body
    assert_valid(page)
    assert page.text("error") if sentence is None else page.text("error") == sentence
    assert page.document.get_element_by_id("to-home").get("href") == "/"
    assert b"Traceback" not in page.body
    assert b".py" not in page.body
