# SPDX-License-Identifier: MIT
"""Damaged session files: the library and the independent reader of Tests/Python agree on each.

What programs/corrupt_loader.c checks beside, for each: a load and a refused save leave the file as
it was, byte and time; a save on top of what was loaded writes the other slot alone, and can be
loaded.
The short form damages each golden file in some places and the smallest in all; the long form
flips every bit of all, and cuts and shifts all but the four largest at every byte.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import pytest
from corruptions import (
    E_CORRUPT,
    E_FORMAT,
    LARGE,
    OK,
    SOUND,
    STORES,
    Corruption,
    Golden,
    Judged,
    cuts,
    flips,
    format1,
    golden_files,
    insertions,
    is_truthful,
    judged,
    judged_flip,
    judged_record,
    outcomes,
    resealed,
    sampled,
    shifts,
    whole,
)
from proof import RecordProperty
from session3.errors import CorruptError, Session3Error, TooLargeError
from session3.store.DirectorySessionStore import DirectorySessionStore

pytestmark = pytest.mark.method("corrupt")

FILES = golden_files()
BY_NAME = {file.name: file for file in FILES}
# What writers stored, also before it was damaged: more damage may undo that.
STORED = {
    id: set().union(*(file.original_states() for file in (*FILES, *SOUND) if file.id == id))
    for id in {file.id for file in FILES}
}
# Two slots of one session; the newest in either.
TWO_SLOTS = ("good/saved_twice.session", "good/saved_thrice.session")
# Whose every bit is flipped in the short form, too.
SMALLEST = ("good/small.session",)


@dataclass
class Seen:
    """What became of some damage."""

    count: int = 0
    loaded: int = 0
    strange: list[str] = field(default_factory=list)
    """Where something was loaded that nobody had stored."""

    def add(self, loaded: Judged | int, stored: set[Judged], where: str) -> None:
        """Counts one damaged file."""
        self.count += 1
        if isinstance(loaded, Judged):
            self.loaded += 1
            if loaded not in stored:
                self.strange.append(where)


def check(golden: Golden, damage: list[Corruption], directory: Path) -> Seen:
    """Damages a file in some ways."""
    was_good = golden.answer == "good"
    seen = Seen()
    for corruption, outcome in zip(damage, outcomes(golden, damage, directory), strict=True):
        wanted = judged(corruption.applied(golden.data), golden.id)
        found = outcome.loaded
        assert found == wanted, f"{golden.name}, {corruption}: document {wanted}, library {found}"
        assert is_truthful(outcome, was_good), f"{golden.name}, {corruption}: {outcome}"
        seen.add(found, STORED[golden.id], f"{golden.name}, {corruption}")
    return seen


def tell(record_property: RecordProperty, seen: Seen) -> None:
    """The figures of some damage."""
    record_property("damaged files", seen.count)
    record_property("loaded whole or from the other slot", seen.loaded)
    record_property("values that nobody stored", len(seen.strange))
    assert not seen.strange, seen.strange[:5]


def flip_all(golden: Golden, directory: Path) -> Seen:
    """Flips every bit of a file; of a large one in as many parts as there are cores."""
    count = 8 * len(golden.data)
    parts = (os.cpu_count() or 1) if len(golden.data) > LARGE else 1
    size = -(-count // parts)
    ranges = [range(start, min(start + size, count)) for start in range(0, count, size or 1)]
    seen = Seen()
    with ThreadPoolExecutor() as pool:
        places = [directory / str(number) for number in range(len(ranges))]
        for part in pool.map(flip_some, [golden] * len(ranges), ranges, places):
            seen.count += part.count
            seen.loaded += part.loaded
            seen.strange += part.strange
    return seen


def flip_some(golden: Golden, bits: range, directory: Path) -> Seen:
    """Flips some bits, and judges those of long payloads by a rule."""
    slots, was_good = golden.slots(), golden.answer == "good"
    seen = Seen()
    told = outcomes(golden, flips(golden.data, bits), directory)
    for bit, corruption, outcome in zip(bits, flips(golden.data, bits), told, strict=True):
        wanted = judged_flip(golden, bit, slots)
        if wanted is None:
            wanted = judged(corruption.applied(golden.data), golden.id)
        assert outcome.loaded == wanted, f"{golden.name}, bit {bit}: {outcome}, not {wanted}"
        assert is_truthful(outcome, was_good), f"{golden.name}, bit {bit}: {outcome}"
        seen.add(outcome.loaded, STORED[golden.id], f"{golden.name}, bit {bit}")
    return seen


@pytest.mark.parametrize("golden", FILES, ids=lambda golden: golden.name)
def test_damage_of_every_kind_is_judged_alike(
    golden: Golden, tmp_path: Path, record_property: RecordProperty
) -> None:
    tell(record_property, check(golden, sampled(golden), tmp_path))


@pytest.mark.parametrize("name", [file.name for file in FILES])
def test_a_flip_of_any_bit_is_judged_alike(
    name: str, tmp_path: Path, is_long: bool, record_property: RecordProperty
) -> None:
    golden = BY_NAME[name]
    if is_long or name in SMALLEST:
        tell(record_property, flip_all(golden, tmp_path))
    else:
        bits = random.Random(name).sample(range(8 * len(golden.data)), min(8, len(golden.data)))
        tell(record_property, check(golden, list(flips(golden.data, bits)), tmp_path))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One file is shifted in the short form; in the long form all but those of many pages."""
    if "shifted" in metafunc.fixturenames:
        is_long = metafunc.config.getoption("--scale") == "long"
        names = [file.name for file in FILES if 0 < len(file.data) <= LARGE]
        metafunc.parametrize("shifted", names if is_long else TWO_SLOTS[:1])


