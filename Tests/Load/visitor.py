# SPDX-License-Identifier: MIT
"""A visitor who is logged in, without a browser."""

from __future__ import annotations

import re
from http.client import HTTPConnection
from urllib.parse import urlencode

from servers import Server

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Visitor:
    """One session: its id, and the token of its forms."""

    def __init__(self, server: Server, user: str) -> None:
        self.id = ""
        headers, _ = self._request(server, "POST", "/login", {"user": user})
        match = re.match(r'session3="?([A-Za-z0-9_-]+)"?;', headers["set-cookie"])
        assert match, "a login that sets no cookie"
        self.id = match[1]
        page = self.page(server)
        assert f'<span id="user">{user}</span>' in page
        self.token = found(r'name="csrf_token" value="([^"]+)"', page)

    def page(self, server: Server) -> str:
        return self._request(server, "GET", "/")[1]

    def counter(self, server: Server) -> int:
        """What the server's page shows."""
        return int(found(r'id="counter">\s*([0-9]+)\s*<', self.page(server)))

    def _request(
        self, server: Server, method: str, path: str, fields: dict[str, str] | None = None
    ) -> tuple[dict[str, str], str]:
        connection = HTTPConnection("127.0.0.1", server.port, timeout=20)
        cookie = {"Cookie": f"session3={self.id}"} if self.id else {}
        try:
            body = urlencode(fields) if fields else None
            connection.request(method, path, body, {**cookie, **(FORM if fields else {})})
            response = connection.getresponse()
            text = response.read().decode()
            assert response.status in (200, 303), f"{path} answered {response.status}"
            return {name.lower(): value for name, value in response.getheaders()}, text
        finally:
            connection.close()


def found(pattern: str, page: str) -> str:
    match = re.search(pattern, page)
    assert match, f"{pattern} is not in the page"
    return match[1]
