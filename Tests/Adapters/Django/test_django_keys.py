# SPDX-License-Identifier: MIT
"""The keys of Django's sessions: who makes them, and what a new one ends."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib.sessions.backends.base import (  # type: ignore[import-untyped]
    CreateError,
    UpdateError,
)
from django_project import other_host
from django_sessions import again, content, files, stored
from session3.django import SessionStore

pytestmark = pytest.mark.usefixtures("django_directory")

PLANTED = [
    *("planted-by-somebody-x", "short", "", "../../../etc/passwd"),
    *("x" * 129, "ключ" * 4, "\0" * 9),
]


def test_keys_are_the_librarys(django_directory: Path) -> None:
    keys = {stored().session_key for _ in range(20)}
    assert len(keys) == 20
    assert {len(key) for key in keys} == {22}
    assert files(django_directory) == keys


@pytest.mark.parametrize("key", PLANTED)
def test_a_planted_key_is_never_adopted(key: str, django_directory: Path) -> None:
    for act in ("load", "save", "create", "cycle_key", "clear and save", "must create"):
        session = SessionStore(key)
        if act == "clear and save":
            session.clear()
            session["a"] = 1
            session.save()
        elif act == "must create":
            session.save(must_create=True)
        else:
            getattr(session, act)()
        assert session.session_key != key, act
        assert not session.exists(key), act
        assert (session.session_key is None) == (act == "load")
    assert not any(len(name) != 22 for name in files(django_directory))


@pytest.mark.parametrize("key", PLANTED)
def test_deleting_a_planted_key_does_nothing(key: str) -> None:
    other = stored(a=1)
    SessionStore(key).delete()
    SessionStore(key).flush()
    SessionStore().delete(key)
    assert content(other) == {"a": 1}


def test_an_existing_key_is_not_created_again() -> None:
    session = stored(a=1)
    key = session.session_key
    with pytest.raises(CreateError):
        again(session).save(must_create=True)
    assert session.session_key == key
    assert content(session) == {"a": 1}


def test_a_new_key_keeps_what_the_session_holds_and_the_old_one_is_dead() -> None:
    session = stored(a=1)
    old, stale = session.session_key, again(session)
    assert stale["a"] == 1
    session["b"] = 2
    session.cycle_key()
    assert session.modified
    assert session.session_key not in (old, None)
    assert not session.exists(old)
    assert content(session) == dict(session.items()) == {"a": 1, "b": 2}
    assert SessionStore(old).load() == {}


def test_a_new_key_merges_what_others_stored_meanwhile() -> None:
    session = stored(a=1)
    first, second = again(session), again(session)
    first["b"] = 2
    second["c"] = 3
    second.save()
    first.cycle_key()
    assert content(first) == dict(first.items()) == {"a": 1, "b": 2, "c": 3}


def test_a_session_that_was_never_looked_into_gets_a_new_key_too() -> None:
    session = stored(a=1)
    other = again(session)
    other.cycle_key()
    assert other.modified
    assert other.session_key != session.session_key
    assert content(other) == {"a": 1}


def test_who_has_the_old_key_is_not_told_the_new_one_but_loses_nothing() -> None:
    session = stored(a=1)
    stale = again(session)
    stale["b"] = 2
    session.cycle_key()
    # The response must not set the cookie of a key that is dead.
    with pytest.raises(UpdateError):
        stale.save()
    assert stale.session_key != session.session_key
    assert content(session) == {"a": 1, "b": 2}


def test_in_another_process_the_old_key_is_a_deleted_session(django_directory: Path) -> None:
    session = stored(a=1)
    with other_host(django_directory) as other:
        other.renew_session(other.load_session(session.session_key))
    session["b"] = 2
    with pytest.raises(UpdateError):
        session.save()


def test_a_logout_reaches_a_session_that_got_a_new_key_meanwhile(django_directory: Path) -> None:
    session = stored(a=1)
    stale = again(session)
    assert stale["a"] == 1
    session.cycle_key()
    stale.flush()
    assert files(django_directory) == set()


def test_a_visitor_whose_session_was_deleted_gets_another_at_a_login() -> None:
    session = stored(a=1)
    old = session.session_key
    again(session).delete()
    session.cycle_key()
    assert session.session_key != old
    assert content(session) == {"a": 1}


def test_who_was_logged_out_elsewhere_does_not_come_back_by_a_new_key() -> None:
    session = stored(_auth_user_id="1")
    again(session).delete()
    session.cycle_key()
    with pytest.raises(UpdateError):
        session.save()
    assert not session.exists(session.session_key)
