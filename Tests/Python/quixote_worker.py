# SPDX-License-Identifier: MIT
"""usage: quixote_worker.py simple|threaded|threads DIRECTORY PORT

One worker process of a web server: Quixote's own single-threaded or threaded server, or one that
handles each request in a thread of its own.
"""

from __future__ import annotations

import sys
import time
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from quixote import get_session, get_wsgi_app  # type: ignore[import-untyped]
from quixote_site import Site
from session3.Session import Session
from session3.SessionManager import SessionManager
from session3.store.DirectorySessionStore import DirectorySessionStore


def publisher(directory: str) -> Any:
    """The application: pages that read, write and count."""
    store = DirectorySessionStore(directory, create=True)
    site = Site(SessionManager(store, Session))

    @site.page
    def login() -> str:
        get_session().set_user("alice")
        return str(get_session().user)

    @site.page
    def logout() -> str:
        site.manager.expire_session()
        return "out"

    @site.page
    def who() -> str:
        return str(get_session().user)

    @site.page
    def count() -> str:
        return str(store.increment(get_session().id, "hits"))

    @site.page
    def slow() -> str:
        session = get_session()
        time.sleep(0.2)
        return str(session.id)

    @site.page
    def crash() -> str:
        raise ValueError("on purpose")

    return site.publisher


class ThreadingServer(ThreadingMixIn, WSGIServer):
    """Handles each request in a thread of its own."""

    daemon_threads = True


class QuietHandler(WSGIRequestHandler):
    """Logs no requests."""

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


def main(kind: str, directory: str, port: int) -> None:
    """Serves until the process is ended."""
    if kind == "threads":
        publisher(directory)
        server = make_server("127.0.0.1", port, get_wsgi_app(), ThreadingServer, QuietHandler)
        server.serve_forever()
    elif kind == "threaded":
        from quixote.server import threaded_server  # type: ignore[import-untyped]

        threaded_server.run(lambda: publisher(directory), "127.0.0.1", port)
    else:
        from quixote.server import simple_server

        simple_server.run(lambda: publisher(directory), "127.0.0.1", port)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
