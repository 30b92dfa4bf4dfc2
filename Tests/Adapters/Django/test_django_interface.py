# SPDX-License-Identifier: MIT
"""Each name of Django's SessionBase does with session3.django what it does with Django's engines.

The same steps are done with all engines, and by the asynchronous half, too. Where session3.django
means to differ, docs/guides/django.md says so.
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import django  # type: ignore[import-untyped]
import pytest
from django.contrib.sessions.backends import base, db, file  # type: ignore[import-untyped]
from django.utils.safestring import mark_safe  # type: ignore[import-untyped]
from django_engines import BEGIN, ENGINES, UNKNOWN, Engine, Steps, names_of_the_interface
from django_exercises import TABLE
from django_project import use_directory
from repository import ROOT


@pytest.fixture
def engines(directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Makes an Engine of a name, which has no sessions yet."""
    files = tmp_path / "files"
    files.mkdir()
    monkeypatch.setattr(file.SessionStore, "_storage_path", str(files), raising=False)
    db.SessionStore.get_model_class().objects.all().delete()
    with use_directory(directory):
        yield lambda name, *options: Engine(ENGINES[name].SessionStore, *options)


def test_the_table_has_each_name_of_djangos_sessions() -> None:
    asynchronous = {name for name in TABLE if name[0] == "a" and name != "accessed"}
    assert names_of_the_interface() == TABLE.keys() - (
        asynchronous if django.VERSION < (5, 1) else set()
    )


@pytest.mark.parametrize("name", TABLE)
def test_a_name_means_what_it_means_with_djangos_engines(
    name: str, engines: Any, caplog: pytest.LogCaptureFixture
) -> None:
    if name not in names_of_the_interface():
        pytest.skip("this Django has none of that name")
    caplog.set_level(logging.CRITICAL, "django.security")
    exercise = TABLE[name]
    member = inspect.getattr_static(base.SessionBase, name, None)
    is_asynchronous = inspect.iscoroutinefunction(getattr(member, "__func__", member))
    for engine_name in ENGINES:
        engine = engines(engine_name, is_asynchronous)
        assert exercise.steps(engine) == exercise.told, engine_name
        assert name in engine.asked or name[:1] == "_", "the steps don't exercise the name"


# -- What is meant to differ


class Difference(NamedTuple):
    said: str
    """By docs/guides/django.md."""
    steps: Steps
    ours: Any
    theirs: Any


def merge(engine: Engine) -> Any:
    first = engine.stored(a=1)
    second = engine.again(first)
    first["b"], second["c"] = 2, 3
    first.save()
    second.save()
    return engine.content(first)


def make_planted(engine: Engine) -> Any:
    session = engine.new(UNKNOWN)
    session.save(must_create=True)
    return session.session_key == UNKNOWN


def save_unknown(engine: Engine) -> Any:
    return engine.fails(engine.new(UNKNOWN), "save")


def length_of_key(engine: Engine) -> Any:
    return len(engine.stored().session_key)


def go_on_after_logout(engine: Engine) -> Any:
    session = engine.stored(_auth_user_id="1")
    session.get("a")
    engine.again(session).delete()
    session.cycle_key()
    return engine.fails(session, "save")


def keep(*values: Any) -> Steps:
    """Tells what becomes of values that are stored."""

    def steps(engine: Engine) -> Any:
        told = []
        for value in values:
            session = engine.new()
            session["a"] = value
            told.append(engine.fails(session, "save") or engine.content(session)["a"])
        return told

    return steps


DIFFERENCES = [
    Difference(
        "Two requests that change different keys of one session both keep their change.",
        *(merge, {"a": 1, "b": 2, "c": 3}, {"a": 1, "c": 3}),
    ),
    Difference(
        "One that a program gives to `SessionStore` is used to look for a session, never to make "
        "one; keys of fewer than 8 characters Django refuses.",
        *(make_planted, False, True),
    ),
    Difference(
        "| the key is unknown, malformed or planted | a new session |",
        *(save_unknown, "", "UpdateError"),
    ),
    Difference("Keys have 22 characters", length_of_key, 22, 32),
    Difference(
        "A session that was deleted, a logout in another tab, stays deleted",
        *(go_on_after_logout, "UpdateError", ""),
    ),
    Difference(
        "Storable are `None`, `bool`, `int` of 64 bits, `float`, `str`, `bytes`, `datetime` with a "
        "time zone",
        *(keep(b"\xff", BEGIN), [b"\xff", BEGIN], ["TypeError", "TypeError"]),
    ),
    Difference(
        "and lists, tuples (they come back as lists) and dicts with `str` keys of these.",
        *(keep((1, 2), {1: 2}), [[1, 2], "UnstorableError"], [[1, 2], {"1": 2}]),
    ),
    Difference(
        "Django's JSON turns some of these into something else without a word",
        *(keep(mark_safe("<b>"), {1, 2}), ["UnstorableError"] * 2, ["<b>", "TypeError"]),
    ),
]


@pytest.mark.parametrize("difference", DIFFERENCES)
def test_where_the_engines_differ_the_guide_says_so(difference: Difference, engines: Any) -> None:
    guide = " ".join((ROOT / "docs" / "guides" / "django.md").read_text().split())
    assert difference.said in guide
    assert difference.steps(engines("session3")) == difference.ours
    for engine in ("file", "db"):
        assert difference.steps(engines(engine)) == difference.theirs
