# SPDX-License-Identifier: MIT
"""Steps that exercise each name of Django's SessionBase, by the asynchronous half, too; and what
they tell with any engine."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple

import pytest
from django.contrib.sessions.backends import base  # type: ignore[import-untyped]
from django.contrib.sessions.serializers import JSONSerializer  # type: ignore[import-untyped]
from django.test import override_settings  # type: ignore[import-untyped]
from django_engines import BEGIN, UNKNOWN, Engine, Steps
from django_sessions import HOUR, WEEKS


class Exercise(NamedTuple):
    steps: Steps
    told: Any
    """What the steps tell, whatever the engine."""


TABLE: dict[str, Exercise] = {}


def of(names: str, told: Any) -> Callable[[Steps], Steps]:
    """Enters steps into the table, under the names that they exercise."""

    def enter(steps: Steps) -> Steps:
        for name in names.split():
            assert name not in TABLE
            TABLE[name] = Exercise(steps, told)
        return steps

    return enter


def flags(session: Any) -> tuple[bool, bool]:
    return session.accessed, session.modified


# -- The items


@of("__contains__", [True, False, (True, False)])
def contains(engine: Engine) -> Any:
    session = engine.stored(a=1)
    return ["a" in session, "b" in session, flags(session)]


@of("__getitem__", [1, "b", (True, False)])
def get_item(engine: Engine) -> Any:
    session = engine.stored(a=1)
    with pytest.raises(KeyError) as missing:
        session["b"]
    return [session["a"], missing.value.args[0], flags(session)]


@of("__setitem__", [{"a": 2, "b": 3}, (True, True), {"a": 1}])
def set_item(engine: Engine) -> Any:
    session = engine.stored(a=1)
    session["a"], session["b"] = 2, 3
    return [dict(session.items()), flags(session), engine.content(session)]


@of("aset", [{"a": 2, "b": 3}, (True, True), {"a": 1}])
def set_item_asynchronously(engine: Engine) -> Any:
    session = engine.stored(a=1)
    engine.call(session, "set", "a", 2)
    engine.call(session, "set", "b", 3)
    return [dict(session.items()), flags(session), engine.content(session)]


@of("__delitem__", ["c", {"b": 2}, (True, True), {"a": 1, "b": 2}])
def delete_item(engine: Engine) -> Any:
    session = engine.stored(a=1, b=2)
    del session["a"]
    with pytest.raises(KeyError) as missing:
        del session["c"]
    left = dict(session.items())
    return [missing.value.args[0], left, flags(session), engine.content(session)]


@of("has_key ahas_key", [True, False, (True, False)])
def has_key(engine: Engine) -> Any:
    session = engine.stored(a=None)
    return [*(engine.call(session, "has_key", key) for key in "ab"), flags(session)]


@of("get aget", [1, None, 5, (True, False)])
def get(engine: Engine) -> Any:
    session = engine.stored(a=1)
    some = [engine.call(session, "get", *arguments) for arguments in (("a",), ("b",), ("b", 5))]
    return [*some, flags(session)]


@of("pop apop", [None, (True, False), "KeyError", (True, False), 1, {"b": 2}, (True, True)])
def pop(engine: Engine) -> Any:
    session = engine.stored(a=1, b=2)
    told = [engine.call(session, "pop", "c", None), flags(session)]
    told += [engine.fails(session, "pop", "c"), flags(session)]
    return [*told, engine.call(session, "pop", "a"), dict(session.items()), flags(session)]


@of("setdefault asetdefault", [1, (True, False), [], {"a": 1, "b": ["tea"]}, (True, True)])
def set_default(engine: Engine) -> Any:
    session = engine.stored(a=1)
    told = [engine.call(session, "setdefault", "a", 2), flags(session)]
    cart = engine.call(session, "setdefault", "b", [])
    told.append(list(cart))
    cart.append("tea")
    session.save()
    return [*told, engine.content(session), flags(session)]


@of("update aupdate", [None, {"a": 1, "b": 3, "c": 4}, (True, True)])
def update(engine: Engine) -> Any:
    session = engine.stored(a=1, b=2)
    told = engine.call(session, "update", {"b": 3, "c": 4})
    session.save()
    return [told, engine.content(session), flags(session)]


@of("keys akeys", [["a", "b"], (True, False)])
def keys(engine: Engine) -> Any:
    session = engine.stored(a=1, b=2)
    return [sorted(engine.call(session, "keys")), flags(session)]


@of("values avalues", [[1, 2], (True, False)])
def values(engine: Engine) -> Any:
    session = engine.stored(a=1, b=2)
    return [sorted(engine.call(session, "values")), flags(session)]


@of("items aitems", [[("a", 1), ("b", [True, None, 1.5, {"é": "€"}])], (True, False)])
def items(engine: Engine) -> Any:
    session = engine.stored(a=1, b=[True, None, 1.5, {"é": "€"}])
    return [sorted(engine.call(session, "items")), flags(session)]


@of("clear", [{}, (True, True), {"a": 1}, {"b": 2}, True])
def clear(engine: Engine) -> Any:
    session = engine.stored(a=1)
    key = session.session_key
    session.clear()
    told = [dict(session.items()), flags(session), engine.content(session)]
    session["b"] = 2
    session.save()
    return [*told, engine.content(session), session.session_key == key]


@of("is_empty", [True, False, False, False, True])
def is_empty(engine: Engine) -> Any:
    new, filled, stored = engine.new(), engine.new(), engine.stored()
    filled["a"] = 1
    told = [new.is_empty(), filled.is_empty(), stored.is_empty(), engine.new(UNKNOWN).is_empty()]
    stored.flush()
    return [*told, stored.is_empty()]


# -- What the request asks


@of("accessed", [False, False, True])
def accessed(engine: Engine) -> Any:
    session = engine.stored(a=1)
    told = [session.accessed]
    assert session.session_key is not None
    told.append(session.accessed)
    session.get("b")
    return [*told, session.accessed]


@of("modified", [False, False, True, {"cart": ["tea", "pot"]}])
def modified(engine: Engine) -> Any:
    session = engine.stored(cart=["tea"])
    told = [session.modified]
    session["cart"].append("pot")
    told.append(session.modified)
    session.modified = True
    session.save()
    return [*told, session.modified, engine.content(session)]


@of("serializer", JSONSerializer)
def serializer(engine: Engine) -> Any:
    return engine.new().serializer


@of("key_salt", "django.contrib.sessions.SessionStore")
def key_salt(engine: Engine) -> Any:
    return engine.new().key_salt


@of("encode decode", [{"a": ["é", 1]}, {"a": ["é", 1]}, {}])
def encode_and_decode(engine: Engine) -> Any:
    """Each engine reads what another one encoded, and nothing that was changed since."""
    session = engine.new()
    text = session.encode({"a": ["é", 1]})
    other = base.SessionBase()
    of_other = type("SessionStore", (base.SessionBase,), {})().encode({"a": ["é", 1]})
    assert other.decode(text) == {}  # the salt is another
    return [session.decode(text), session.decode(of_other), session.decode(f"{text}x")]


# -- Its key


@of("__init__", [None, UNKNOWN, None, (False, False)])
def init(engine: Engine) -> Any:
    new, unknown, short = engine.new(), engine.new(UNKNOWN), engine.new("short")
    return [*(session.session_key for session in (new, unknown, short)), flags(unknown)]


@of("session_key", [None, str, True, "AttributeError"])
def session_key(engine: Engine) -> Any:
    session = engine.new()
    told = [session.session_key]
    session.save()
    key = session.session_key
    session.save()
    told += [type(key), key == session.session_key]
    try:
        session.session_key = UNKNOWN
    except AttributeError as error:
        told.append(type(error).__name__)
    return told


@of("exists aexists", [True, False, (False, False)])
def exists(engine: Engine) -> Any:
    session = engine.stored()
    known = [engine.call(session, "exists", key) for key in (session.session_key, UNKNOWN)]
    return [*known, flags(session)]


@of("create acreate", [None, {"a": 1}, True, True, {}, {"a": 1}, True])
def create(engine: Engine) -> Any:
    session = engine.new()
    session["a"] = 1
    told = [engine.call(session, "create"), engine.content(session)]
    another = engine.again(session)
    engine.call(another, "create")
    told += [another.session_key != session.session_key, another.modified]
    return [*told, engine.content(another), engine.content(session), session.modified]


@of("cycle_key acycle_key", [None, True, False, {"a": 1, "b": 2}, (True, True), {}, True])
def cycle_key(engine: Engine) -> Any:
    session = engine.stored(a=1)
    old = session.session_key
    session["b"] = 2
    told = [engine.call(session, "cycle_key"), session.session_key not in (old, None)]
    told += [session.exists(old), engine.content(session), flags(session)]
    new = engine.new()
    engine.call(new, "cycle_key")
    return [*told, engine.content(new), new.exists(new.session_key)]


@of("flush aflush", [None, None, {}, True, False, {"b": 2}])
def flush(engine: Engine) -> Any:
    session = engine.stored(a=1)
    old = session.session_key
    told = [engine.call(session, "flush"), session.session_key, dict(session.items())]
    told += [session.modified, session.exists(old)]
    session["b"] = 2
    session.save()
    return [*told, engine.content(session)]


# -- The store


@of("load aload", [{"a": [1]}, True, {"a": [1]}, {}, None])
def load(engine: Engine) -> Any:
    session = engine.stored(a=[1])
    loaded = engine.call(session, "load")
    told = [deepcopy(loaded), session.session_key is not None]
    loaded["a"].append(2)
    unknown = engine.new(UNKNOWN)
    told += [dict(session.items()), engine.call(unknown, "load")]
    return [*told, unknown.session_key]


@of("save asave", [None, {"a": 1}, {"a": 2}, True, "CreateError", "UpdateError", False])
def save(engine: Engine) -> Any:
    session = engine.new()
    session["a"] = 1
    told = [engine.call(session, "save"), engine.content(session)]
    key = session.session_key
    session["a"] = 2
    engine.call(session, "save")
    told += [engine.content(session), session.session_key == key]
    told.append(engine.fails(engine.again(session), "save", must_create=True))
    engine.again(session).delete()
    return [*told, engine.fails(session, "save"), session.exists(key)]


@of("delete adelete", [None, False, None, False, True, {"a": 1}, None, None])
def delete(engine: Engine) -> Any:
    first, second, third = (engine.stored(a=1) for _ in range(3))
    told = [engine.call(first, "delete"), first.exists(first.session_key)]
    told += [engine.call(first, "delete", second.session_key), first.exists(second.session_key)]
    told += [first.exists(third.session_key), engine.content(third)]
    return [*told, engine.call(third, "delete", UNKNOWN), engine.call(engine.new(), "delete")]


@of("clear_expired aclear_expired", [None, False, True, True])
def clear_expired(engine: Engine) -> Any:
    sessions = [engine.stored(a=1) for _ in range(3)]
    for session, hours in zip(sessions, (-1, 1)):
        session.set_expiry(datetime.now(timezone.utc) + timedelta(hours=hours))
        session.save()
    told = [engine.call(engine.new(), "clear_expired")]
    return [*told, *(engine.new().exists(session.session_key) for session in sessions)]


# -- Its expiry


@of("set_expiry aset_expiry", [60, 0, BEGIN.isoformat(), str, None, None, None, (True, True)])
def set_expiry(engine: Engine) -> Any:
    session, told = engine.stored(), []
    for value in (60, 0, BEGIN, timedelta(hours=1), None, None):
        engine.call(session, "set_expiry", value)
        session.save()
        told.append(engine.content(session).get("_session_expiry"))
    told[3] = type(told[3])
    return [*told, engine.call(session, "set_expiry", 60), flags(session)]


@of("get_session_cookie_age", [WEEKS, 5])
def get_session_cookie_age(engine: Engine) -> Any:
    told = [engine.new().get_session_cookie_age()]
    with override_settings(SESSION_COOKIE_AGE=5):
        return [*told, engine.new().get_session_cookie_age()]


EXPIRIES: list[Any] = [None, 0, 60, BEGIN + timedelta(days=1)]


@of("get_expiry_age aget_expiry_age", [WEEKS, WEEKS, 60, 86400, 7, 10, 20, 5, True])
def get_expiry_age(engine: Engine) -> Any:
    told = []
    for value in EXPIRIES:
        session = engine.stored()
        session.set_expiry(value)
        session.save()
        told.append(engine.call(engine.again(session), "get_expiry_age", modification=BEGIN))
    later = BEGIN + timedelta(seconds=20)
    for options in (
        {"expiry": 7},
        {"expiry": later, "modification": BEGIN + timedelta(seconds=10)},
        {"expiry": later.isoformat(), "modification": BEGIN},
    ):
        told.append(engine.call(session, "get_expiry_age", **options))
    with override_settings(SESSION_COOKIE_AGE=5):
        told.append(engine.call(session, "get_expiry_age", expiry=None))
    session.set_expiry(timedelta(hours=1))
    return [*told, HOUR - 60 < engine.call(session, "get_expiry_age") <= HOUR]


@of(
    "get_expiry_date aget_expiry_date",
    [
        *(BEGIN + timedelta(seconds=WEEKS), BEGIN + timedelta(seconds=WEEKS)),
        *(BEGIN + timedelta(seconds=60), BEGIN + timedelta(days=1)),
        *(BEGIN + timedelta(seconds=7), BEGIN, BEGIN, True),
    ],
)
def get_expiry_date(engine: Engine) -> Any:
    told = []
    for value in EXPIRIES:
        session = engine.stored()
        session.set_expiry(value)
        session.save()
        told.append(engine.call(engine.again(session), "get_expiry_date", modification=BEGIN))
    for expiry in (7, BEGIN, BEGIN.isoformat()):
        options = {"expiry": expiry, "modification": BEGIN}
        told.append(engine.call(session, "get_expiry_date", **options))
    session.set_expiry(HOUR)
    left = engine.call(session, "get_expiry_date") - datetime.now(timezone.utc)
    return [*told, HOUR - 60 < left.total_seconds() <= HOUR]


@of(
    "get_expire_at_browser_close aget_expire_at_browser_close",
    [[False, True, False, False], [True, True, False, False]],
)
def get_expire_at_browser_close(engine: Engine) -> Any:
    told: list[list[bool]] = []
    for default in (False, True):
        told.append([])
        with override_settings(SESSION_EXPIRE_AT_BROWSER_CLOSE=default):
            for value in EXPIRIES:
                session = engine.stored()
                session.set_expiry(value)
                session.save()
                again = engine.again(session)
                told[-1].append(engine.call(again, "get_expire_at_browser_close"))
    return told


# -- Whether the browser takes cookies


@of("TEST_COOKIE_NAME TEST_COOKIE_VALUE", ["testcookie", "worked"])
def test_cookie(engine: Engine) -> Any:
    session = engine.new()
    return [session.TEST_COOKIE_NAME, session.TEST_COOKIE_VALUE]


test_cookie.__test__ = False  # type: ignore[attr-defined]


@of("set_test_cookie aset_test_cookie", [None, {"testcookie": "worked"}, (True, True)])
def set_cookie(engine: Engine) -> Any:
    session = engine.stored()
    told = [engine.call(session, "set_test_cookie")]
    session.save()
    return [*told, engine.content(session), flags(session)]


@of("test_cookie_worked atest_cookie_worked", [False, True, (True, False)])
def cookie_worked(engine: Engine) -> Any:
    session = engine.stored()
    told = [engine.call(session, "test_cookie_worked")]
    session.set_test_cookie()
    session.save()
    again = engine.again(session)
    return [*told, engine.call(again, "test_cookie_worked"), flags(again)]


@of("delete_test_cookie adelete_test_cookie", ["KeyError", None, {"a": 1}, False])
def delete_cookie(engine: Engine) -> Any:
    session = engine.stored(a=1)
    told = [engine.fails(session, "delete_test_cookie")]
    session.set_test_cookie()
    told.append(engine.call(session, "delete_test_cookie"))
    session.save()
    return [*told, engine.content(session), session.test_cookie_worked()]
