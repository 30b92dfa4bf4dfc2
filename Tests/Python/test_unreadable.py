# SPDX-License-Identifier: MIT
"""Files that are no session of ours: unknown to a request, and left as they are."""

from __future__ import annotations

import logging
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from session3.errors import CorruptError, FormatError, Session3Error, UnreadableError
from session3.Session import Session

NAME = "an-id-with-a-file"


def a_pickle(directory: Path) -> None:
    (directory / NAME).write_bytes(pickle.dumps({"id": NAME, "user": "alice"}, 4) * 100)


def a_short_text(directory: Path) -> None:
    (directory / NAME).write_text("hello\n")


def zeros(directory: Path) -> None:
    (directory / NAME).write_bytes(bytes(8192))


def a_truncated_session(directory: Path) -> None:
    whole = (directory / "other").read_bytes()
    (directory / NAME).write_bytes(whole[: len(whole) // 2])


def another_s_session(directory: Path) -> None:
    (directory / NAME).write_bytes((directory / "other").read_bytes())


def a_flipped_bit(directory: Path) -> None:
    data = bytearray((directory / "other").read_bytes())
    data[-1] ^= 1
    data[520] ^= 1
    (directory / NAME).write_bytes(data)


def a_symbolic_link(directory: Path) -> None:
    (directory / NAME).symlink_to(directory / "other")


def a_directory(directory: Path) -> None:
    (directory / NAME).mkdir()


FOREIGN = [a_pickle, a_short_text, zeros, a_truncated_session, another_s_session, a_flipped_bit]
OBSTACLES: list[Callable[[Path], None]] = [*FOREIGN, a_symbolic_link, a_directory]


def put(store: Any, obstacle: Callable[[Path], None]) -> Path:
    other = Session("other")
    other.user = "bob"
    store.save_session(other)
    obstacle(Path(store.directory))
    return Path(store.directory) / NAME


@pytest.mark.parametrize("obstacle", FOREIGN)
def test_it_is_the_default_and_one_line_in_the_log(
    directory_store: Any, caplog: pytest.LogCaptureFixture, obstacle: Callable[[Path], None]
) -> None:
    put(directory_store, obstacle)
    assert directory_store.load_session(NAME, "default") == "default"
    [record] = caplog.records
    assert (record.name, record.levelno) == ("session3", logging.ERROR)
    assert directory_store.short_hash(NAME) in record.getMessage()
    assert NAME not in record.getMessage()


@pytest.mark.parametrize("obstacle", FOREIGN)
def test_strict_raises(directory_store: Any, obstacle: Callable[[Path], None]) -> None:
    put(directory_store, obstacle)
    with pytest.raises(CorruptError) as caught:
        directory_store.load_session(NAME, strict=True)
    assert NAME not in str(caught.value)


@pytest.mark.parametrize("obstacle", FOREIGN)
def test_nothing_overwrites_or_removes_it(
    directory_store: Any, obstacle: Callable[[Path], None]
) -> None:
    path = put(directory_store, obstacle)
    before = path.read_bytes()
    writes: list[Callable[[], Any]] = [
        lambda: directory_store.save_session(Session(NAME)),
        lambda: directory_store.increment(NAME, "n"),
        lambda: directory_store.consume_form_token(NAME, "t"),
    ]
    for write in writes:
        with pytest.raises(UnreadableError):
            write()
    with pytest.raises(Session3Error):
        directory_store.create_session(Session(NAME))
    assert path.read_bytes() == before


def test_a_pickle_of_session3_survives_deletes_and_sweeps(directory_store: Any) -> None:
    path = put(directory_store, a_pickle)
    before = path.read_bytes()
    with pytest.raises(CorruptError):
        directory_store.delete_session(NAME)
    directory_store.set_access_time("other", 1000)
    directory_store.delete_old_sessions(0)
    assert path.read_bytes() == before


@pytest.mark.parametrize("obstacle", OBSTACLES)
def test_other_sessions_are_fine(directory_store: Any, obstacle: Callable[[Path], None]) -> None:
    put(directory_store, obstacle)
    assert directory_store.load_session("other").user == "bob"
    assert [id for id, _ in directory_store.iter_sessions()] == ["other"]


def test_a_later_format_is_left_alone(directory_store: Any) -> None:
    directory_store.save_session(Session(NAME))
    path = Path(directory_store.directory) / NAME
    data = bytearray(path.read_bytes())
    data[8:10] = (2).to_bytes(2, "little")
    data[28:32] = crc32c(bytes(data[:28])).to_bytes(4, "little")
    path.write_bytes(data)
    assert directory_store.load_session(NAME) is None
    with pytest.raises(FormatError):
        directory_store.load_session(NAME, strict=True)
    with pytest.raises(FormatError):
        directory_store.save_session(Session(NAME))
    assert path.read_bytes() == data


def crc32c(data: bytes) -> int:
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def test_a_time_that_python_can_t_show_makes_a_session_unreadable(
    store: Any, caplog: pytest.LogCaptureFixture
) -> None:
    year_10000 = b"\xc7\x0c\xff" + bytes(4) + (253402300800).to_bytes(8, "big")
    save_payload(store, b"\x81\xaaattributes\x81\xa1t" + year_10000)
    assert store.load_session(NAME, "default") == "default"
    assert len(caplog.records) == 1
    with pytest.raises(UnreadableError, match="no counterpart in Python"):
        store.load_session(NAME, strict=True)


def save_payload(store: Any, payload: bytes) -> None:
    """Stores a payload as another host does."""
    store._write(
        *(store_functions().session3_store_save_encoded, Session(NAME), NAME.encode()),
        *(empty_snapshot(), payload, (b"", 0, payload, len(payload), 0)),
    )


def store_functions() -> Any:
    from session3._ffi import lib

    return lib


def empty_snapshot() -> bytes:
    from session3.store._handle import EMPTY_SNAPSHOT

    return EMPTY_SNAPSHOT


def test_nanoseconds_of_others_are_kept_unless_changed(store: Any) -> None:
    nanoseconds = b"\xd7\xff" + ((123456789 << 34) | 1600000000).to_bytes(8, "big")
    save_payload(store, b"\x82\xaaattributes\x81\xa1t" + nanoseconds + b"\xa4user" + nanoseconds)
    session = store.load_session(NAME)
    assert not session.is_dirty()
    session.color = "red"
    store.save_session(session)
    base = session._session3_stored.base
    assert base.count(nanoseconds) == 2
    session.t = session.t.replace(microsecond=1)
    store.save_session(session)
    assert session._session3_stored.base.count(nanoseconds) == 1
    assert store.load_session(NAME).t == session.t


def test_fields_of_a_later_version_are_kept(store: Any) -> None:
    save_payload(store, b"\x82\xa3new\x93\x01\x02\x03\xa4user\xa5alice")
    session = store.load_session(NAME)
    assert session.user == "alice"
    assert not session.is_dirty()
    session.color = "red"
    session.user = None
    store.save_session(session)
    assert store.load_session(NAME)._session3_stored.unknown == {"new": [1, 2, 3]}