def test_every_cut_insertion_and_shift_is_judged_alike(
    shifted: str, tmp_path: Path, is_long: bool, record_property: RecordProperty
) -> None:
    golden = BY_NAME[shifted]
    file, every = golden.data, range(0, len(golden.data), 1 if is_long else 16)
    damage = [*cuts(file, every), *insertions(file, every, b"\0"), *shifts(file, every)]
    tell(record_property, check(golden, damage, tmp_path))


@pytest.mark.parametrize("name", TWO_SLOTS)
def test_a_damaged_slot_leaves_the_other(
    name: str, tmp_path: Path, record_property: RecordProperty
) -> None:
    golden = BY_NAME[name]
    slots = golden.slots()
    size = format1.slot_size(len(golden.data))
    found = [judged_record(slot, golden.id) for slot in (slots.a, slots.b)]
    states = [state for state in found if isinstance(state, Judged)]
    assert len(states) == 2
    newest = states.index(max(states, key=lambda state: state.revision))
    for damaged, start in enumerate((512, 512 + size)):
        covered = range(8 * start, 8 * (start + 32 + len(states[damaged].payload)))
        for outcome in outcomes(golden, flips(golden.data, covered), tmp_path):
            assert outcome.loaded == states[1 - damaged if damaged == newest else newest]
        record_property("damaged files", len(covered))


def test_a_file_under_the_name_of_another_is_refused(
    tmp_path: Path, record_property: RecordProperty
) -> None:
    good = [file for file in FILES if file.answer == "good" and len(file.data) == 4096]
    mine = BY_NAME[SMALLEST[0]]
    others = [file for file in good if file.id != mine.id]
    assert others
    for other in others:
        for file, place in ((mine, other), (other, mine)):
            [outcome] = outcomes(place, [whole(place.data, file.data)], tmp_path)
            assert outcome == (E_CORRUPT, E_CORRUPT, E_CORRUPT)
    record_property("damaged files", 2 * len(others))


# Damage under checksums that are right: what a writer of another make might leave. What counts is
# that the two readers agree, and that a save on top holds.


def check_sealed(
    golden: Golden, files: Iterable[bytes], directory: Path, record_property: RecordProperty
) -> int:
    """Answers how many files were taken."""
    damage = [whole(golden.data, resealed(file, golden.id, slot=0)) for file in files]
    found = list(outcomes(golden, damage, directory))
    for corruption, outcome in zip(damage, found, strict=True):
        wanted = judged(corruption.applied(golden.data), golden.id)
        assert outcome.loaded == wanted, f"{corruption}: document {wanted}, library {outcome}"
        assert is_truthful(outcome, was_good=True), f"{corruption}: {outcome}"
    record_property("damaged files under good checksums", len(damage))
    return sum(isinstance(outcome.loaded, Judged) for outcome in found)


def with_payload(golden: Golden, payload: bytes) -> bytes:
    """The file with another payload in slot A, as long as it is, whether or not it fits."""
    file, end = golden.data, 512 + 32 + len(payload)
    head = file[: 512 + 24] + len(payload).to_bytes(4, "little") + file[512 + 28 : 512 + 32]
    return (head + payload + file[end:])[: len(file)]


@pytest.mark.parametrize("name", ["full", "integers", "lengths", "doubles", "loose_forms"])
def test_a_flip_in_a_sealed_payload_is_judged_alike(
    name: str, tmp_path: Path, is_long: bool, record_property: RecordProperty
) -> None:
    golden = BY_NAME[f"good/{name}.session"]
    length = int.from_bytes(golden.data[512 + 24 : 512 + 28], "little")
    bits = range(8 * 544, 8 * (544 + length), 1 if is_long else 29)
    files = (flip.applied(golden.data) for flip in flips(golden.data, bits))
    taken = check_sealed(golden, files, tmp_path, record_property)
    assert 0 < taken < len(bits)


def test_a_flip_in_a_sealed_head_is_judged_alike(
    tmp_path: Path, record_property: RecordProperty
) -> None:
    golden = BY_NAME[SMALLEST[0]]
    bits = [*range(8 * 28), *range(8 * 512, 8 * (512 + 28))]
    files = (flip.applied(golden.data) for flip in flips(golden.data, bits))
    check_sealed(golden, files, tmp_path, record_property)


