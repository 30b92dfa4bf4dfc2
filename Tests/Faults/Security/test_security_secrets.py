# SPDX-License-Identifier: MIT
"""No id, no token and nothing of a session's content is in what the library says: messages of
errors, lines of the log, descriptions, exceptions."""

from __future__ import annotations

import fcntl
import logging
import os
import struct
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import hostile
import pytest
from limited import E_BUSY, E_GONE, E_INVALID
from places import GOLDEN
from proof import RecordProperty

pytestmark = pytest.mark.method("security")

SECRETS = (hostile.ID, hostile.CSRF_TOKEN, hostile.FORM_TOKEN, hostile.VALUE)


def told(seen: hostile.Visit, *more: str) -> list[str]:
    """The messages that hold a secret, or half of one."""
    secrets = [secret for secret in (*SECRETS, *seen.tokens, *more) if secret]
    parts = {secret[:12] for secret in secrets} | {secret[-12:] for secret in secrets}
    return [text for text in seen.messages if any(part in text for part in parts)]


@contextmanager
def lock(path: Path) -> Iterator[None]:
    """The lock of a file, as another host's call holds it."""
    with path.open("r+b") as file:
        fcntl.fcntl(file, fcntl.F_OFD_SETLK, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0))
        yield


def damage(path: Path) -> None:
    data = bytearray(path.read_bytes())
    for offset in range(512, len(data), 64):
        data[offset] ^= 0x55
    path.write_bytes(data)


def later_format(path: Path) -> None:
    path.write_bytes((GOLDEN / "bad" / "format_2.session").read_bytes())


def put_a_directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


def put_a_loop(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.name)


def remove_all(path: Path) -> None:
    for file in path.parent.iterdir():
        file.unlink()
    path.parent.rmdir()


# What becomes of the session while its copies are in memory.
FATES: dict[str, Callable[[Path], object]] = {
    "nothing": lambda path: None,
    "deleted": lambda path: path.unlink(),
    "emptied": lambda path: os.truncate(path, 0),
    "cut": lambda path: os.truncate(path, 700),
    "damaged": damage,
    "foreign": lambda path: path.write_text(f"{hostile.ID} {hostile.VALUE}\n" * 200),
    "of a later format": later_format,
    "a directory": put_a_directory,
    "a loop": put_a_loop,
    "without its store": remove_all,
}


@pytest.mark.parametrize("fate", FATES)
def test_no_message_tells_a_secret_whatever_becomes_of_the_session(
    fate: str, directory: Path, record_property: RecordProperty
) -> None:
    seen = hostile.visit(directory, lambda: FATES[fate](directory / hostile.ID))
    assert told(seen) == []
    assert len(seen.messages) > 10
    record_property("messages without secrets", len(seen.messages))


def test_no_message_tells_a_secret_while_the_session_is_locked(
    directory: Path, record_property: RecordProperty
) -> None:
    locks: list[Any] = []

    def hold() -> None:
        locks.append(lock(directory / hostile.ID))
        locks[0].__enter__()

    seen = hostile.visit(directory, hold)
    locks[0].__exit__(None, None, None)
    assert E_BUSY in seen.statuses("delete")
    assert told(seen) == []
    record_property("messages without secrets", len(seen.messages))


@pytest.mark.parametrize(
    "id",
    [
        f"../{hostile.ID}",
        f"{hostile.ID}\n",
        f"{hostile.ID}%s%n",
        f"{hostile.ID}\x1b[2J",
        f"{hostile.ID}\N{RIGHT-TO-LEFT OVERRIDE}",
        hostile.ID * 12,
        f".{hostile.ID}",
        f"{hostile.ID};{hostile.VALUE}",
    ],
)
def test_no_message_tells_what_a_visitor_sent_as_an_id(
    id: str, directory: Path, record_property: RecordProperty
) -> None:
    before = set(directory.parent.iterdir())
    seen = hostile.visit(directory, id=id)
    assert told(seen) == []
    assert E_INVALID in [said.status for said in seen.before if said.name == "new"]
    assert seen.statuses("load") == [1]
    assert set(os.listdir(directory)) == {".session3"}
    assert set(directory.parent.iterdir()) - before == {directory}
    record_property("messages without secrets", len(seen.messages))


