# SPDX-License-Identifier: MIT
"""Values come back equal, or are refused by name."""

from __future__ import annotations

import collections
import dataclasses
import datetime
import decimal
import enum
import math
import uuid
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from session3.errors import RangeError, UnstorableError
from session3.Session import Session

UTC = datetime.timezone.utc


def stored(store: Any, value: Any) -> Any:
    session = Session("id")
    session.value = value  # type: ignore[attr-defined]
    store.save_session(session)
    return store.load_session("id").value


@pytest.mark.parametrize(
    "value",
    [
        *(None, True, False, 0, 1, -1, 2**64 - 1, 2**63, -(2**63), 127, 128, -32, -33),
        *(0.0, 1.5, -1e300, math.inf, 5e-324),
        *("", "text", "ünï😀", "with\0nul", "x" * 70000),
        *(b"", b"\xff\x00", b"x" * 70000),
        *([], {}, [1, [2, [3]]], {"": {"a b": []}}, [None] * 70000),
        datetime.datetime(2024, 2, 29, 12, 30, 1, 999999, tzinfo=UTC),
        datetime.datetime(1, 1, 1, tzinfo=UTC),
        datetime.datetime(1969, 12, 31, 23, 59, 59, 1, tzinfo=UTC),
        datetime.datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        datetime.datetime(2024, 7, 1, tzinfo=ZoneInfo("Europe/Berlin")),
        [
            datetime.datetime(2024, 7, 1, tzinfo=UTC),
            {"at": datetime.datetime(2500, 1, 1, tzinfo=UTC)},
        ],
    ],
    ids=lambda value: repr(value)[:30],
)
def test_a_value_comes_back_equal_and_of_its_type(store: Any, value: Any) -> None:
    found = stored(store, value)
    assert found == value
    assert type(found) is type(value)


def test_the_sign_of_zero_and_nan_come_back(store: Any) -> None:
    assert math.copysign(1, stored(store, -0.0)) == -1
    assert math.isnan(stored(store, math.nan))


def test_a_tuple_comes_back_as_a_list(store: Any) -> None:
    assert stored(store, (1, ("a", ()))) == [1, ["a", []]]


def test_a_datetime_comes_back_in_utc(store: Any) -> None:
    zone = datetime.timezone(datetime.timedelta(hours=2))
    assert stored(store, datetime.datetime(2024, 1, 1, tzinfo=zone)).tzinfo is UTC


def test_a_dict_keeps_its_order(store: Any) -> None:
    assert list(stored(store, {"z": 1, "a": 2, "m": 3})) == ["z", "a", "m"]


class Text(str):
    __slots__ = ()


class Number(enum.IntEnum):
    ONE = 1


class Word(str, enum.Enum):
    A = "a"


@dataclasses.dataclass
class Record:
    a: int = 1


class Struct(msgspec.Struct):
    a: int = 1


Pair = collections.namedtuple("Pair", "a b")

REFUSED = {
    "set": {1},
    "frozenset": frozenset(),
    "date": datetime.date(2024, 1, 1),
    "time": datetime.time(1),
    "timedelta": datetime.timedelta(1),
    "naive datetime": datetime.datetime(2024, 1, 1),
    "beyond the year 9999 in UTC": datetime.datetime(
        9999, 12, 31, 23, tzinfo=datetime.timezone(datetime.timedelta(hours=-2))
    ),
    "Decimal": decimal.Decimal("1.0"),
    "UUID": uuid.UUID(int=1),
    "complex": 1j,
    "int above": 2**64,
    "int below": -(2**63) - 1,
    "int keys": {1: 2},
    "None as a key": {None: 2},
    "bytes as a key": {b"a": 2},
    "str subclass": Text("a"),
    "str subclass as a key": {Text("a"): 1},
    "IntEnum": Number.ONE,
    "str Enum": Word.A,
    "dataclass": Record(),
    "Struct": Struct(),
    "namedtuple": Pair(1, 2),
    "OrderedDict": collections.OrderedDict(a=1),
    "defaultdict": collections.defaultdict(int, a=1),
    "deque": collections.deque([1]),
    "bytearray": bytearray(b"x"),
    "memoryview": memoryview(b"x"),
    "Raw": msgspec.Raw(b"\x01"),
    "Ext": msgspec.msgpack.Ext(5, b"x"),
    "lone surrogate": "\ud800",
    "lone surrogate as a key": {"\ud800": 1},
    "object": object(),
    "function": len,
    "class": int,
}


