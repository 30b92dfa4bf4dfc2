# SPDX-License-Identifier: MIT
"""Values that can't be stored are refused with their place, or converted if that is asked for."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from pickle import APPEND, BUILD, EMPTY_DICT, NEWTRUE, NONE, SETITEM
from typing import Any

import pytest
from command import Run
from old_stores import SESSION2, save_by_session3
from pickle_code import call, long_text, named, text
from session3.DictSession import DictSession
from session3_pickles import session_pickle

PLACE = "cart[0].price"
CONVERTED = {
    "set": ("a set", "a sorted list", ["a", "b"]),
    "frozenset": ("a set", "a sorted list", [1, 2]),
    "nested_set": ("a set", "a sorted list", [[1, 2]]),
    "decimal": ("a Decimal", "text", "3.50"),
    "uuid": ("a UUID", "text", "00000000-0000-0000-0000-000000000005"),
    "date": ("a date", "text", "2024-05-06"),
    "time": ("a time", "text", "07:08:09"),
    "naive": (
        "a datetime without a time zone",
        "one of UTC",
        datetime(2024, 5, 6, 7, 8, 9, tzinfo=timezone.utc),
    ),
    "ordered": ("a OrderedDict", "a dict", {"b": 1, "a": 2}),
    "default": ("a defaultdict", "a dict", {"a": [1]}),
    "bytearray": ("a bytearray", "bytes", b"\xff"),
}


@pytest.mark.parametrize("protocol", ["0", "2", "5"])
def test_what_has_a_near_counterpart_becomes_it_only_if_asked_for(
    old: Path, migrate: Callable[..., Run], load: Callable[..., Any], protocol: str
) -> None:
    save_by_session3(old, *CONVERTED, PROTOCOL=protocol)
    done = migrate()
    assert (done.status, done.counts) == (1, {"refused": len(CONVERTED)})
    assert done.causes == {
        (f"{what} can't be stored (--convert makes it {becomes})", PLACE)
        for what, becomes, _ in CONVERTED.values()
    }
    assert migrate("--convert").status == 0
    for case, (_, _, value) in CONVERTED.items():
        assert load(f"holding-{case}").cart == [{"price": value}], case


REFUSED = {
    "mixed_set": "a set that can't be sorted",
    "enum": "__main__.Colour is not allowed",
    "own_value": "shop.Customer is not allowed",
    "int_keys": "a key that is no str can't be stored",
    "huge": "an int beyond 64 bits can't be stored",
    "surrogate": "text with a lone surrogate can't be stored",
    "timedelta": "datetime.timedelta is not allowed",
    "complex": "builtins.complex is not allowed",
    "counter": "collections.Counter is not allowed",
    "function": "posix.getpid is not allowed",
    "class": "builtins.dict is not allowed",
}


def test_what_has_none_is_refused_with_its_place(old: Path, migrate: Callable[..., Run]) -> None:
    save_by_session3(old, *REFUSED)
    done = migrate("--convert")
    assert (done.status, done.counts) == (1, {"refused": len(REFUSED)})
    inodes = {(old / f"holding-{case}").stat().st_ino: case for case in REFUSED}
    for left in done.report["left"]:
        assert (left["cause"], left["path"]) == (REFUSED[inodes[left["inode"]]], PLACE)


STRAY = {
    "a state": EMPTY_DICT + text("zone") + text("Europe/Berlin") + SETITEM + BUILD,
    "an item": text("a") + NONE + SETITEM,
    "an element": NONE + APPEND,
}
HOUR = pickle.SHORT_BINBYTES + b"\x0a\x07\xe8\x05\x06\x07\x08\x09\x00\x00\x00"
WRITTEN = {
    "datetime.datetime": call(named("datetime", "datetime"), HOUR),
    "datetime.date": call(
        named("datetime", "date"), pickle.SHORT_BINBYTES + b"\x04\x07\xe8\x05\x06"
    ),
    "datetime.time": call(named("datetime", "time"), pickle.SHORT_BINBYTES + b"\x06" + bytes(6)),
    "decimal.Decimal": call(named("decimal", "Decimal"), text("3.50")),
    "builtins.bytearray": call(named("builtins", "bytearray"), pickle.SHORT_BINBYTES + b"\x01x"),
    "collections.OrderedDict": call(named("collections", "OrderedDict")),
    "collections.defaultdict": call(named("collections", "defaultdict"), named("builtins", "list")),
}
"""What makes instances, without what Python may set of them."""


@pytest.mark.parametrize("stray", STRAY)
def test_what_python_does_not_write_is_not_dropped(
    old: Path, migrate: Callable[..., Run], stray: str
) -> None:
    for name, made in WRITTEN.items():
        save_user(old / f"written-{name.replace('.', '-')}", made)
        save_user(old / f"stray-{name.replace('.', '-')}", made + STRAY[stray])
    done = migrate("--convert")
    causes = {f"a {name} that Python doesn't write" for name in WRITTEN}
    if stray == "an item":
        causes = {cause for cause in causes if "collections" not in cause}
    assert {cause for cause, _ in done.causes} == causes
    assert done.counts == {"migrated": 2 * len(WRITTEN) - len(causes), "refused": len(causes)}


@pytest.mark.parametrize("stray", STRAY)
def test_nor_within_the_time_zone_of_a_time(
    old: Path, migrate: Callable[..., Run], stray: str
) -> None:
    duration = call(named("datetime", "timedelta"), b"K\x00" * 3)
    cached = call(named("builtins", "getattr"), named("zoneinfo", "ZoneInfo"), text("_unpickle"))
    for zone in (
        call(named("datetime", "timezone"), duration) + STRAY[stray],
        call(named("datetime", "timezone"), duration + STRAY[stray]),
        call(cached, text("Europe/Berlin"), NEWTRUE) + STRAY[stray],
        call(cached, text("Europe/Berlin"), text("more")),
    ):
        save_user(old / "zone-0123456789", call(named("datetime", "datetime"), HOUR, zone))
        assert migrate().cause == ("a datetime.datetime that Python doesn't write", "user")


def test_text_beyond_latin_1_is_refused_where_it_stands_for_bytes(
    old: Path, migrate: Callable[..., Run]
) -> None:
    encoded = call(named("_codecs", "encode"), long_text("a€"), text("latin1"))
    array = call(named("builtins", "bytearray"), long_text("a€"), text("latin-1"))
    for value in (encoded, array):
        save_user(old / "encoded-0123456789", value)
        assert migrate("--convert").cause == ("bytes that Python doesn't write", "user")


def save_user(path: Path, value: bytes) -> None:
    """A session whose user is what some opcodes make."""
    state = EMPTY_DICT + text("user") + value + SETITEM + BUILD + pickle.STOP
    path.write_bytes(session_pickle({})[:-1] + state)


def test_nesting_is_taken_as_deep_as_the_store_takes_it(
    old: Path, migrate: Callable[..., Run], load: Callable[..., Any]
) -> None:
    for depth in (32, 33):
        value: Any = "bottom"
        for _ in range(depth):
            value = [value]
        for kind in ("Session", "DictSession"):
            session_id = f"{kind}-nested-{depth}"
            state = {"id": session_id, **({"a": value} if kind == "Session" else {})}
            if kind == "DictSession":
                state["data"] = {"a": value}
            (old / session_id).write_bytes(session_pickle(state, f"session3.{kind} {kind}"))
    done = migrate()
    assert done.counts == {"migrated": 2, "refused": 2}
    assert {cause for cause, _ in done.causes} == {"nested deeper than 32, or in a cycle"}
    assert load("Session-nested-32").a
    assert load("DictSession-nested-32", session_class=DictSession)["a"]


def test_what_python_2_s_ordereddict_is_made_of_is_kept(
    old: Path, migrate: Callable[..., Run], load: Callable[..., Any]
) -> None:
    pairs = pickle.dumps([["b", 1], ["a", 2]], 2)[2:-1]
    made = pickle.GLOBAL + b"collections\nOrderedDict\n" + pairs + pickle.TUPLE1 + pickle.REDUCE
    state = pickle.EMPTY_DICT + text("cart") + made + pickle.SETITEM + pickle.BUILD + pickle.STOP
    (old / "ordered-0123456789").write_bytes(session_pickle({})[:-1] + state)
    assert migrate("--convert").status == 0
    assert list(load("ordered-0123456789").cart.items()) == [("b", 1), ("a", 2)]


def test_a_cycle_is_refused(old: Path, migrate: Callable[..., Run]) -> None:
    cart: list[Any] = []
    cart.append(cart)
    (old / "cycle-0123456789").write_bytes(session_pickle({"cart": cart}))
    assert migrate().cause == ("nested deeper than 32, or in a cycle", "cart" + "[0]" * 32)


def test_the_place_of_a_value_shows_no_control_characters(
    old: Path, migrate: Callable[..., Run]
) -> None:
    state = {"\x1b[2J\n" + "x" * 1000: {"\x00": {1}}}
    (old / "terminal-0123456789").write_bytes(session_pickle(state))
    done = migrate()
    assert "\x1b" not in done.told
    assert done.cause[1].startswith(r"['\x1b[2J\nxxx")
    assert len(done.cause[1]) == 200


@pytest.mark.parametrize("protocol", [0, 1, 2])
@pytest.mark.parametrize("kind", ["Session", "DictSession", "CartSession"])
def test_what_python_2_pickled_is_text_where_it_can_be(
    old: Path, migrate: Callable[..., Run], load: Callable[..., Any], kind: str, protocol: int
) -> None:
    pickled = (SESSION2 / f"{kind}-{protocol}.pickle").read_bytes()
    (old / "0123456789abcdef").write_bytes(pickled)
    assert migrate("--from", "session2", "--allow-class", "shop.web.CartSession").status == 0
    session = load(
        "0123456789abcdef", **({"session_class": DictSession} if kind == "DictSession" else {})
    )
    is_ascii = protocol == 0
    assert session.user == ("jurgen" if is_ascii else "jürgen")
    assert session.raw == ("raw" if is_ascii else b"\xff\xfe")
    assert (session.seen, session.get_remote_address()) == ("€", "10.0.0.1")
    assert session._form_tokens == ["a1", "b2"]
    assert session.get_creation_time() == 1118620800.25
    assert session.get_access_time() == 1118624400.5
    if kind == "DictSession":
        assert dict(session) == {"cart": [1, 2**40], "naïve": True}