# Around what fits, and around the edges of every width.
LENGTHS = sorted(
    {base + near for base in (0, 36, 1504, 1536, 3584, 4096, 2**16, 2**31) for near in (-1, 0, 1)}
    | {0, 2**24, 2**31, 2**32 - 512, 2**32 - 33, 2**32 - 32, 2**32 - 1}
)


@pytest.mark.parametrize("offset", [12, 512 + 24], ids=["slot size", "payload length"])
def test_a_length_that_is_too_large_is_judged_alike(
    offset: int, tmp_path: Path, record_property: RecordProperty
) -> None:
    golden = BY_NAME[SMALLEST[0]]
    lengths = [max(0, length).to_bytes(4, "little") for length in LENGTHS]
    files = [golden.data[:offset] + length + golden.data[offset + 4 :] for length in lengths]
    check_sealed(golden, files, tmp_path, record_property)


def claims() -> Iterator[bytes]:
    """Each form that has a length, with lengths beyond what follows."""
    for lead in (*range(0x80, 0xC0), *range(0xC4, 0xCA), *range(0xD4, 0xE0)):
        for length in (b"", b"\x01", b"\x7f\xff", b"\xff" * 2, b"\x7f" + b"\xff" * 3):
            for rest in (b"", b"\xff" * 4, b"\xa0" * 40):
                yield bytes([lead]) + length + rest
        yield bytes([lead]) + b"\xff" * 4 + b"a" * 16


def nested(depth: int) -> Iterator[bytes]:
    """Arrays, maps, and arrays in maps, so deep."""
    yield b"\x91" * depth + b"\xc0"
    yield b"\x81\xa1k" * depth + b"\xc0"
    yield b"\x91\x81\xa1k" * (depth // 2) + b"\xc0"
    yield b"\x91" * depth


WRAPPINGS = (
    b"\x81\xaaattributes\x81\xa1k",
    b"\x81\xa4user",
    b"\x81\xa1x",
    b"\x81\xabform_tokens",
    b"",
)


def test_claimed_lengths_and_deep_nesting_are_judged_alike(
    tmp_path: Path, record_property: RecordProperty
) -> None:
    golden = BY_NAME[SMALLEST[0]]
    values = [*claims(), *chain.from_iterable(map(nested, (1, 31, 32, 33, 34, 100, 450)))]
    files = [with_payload(golden, before + value) for before in WRAPPINGS for value in values]
    assert check_sealed(golden, files, tmp_path, record_property) > 50


def test_nesting_that_would_fill_a_stack_is_refused(
    tmp_path: Path, record_property: RecordProperty
) -> None:
    golden = BY_NAME["good/long_lengths.session"]
    files = [
        with_payload(golden, WRAPPINGS[0] + value) for depth in (60_000,) for value in nested(depth)
    ]
    assert check_sealed(golden, files, tmp_path, record_property) == 0


# The store's own file, and one that is larger than any session.


def opened(directory: Path) -> int:
    """The status of opening a store."""
    try:
        DirectorySessionStore(directory).close()
    except Session3Error as error:
        return int(error.status)
    return OK


def parsed(file: bytes) -> int:
    """What the independent reader makes of the store's own file."""
    try:
        format1.parse_store_file(file)
    except format1.Corrupt:
        return E_CORRUPT
    except format1.LaterFormat:
        return E_FORMAT
    return OK


@pytest.mark.parametrize("file", sorted(STORES.glob("*.session3")), ids=lambda file: file.stem)
def test_a_damaged_file_of_the_store_is_judged_alike(
    file: Path, directory: Path, is_long: bool, record_property: RecordProperty
) -> None:
    directory.mkdir(mode=0o700)
    golden, own, step = file.read_bytes(), directory / ".session3", 1 if is_long else 5
    damage = [
        *flips(golden, range(0, 8 * len(golden), 1 if is_long else 7)),
        *cuts(golden, range(0, len(golden) + 1, step)),
        *shifts(golden, range(0, len(golden), step)),
    ]
    for corruption in damage:
        damaged = corruption.applied(golden)
        own.write_bytes(damaged)
        before = own.stat()
        assert opened(directory) == parsed(damaged), f"{file.name}, {corruption}"
        after = own.stat()
        assert own.read_bytes() == damaged
        assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    record_property("damaged files", len(damage))


@pytest.mark.parametrize("size", [2**24, 2**32, 2**40], ids=str)
def test_a_file_larger_than_any_session_is_refused_at_once(size: int, directory: Path) -> None:
    golden = BY_NAME[SMALLEST[0]]
    with DirectorySessionStore(directory, create=True) as store:
        path = directory / golden.id
        path.write_bytes(golden.data)
        os.truncate(path, size)
        before = path.stat()
        with pytest.raises((TooLargeError, CorruptError)):
            store.load_session(golden.id)
        assert path.stat() == before
