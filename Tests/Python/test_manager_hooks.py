# SPDX-License-Identifier: MIT
"""What subclasses of Session3's manager override goes on being called; and the mapping."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from quixote import get_request, get_session  # type: ignore[import-untyped]
from quixote_site import Browser, Site, site
from session3.Session import Session
from session3.SessionManager import SessionManager


class RecordingManager(SessionManager):
    """Notes which of its methods are called."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.calls: list[str] = []

    def get_session(self) -> Session:
        self.calls.append("get_session")
        return super().get_session()

    def new_session(self, id: str | None) -> Session:
        self.calls.append("new_session")
        return super().new_session(id)

    def _create_session(self) -> Session:
        self.calls.append("_create_session")
        return super()._create_session()

    def maintain_session(self, session: Session) -> bool:
        self.calls.append("maintain_session")
        return super().maintain_session(session)

    def expire_session(self) -> None:
        self.calls.append("expire_session")
        super().expire_session()

    def set_session_cookie(self, session_id: str, **attrs: Any) -> None:
        self.calls.append("set_session_cookie")
        super().set_session_cookie(session_id, **attrs)

    def revoke_session_cookie(self) -> None:
        self.calls.append("revoke_session_cookie")
        super().revoke_session_cookie()

    def clear_session(self, request: Any) -> None:
        self.calls.append("clear_session")
        super().clear_session(request)


class NumberingManager(SessionManager):
    """Makes ids of its own."""

    number = 0

    def _make_session_id(self) -> str:
        self.number += 1
        return f"shard7-{self.number}"


class OwnRulesManager(SessionManager):
    """Decides by itself what is kept, without asking its base."""

    def maintain_session(self, session: Any) -> bool:
        if session.id is None:
            session.id = "of-its-own"
            self.set_session_cookie(session.id)
        return True


def login() -> str:
    get_session().set_user(get_request().get_field("user", "alice"))
    return "in"


def who() -> str:
    return str(get_session().user)


def leave() -> str:
    get_session().set_user(None)
    return "left"


@pytest.fixture
def recording(store: Any) -> Iterator[Site]:
    with site(RecordingManager(store)) as shop:
        for page in (login, who, leave):
            shop.page(page)
        yield shop


def test_a_login_calls_what_it_called_in_session3(recording: Site) -> None:
    Browser(recording).get("login")
    assert recording.manager.calls == [
        "get_session",
        "_create_session",
        "new_session",
        "maintain_session",
        "set_session_cookie",
        "clear_session",
    ]


def test_a_session_that_lost_its_user_expires_as_in_session3(recording: Site) -> None:
    browser = Browser(recording)
    browser.get("login")
    recording.manager.calls.clear()
    browser.get("leave")
    assert recording.manager.calls == [
        "get_session",
        "maintain_session",
        "expire_session",
        "revoke_session_cookie",
        "clear_session",
    ]


def test_a_new_id_is_announced_by_set_session_cookie(recording: Site) -> None:
    browser = Browser(recording)
    browser.get("login")
    recording.manager.calls.clear()
    browser.get("login", QUERY_STRING="user=bob")
    assert recording.manager.calls.count("set_session_cookie") == 1


def test_ids_of_a_subclass_are_taken_also_for_renewals(store: Any) -> None:
    with site(NumberingManager(store)) as shop:
        shop.page(login)
        shop.page(who)
        browser = Browser(shop)
        browser.get("login")
        assert browser.id == "shard7-1"
        browser.get("login", QUERY_STRING="user=bob")
        assert browser.id == "shard7-2"
        assert list(store) == ["shard7-2"]
        assert browser.get("who").body == "bob"


def test_an_id_of_a_subclass_that_is_taken_is_made_again(store: Any) -> None:
    taken = Session("shard7-1")
    taken.set_user("carol")
    store.save_session(taken)
    with site(NumberingManager(store)) as shop:
        shop.page(login)
        browser = Browser(shop)
        reply = browser.get("login")
        assert browser.id == "shard7-2"
        assert reply.set_cookie.startswith('QX_session="shard7-2"')
    assert store.load_session("shard7-1").user == "carol"