@pytest.mark.parametrize("value", REFUSED.values(), ids=REFUSED.keys())
@pytest.mark.parametrize("wrap", [lambda v: v, lambda v: [v], lambda v: {"a": (1, v)}])
def test_what_would_not_come_back_equal_is_refused(store: Any, value: Any, wrap: Any) -> None:
    with pytest.raises(TypeError, match="value") as caught:
        stored(store, wrap(value))
    assert isinstance(caught.value, UnstorableError)
    assert not store.has_session("id")


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ({1}, "cart: a value of type set "),
        ([{"price": decimal.Decimal(1)}], "cart[0].price: a value of type decimal.Decimal "),
        ({"a b": [0, 2**64]}, "cart['a b'][1]: an int beyond 64 bits "),
        ([[], ["\ud800"]], "cart[1][0]: text with a lone surrogate "),
        ([{"x": {2: 0}}], "a key of cart[0].x: a value of type int "),
        ([datetime.datetime(2024, 1, 1)], "cart[0]: a datetime without a time zone "),
    ],
)
def test_the_error_names_the_place(store: Any, value: Any, path: str) -> None:
    session = Session("id")
    session.cart = value  # type: ignore[attr-defined]
    with pytest.raises(UnstorableError) as caught:
        store.save_session(session)
    assert str(caught.value).startswith(path)


def test_the_user_is_checked_alike(store: Any) -> None:
    session = Session("id")
    session.user = {"roles": {"admin"}}
    with pytest.raises(UnstorableError, match=r"^user\.roles: a value of type set "):
        store.save_session(session)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("_remote_address", 5),
        ("_csrf_token", b"x"),
        ("_form_tokens", "token"),
        ("_form_tokens", ["a", 1]),
        ("_form_tokens", ["\ud800"]),
        ("_remote_address", "\ud800"),
    ],
)
def test_the_session_s_own_fields_are_checked(store: Any, name: str, value: Any) -> None:
    session = Session("id")
    setattr(session, name, value)
    with pytest.raises(UnstorableError, match=f"^{name}"):
        store.save_session(session)


@pytest.mark.parametrize("name", [5, None, Text("a"), "\ud800"])
def test_an_attribute_s_name_must_be_text(store: Any, name: Any) -> None:
    session = Session("id")
    vars(session)[name] = 1
    with pytest.raises(UnstorableError):
        store.save_session(session)


def nested(depth: int, make: Any) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = make(value)
    return value


MAKERS = [lambda v: [v], lambda v: (v,), lambda v: {"k": v}]


@pytest.mark.parametrize("make", MAKERS, ids=["list", "tuple", "dict"])
def test_32_levels_can_be_stored_and_33_not(store: Any, make: Any) -> None:
    stored(store, nested(32, make))
    with pytest.raises(UnstorableError, match="nested deeper than 32"):
        stored(store, nested(33, make))


@pytest.mark.parametrize("make", MAKERS, ids=["list", "tuple", "dict"])
def test_empty_containers_count_as_levels(store: Any, make: Any) -> None:
    empties: list[Any] = [[], (), {}]
    for empty in empties:
        value = empty
        for _ in range(31):
            value = make(value)
        stored(store, value)
        with pytest.raises(UnstorableError, match="nested deeper than 32"):
            stored(store, make(value))


def test_a_cycle_is_refused(store: Any) -> None:
    circle: list[Any] = []
    circle.append({"again": circle})
    with pytest.raises(UnstorableError, match="cycle"):
        stored(store, circle)


def test_one_object_in_two_places_is_stored_twice(store: Any) -> None:
    item = {"a": 1}
    assert stored(store, [item, item]) == [item, item]


def test_a_session_larger_than_the_maximum_is_refused(open_store: Any) -> None:
    small = open_store(maximum_payload=100)
    with pytest.raises(ValueError, match="larger") as caught:
        stored(small, "x" * 100)
    assert type(caught.value).__name__ == "TooLargeError"


def test_numbers_of_arguments_are_not_cut_to_64_bits(store: Any) -> None:
    store.save_session(Session("id"))
    with pytest.raises(RangeError):
        store.increment("id", "n", 2**63)
    with pytest.raises(RangeError):
        store.set_access_time("id", 1e15)
