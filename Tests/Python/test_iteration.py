# SPDX-License-Identifier: MIT
"""Walking all sessions, and deleting many."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from session3.errors import InvalidArgumentError, UnstorableError
from session3.Session import Session


def fill(store: Any, **users: Any) -> None:
    for id, user in users.items():
        session = Session(id)
        session.user = user
        store.save_session(session)


def users(store: Any) -> dict[str, Any]:
    return {id: session.user for id, session in store.iter_sessions()}


def test_all_sessions_are_seen_once(store: Any) -> None:
    expected = {f"id{number}": number for number in range(300)}
    fill(store, **expected)
    ids = list(store)
    assert sorted(ids) == sorted(expected)
    assert users(store) == expected


def test_an_empty_store_has_no_sessions(store: Any) -> None:
    assert list(store) == []
    assert list(store.iter_sessions()) == []


def test_sessions_may_be_deleted_and_made_meanwhile(store: Any) -> None:
    fill(store, **{f"id{number}": number for number in range(50)})
    seen = []
    for id, _ in store.iter_sessions():
        seen.append(id)
        for other in range(50):
            if f"id{other}" not in seen:
                store.delete_session(f"id{other}")
        fill(store, late=1)
        store.delete_session("late")
    assert [id for id in seen if id != "late"] == seen[:1]


def test_several_walks_at_once_see_all(store: Any) -> None:
    fill(store, **{f"id{number}": number for number in range(50)})
    pairs = [(one, other) for one in store for other in store]
    assert len(set(pairs)) == 2500


def test_foreign_names_are_not_listed(directory_store: Any) -> None:
    fill(directory_store, a=1)
    directory = Path(directory_store.directory)
    (directory / ".hidden").write_text("x")
    (directory / "with space").write_text("x")
    (directory / "core.1234").write_text("x")
    (directory / ("a" * 129)).write_text("x")
    assert list(directory_store) == ["a"]


def test_a_user_is_logged_out_everywhere(store: Any) -> None:
    fill(store, a1="alice", a2="alice", b1="bob", n1=None, a3="alice")
    assert store.delete_user_sessions("alice", except_id="a2") == 2
    assert users(store) == {"a2": "alice", "b1": "bob", "n1": None}
    assert store.delete_user_sessions("alice") == 1
    assert store.delete_user_sessions("nobody") == 0
    assert users(store) == {"b1": "bob", "n1": None}


def test_the_session_that_stays_may_have_a_new_id_by_now(store: Any) -> None:
    fill(store, here="alice", there="alice")
    here, elsewhere = store.load_session("here"), store.load_session("here")
    store.renew_session(elsewhere)
    assert store.delete_other_sessions("alice", here) == 1
    assert users(store) == {elsewhere.id: "alice"}
    assert store.delete_other_sessions("alice", Session(elsewhere.id)) == 0
    assert store.delete_other_sessions("alice", Session("unknown")) == 1
    with pytest.raises(InvalidArgumentError):
        store.delete_other_sessions(None, here)
    with pytest.raises(UnstorableError, match="user"):
        store.delete_other_sessions({"alice"}, here)


@pytest.mark.parametrize("user", [7, {"name": "alice", "groups": [1, 2]}, b"alice", 1.5, ["a"]])
def test_a_user_is_any_value(store: Any, user: Any) -> None:
    fill(store, a=user, b="alice", c=user)
    assert store.delete_user_sessions(user) == 2
    assert users(store) == {"b": "alice"}


def test_true_is_another_user_than_one(store: Any) -> None:
    fill(store, a=True, b=1, c=1.0)
    assert store.delete_user_sessions(1) == 1
    assert users(store) == {"a": True, "c": 1.0}


def test_nobody_is_no_user(store: Any) -> None:
    fill(store, a=None)
    with pytest.raises(InvalidArgumentError):
        store.delete_user_sessions(None)
    with pytest.raises(UnstorableError, match=r"^user: a value of type set"):
        store.delete_user_sessions({"alice"})
    with pytest.raises(InvalidArgumentError):
        store.delete_user_sessions("alice", except_id="../x")
    assert users(store) == {"a": None}


def test_old_sessions_are_deleted_and_counted(open_store: Callable[..., Any]) -> None:
    now = [1_000_000.0]
    store = open_store(clock=lambda: now[0])
    fill(store, old=1, older=2)
    now[0] += 600
    fill(store, new=3)
    assert store.delete_old_sessions(20) == (0, 3)
    now[0] += 601
    assert store.delete_old_sessions(20) == (2, 1)
    assert users(store) == {"new": 3}
    now[0] += 31
    assert store.delete_old_sessions(0.5) == (1, 0)


def test_a_touched_session_is_not_old(open_store: Callable[..., Any]) -> None:
    now = [1_000_000.0]
    store = open_store(clock=lambda: now[0])
    fill(store, a=1, b=2)
    now[0] += 3600
    store.touch("a")
    assert store.delete_old_sessions(30) == (1, 1)
    assert users(store) == {"a": 1}


@pytest.mark.parametrize("minutes", [-1, float("nan"), float("-inf")])
def test_an_age_must_be_a_number_from_0(store: Any, minutes: float) -> None:
    with pytest.raises(InvalidArgumentError):
        store.delete_old_sessions(minutes)


def test_an_endless_age_deletes_nothing(store: Any) -> None:
    fill(store, a=1)
    store.set_access_time("a", 1000)
    assert store.delete_old_sessions(1e300) == (0, 1)


def test_ages_go_by_the_system_s_clock(directory_store: Any) -> None:
    session = Session("id")
    session._creation_time = 1000.0
    directory_store.save_session(session)
    directory_store.set_access_time("id", time.time() - 3600)
    assert directory_store.delete_old_sessions(61) == (0, 1)
    assert directory_store.delete_old_sessions(59) == (1, 0)
