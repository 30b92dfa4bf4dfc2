# SPDX-License-Identifier: MIT
"""django_site in processes of its own, and visitors that come by HTTP."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django_project import PASSWORD, PLACE

HERE = Path(__file__).resolve().parent
SESSIONS = PLACE / "sessions"
PATIENCE = 60
WSGI = (
    *("gunicorn", "--no-control-socket", "--workers", "2", "--threads", "4"),
    "django.core.wsgi:get_wsgi_application()",
)
ASGI = ("uvicorn", "--factory", "django.core.asgi:get_asgi_application")


def environment(**settings: str) -> dict[str, str]:
    """That of a process which runs the site."""
    paths = [str(HERE), os.environ["PYTHONPATH"]]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths), **settings}


def manage(*command: str) -> str:
    """What a command of Django's says."""
    done = subprocess.run(
        [sys.executable, "-m", "django", *command],
        env=environment(),
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout


@contextlib.contextmanager
def serving(log: Path, kind: tuple[str, ...] = WSGI, **settings: str) -> Iterator[int]:
    """Runs a server of the site; its port. What it says is in ``log``."""
    with log.open("ab") as output:
        # It listens before the server runs, so nobody waits for that, and no longer than it.
        with socket.create_server(("127.0.0.1", 0), backlog=128) as listening:
            number, port = str(listening.fileno()), listening.getsockname()[1]
            fd = ["--bind", f"fd://{number}"] if kind is WSGI else ["--fd", number]
            server = subprocess.Popen(
                [sys.executable, "-m", kind[0], *fd, *kind[1:]],
                env=environment(**settings),
                pass_fds=[listening.fileno()],
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            yield port
        finally:
            server.terminate()
            server.wait(PATIENCE)


class Visitor:
    """A browser: it keeps cookies, also for another port of the host."""

    def __init__(self, port: int, key: str | None = None) -> None:
        self.port = port
        self.cookies: dict[str, str] = {} if key is None else {"session3": key}

    @property
    def key(self) -> str | None:
        return self.cookies.get("session3")

    def ask(self, method: str, path: str, **fields: str) -> tuple[int, str]:
        """Status and body of a page."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if method == "POST":
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, path, urlencode(fields), headers)
            answer = connection.getresponse()
            for name, text in answer.getheaders():
                if name.lower() == "set-cookie":
                    self._take(text)
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def _take(self, header: str) -> None:
        for name, cookie in SimpleCookie(header).items():
            if cookie["max-age"] == "0":
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = cookie.value

    def page(self, path: str = "/") -> Any:
        """What a page of JSON tells."""
        status, body = self.ask("GET", path)
        assert status == 200, body
        return json.loads(body)

    def post(self, path: str, **fields: str) -> int:
        """Sends a form that the site gave out; the status."""
        _, token = self.ask("GET", "/token")
        return self.ask("POST", path, csrfmiddlewaretoken=token, **fields)[0]

    def log_in(self, name: str = "ada") -> int:
        return self.post("/login", name=name, password=PASSWORD)
