# SPDX-License-Identifier: MIT
"""The Flask application of the guide does what the guide says."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pages import ROOT

pytest.importorskip("session3.flask", reason="session3.flask is missing")


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The module of the application, on a directory of its own."""
    monkeypatch.setenv("SESSIONS", str(tmp_path / "sessions"))
    monkeypatch.syspath_prepend(str(ROOT / "examples/flask-app"))
    monkeypatch.delitem(sys.modules, "app", raising=False)
    module = importlib.import_module("app")
    yield module
    module.store.close()
    del sys.modules["app"]


class Browser:
    """Fills in the forms that the pages show."""

    def __init__(self, shop: Any) -> None:
        self._client = shop.app.test_client()

    def look(self) -> str:
        text: str = self._client.get("/").text
        return text

    def send(self, action: str, **fields: str) -> Any:
        token = re.search(r'name="token" value="(.*?)"', self.look())
        assert token is not None
        return self._client.post(f"/{action}", data={"token": token[1], **fields})

    @property
    def cookie(self) -> str | None:
        found = self._client.get_cookie("session3")
        return None if found is None else str(found.value)


def test_a_visitor_logs_in_fills_the_cart_and_logs_out(shop: Any) -> None:
    browser = Browser(shop)
    assert 'action="/login"' in browser.look()
    assert browser.send("login", user="alice").status_code == 303
    for item in ("tea", "a <pot>"):
        assert browser.send("cart", item=item).status_code == 303
    assert "alice has tea, a &lt;pot&gt;" in browser.look()
    assert browser.send("logout").status_code == 303
    assert 'action="/login"' in browser.look()
    assert list(shop.store) == []


def test_a_visit_alone_stores_nothing_and_sets_no_cookie(shop: Any) -> None:
    browser = Browser(shop)
    browser.look()
    assert browser.cookie is None
    assert list(shop.store) == []


def test_a_login_gives_a_new_id_also_to_who_is_logged_in(shop: Any) -> None:
    browser = Browser(shop)
    browser.send("login", user="alice")
    first = browser.cookie
    browser.send("login", user="alice")
    assert browser.cookie not in (None, first)
    assert len(list(shop.store)) == 1


def test_remember_me_is_a_cookie_that_stays(shop: Any) -> None:
    browser = Browser(shop)
    assert "Max-Age" not in browser.send("login", user="alice").headers["Set-Cookie"]
    browser.send("logout")
    kept = browser.send("login", user="alice", remember="on").headers["Set-Cookie"]
    assert "Max-Age" in kept


def test_a_form_of_another_site_is_refused(shop: Any) -> None:
    browser = Browser(shop)
    browser.send("login", user="alice")
    assert browser._client.post("/cart", data={"item": "tea"}).status_code == 403
    assert browser._client.post("/logout", data={"token": "guessed"}).status_code == 403
    assert "alice has nothing" in browser.look()


def test_a_login_without_a_name_changes_nothing(shop: Any) -> None:
    browser = Browser(shop)
    assert browser.send("login", user="").status_code == 400
    assert list(shop.store) == []


def test_the_session_is_one_that_any_host_reads(shop: Any) -> None:
    browser = Browser(shop)
    browser.send("login", user="alice")
    browser.send("cart", item="tea")
    from session3.DictSession import DictSession
    from session3.store.DirectorySessionStore import DirectorySessionStore

    with DirectorySessionStore(shop.store.directory, session_class=DictSession) as store:
        session = store.load_session(browser.cookie)
    assert (session.user, session["cart"]) == ("alice", ["tea"])
