# SPDX-License-Identifier: MIT
"""C reads and writes the golden files; what C changes, the independent reader checks."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from format1 import (
    SECTOR,
    Corrupt,
    LaterFormat,
    Record,
    check_header,
    encode_payload,
    parse_slots,
    parse_store_file,
    read_file,
    slot_size,
)
from format1_golden import BAD, GOOD, STORES, index, name_of, payload_of
from format1_hosts import (
    E_CORRUPT,
    E_EXISTS,
    E_FORMAT,
    NO_SESSION,
    OK,
    STATUS,
    CHost,
    incarnation_of,
    told,
    untouched,
    with_incarnation,
)

WRITTEN = [entry for entry in index(GOOD) if entry["history"]]
LAST_REVISION = 2**64 - 1


@pytest.fixture
def host(directory: Path) -> Iterator[CHost]:
    directory.mkdir()
    with CHost(directory) as host:
        assert host.status == OK
        yield host


def place(entry: dict[str, Any], source: Path, directory: Path) -> Path:
    """Puts a golden file under its id."""
    return Path(shutil.copyfile(source / entry["file"], directory / entry["id"]))


@pytest.mark.parametrize("entry", index(GOOD), ids=name_of)
def test_good_file_is_loaded_as_described(
    entry: dict[str, Any], host: CHost, directory: Path
) -> None:
    path = place(entry, GOOD, directory)
    session = read_file(path.read_bytes(), entry["id"])
    with untouched(path):
        loaded = host.load(entry["id"])
    assert told(loaded) == (
        int(entry["revision"]),
        int(entry["incarnation"], 16),
        int.from_bytes(session.record.encode(entry["id"])[28:32], "little"),
        entry["created_us"],
        encode_payload(payload_of(entry["payload"])),
    )


@pytest.mark.parametrize("entry", index(GOOD), ids=name_of)
def test_access_time_is_the_time_of_the_file(
    entry: dict[str, Any], host: CHost, directory: Path
) -> None:
    path = place(entry, GOOD, directory)
    loaded = host.load(entry["id"])
    assert not isinstance(loaded, int)
    assert loaded.accessed_us == max(path.stat().st_mtime_ns // 1000, entry["created_us"])


@pytest.mark.parametrize("entry", index(BAD), ids=name_of)
def test_bad_file_is_refused_as_described(
    entry: dict[str, Any], host: CHost, directory: Path
) -> None:
    path = place(entry, BAD, directory)
    with untouched(path):
        assert host.load(entry["id"]) == STATUS[entry["answer"]]


@pytest.mark.parametrize("entry", index(BAD), ids=name_of)
def test_bad_file_is_never_written_over(
    entry: dict[str, Any], host: CHost, directory: Path
) -> None:
    path = place(entry, BAD, directory)
    if entry["answer"] == "not found":
        assert host.status_of("create", entry["id"], 1, "80") == OK
        return
    with untouched(path):
        assert host.status_of("create", entry["id"], 1, "80") == E_EXISTS
        assert host.status_of("increment", entry["id"], "k", 1) == STATUS[entry["answer"]]


@pytest.mark.parametrize("entry", index(BAD), ids=name_of)
def test_bad_file_is_deleted_only_if_ours(
    entry: dict[str, Any], host: CHost, directory: Path
) -> None:
    path = place(entry, BAD, directory)
    expected = delete_status(path.read_bytes())
    if expected == OK:
        assert host.status_of("delete", entry["id"]) == OK
        assert not path.exists()
    else:
        with untouched(path):
            assert host.status_of("delete", entry["id"]) == expected


def delete_status(file: bytes) -> int:
    """Section 7, delete, for a file at rest."""
    if not file:
        return NO_SESSION
    try:
        check_header(file, len(file))
    except LaterFormat:
        return E_FORMAT
    except Corrupt as error:
        return E_CORRUPT if str(error) == "foreign" else OK
    return OK


@pytest.mark.parametrize("entry", WRITTEN, ids=name_of)
def test_described_session_is_written_byte_for_byte(
    entry: dict[str, Any], host: CHost, directory: Path
) -> None:
    id = entry["id"]
    payloads = [encode_payload(payload_of(payload)).hex() for payload in entry["history"]]
    assert host.status_of("create", id, entry["created_us"], payloads[0]) == OK
    for payload in payloads[1:]:
        assert host.status_of("save", id, payload) == OK
    written = (directory / id).read_bytes()
    golden = (GOOD / entry["file"]).read_bytes()
    assert with_incarnation(written, id, int(entry["incarnation"], 16)) == golden


def test_incarnation_is_another_one_each_time(host: CHost, directory: Path) -> None:
    seen = set()
    for number in range(100):
        assert host.status_of("create", str(number), 1, "80") == OK
        seen.add(incarnation_of((directory / str(number)).read_bytes(), str(number)))
    assert len(seen) == 100


@pytest.mark.parametrize(
    "entry", [e for e in index(GOOD) if int(e["revision"]) < LAST_REVISION], ids=name_of
)
def test_change_in_the_store_keeps_all_else(
    entry: dict[str, Any], host: CHost, directory: Path
) -> None:
    path = place(entry, GOOD, directory)
    before, expected = path.read_bytes(), payload_of(entry["payload"])
    assert host.ask("increment", entry["id"], "added", 3) == ["0", "3"]
    after = path.read_bytes()
    session = read_file(after, entry["id"])
    attributes = expected.setdefault("attributes", {})
    assert isinstance(attributes, dict)
    attributes["added"] = 3
    assert encode_payload(session.payload) == session.record.payload == encode_payload(expected)
    assert session.record.revision == int(entry["revision"]) + 3
    assert session.record.created_us == entry["created_us"]
    assert session.record.incarnation == int(entry["incarnation"], 16)
    assert after[16:28] + after[32:SECTOR] == before[16:28] + before[32:SECTOR]
    assert after[8:12] == before[8:12]


@pytest.mark.parametrize(
    "entry", [e for e in index(GOOD) if int(e["revision"]) < LAST_REVISION], ids=name_of
)
def test_save_leaves_the_newest_slot_alone(
    entry: dict[str, Any], host: CHost, directory: Path
) -> None:
    path = place(entry, GOOD, directory)
    before = path.read_bytes()
    assert host.ask("increment", entry["id"], "added", 1) == ["0", "1"]
    after = path.read_bytes()
    if len(after) > len(before):
        assert len(after) >= 2 * len(before)
        assert parse_slots(after, entry["id"]).b is True
        return
    size = slot_size(len(before))
    kept = SECTOR if entry["slot"] == "A" else SECTOR + size
    assert after[kept : kept + size] == before[kept : kept + size]
    assert read_file(after, entry["id"]).slot == {"A": "B", "B": "A"}[entry["slot"]]
    assert after[:SECTOR] == before[:SECTOR]


def test_revision_never_wraps(host: CHost, directory: Path) -> None:
    [entry] = [e for e in index(GOOD) if int(e["revision"]) == LAST_REVISION]
    path = place(entry, GOOD, directory)
    with untouched(path):
        assert host.status_of("increment", entry["id"], "k", 1) < 0
    assert not isinstance(host.load(entry["id"]), int)


def test_growth_keeps_flags_and_reserved_bytes(host: CHost, directory: Path) -> None:
    for entry in index(GOOD):
        if entry["file"] not in ("low_flags.session", "reserved_bytes.session"):
            continue
        path = place(entry, GOOD, directory)
        before = path.read_bytes()
        large = encode_payload({"attributes": {"blob": b"x" * 5000}})
        assert host.status_of("save", entry["id"], large.hex()) == OK
        after = path.read_bytes()
        assert len(after) > len(before)
        assert after[8:12] + after[16:28] == before[8:12] + before[16:28]
        assert after[32:SECTOR] == before[32:SECTOR]


@pytest.mark.parametrize("entry", index(STORES), ids=name_of)
def test_store_file_is_taken_or_refused_as_described(
    entry: dict[str, Any], directory: Path
) -> None:
    directory.mkdir()
    path = directory / ".session3"
    shutil.copyfile(STORES / entry["file"], path)
    with untouched(path), CHost(directory) as host:
        assert host.status == STATUS[entry["answer"]]
        for id, short_hash in entry.get("short_hashes", {}).items():
            assert host.ask("hash", id.encode().hex()) == ["0", short_hash]


def test_large_foreign_file_is_foreign(host: CHost, directory: Path) -> None:
    path = directory / "access-log"
    with path.open("wb") as file:
        file.write(b"not a session")
        file.truncate(64 << 20)
    with untouched(path):
        assert host.load("access-log") == E_CORRUPT
        assert host.status_of("delete", "access-log") == E_CORRUPT


def test_what_is_no_regular_file_is_foreign(host: CHost, directory: Path) -> None:
    entry = index(GOOD)[0]
    (directory / "folder").mkdir()
    (directory / "link").symlink_to(GOOD / entry["file"])
    for id in ("folder", "link"):
        assert host.load(id) == E_CORRUPT
        assert host.status_of("create", id, 1, "80") < 0
        assert host.status_of("delete", id) == E_CORRUPT
    assert (directory / "folder").is_dir()
    assert (directory / "link").is_symlink()


def test_new_store_file_is_by_the_document(directory: Path) -> None:
    directory.mkdir()
    with CHost(directory) as host:
        file = (directory / ".session3").read_bytes()
        sync, salt = parse_store_file(file)
        assert (len(file), sync, any(salt)) == (64, 1, True)
        assert file[32:60] == bytes(28)
        assert host.status == OK
    assert [path.name for path in directory.iterdir()] == [".session3"]


def test_two_slots_hold_two_revisions(host: CHost, directory: Path) -> None:
    assert host.status_of("create", "x", 1, "80") == OK
    assert host.ask("increment", "x", "k", 6) == ["0", "6"]
    slots = parse_slots((directory / "x").read_bytes(), "x")
    assert isinstance(slots.a, Record)
    assert isinstance(slots.b, Record)
    assert (slots.a.revision, slots.b.revision) == (7, 6)
