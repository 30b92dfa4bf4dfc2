# SPDX-License-Identifier: MIT
"""Programs written for Session3 3.4.1 and Quixote run unchanged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from session3.DictSession import DictSession
from session3.Session import Session
from session3.store.DirectorySessionStore import DirectorySessionStore


class CountingSession(Session):
    def __init__(self, id: str | None) -> None:
        Session.__init__(self, id)
        self.counter = 0
        self.keep = False

    def increment(self) -> None:
        self.counter += 1

    def has_info(self) -> bool:
        return self.keep


class CartSession(DictSession):
    def __init__(self, id: str | None) -> None:
        DictSession.__init__(self, id)
        self["cart"] = []


def request(store: Any, session_class: Any, id: str | None) -> Any:
    """The beginning of a request, as Session3's manager has it."""
    session = store.load_session(id) if id else None
    if session is None:
        session = session_class(None)
    session._set_access_time(1)
    session.start_request()
    return session


def finish(store: Any, session: Any, new_id: str) -> None:
    """The end of a request, as Session3's manager has it."""
    if not session.has_info():
        if session.id and store.load_session(session.id):
            store.delete_session(session)
        return
    if session.id is None:
        session.id = new_id
    store.save_session(session)


def test_a_counting_session_lives_through_requests(directory: Path) -> None:
    store = DirectorySessionStore(str(directory), create=True, session_class=CountingSession)
    session = request(store, CountingSession, None)
    finish(store, session, "id")
    assert not store.has_session("id")
    session.keep = True
    finish(store, session, "id")
    for expected in range(1, 4):
        session = request(store, CountingSession, "id")
        session.increment()
        assert session.counter == expected
        finish(store, session, "unused")
    session = request(store, CountingSession, "id")
    session.keep = False
    finish(store, session, "unused")
    assert not store.has_session("id")


def test_a_dict_session_lives_through_requests(directory: Path) -> None:
    store = DirectorySessionStore(str(directory), create=True, session_class=CartSession)
    session = request(store, CartSession, None)
    session.set_user("alice")
    session["cart"].append({"name": "tea", "price": 3.5})
    finish(store, session, "id")
    session = request(store, CartSession, "id")
    assert session["cart"] == [{"name": "tea", "price": 3.5}]
    session["cart"].append({"name": "pot", "price": 20.0})
    finish(store, session, "unused")
    again = store.load_session("id")
    assert len(again["cart"]) == 2
    assert again.get_user() == "alice"


def test_an_administrator_lists_and_sweeps(directory: Path) -> None:
    store = DirectorySessionStore(str(directory), create=True)
    store.setup()
    for number in range(3):
        session = Session(f"id{number}")
        session.set_user(f"user{number}")
        store.save_session(session)
    assert {id: s.user for id, s in store.iter_sessions()} == {
        "id0": "user0",
        "id1": "user1",
        "id2": "user2",
    }
    deleted, remaining = store.delete_old_sessions(60)
    assert (deleted, remaining) == (0, 3)


def test_quixote_s_manager_deletes_by_id_and_saves_what_is_dirty(directory: Path) -> None:
    store = DirectorySessionStore(str(directory), create=True)
    session = Session(None)
    session.set_user("alice")
    session.id = "id"
    store.save_session(session)
    session = store.load_session("id")
    assert not session.is_dirty()
    session.get_csrf_token()
    assert session.is_dirty()
    store.save_session(session)
    store.delete_session("id")
    assert "id" not in list(store)
