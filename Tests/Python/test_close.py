# SPDX-License-Identifier: MIT
"""A closed store says so, and holds nothing."""

from __future__ import annotations

import gc
import os
import threading
import weakref
from collections.abc import Callable
from typing import Any

import pytest
from session3.errors import ClosedError
from session3.Session import Session

CALLS: dict[str, Callable[[Any], Any]] = {
    "load_session": lambda store: store.load_session("id"),
    "save_session": lambda store: store.save_session(Session("id")),
    "create_session": lambda store: store.create_session(Session()),
    "delete_session": lambda store: store.delete_session("id"),
    "has_session": lambda store: store.has_session("id"),
    "touch": lambda store: store.touch("id"),
    "set_access_time": lambda store: store.set_access_time("id", 5),
    "increment": lambda store: store.increment("id", "n"),
    "consume_form_token": lambda store: store.consume_form_token("id", "t"),
    "delete_user_sessions": lambda store: store.delete_user_sessions("alice"),
    "delete_other_sessions": lambda store: store.delete_other_sessions("alice", Session("id")),
    "delete_old_sessions": lambda store: store.delete_old_sessions(5),
    "iter_sessions": lambda store: store.iter_sessions(),
    "__iter__": iter,
    "setup": lambda store: store.setup(),
    "short_hash": lambda store: store.short_hash("id"),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
def test_a_closed_store_says_so(store: Any, call: Callable[[Any], Any]) -> None:
    store.close()
    with pytest.raises(ClosedError, match="closed"):
        call(store)


def test_closing_twice_is_fine(store: Any) -> None:
    store.close()
    store.close()


def test_with_closes(open_store: Callable[..., Any]) -> None:
    with open_store() as store:
        store.save_session(Session("id"))
    with pytest.raises(ValueError, match="closed"):
        store.load_session("id")


def test_sessions_outlive_their_store(store: Any) -> None:
    session = Session("id")
    session.user = "alice"
    store.save_session(session)
    loaded = store.load_session("id")
    store.close()
    assert loaded.user == "alice"
    assert not loaded.is_dirty()


def descriptors() -> set[str]:
    return set(os.listdir("/proc/self/fd"))


def test_a_store_and_its_iterators_leave_no_descriptor(
    open_store: Callable[..., Any],
) -> None:
    before = descriptors()
    store = open_store()
    for number in range(5):
        store.save_session(Session(f"id{number}"))
    abandoned = iter(store)
    next(abandoned)
    list(store.iter_sessions())
    store.close()
    del abandoned
    gc.collect()
    assert descriptors() == before


def test_a_store_that_is_dropped_is_released(open_store: Callable[..., Any]) -> None:
    store = open_store()
    handle = weakref.ref(store._open())
    store.close()
    assert handle() is None


def test_an_iterator_goes_on_after_its_store_was_closed(store: Any) -> None:
    for number in range(3):
        store.save_session(Session(f"id{number}"))
    ids = iter(store)
    first = next(ids)
    store.close()
    assert {first, *ids} == {"id0", "id1", "id2"}


def test_closing_while_other_threads_call_is_safe(open_store: Callable[..., Any]) -> None:
    store = open_store()
    store.save_session(Session("id"))
    started, ended = threading.Barrier(5), []

    def call_until_closed() -> None:
        started.wait()
        try:
            while True:
                assert store.load_session("id").id == "id"
                store.increment("id", "n")
        except ClosedError:
            ended.append(True)

    threads = [threading.Thread(target=call_until_closed) for _ in range(4)]
    for thread in threads:
        thread.start()
    started.wait()
    store.close()
    for thread in threads:
        thread.join()
    assert len(ended) == 4
