# SPDX-License-Identifier: MIT
"""Whatever bytes a file holds, it is migrated or named: nothing escapes, runs, or takes long."""

from __future__ import annotations

import contextlib
import os
import pickle
import random
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from old_stores import SESSION2, save_by_session3
from pickle_code import call, named, text
from session3.migrate._files import OldFile
from session3.migrate._flask import FlaskSessions
from session3.migrate._outcome import NotTakenError, Outcome
from session3.migrate._quixote import QuixoteSessions
from session3.migrate._values import Conversion
from session3.migrate._writer import NewStore, check
from session3.Session import Session
from session3_pickles import session_pickle

ID = "mutated-0123456789"
MAXIMUM = 1 << 20
CONVERSION = Conversion(MAXIMUM, True, frozenset({"shop.Customer", "shop.CartSession"}))
READERS = (
    QuixoteSessions(CONVERSION, {"shop.CartSession": None, "shop.Customer": None}),
    FlaskSessions(CONVERSION, "session:", []),
)
SECONDS = 5.0


def read(data: bytes, session_id: str = ID) -> Session | None:
    """What a file becomes, in the new store's eyes; None if it is refused."""
    taken = None
    for reader in READERS:
        begin = time.monotonic()
        with contextlib.suppress(NotTakenError):
            session = reader.session(session_id, OldFile(session_id, data, 1700000000.0))
            check(session, MAXIMUM)
            taken = session
        assert time.monotonic() - begin < SECONDS
    return taken


Sample = tuple[str, bytes]
"""An id, and a file."""


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> list[Sample]:
    """Pickles of Session3, session2 and cachelib."""
    made = [("0123456789abcdef", path.read_bytes()) for path in SESSION2.glob("*.pickle")]
    for protocol in ("0", "2", "4"):
        old = tmp_path_factory.mktemp("old")
        cases = ["plain", "mapping", "own", "set", "decimal", "uuid", "ordered"]
        # What has slots can't be pickled by the oldest protocol.
        save_by_session3(old, *cases, *(["customer"] if protocol != "0" else []), PROTOCOL=protocol)
        made += [(path.name, path.read_bytes()) for path in old.iterdir()]
    return [*made, (ID, bytes(4) + pickle.dumps({"a": [1, {"b": (2.5, None)}], "_user_id": "1"}))]


def mutant(data: bytes, choices: random.Random, samples: list[Sample]) -> bytes:
    """The same with a few bytes changed, left out, doubled, or taken from elsewhere."""
    changed = bytearray(data)
    for _ in range(choices.randint(1, 4)):
        at = choices.randrange(len(changed) + 1)
        end = min(len(changed), at + choices.choice([1, 1, 1, 2, 4, 16]))
        _, other = choices.choice(samples)
        start = choices.randrange(len(other))
        changed[at:end] = choices.choice(
            [
                bytes([choices.randrange(256)]),
                b"",
                changed[at:end] * 2,
                other[start : start + choices.randrange(40)],
                choices.choice(OPCODES),
            ]
        )
    return bytes(changed)


OPCODES = [
    value
    for name, value in vars(pickle).items()
    if name.isupper() and isinstance(value, bytes) and len(value) == 1
]


def test_mutated_pickles_are_migrated_or_named(
    tmp_path: Path, samples: list[Sample], monkeypatch: pytest.MonkeyPatch
) -> None:
    canary = tmp_path / "canary"
    monkeypatch.setenv("CANARY", str(canary))
    hostile = call(named("posix", "system"), text("touch $CANARY"))
    head = b"\x80\x04"
    planted = [session_pickle({"id": ID})[:-1] + hostile + b"b.", head + hostile + b"."]
    samples = [*samples, *((ID, data) for data in planted)]
    seed = int(os.environ.get("SESSION3_SEED") or random.SystemRandom().randrange(1 << 32))
    print(f"SESSION3_SEED={seed}")
    choices = random.Random(seed)
    taken = named_ones = 0
    for _ in range(6000):
        session_id, data = choices.choice(samples)
        session = read(mutant(data, choices, samples), session_id)
        taken += session is not None
        named_ones += session is None
    assert not canary.exists()
    # Or the mutants would all be the same.
    assert taken > 100
    assert named_ones > 100


@given(st.binary(max_size=400))
def test_random_bytes_are_named(data: bytes) -> None:
    read(data)
    read(b"\x80\x04" + data)
    read(bytes(4) + b"\x80\x04" + data)


@given(
    st.dictionaries(
        st.text(max_size=5),
        st.recursive(
            st.none()
            | st.booleans()
            | st.integers()
            | st.floats()
            | st.text(max_size=9)
            | st.binary(max_size=9)
            | st.datetimes()
            | st.dates()
            | st.times()
            | st.decimals()
            | st.uuids()
            | st.frozensets(st.integers()),
            lambda inner: (
                st.lists(inner, max_size=4)
                | st.tuples(inner, inner)
                | st.dictionaries(st.text(max_size=5) | st.integers(), inner, max_size=4)
            ),
            max_leaves=12,
        ),
        max_size=4,
    ),
    st.integers(0, 5),
)
def test_what_python_pickles_is_read_as_python_reads_it(
    state: dict[str, Any], protocol: int
) -> None:
    head = session_pickle({})[:-1]
    body = pickle.dumps(state, protocol)
    start = 2 if protocol >= 2 else 0
    session = read(head + body[start:-1] + pickle.BUILD + pickle.STOP)
    if session is not None:
        for name, value in state.items():
            if name not in ("id", "user"):
                assert same(vars(session)[name], value)


def same(stored: Any, value: Any) -> bool:
    """Whether a value is what the other becomes in a store."""
    if isinstance(value, (list, tuple)):
        return len(stored) == len(value) and all(map(same, stored, value))
    if isinstance(value, dict):
        return list(stored) == list(value) and all(same(stored[key], value[key]) for key in value)
    if isinstance(value, frozenset):
        return bool(stored == sorted(value))
    if isinstance(value, float):
        return bool(stored == value or (stored != stored and value != value))
    if type(value) in (type(None), bool, int, str, bytes):
        return type(stored) is type(value) and bool(stored == value)
    if hasattr(value, "hour") and hasattr(value, "year"):
        return bool(stored.replace(tzinfo=None) == value)
    text = value.isoformat() if hasattr(value, "isoformat") else str(value)
    return bool(stored == text)


def test_mutants_that_are_taken_are_stored(tmp_path: Path, samples: list[Sample]) -> None:
    choices = random.Random(5)
    target = NewStore(tmp_path / "sessions", MAXIMUM)
    for number in range(300):
        session_id, data = choices.choice(samples)
        session = read(mutant(data, choices, samples), session_id)
        if session is not None:
            session.id = f"mutant-{number}"
            assert target.add(session) is Outcome.MIGRATED
