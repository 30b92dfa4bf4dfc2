# SPDX-License-Identifier: MIT
"""What a loaded session is saved as: the usual one on a shorter way, to the same end."""

from __future__ import annotations

import enum
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import pytest
from session3 import _payload
from session3.errors import Session3Error, UnstorableError
from session3.Session import Session
from session3.store.DirectorySessionStore import DirectorySessionStore

ID = "loaded"


class Number(enum.IntEnum):
    SEVEN = 7


class Text(str):
    pass


class Locked(Session):
    """Its attributes are set through a method of its own."""

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)


@pytest.fixture
def loaded(store: DirectorySessionStore) -> Any:
    session: Any = Session(ID)
    session.set_user("ada")
    session.count, session.items = 7, [1, {"deep": [None, 2.5]}]
    session.zone = datetime(2026, 1, 2, tzinfo=timezone.utc)
    store.save_session(session)
    return store.load_session(ID)


GOOD: dict[str, Callable[[Any], Any]] = {
    "nothing": lambda s: None,
    "a value": lambda s: setattr(s, "count", 8),
    "another type": lambda s: setattr(s, "count", (True, b"8")),
    "deep inside": lambda s: s.items[1]["deep"].append("x"),
    "a new attribute": lambda s: setattr(s, "above", 1),
    "a removed attribute": lambda s: delattr(s, "items"),
    "no attributes": lambda s: [vars(s).pop(name) for name in ("items", "count", "zone")],
    "the user": lambda s: s.set_user({"name": "grace"}),
    "no user": lambda s: s.set_user(None),
    "form tokens": lambda s: s.create_form_token(),
    "a csrf token": lambda s: s.get_csrf_token(),
    "an address": lambda s: setattr(s, "_remote_address", "192.0.2.1"),
    "kept cookies": lambda s: s.set_persistent(True),
    "a login": lambda s: _payload.reserve_time(s, _payload.AUTHENTICATED, 1.5),
}

BAD: dict[str, Callable[[Any], Any]] = {
    "an enum that equals": lambda s: setattr(s, "count", Number.SEVEN),
    "a set": lambda s: setattr(s, "items", {1}),
    "a set deep inside": lambda s: s.items[1]["deep"].append({1}),
    "an int as key": lambda s: s.items[1].update({1: 1}),
    "a subclass of str": lambda s: setattr(s, "count", Text("8")),
    "too large an int": lambda s: setattr(s, "count", 2**64),
    "a lone surrogate": lambda s: setattr(s, "count", "\ud800"),
    "a time without zone": lambda s: setattr(s, "zone", datetime(2026, 1, 2)),
    "a user of an own class": lambda s: s.set_user(s),
    "an address that is no text": lambda s: setattr(s, "_remote_address", 1),
    "a csrf token that is no text": lambda s: setattr(s, "_csrf_token", b"x"),
    "form tokens that are no list": lambda s: setattr(s, "_form_tokens", {"x"}),
    "the name of a method": lambda s: setattr(s, "dump", 1),
    "a name of another type": lambda s: vars(s).update({1: 1}),
}


@pytest.mark.parametrize("what", GOOD)
def test_a_changed_session_is_encoded_as_by_the_long_way(
    store: DirectorySessionStore, loaded: Any, what: str
) -> None:
    GOOD[what](loaded)
    assert _payload.encode(loaded) == _payload._encode_with_care(loaded, loaded._session3_stored)
    store.save_session(loaded)
    again = store.load_session(ID)
    assert again._session3_stored.base == loaded._session3_stored.base
    assert vars(again).keys() == vars(loaded).keys()


@pytest.mark.parametrize("what", BAD)
def test_what_can_t_be_stored_is_refused_of_a_loaded_session(
    store: DirectorySessionStore, loaded: Any, what: str
) -> None:
    before = loaded._session3_stored
    BAD[what](loaded)
    with pytest.raises(Session3Error) as caught:
        store.save_session(loaded)
    with pytest.raises(type(caught.value)) as careful:
        _payload._encode_with_care(loaded, before)
    assert str(caught.value) == str(careful.value)
    assert loaded._session3_stored is before


def test_an_error_names_the_attribute_of_a_loaded_session(
    store: DirectorySessionStore, loaded: Any
) -> None:
    loaded.items[1]["deep"].append({1})
    with pytest.raises(UnstorableError, match=r"items\[1\]\.deep\[2\]"):
        store.save_session(loaded)


def test_the_usual_session_goes_the_short_way(
    store: DirectorySessionStore, loaded: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> bytes:
        raise AssertionError

    monkeypatch.setattr(_payload, "_encode_with_care", refuse)
    for value in range(3):
        loaded.count = value
        store.save_session(loaded)
    assert store.load_session(ID).count == 2


def test_a_session_that_became_one_of_another_class_is_saved_by_its_rules(
    store: DirectorySessionStore, loaded: Any
) -> None:
    class Counting(Session):
        def count(self) -> None: ...

    loaded.__class__ = Counting
    with pytest.raises(Session3Error, match="name of a method: count"):
        store.save_session(loaded)


def test_a_class_with_a_setattr_of_its_own_is_not_bypassed(store: DirectorySessionStore) -> None:
    store.session_class = Locked
    session: Any = Locked(ID)
    session.count = 1
    store.save_session(session)
    again = store.load_session(ID)
    assert (type(again), again.count) == (Locked, 1)
    assert "__dict__" not in vars(again)


def test_a_merge_reaches_the_dict_that_a_program_holds(
    store: DirectorySessionStore, loaded: Any
) -> None:
    own = vars(loaded)
    other = store.load_session(ID)
    other.theirs = 1
    store.save_session(other)
    loaded.ours = 2
    store.save_session(loaded)
    assert vars(loaded) is own
    assert (own["theirs"], own["ours"]) == (1, 2)


@pytest.mark.parametrize(
    ("nanoseconds", "seconds", "is_cut"),
    [
        *((0, 1, False), (1000, 1, False), (999_999_000, 2**34 - 1, False)),
        *((1, 1, True), (999_999_999, 2**34 - 1, True)),
        *((1000, -1, False), (1, -1, True), (0, 2**34, False), (1001, 2**34, True)),
    ],
)
def test_what_a_datetime_would_cut_is_seen(nanoseconds: int, seconds: int, is_cut: bool) -> None:
    if 0 <= seconds < 2**34:
        raw = b"\xd7\xff" + (nanoseconds << 34 | seconds).to_bytes(8, "big")
    else:
        raw = (
            b"\xc7\x0c\xff"
            + nanoseconds.to_bytes(4, "big")
            + seconds.to_bytes(8, "big", signed=True)
        )
    assert _payload._may_be_cut(b"\x92\xd7\xff" + bytes(8) + raw) is is_cut
