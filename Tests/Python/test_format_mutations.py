# SPDX-License-Identifier: MIT
"""The library and the independent reader agree on files that neither has seen before.

SESSION3_SEED repeats a run that failed.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from format1 import Record, encode_file
from format1_golden import BAD, GOOD, index
from format1_hosts import E_CORRUPT, OK, CHost, judged, told
from format1_mutations import Mutator

ID = "dGhlLXNlc3Npb24taWQtMQ"
ROUNDS = 2500
LARGEST = 8192


@pytest.fixture
def seed() -> int:
    return int(os.environ.get("SESSION3_SEED", random.SystemRandom().randrange(2**32)))


@pytest.fixture
def host(directory: Path) -> Iterator[CHost]:
    directory.mkdir()
    with CHost(directory) as host:
        assert host.status == OK
        yield host


def sources() -> list[bytes]:
    """Golden files of one id, the small ones."""
    files = [
        (folder / entry["file"]).read_bytes()
        for folder in (GOOD, BAD)
        for entry in index(folder)
        if entry["id"] == ID
    ]
    return [file for file in files if 4096 <= len(file) <= LARGEST]


def disagreement(host: CHost, path: Path, file: bytes) -> str | None:
    """What the two make of a file, if it is not the same."""
    path.write_bytes(file)
    ours, theirs = judged(file, ID), told(host.load(ID))
    return None if ours == theirs else f"by the document {ours}, by the library {theirs}"


def test_damaged_files_are_judged_alike(host: CHost, directory: Path, seed: int) -> None:
    mutator, files, loaded = Mutator(seed), sources(), 0
    for number in range(ROUNDS):
        file = mutator.file_damaged(mutator.random.choice(files), ID)
        found = disagreement(host, directory / ID, file)
        assert found is None, f"SESSION3_SEED={seed}, file {number}: {found}"
        loaded += not isinstance(judged(file, ID), int)
    assert ROUNDS // 20 < loaded < ROUNDS - ROUNDS // 20, f"SESSION3_SEED={seed}"


def test_random_payloads_are_judged_alike(host: CHost, directory: Path, seed: int) -> None:
    mutator, loaded = Mutator(seed), 0
    for number in range(ROUNDS):
        payload = mutator.payload()
        if mutator.random.random() < 0.4:
            payload = mutator.bytes_damaged(payload)
        file = encode_file(ID, Record(1, number, seed, payload))
        found = disagreement(host, directory / ID, file)
        assert found is None, f"SESSION3_SEED={seed}, {payload.hex()}: {found}"
        loaded += not isinstance(judged(file, ID), int)
    assert ROUNDS // 20 < loaded < ROUNDS - ROUNDS // 20, f"SESSION3_SEED={seed}"


def test_every_bit_of_a_session_counts(host: CHost, directory: Path) -> None:
    file = (GOOD / "small.session").read_bytes()
    for offset in (*range(32), *range(512, 512 + 32 + 36)):
        for bit in range(8):
            flipped = bytearray(file)
            flipped[offset] ^= 1 << bit
            (directory / ID).write_bytes(flipped)
            assert host.load(ID) == E_CORRUPT, f"byte {offset}, bit {bit}"
            assert judged(bytes(flipped), ID) == E_CORRUPT, f"byte {offset}, bit {bit}"


def test_every_truncation_is_judged_alike(host: CHost, directory: Path) -> None:
    file = (GOOD / "newest_in_b.session").read_bytes()
    for length in (*range(600), *range(2040, 2120), *range(4080, 4096)):
        found = disagreement(host, directory / ID, file[:length])
        assert found is None, f"{length} bytes: {found}"
        assert isinstance(judged(file[:length], ID), int)
