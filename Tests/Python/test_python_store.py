# SPDX-License-Identifier: MIT
"""Stores written in Python stand on three methods of their own."""

from __future__ import annotations

import time
from typing import Any

import pytest
from python_stores import ListedStore, QuixoteStore
from session3.errors import ExistsError, GoneError, InvalidArgumentError, ValueTypeError
from session3.Session import Session
from session3.store.SessionStore import SessionStore


@pytest.fixture(params=[ListedStore, QuixoteStore])
def own(request: pytest.FixtureRequest) -> Any:
    return request.param()


def test_the_base_can_nothing() -> None:
    base = SessionStore()
    for call in (
        lambda: base.load_session("id"),
        lambda: base.save_session(Session("id")),
        lambda: base.delete_session(Session("id")),
        lambda: base.has_session("id"),
        lambda: base.iter_sessions(),
        lambda: iter(base),
        lambda: base.delete_old_sessions(5),
    ):
        with pytest.raises(NotImplementedError):
            call()
    assert not base.is_multiprocess_safe
    assert not base.is_thread_safe


def test_the_base_has_setup_hooks_and_close() -> None:
    with SessionStore() as base:
        base.setup()
        base.transaction_start()
        base.transaction_commit(None)
        base.transaction_abort(None)


def test_it_has_what_it_saved(own: Any) -> None:
    assert own.has_session("id") is False
    own.save_session(Session("id"))
    assert own.has_session("id") is True
    assert list(own) == ["id"]
    assert [(id, session.id) for id, session in own.iter_sessions()] == [("id", "id")]


def test_it_creates_with_a_new_id_and_not_over_another(own: Any) -> None:
    session = Session()
    own.create_session(session)
    assert session.id is not None
    assert len(session.id) == 22
    with pytest.raises(ExistsError):
        own.create_session(Session(session.id))


def test_a_failed_create_gives_no_id() -> None:
    session = Session()

    class Full(ListedStore):
        def save_session(self, session: Session) -> None:
            raise OSError("full")

    with pytest.raises(OSError, match="full"):
        Full().create_session(session)
    assert session.id is None


def test_it_counts(own: Any) -> None:
    own.save_session(Session("id"))
    assert own.increment("id", "n") == 1
    assert own.increment("id", "n", -5) == -4
    assert own.load_session("id").n == -4
    with pytest.raises(ValueTypeError):
        own.increment("id", "_form_tokens")
    with pytest.raises(GoneError):
        own.increment("missing", "n")


def test_a_form_token_passes_once(own: Any) -> None:
    session = Session("id")
    token = session.create_form_token()
    own.save_session(session)
    assert own.consume_form_token("id", "x") is False
    assert own.consume_form_token("id", token) is True
    assert own.consume_form_token("id", token) is False
    assert own.consume_form_token("missing", token) is False


def test_it_sets_access_times(own: Any) -> None:
    own.save_session(Session("id"))
    own.set_access_time("id", 1000.0)
    assert own.load_session("id")._access_time == 1000
    own.touch("id")
    assert own.load_session("id")._access_time > time.time() - 60


def test_it_deletes_a_user_s_and_old_sessions(own: Any) -> None:
    for id, user in {"a": "alice", "b": "bob", "c": "alice"}.items():
        session = Session(id)
        session.user = user
        own.save_session(session)
    assert own.delete_user_sessions("alice", except_id="c") == 1
    with pytest.raises(InvalidArgumentError):
        own.delete_user_sessions(None)
    assert own.delete_other_sessions("alice", own.load_session("c")) == 0
    own.set_access_time("b", time.time() - 601)
    assert own.delete_old_sessions(11) == (0, 2)
    assert own.delete_old_sessions(10) == (1, 1)
    assert list(own) == ["c"]


def test_it_names_sessions_for_logs(own: Any) -> None:
    assert own.short_hash("id") == own.short_hash("id") != own.short_hash("ie")
    assert len(own.short_hash("id")) == 12
