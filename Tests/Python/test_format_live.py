# SPDX-License-Identifier: MIT
"""A store that knows docs/format.md alone, and the library, share live sessions."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
from format1 import NotFound, Payload, Session, encode_payload
from format1_golden import GOOD, index, payload_of
from format1_hosts import E_EXISTS, NO_SESSION, OK, CHost, told, with_incarnation
from format1_store import Exists, IndependentStore

ID = "shared"
TIMES = 300
BURST = 100


@pytest.fixture
def host(directory: Path) -> Iterator[CHost]:
    directory.mkdir()
    with CHost(directory) as host:
        assert host.status == OK
        yield host


@pytest.fixture
def independent(host: CHost, directory: Path) -> IndependentStore:
    return IndependentStore(directory)


def add_one(payload: Payload) -> Payload:
    attributes = payload.get("attributes", {})
    assert isinstance(attributes, dict)
    count = attributes.get("k", 0)
    assert isinstance(count, int)
    return {**payload, "attributes": {**attributes, "k": count + 1}}


def count_of(session: Session) -> int:
    attributes = session.payload["attributes"]
    assert isinstance(attributes, dict)
    count = attributes["k"]
    assert isinstance(count, int)
    return count


def test_each_loads_what_the_other_creates(host: CHost, independent: IndependentStore) -> None:
    for number, entry in enumerate(index(GOOD)):
        payload = payload_of(entry["payload"])
        encoded = encode_payload(payload)
        assert host.status_of("create", f"c{number}", 1, encoded.hex()) == OK
        assert encode_payload(independent.load(f"c{number}").payload) == encoded
        independent.create(f"p{number}", payload, created_us=5)
        loaded = told(host.load(f"p{number}"))
        assert not isinstance(loaded, int)
        assert (loaded[0], loaded[3:]) == (1, (5, encoded))


def test_each_refuses_to_create_what_the_other_has(
    host: CHost, independent: IndependentStore
) -> None:
    independent.create(ID, {})
    assert host.status_of("create", ID, 1, "80") == E_EXISTS
    assert host.status_of("create", "another", 1, "80") == OK
    with pytest.raises(Exists):
        independent.create("another", {})


def test_each_deletes_what_the_other_has(host: CHost, independent: IndependentStore) -> None:
    independent.create(ID, {})
    assert host.status_of("delete", ID) == OK
    with pytest.raises(NotFound):
        independent.load(ID)
    assert host.status_of("create", ID, 1, "80") == OK
    independent.delete(ID)
    assert host.load(ID) == NO_SESSION


def test_each_saves_over_the_other_and_grows_it(
    host: CHost, independent: IndependentStore, directory: Path
) -> None:
    independent.create(ID, {})
    for size in (0, 1400, 1500, 4000, 3, 30000):
        large: Payload = {"attributes": {"blob": b"x" * size}}
        assert host.status_of("save", ID, encode_payload(large).hex()) == OK
        assert independent.load(ID).payload == large
        larger: Payload = {**large, "user": b"y" * (size + 2000)}
        independent.update(ID, lambda _, new=larger: new)  # type: ignore[misc]
        loaded = told(host.load(ID))
        assert not isinstance(loaded, int)
        assert loaded[4] == encode_payload(larger)
    assert independent.load(ID).record.revision == 13
    assert sorted(path.name for path in directory.iterdir()) == [".session3", ID]


def test_both_make_the_same_file(host: CHost, directory: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = IndependentStore(tmp_path / "other")
    for number, size in enumerate((0, 1400, 3, 1300, 6000, 100)):
        payload: Payload = {"attributes": {"blob": b"x" * size}}
        encoded = encode_payload(payload).hex()
        if number == 0:
            assert host.status_of("create", ID, 5, encoded) == OK
            other.create(ID, payload, created_us=5)
        else:
            assert host.status_of("save", ID, encoded) == OK
            other.update(ID, lambda _, new=payload: new)  # type: ignore[misc]
        files = ((place / ID).read_bytes() for place in (directory, other.directory))
        theirs, ours = (with_incarnation(file, ID, 1) for file in files)
        assert theirs == ours


def increment(directory: Path, ready: Barrier) -> None:
    store = IndependentStore(directory)
    ready.wait()
    for _ in range(TIMES):
        store.update(ID, add_one)


def test_increments_of_both_are_never_lost(
    host: CHost, independent: IndependentStore, directory: Path
) -> None:
    independent.create(ID, {"attributes": {"k": 0, "blob": b"x" * 1000}})
    context = multiprocessing.get_context("spawn")
    ready = context.Barrier(3)
    workers = [context.Process(target=increment, args=(directory, ready)) for _ in range(2)]
    for worker in workers:
        worker.start()
    ready.wait()
    added, seen = 0, 0
    with CHost(directory) as second:
        while any(worker.is_alive() for worker in workers):
            for c in (host, second):
                c.tell("increment", ID, "k", BURST)
            added += 2 * BURST
            count = count_of(independent.load(ID))
            assert count >= seen
            seen = count
            assert [c.answer().split(" ")[0] for c in (host, second)] == ["0", "0"]
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0
    assert count_of(independent.load(ID)) == 2 * TIMES + added
    assert independent.load(ID).record.revision == 1 + 2 * TIMES + added
