# SPDX-License-Identifier: MIT
"""Python reads and writes the golden files; what Python changes, the independent reader checks."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from format1 import KNOWN_FIELDS, Payload, encode_payload, read_file
from format1_golden import BAD, GOOD, STORES, index, name_of, payload_of
from format1_hosts import untouched, with_incarnation
from format1_messagepack import Timestamp, Value
from session3.DictSession import DictSession
from session3.errors import CorruptError, FormatError, InvalidArgumentError, UnreadableError
from session3.Session import Session
from session3.store.DirectorySessionStore import DirectorySessionStore

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
ERRORS = {"corrupt": CorruptError, "format": FormatError}
LAST_REVISION = 2**64 - 1

# What no datetime can tell is for others to read.
BEYOND_CALENDARS = "times_beyond_calendars.session"
# What is finer than a datetime may be rounded either way.
FINE_TIMES = "times_with_nanoseconds.session"
READ = [entry for entry in index(GOOD) if entry["file"] != BEYOND_CALENDARS]
SAVED = [entry for entry in READ if int(entry["revision"]) < LAST_REVISION]


@pytest.fixture
def store(directory: Path) -> Iterator[DirectorySessionStore]:
    with DirectorySessionStore(directory, create=True, session_class=DictSession) as store:
        yield store


def place(entry: dict[str, Any], source: Path, directory: Path) -> Path:
    """Puts a golden file under its id."""
    return Path(shutil.copyfile(source / entry["file"], directory / entry["id"]))


def in_python(value: Value) -> Any:
    """A value as a Python program has it: a time to the microsecond."""
    if isinstance(value, Timestamp):
        return EPOCH + timedelta(seconds=value.seconds, microseconds=value.nanoseconds // 1000)
    if isinstance(value, list):
        return [in_python(item) for item in value]
    if isinstance(value, dict):
        return {key: in_python(item) for key, item in value.items()}
    return value


def from_python(value: Any) -> Value:
    """The stored value of what a Python program has."""
    if isinstance(value, datetime):
        microseconds = (value - EPOCH) // timedelta(microseconds=1)
        return Timestamp(microseconds // 1_000_000, microseconds % 1_000_000 * 1000)
    if isinstance(value, list):
        return [from_python(item) for item in value]
    if isinstance(value, dict):
        return {key: from_python(item) for key, item in value.items()}
    assert value is None or type(value) in (bool, int, float, str, bytes), value
    stored: Value = value
    return stored


def fields_of(session: Any) -> Payload:
    """The known fields of a session."""
    fields = {
        "attributes": session.data or None,
        "csrf_token": session._csrf_token,
        "form_tokens": session._form_tokens or None,
        "remote_address": session._remote_address,
        "user": session.user,
    }
    return {name: from_python(value) for name, value in fields.items() if value is not None}


def known(payload: Payload) -> Payload:
    """The known fields of a payload, as Python has them."""
    return {
        name: from_python(in_python(value))
        for name, value in payload.items()
        if name in KNOWN_FIELDS
    }


def fill(session: Any, payload: Payload) -> None:
    session.data = in_python(payload.get("attributes", {}))
    session._csrf_token = payload.get("csrf_token")
    session._form_tokens = payload.get("form_tokens", [])
    session._remote_address = payload.get("remote_address")
    session.user = in_python(payload.get("user"))


def is_writable(entry: dict[str, Any]) -> bool:
    """Whether a Python program could have written the file: it writes no fields that it does not
    know, and no time that is finer than a microsecond or beyond the calendar."""
    payloads = [payload_of(payload) for payload in entry["history"]]
    return (
        entry in READ
        and bool(payloads)
        and all(encode_payload(known(payload)) == encode_payload(payload) for payload in payloads)
    )


@pytest.mark.parametrize("entry", [e for e in READ if e["file"] != FINE_TIMES], ids=name_of)
def test_good_file_is_loaded_as_described(
    entry: dict[str, Any], store: DirectorySessionStore, directory: Path
) -> None:
    path = place(entry, GOOD, directory)
    with untouched(path):
        session = store.load_session(entry["id"], strict=True)
    assert type(session) is DictSession
    assert session.id == entry["id"]
    assert session.get_creation_time() == entry["created_us"] / 1_000_000
    payload = payload_of(entry["payload"])
    assert encode_payload(fields_of(session)) == encode_payload(known(payload))


def test_nanoseconds_are_rounded(store: DirectorySessionStore, directory: Path) -> None:
    [entry] = [entry for entry in index(GOOD) if entry["file"] == FINE_TIMES]
    place(entry, GOOD, directory)
    session: Any = store.load_session(entry["id"], strict=True)
    expected = in_python(payload_of(entry["payload"])["attributes"])
    assert session.keys() == expected.keys()
    expected["nested"], session["nested"] = expected["nested"][0]["at"], session["nested"][0]["at"]
    for name, time in expected.items():
        assert session[name] - time in (timedelta(0), timedelta(microseconds=1)), name


def test_time_beyond_calendars_is_unreadable(store: DirectorySessionStore, directory: Path) -> None:
    [entry] = [entry for entry in index(GOOD) if entry["file"] == BEYOND_CALENDARS]
    path = place(entry, GOOD, directory)
    with untouched(path), pytest.raises(UnreadableError):
        store.load_session(entry["id"], strict=True)


@pytest.mark.parametrize("entry", index(BAD), ids=name_of)
def test_bad_file_is_refused_as_described(
    entry: dict[str, Any], store: DirectorySessionStore, directory: Path
) -> None:
    path = place(entry, BAD, directory)
    with untouched(path):
        assert store.load_session(entry["id"], "default") == "default"
        if entry["answer"] == "not found":
            assert store.load_session(entry["id"], strict=True) is None
        else:
            with pytest.raises(ERRORS[entry["answer"]]):
                store.load_session(entry["id"], strict=True)


@pytest.mark.parametrize("entry", index(BAD), ids=name_of)
def test_bad_file_is_never_written_over(
    entry: dict[str, Any], store: DirectorySessionStore, directory: Path
) -> None:
    path = place(entry, BAD, directory)
    session = DictSession(entry["id"])
    if entry["answer"] == "not found":
        store.save_session(session)
        assert store.load_session(entry["id"]) is not None
        return
    with untouched(path), pytest.raises(ERRORS[entry["answer"]]):
        store.save_session(session)


@pytest.mark.parametrize("entry", [e for e in index(GOOD) if is_writable(e)], ids=name_of)
def test_described_session_is_written_byte_for_byte(
    entry: dict[str, Any], store: DirectorySessionStore, directory: Path
) -> None:
    id = entry["id"]
    session = DictSession(id)
    session._creation_time = entry["created_us"] / 1_000_000
    for payload in entry["history"]:
        fill(session, payload_of(payload))
        store.save_session(session)
    written = (directory / id).read_bytes()
    golden = (GOOD / entry["file"]).read_bytes()
    assert with_incarnation(written, id, int(entry["incarnation"], 16)) == golden


def test_most_golden_files_are_writable() -> None:
    others = {name_of(e) for e in index(GOOD) if e["history"] and not is_writable(e)}
    assert others == {"unknown_fields", "times_with_nanoseconds", "times_beyond_calendars"}


@pytest.mark.parametrize("entry", SAVED, ids=name_of)
def test_save_keeps_all_that_was_not_changed(
    entry: dict[str, Any], store: DirectorySessionStore, directory: Path
) -> None:
    path = place(entry, GOOD, directory)
    session: Any = store.load_session(entry["id"])
    session["added"] = 1
    store.save_session(session)
    expected = payload_of(entry["payload"])
    attributes = expected.setdefault("attributes", {})
    assert isinstance(attributes, dict)
    attributes["added"] = 1
    stored = read_file(path.read_bytes(), entry["id"])
    assert stored.record.payload == encode_payload(expected)
    assert stored.record.revision == int(entry["revision"]) + 1
    assert stored.record.created_us == entry["created_us"]
    assert stored.record.incarnation == int(entry["incarnation"], 16)


def test_attributes_that_shadow_methods_are_kept(directory: Path) -> None:
    [entry] = [entry for entry in index(GOOD) if entry["file"] == "names.session"]
    with DirectorySessionStore(directory, create=True, session_class=Session) as store:
        path = place(entry, GOOD, directory)
        session = store.load_session(entry["id"])
        session.added = 1
        store.save_session(session)
    expected = payload_of(entry["payload"])
    attributes = expected["attributes"]
    assert isinstance(attributes, dict)
    attributes["added"] = 1
    assert read_file(path.read_bytes(), entry["id"]).record.payload == encode_payload(expected)


def test_sweep_spares_what_is_not_ours(store: DirectorySessionStore, directory: Path) -> None:
    for number, entry in enumerate(index(BAD)):
        path = directory / str(number)
        shutil.copyfile(BAD / entry["file"], path)
        os.utime(path, (1, 1))
    store.delete_old_sessions(1)
    kept = {name_of(e) for n, e in enumerate(index(BAD)) if (directory / str(n)).exists()}
    spared = {name_of(entry) for entry in index(BAD) if is_spared(entry)}
    assert kept == spared


def is_spared(entry: dict[str, Any]) -> bool:
    """Section 10: foreign files, but for those of zeros, and files of a later format."""
    file = (BAD / entry["file"]).read_bytes()
    is_foreign = len(file) < 32 or not file.startswith(b"SESSION3")
    return entry["answer"] == "format" or (is_foreign and any(file))


@pytest.mark.parametrize("entry", index(STORES), ids=name_of)
def test_store_file_is_taken_or_refused_as_described(
    entry: dict[str, Any], directory: Path
) -> None:
    directory.mkdir()
    path = directory / ".session3"
    shutil.copyfile(STORES / entry["file"], path)
    with untouched(path):
        if entry["answer"] != "good":
            with pytest.raises(ERRORS[entry["answer"]]):
                DirectorySessionStore(directory)
            return
        with DirectorySessionStore(directory) as store:
            for id, short_hash in entry["short_hashes"].items():
                assert store.short_hash(id) == short_hash


def test_other_sync_mode_than_the_store_is_refused(directory: Path) -> None:
    directory.mkdir()
    shutil.copyfile(STORES / "sync_data.session3", directory / ".session3")
    with pytest.raises(InvalidArgumentError):
        DirectorySessionStore(directory, sync="none")
    DirectorySessionStore(directory, sync="data").close()
