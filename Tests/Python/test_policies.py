# SPDX-License-Identifier: MIT
"""What a save does when somebody else was there meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from session3.errors import ConflictError, GoneError, InvalidArgumentError
from session3.Session import Session
from session3.store.DirectorySessionStore import DirectorySessionStore


def two_copies(store: Any) -> tuple[Any, Any]:
    """Two copies of one session, changed apart."""
    session = Session("id")
    session.a = session.b = session.c = 0  # type: ignore[attr-defined]
    store.save_session(session)
    ours, theirs = store.load_session("id"), store.load_session("id")
    ours.a, ours.both, ours.user = 1, "ours", "alice"
    theirs.b, theirs.both = 2, "theirs"
    del theirs.c
    return ours, theirs


def own(session: Any) -> dict[str, Any]:
    return {name: value for name, value in vars(session).items() if name[0] != "_"}


def test_a_merge_keeps_both_and_ours_where_both_changed_one(store: Any) -> None:
    ours, theirs = two_copies(store)
    store.save_session(theirs)
    store.save_session(ours)
    expected = {"id": "id", "user": "alice", "a": 1, "b": 2, "both": "ours"}
    assert own(ours) == expected
    assert own(store.load_session("id")) == expected


def test_a_merged_session_goes_on(store: Any) -> None:
    ours, theirs = two_copies(store)
    store.save_session(theirs)
    store.save_session(ours)
    assert not ours.is_dirty()
    ours.again = 1
    store.save_session(ours, "fail")
    assert store.load_session("id").again == 1


def test_overwrite_replaces_theirs(store: Any) -> None:
    ours, theirs = two_copies(store)
    store.save_session(theirs)
    store.save_session(ours, policy="overwrite")
    expected = {"id": "id", "user": "alice", "a": 1, "b": 0, "c": 0, "both": "ours"}
    assert own(ours) == own(store.load_session("id")) == expected


def test_fail_raises_and_writes_nothing(store: Any) -> None:
    ours, theirs = two_copies(store)
    store.save_session(theirs)
    before = own(ours)
    with pytest.raises(ConflictError):
        store.save_session(ours, "fail")
    assert own(ours) == before
    assert own(store.load_session("id")) == own(theirs)


@pytest.mark.parametrize("policy", ["merge", "overwrite", "fail"])
def test_the_store_s_policy_is_that_of_saves_that_name_none(
    open_store: Callable[..., Any], policy: str
) -> None:
    store = open_store(save_policy=policy)
    ours, theirs = two_copies(store)
    store.save_session(theirs)
    if policy == "fail":
        with pytest.raises(ConflictError):
            store.save_session(ours)
    else:
        store.save_session(ours)
        assert store.load_session("id").b == (2 if policy == "merge" else 0)


@pytest.mark.parametrize("policy", ["merge", "overwrite", "fail"])
def test_a_logout_stays(store: Any, policy: str) -> None:
    ours, _ = two_copies(store)
    store.delete_session("id")
    with pytest.raises(GoneError):
        store.save_session(ours, policy)
    assert not store.has_session("id")


@pytest.mark.parametrize("policy", ["merge", "overwrite", "fail"])
def test_an_unchanged_session_finds_out_about_a_logout(store: Any, policy: str) -> None:
    store.save_session(Session("id"))
    loaded = store.load_session("id")
    store.delete_session("id")
    with pytest.raises(GoneError):
        store.save_session(loaded, policy)


def test_a_session_made_again_is_another_one(store: Any) -> None:
    ours, _ = two_copies(store)
    store.delete_session("id")
    store.save_session(Session("id"))
    with pytest.raises(GoneError):
        store.save_session(ours)
    assert own(store.load_session("id")) == {"id": "id", "user": None}


def test_resurrect_brings_a_deleted_session_back(store: Any) -> None:
    ours, _ = two_copies(store)
    store.delete_session("id")
    store.save_session(ours, resurrect=True)
    assert own(store.load_session("id")) == own(ours)


def test_a_new_session_replaces_what_is_stored(store: Any) -> None:
    two_copies(store)
    session = Session("id")
    session.new = 1  # type: ignore[attr-defined]
    store.save_session(session)
    assert own(store.load_session("id")) == {"id": "id", "user": None, "new": 1}


def test_a_session_under_another_id_is_a_new_one(store: Any) -> None:
    ours, _ = two_copies(store)
    ours.id = "another"
    store.save_session(ours)
    assert own(store.load_session("another"))["a"] == 1
    assert store.load_session("id").a == 0
    ours.a = 5
    store.save_session(ours, "fail")
    assert store.load_session("another").a == 5


def test_other_handles_of_one_directory_merge(directory_store: Any) -> None:
    ours, theirs = two_copies(directory_store)
    directory_store.save_session(theirs)
    with DirectorySessionStore(directory_store.directory) as second:
        second.save_session(ours)
        assert second.load_session("id").b == 2


@pytest.mark.parametrize("policy", ["", "Merge", 1, "resurrect"])
def test_an_unknown_policy_is_refused(store: Any, policy: Any) -> None:
    with pytest.raises(InvalidArgumentError, match="policy"):
        store.save_session(Session("id"), policy)
    assert not store.has_session("id")


def test_an_unchanged_session_renews_its_access_time_beyond_the_resolution(
    open_store: Callable[..., Any],
) -> None:
    now = [1000.0]
    store = open_store(clock=lambda: now[0], access_resolution=10)
    store.save_session(Session("id"))
    loaded = store.load_session("id")
    assert loaded._creation_time == loaded._access_time == 1000
    now[0] = 1010
    store.save_session(loaded)
    assert store.load_session("id")._access_time == 1000
    now[0] = 1011
    store.save_session(loaded)
    assert store.load_session("id")._access_time == loaded._access_time == 1011


def test_a_resolution_of_zero_renews_the_access_time_always(
    open_store: Callable[..., Any],
) -> None:
    now = [1000.0]
    store = open_store(clock=lambda: now[0], access_resolution=0)
    store.save_session(Session("id"))
    now[0] += 0.000001
    store.save_session(store.load_session("id"))
    assert store.load_session("id")._access_time == 1000.000001


def test_a_clock_that_fails_is_logged_and_the_system_s_stands_in(
    open_store: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> float:
        raise RuntimeError("no time")

    store = open_store(clock=broken)
    store.save_session(Session("id"))
    assert store.load_session("id")._access_time > time.time() - 60
    assert "no time" in caplog.text
