# SPDX-License-Identifier: MIT
"""No id and no token is in a message, a log or a description."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from session3.errors import Session3Error
from session3.Session import Session

ID = "S3cr3tS3cr3tS3cr3tS3cr"
TOKEN = "T0k3nT0k3nT0k3nT0k3nT0"


def gone(store: Any) -> None:
    session = Session(ID)
    store.save_session(session)
    store.delete_session(ID)
    session.user = "alice"
    store.save_session(session)


def conflict(store: Any) -> None:
    store.save_session(Session(ID))
    ours, theirs = store.load_session(ID), store.load_session(ID)
    ours.user, theirs.user = "alice", "bob"
    store.save_session(theirs)
    store.save_session(ours, "fail")


def exists(store: Any) -> None:
    store.save_session(Session(ID))
    store.create_session(Session(ID))


def unstorable(store: Any) -> None:
    session = Session(ID)
    session._csrf_token = TOKEN
    session._form_tokens = [TOKEN]
    session.cart = {1}  # type: ignore[attr-defined]
    store.save_session(session)


def too_large(store: Any) -> None:
    session = Session(ID)
    session.cart = "x" * 2_000_000  # type: ignore[attr-defined]
    store.save_session(session)


def no_number(store: Any) -> None:
    session = Session(ID)
    session.name = "x"  # type: ignore[attr-defined]
    store.save_session(session)
    store.increment(ID, "name")


FAILURES: list[Callable[[Any], None]] = [
    *(gone, conflict, exists, unstorable, too_large, no_number),
    lambda store: store.touch(ID),
    lambda store: store.increment(ID, "n"),
    lambda store: store.set_access_time(ID, 5),
    lambda store: store.save_session(Session(ID + "/")),
    lambda store: store.save_session(Session(ID + "\ud800")),
    lambda store: store.delete_session(ID + "\ud800"),
]


@pytest.mark.parametrize("fail", FAILURES)
def test_an_error_names_neither_id_nor_token(store: Any, fail: Callable[[Any], None]) -> None:
    with pytest.raises(Session3Error) as caught:
        fail(store)
    error: BaseException | None = caught.value
    while error is not None:
        assert ID not in f"{error} {error!r} {error.args}"
        assert TOKEN not in f"{error} {error!r} {error.args}"
        error = error.__cause__ or error.__context__
    lines = "".join(traceback.format_exception_only(type(caught.value), caught.value))
    assert ID not in lines


def test_an_unreadable_file_is_logged_by_its_short_hash(
    directory_store: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    Path(directory_store.directory, ID).write_text("nothing of ours")
    directory_store.load_session(ID)
    list(directory_store.iter_sessions())
    assert len(caplog.records) == 2
    for record in caplog.records:
        assert ID not in record.getMessage()
        assert ID not in repr(record.__dict__)
        assert directory_store.short_hash(ID) in record.getMessage()


def test_a_short_hash_is_the_same_for_all_hosts_of_a_directory(directory_store: Any) -> None:
    from session3.store.DirectorySessionStore import DirectorySessionStore

    with DirectorySessionStore(directory_store.directory) as other:
        assert other.short_hash(ID) == directory_store.short_hash(ID)
    assert directory_store.short_hash(ID) != directory_store.short_hash(ID[1:])


def test_a_short_hash_is_12_hexadecimal_digits(store: Any) -> None:
    for id in (ID, "", "ä", "\ud800", "x" * 1000):
        assert len(store.short_hash(id)) == 12
        int(store.short_hash(id), 16)


def test_a_store_shows_its_directory_alone(directory_store: Any) -> None:
    directory_store.save_session(Session(ID))
    assert ID not in repr(directory_store)
    assert directory_store.directory in repr(directory_store)