def test_no_message_tells_tokens_and_values_that_can_not_be_stored(
    directory: Path, record_property: RecordProperty
) -> None:
    wrong = (f"{hostile.CSRF_TOKEN}\n\x1b[2J%s%n" * 9, f"{hostile.FORM_TOKEN}\udcff" * 50)
    seen = hostile.visit(directory, tokens=wrong, value=f"{hostile.VALUE}\udcff\n%s%n")
    assert told(seen) == []
    assert [said for said in seen.before if said.name == "value" and said.status < 0]
    record_property("messages without secrets", len(seen.messages))


def test_the_check_finds_an_id_in_a_message(directory: Path) -> None:
    """The store's own path is told, so one that holds the id must be noticed."""
    place = directory.with_name(hostile.ID)
    seen = hostile.visit(place, lambda: (place / hostile.ID).unlink())
    assert E_GONE in seen.statuses("touch")
    assert told(seen) != []


def everything(error: BaseException) -> str:
    """All that a log may show of an exception, but for the lines of the program's source."""
    texts = []
    seen: BaseException | None = error
    while seen is not None:
        texts += [str(seen), repr(seen), repr(seen.args), repr(vars(seen))]
        texts += getattr(seen, "__notes__", [])
        seen = seen.__cause__ or seen.__context__
    return "\n".join([*texts, *traceback.format_exception_only(type(error), error)])


@pytest.mark.parametrize("fate", FATES)
def test_no_exception_and_no_log_of_python_tells_a_secret(
    fate: str, directory: Path, caplog: pytest.LogCaptureFixture, record_property: RecordProperty
) -> None:
    from session3.Session import Session
    from session3.store.DirectorySessionStore import DirectorySessionStore

    caplog.set_level(logging.DEBUG)
    id = hostile.ID

    def fill(session: Any) -> Any:
        # A description shows the user, who is no secret of the session's.
        session.user, session.cart = "alice", hostile.VALUE
        session.secret = session.get_csrf_token() + session.create_form_token()
        return session

    with DirectorySessionStore(directory, create=True) as store:
        store.save_session(fill(Session(id)))
        ours, other = store.load_session(id), store.load_session(id)
        tokens = [ours._csrf_token, *ours._form_tokens]
        ours.cart = [hostile.VALUE]
        FATES[fate](directory / id)
        calls: list[Callable[[], object]] = [
            lambda: store.load_session(id, strict=True),
            lambda: store.save_session(ours, "fail"),
            lambda: store.renew_session(other),
            lambda: store.create_session(fill(Session(id))),
            lambda: store.save_session(fill(Session(id))),
            lambda: store.increment(id, "cart"),
            lambda: store.increment(id + "\udcff", "n"),
            lambda: store.consume_form_token(id, hostile.FORM_TOKEN),
            lambda: store.touch(id),
            lambda: store.set_access_time(id, -1),
            lambda: store.delete_session(id),
            lambda: store.delete_session("../" + id),
            lambda: store.delete_user_sessions(hostile.VALUE),
            lambda: list(store.iter_sessions()),
            lambda: store.delete_old_sessions(0),
        ]
        texts = [repr(store), repr(store.statistics()), str(ours), repr(ours)]
        for call in calls:
            try:
                call()
            except Exception as error:
                texts.append(everything(error))
    texts += [record.getMessage() + repr(vars(record)) for record in caplog.records]
    for secret in (*SECRETS, *tokens):
        assert not [text for text in texts if secret[:12] in text or secret[-12:] in text]
    record_property("messages without secrets", len(texts))
