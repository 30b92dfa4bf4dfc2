# SPDX-License-Identifier: MIT
"""A browser without a window: keeps cookies, reads pages, sends their forms."""

from __future__ import annotations

from dataclasses import dataclass
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from urllib.parse import urlencode

from lxml import html

Fields = dict[str, str | bytes]


@dataclass(frozen=True)
class Answer:
    """A response, and the page in it."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        """The header of a name, which must not come twice."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        assert len(values) < 2, f"{name} came {len(values)} times"
        return values[0] if values else None

    @property
    def page(self) -> html.HtmlElement:
        return html.document_fromstring(self.body.decode())

    def text(self, identifier: str) -> str | None:
        """The text of the element of an id; None if the page has none."""
        found = self.page.xpath("//*[@id = $id]", id=identifier)
        return found[0].text_content() if found else None

    @property
    def csrf_token(self) -> str:
        tokens = {str(value) for value in self.page.xpath("//input[@name = 'csrf_token']/@value")}
        assert len(tokens) == 1, f"a page of {len(tokens)} csrf tokens"
        return tokens.pop()

    def count(self, item: str) -> int:
        """How many of an item are in the cart."""
        [count] = self.page.xpath("//li[@data-item = $item]", item=item)
        return int(count.text_content())


class Visitor:
    """A browser: one cookie jar, for one server or, as a browser has it, for all of its host."""

    def __init__(self, port: int, cookies: dict[str, str] | None = None) -> None:
        self.port = port
        self.cookies = {} if cookies is None else cookies

    def ask(
        self, method: str, path: str, body: bytes | None = None, **headers: str | bytes
    ) -> Answer:
        """One request, by the names of headers with _ for -; keeps the cookie of the answer."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            sent = {name.replace("_", "-"): value for name, value in headers.items()}
            if self.cookies and "Cookie" not in sent:
                sent["Cookie"] = "; ".join(
                    f"{name}={value}" for name, value in self.cookies.items()
                )
            connection.request(method, path, body, sent)
            response = connection.getresponse()
            answer = Answer(response.status, response.getheaders(), response.read())
        finally:
            connection.close()
        self._keep(answer.header("Set-Cookie"))
        return answer

    def _keep(self, set_cookie: str | None) -> None:
        for name, morsel in SimpleCookie(set_cookie or "").items():
            if morsel["max-age"] == "0":
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = morsel.value

    def get(self, path: str = "/") -> Answer:
        return self.ask("GET", path)

    def post(self, path: str, fields: Fields | None = None, **headers: str | bytes) -> Answer:
        """Sends fields as a browser sends a form."""
        headers.setdefault("Content_Type", "application/x-www-form-urlencoded")
        return self.ask("POST", path, urlencode(fields or {}).encode(), **headers)

    def send(self, path: str, fields: Fields | None = None) -> Answer:
        """Sends a form of the home page, as it comes with its token."""
        return self.post(path, {"csrf_token": self.get().csrf_token, **(fields or {})})

    def log_in(self, user: str, **fields: str) -> Answer:
        answer = self.send("/login", {"user": user, **fields})
        assert answer.status == 303, answer.text("error")
        return answer
