# SPDX-License-Identifier: MIT
"""One store, many threads; and a child after fork."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable
from typing import Any

import pytest
from session3.errors import ConflictError, ExistsError
from session3.Session import Session

THREADS = 8
ROUNDS = 100


def together(work: Callable[[int], None]) -> None:
    """Runs ``work(number)`` in all threads at once; the first failure is raised."""
    barrier, failures = threading.Barrier(THREADS), []

    def run(number: int) -> None:
        barrier.wait()
        try:
            work(number)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def test_no_increment_is_lost(store: Any) -> None:
    store.save_session(Session("id"))

    def count(_: int) -> None:
        for _ in range(ROUNDS):
            store.increment("id", "n")

    together(count)
    assert store.load_session("id").n == THREADS * ROUNDS


def test_no_save_with_fail_and_retry_is_lost(store: Any) -> None:
    first = Session("id")
    first.n = 0  # type: ignore[attr-defined]
    store.save_session(first)

    def count(_: int) -> None:
        for _ in range(ROUNDS):
            while True:
                session = store.load_session("id")
                session.n += 1
                try:
                    store.save_session(session, "fail")
                except ConflictError:
                    continue
                break

    together(count)
    assert store.load_session("id").n == THREADS * ROUNDS


def test_merges_keep_what_each_thread_set(store: Any) -> None:
    store.save_session(Session("id"))

    def work(number: int) -> None:
        for round in range(ROUNDS):
            session = store.load_session("id")
            assert getattr(session, f"of{number}", round) == round
            setattr(session, f"of{number}", round + 1)
            store.save_session(session)

    together(work)
    session = store.load_session("id")
    assert [getattr(session, f"of{n}") for n in range(THREADS)] == [ROUNDS] * THREADS


def test_a_token_passes_once(store: Any) -> None:
    session = Session("id")
    tokens = [session.create_form_token() for _ in range(32)]
    store.save_session(session)
    passed: list[str] = []

    def take(_: int) -> None:
        passed.extend(token for token in tokens if store.consume_form_token("id", token))

    together(take)
    assert sorted(passed) == sorted(tokens)


def test_one_creator_of_an_id_is_told_so(store: Any) -> None:
    created: list[str] = []

    def create(_: int) -> None:
        for round in range(ROUNDS):
            with contextlib.suppress(ExistsError):
                store.create_session(Session(f"id{round}"))
                created.append(f"id{round}")

    together(create)
    assert sorted(created) == sorted(f"id{round}" for round in range(ROUNDS))


def test_sessions_of_many_sizes_are_not_mixed_up(store: Any) -> None:
    def work(number: int) -> None:
        for round in range(30):
            session = Session(f"id{number}")
            session.blob = bytes([number]) * (round * 3001)  # type: ignore[attr-defined]
            store.save_session(session)
            assert store.load_session(f"id{number}").blob == session.blob  # type: ignore[attr-defined]

    together(work)


def test_a_signal_handler_may_use_the_store_in_the_midst_of_a_call(store: Any) -> None:
    for id in ("one", "two"):
        session = Session(id)
        session.name = id * 100  # type: ignore[attr-defined]
        store.save_session(session)
    handled = []

    def handle(_signal: int, _frame: Any) -> None:
        handled.append(store.load_session("two").name)

    before = signal.signal(signal.SIGALRM, handle)
    signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
    try:
        while len(handled) < 200:
            assert store.load_session("one").name == "one" * 100
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert set(handled) == {"two" * 100}


@pytest.mark.parametrize("round", range(10))
def test_a_child_of_a_busy_parent_goes_on_at_once(directory_store: Any, round: int) -> None:
    directory_store.save_session(Session("id"))
    stop = threading.Event()

    def save() -> None:
        while not stop.is_set():
            directory_store.increment("id", "parent")

    threads = [threading.Thread(target=save) for _ in range(3)]
    for thread in threads:
        thread.start()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            new = Session()
            directory_store.create_session(new)
            directory_store.increment("id", "child", round + 1)
            status = 0 if directory_store.has_session(new.id) else 2
        finally:
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0
    stop.set()
    for thread in threads:
        thread.join()
    assert directory_store.load_session("id").child == round + 1