def test_rules_of_a_subclass_are_followed(store: Any) -> None:
    with site(OwnRulesManager(store)) as shop:
        shop.page(login)
        shop.page(who)
        browser = Browser(shop)
        assert browser.get("who").body == "None"
        assert list(store) == ["of-its-own"]
        assert browser.id == "of-its-own"
        browser.get("login")
        assert list(store) == [browser.id]
        assert browser.id != "of-its-own"


def test_a_session_under_an_id_of_the_program_s_replaces_what_is_there(store: Any) -> None:
    with site(SessionManager(store)) as shop:

        @shop.page
        def fixed() -> str:
            get_session().id = "fixed"
            get_session().set_user("alice")
            return "fixed"

        assert Browser(shop).get("fixed").status == 200
        assert Browser(shop).get("fixed").status == 200
    assert [(id, session.user) for id, session in store.iter_sessions()] == [("fixed", "alice")]


def test_a_manager_is_a_mapping_of_live_sessions(store: Any) -> None:
    with site(SessionManager(store)) as shop:
        manager = shop.manager
        session = Session("known")
        session.set_user("alice")
        manager["known"] = session
        assert "known" in manager
        assert None not in manager
        assert manager["known"].user == manager.get("known").user == "alice"
        assert [session.id for session in manager] == ["known"]
        with pytest.raises(ValueError, match="another id"):
            manager["other"] = session
        del manager["known"]
        assert manager.get("known", "nothing") == "nothing"
        for access in (manager.__getitem__, manager.__delitem__):
            with pytest.raises(KeyError):
                access("known")


def test_the_store_hears_of_each_request(store: Any) -> None:
    heard: list[str] = []
    store.transaction_start = lambda: heard.append("start")
    store.transaction_commit = lambda session: heard.append(f"commit {session.user}")
    store.transaction_abort = lambda session: heard.append(f"abort {session.user}")
    with site(SessionManager(store)) as shop:
        shop.page(login)

        @shop.page
        def crash() -> str:
            raise ValueError("on purpose")

        browser = Browser(shop)
        browser.get("login")
        browser.get("crash")
    assert heard == ["start", "commit alice", "start", "abort alice"]


def test_a_session_that_a_program_lists_as_expired_is_deleted(store: Any) -> None:
    with site(SessionManager(store)) as shop:
        shop.page(login)

        @shop.page
        def end() -> str:
            request = get_request()
            shop.manager.expired_sessions[request] = request.session
            request.session = None
            return "ended"

        browser = Browser(shop)
        browser.get("login")
        browser.get("end")
        assert list(store) == []


def test_each_session_that_a_page_expired_is_deleted(store: Any) -> None:
    with site(SessionManager(store)) as shop:
        shop.page(login)

        @shop.page
        def end_both() -> str:
            other = store.load_session(second.id)
            shop.manager.expire_session()
            get_request().session = other
            shop.manager.expire_session()
            return "ended"

        first, second = Browser(shop), Browser(shop)
        first.get("login")
        second.get("login")
        first.get("end_both")
        assert list(store) == []


class CopiedManager(SessionManager):
    """Finishes requests by the body of Session3's manager."""

    def finish_successful_request(self) -> None:
        request = get_request()
        session = request.session
        if session and self.maintain_session(session):
            self.store.save_session(session)
        elif request in self.expired_sessions:
            self.store.delete_session(self.expired_sessions[request])
        self.clear_session(request)


@pytest.mark.parametrize("ask", ["renew_id", "expire_user_sessions"])
def test_what_a_copied_body_does_not_do_is_logged(
    store: Any, ask: str, caplog: pytest.LogCaptureFixture
) -> None:
    with site(CopiedManager(store)) as shop:

        @shop.page
        def login() -> str:
            get_session().set_user("alice")
            return "in"

        @shop.page
        def page() -> str:
            getattr(shop.manager, ask)()
            return "asked"

        browser = Browser(shop)
        browser.get("login")
        assert caplog.text == ""
        browser.get("page")
        assert "super() was not called" in caplog.text
