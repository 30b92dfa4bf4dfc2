# SPDX-License-Identifier: MIT
"""The pages: an XML document of each, and the HTML that the stylesheet shared with the C server
makes of it. ../pages/README.md describes the document."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from demo_session import ITEMS, DemoSession, cart_key, is_count
from lxml import etree

FOLDER = Path(__file__).resolve().parent.parent / "pages"
SERVER = "quixote-app"

EXPIRED = "Your session has expired. Please log in again."
BAD_NAME = "A name has 1 to 64 characters."
FOREIGN_FORM = "This form is not yours."
LOGIN_FIRST = "Please log in to see the live sessions."
SENTENCES = {
    400: "The server does not understand this request.",
    404: "There is no such page.",
    405: "This page does not take such a request.",
    413: "The form is too long.",
    500: "The page failed. The session is as it was before.",
    503: "The sessions are out of reach. Please try again in a moment.",
}

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_TYPES = {
    type(None): "nil",
    bool: "bool",
    int: "int",
    float: "float",
    str: "text",
    bytes: "bytes",
    datetime: "timestamp",
    list: "array",
    dict: "map",
}


class Row(NamedTuple):
    """A live session, as the admin page shows it."""

    hash: str
    session: DemoSession
    own: bool


class Pages:
    """Makes pages. The compiled stylesheet serves all threads at once, and after a fork."""

    def __init__(self, other: str | None) -> None:
        self._other = other
        self._stylesheet = etree.XSLT(etree.parse(FOLDER / "pages.xsl"))

    def home(
        self, session: DemoSession, *, hash: str | None, remembered: bool, notice: str | None
    ) -> bytes:
        """The request's session, and all that can be done with it."""
        page = self._page("home", 200)
        if notice is not None:
            _add(page, "notice", notice)
        if hash is not None:
            _add(page, "csrf-token", session.get_csrf_token())
        _add_session(page, session, hash, remembered)
        return self._html(page)

    def admin(self, rows: Iterable[Row], csrf_token: str) -> bytes:
        """The live sessions."""
        page = self._page("admin", 200)
        _add(page, "csrf-token", csrf_token)
        for row in rows:
            attributes = {"hash": row.hash} | _times(row.session) | _origin(row.session)
            if row.session.user is not None:
                attributes["user"] = _shown(row.session.user)
            if row.own:
                attributes["own"] = "yes"
            _add(page, "row", None, attributes)
        return self._html(page)

    def error(self, status: int, sentence: str) -> bytes:
        """A sentence that says what went wrong."""
        page = self._page("error", status)
        _add(page, "error", sentence)
        return self._html(page)

    def _page(self, view: str, status: int) -> Any:
        page = etree.Element("page", view=view, server=SERVER)
        page.set("process", str(os.getpid()))
        page.set("status", str(status))
        if self._other is not None:
            page.set("other", _clean(self._other))
        return page

    def _html(self, page: Any) -> bytes:
        return bytes(self._stylesheet(page))


def _add_session(page: Any, session: DemoSession, hash: str | None, remembered: bool) -> None:
    attributes = {"remembered": "yes" if remembered else "no"} | _origin(session)
    if hash is not None:
        attributes |= {"hash": hash} | _times(session)
    element = _add(page, "session", None, attributes)
    if session.user is not None:
        _add(element, "user", _shown(session.user))
    others = session.attributes()
    if is_count(session.counter):
        _add(element, "counter", str(session.counter))
        others.pop("counter", None)
    if session.keep is True:
        _add(element, "keep")
        others.pop("keep", None)
    for item in ITEMS:
        if is_count(others.get(cart_key(item))):
            _add(element, "item", None, {"name": item, "count": str(others.pop(cart_key(item)))})
    for key, value in sorted(others.items()):
        _add(element, "attribute", None, {"name": key, "type": _type_of(value)})


def _times(session: DemoSession) -> dict[str, str]:
    return {
        "created": _utc(session.get_creation_time()),
        "accessed": _utc(session.get_access_time()),
    }


def _origin(session: DemoSession) -> dict[str, str]:
    address = session.get_remote_address()
    return {} if address is None else {"remote-address": address}


def _add(
    parent: Any, name: str, text: str | None = None, attributes: dict[str, str] | None = None
) -> Any:
    element = etree.SubElement(parent, name)
    element.text = None if text is None else _clean(text)
    for key, value in (attributes or {}).items():
        element.set(key, _clean(value))
    return element


def _clean(text: str) -> str:
    """Text that XML can hold."""
    return _FORBIDDEN.sub("\ufffd", text)


def _shown(user: Any) -> str:
    return user if type(user) is str else f"<{_type_of(user)}>"


def _type_of(value: Any) -> str:
    return _TYPES.get(type(value), "extension")


def _utc(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")
