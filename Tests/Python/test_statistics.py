# SPDX-License-Identifier: MIT
"""What a store counts, and what it tells its logger."""

from __future__ import annotations

import dataclasses
import logging
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from format1_store import locked
from session3.errors import BusyError, GoneError, InsecureError
from session3.Session import Session
from session3.statistics import StoreStatistics
from session3.store.DirectorySessionStore import DirectorySessionStore

ID = "an-id-that-is-secret"


def session(id: str = ID, **attributes: Any) -> Session:
    made = Session(id)
    vars(made).update(attributes)
    return made


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    """A logger that wants to be told everything."""
    logger = logging.getLogger("a.host.s.own")
    logger.setLevel(logging.DEBUG)
    yield logger
    logger.setLevel(logging.NOTSET)


def test_a_new_store_has_counted_nothing(store: Any) -> None:
    counts = store.statistics()
    assert isinstance(counts, StoreStatistics)
    assert set(dataclasses.astuple(counts)) == {0}


def test_it_counts_what_its_sessions_go_through(store: Any) -> None:
    store.create_session(session(n=1))
    ours, theirs = store.load_session(ID), store.load_session(ID)
    theirs.n = 2
    store.save_session(theirs)
    ours.m = 3
    store.save_session(ours)
    store.increment(ID, "n")
    assert store.load_session("nobody") is None
    store.delete_session(ours)
    with pytest.raises(GoneError):
        store.save_session(ours)
    counts = store.statistics()
    expected = {"loads": 3, "hits": 2, "misses": 1, "creates": 1, "saves": 2, "updates": 1}
    expected |= {"conflicts": 1, "merges": 1, "deletes": 1, "gone": 1, "failures": 0}
    assert {name: getattr(counts, name) for name in expected} == expected
    assert counts.bytes_read > 0
    assert counts.bytes_written > 0


def test_times_are_seconds(directory: Path) -> None:
    with DirectorySessionStore(directory, create=True) as store:
        counts = store.statistics()
        assert isinstance(counts.longest_lock_wait, float)
        assert counts.lock_wait == 0.0


def test_waits_for_locks_are_told_in_seconds(directory: Path) -> None:
    with DirectorySessionStore(directory, create=True, lock_timeout=0.05) as store:
        store.create_session(session())
        with open(directory / ID, "rb+") as file, locked(file.fileno()):
            for _ in range(3):
                with pytest.raises(BusyError):
                    store.increment(ID, "n")
        counts = store.statistics()
    assert (counts.busy, counts.lock_waits) == (3, 3)
    assert 0.05 < counts.lock_wait < 5
    assert counts.lock_wait / 3 - 1e-6 < counts.longest_lock_wait < counts.lock_wait


def test_the_numbers_stay_as_they_were_told(store: Any) -> None:
    before = store.statistics()
    store.save_session(session())
    assert before.creates == 0
    assert store.statistics().creates == 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        before.creates = 7


def test_a_logger_of_the_host_s_own_is_told(
    directory: Path, caplog: pytest.LogCaptureFixture, logger: logging.Logger
) -> None:
    with DirectorySessionStore(directory, create=True, logger=logger) as store:
        Path(directory, ID).write_text("nothing of ours")
        assert store.load_session(ID) is None
        store.delete_old_sessions(10)
        hash = store.short_hash(ID)
    levels = [(record.name, record.levelno) for record in caplog.records]
    assert levels == [(logger.name, logging.ERROR), (logger.name, logging.INFO)]
    assert hash in caplog.records[0].getMessage()
    assert caplog.records[1].getMessage().endswith(": 0 deleted, 1 remain")
    assert ID not in caplog.text


def test_a_logger_is_told_nothing_below_its_level(
    directory: Path, caplog: pytest.LogCaptureFixture, logger: logging.Logger
) -> None:
    logger.setLevel(logging.ERROR)
    with DirectorySessionStore(directory, create=True, logger=logger) as store:
        store.delete_old_sessions(10)
        with pytest.raises(GoneError):
            store.touch(ID)
    assert caplog.records == []


def test_a_logger_that_raises_harms_no_call(
    open_store: Callable[..., Any], logger: logging.Logger, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", told.append)

    def fail(_record: logging.LogRecord) -> bool:
        raise RuntimeError("no log")

    logger.addFilter(fail)
    try:
        store = open_store(logger=logger)
        with pytest.raises(GoneError):
            store.touch(ID)
        assert [str(one.exc_value) for one in told] == ["no log"]
        store.save_session(session())
        assert store.has_session(ID)
    finally:
        logger.removeFilter(fail)


def test_a_directory_that_anybody_may_write_to_is_refused(directory: Path) -> None:
    directory.mkdir()
    directory.chmod(0o777)
    with pytest.raises(InsecureError, match="anybody may write") as caught:
        DirectorySessionStore(directory)
    assert isinstance(caught.value, PermissionError)
    DirectorySessionStore(directory, allow_world_writable=True).close()
