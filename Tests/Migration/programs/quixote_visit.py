# SPDX-License-Identifier: MIT
"""One visit to a site under Quixote: python -m quixote_visit DIRECTORY [COOKIE].

Runs with Session3 3.4.1 as with this repository's package. Who has no session is logged in as
alice. Prints the browser's cookie after the visit, and the page.
"""

from __future__ import annotations

import io
import sys

from quixote import get_session  # type: ignore[import-untyped]
from quixote.directory import Directory  # type: ignore[import-untyped]
from quixote.http_request import HTTPRequest  # type: ignore[import-untyped]
from quixote.publish import Publisher  # type: ignore[import-untyped]
from session3.SessionManager import SessionManager
from session3.store.DirectorySessionStore import DirectorySessionStore


class Site(Directory):  # type: ignore[misc]
    """Counts the visits of whoever is logged in."""

    _q_exports = ("",)

    def _q_index(self) -> str:
        session = get_session()
        if session.user is None:
            session.set_user("alice")
        session.visits = getattr(session, "visits", 0) + 1
        return f"{session.user} {session.visits}"


def main(directory: str, cookie: str = "") -> None:
    """Plays one request."""
    out = sys.stdout  # Quixote takes it for its log.
    store = DirectorySessionStore(directory, create=True)
    publisher = Publisher(Site(), session_manager=SessionManager(store))
    environment = dict.fromkeys(("PATH_INFO", "SCRIPT_NAME"), "")
    environment |= {"REQUEST_METHOD": "GET", "SERVER_NAME": "x", "SERVER_PORT": "80"}
    environment |= {"REMOTE_ADDR": "10.0.0.1", "HTTP_COOKIE": cookie, "PATH_INFO": "/"}
    response = publisher.process_request(HTTPRequest(io.BytesIO(), environment))
    for name, value in response.generate_headers():
        if name.lower() == "set-cookie":
            cookie = value.partition(";")[0]
    print(cookie, b"".join(response.generate_body_chunks()).decode(), file=out)


if __name__ == "__main__":
    main(*sys.argv[1:])
