# SPDX-License-Identifier: MIT
"""Web servers in processes of their own, and visitors that come by HTTP."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPCookieProcessor, Request, build_opener

from quixote_packages import quixote_3_0, with_first
from repository import PACKAGE

HERE = Path(__file__).resolve().parent
PATIENCE = 30


def environment(version: str) -> dict[str, str]:
    """That of a child which imports our package, and Quixote of a version."""
    env = with_first(quixote_3_0() if version == "3.0" else None)
    env["PYTHONPATH"] = f"{PACKAGE}:{env['PYTHONPATH']}"
    return env


def free_port() -> int:
    """A port of the loopback interface that nobody listens at."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port: int = s.getsockname()[1]
        return port


def _wait(server: subprocess.Popen[str], port: int) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            assert server.poll() is None, "the server ended"
            assert time.monotonic() < end, "the server does not listen"
            time.sleep(0.1)
        else:
            return


@contextlib.contextmanager
def running(command: list[str], port: int, version: str, cwd: Path) -> Iterator[int]:
    """Runs a server as long as the with statement does; its port."""
    with (cwd / f"server-{port}.log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, *command],
            env=environment(version),
            cwd=cwd,
            stdout=log,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            _wait(server, port)
            yield port
        finally:
            server.terminate()
            server.wait(PATIENCE)


@contextlib.contextmanager
def worker(kind: str, version: str, directory: Path) -> Iterator[int]:
    """Runs quixote_worker.py on a directory of sessions."""
    port = free_port()
    command = [str(HERE / "quixote_worker.py"), kind, str(directory), str(port)]
    with running(command, port, version, directory.parent):
        yield port


class Visitor:
    """A browser: it keeps cookies, for all ports of the host, and follows redirections."""

    def __init__(self) -> None:
        self.jar = CookieJar()
        self._opener = build_opener(HTTPCookieProcessor(self.jar))

    def get(self, port: int, path: str = "") -> tuple[int, str]:
        """Status and body of a page."""
        request = Request(f"http://127.0.0.1:{port}/{path}")
        try:
            with self._opener.open(request, timeout=PATIENCE) as reply:
                return reply.status, reply.read().decode()
        except HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def id(self) -> str | None:
        """The session's id that the cookie holds."""
        return next((str(c.value).strip('"') for c in self.jar if c.name == "QX_session"), None)


def raw(port: int, cookie: bytes) -> int:
    """The status for a request with a Cookie header of any bytes."""
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.putrequest("GET", "/who")
        connection.putheader("Cookie", cookie)
        connection.endheaders()
        return connection.getresponse().status
    finally:
        connection.close()


def at_once(count: int, work: Any) -> list[Any]:
    """The results of ``work(0)`` to ``work(count - 1)``, in threads that run side by side."""
    results: list[Any] = [None] * count

    def run(number: int) -> None:
        results[number] = work(number)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
