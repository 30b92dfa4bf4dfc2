# SPDX-License-Identifier: MIT
"""What Django's SessionBase promises of a session, kept by session3.django."""

from __future__ import annotations

import functools
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.contrib.sessions.backends.base import UpdateError  # type: ignore[import-untyped]
from django.test import override_settings  # type: ignore[import-untyped]
from django_sessions import Clock, again, content, files, stored
from session3.django import SessionStore, get_store
from session3.store.DirectorySessionStore import DirectorySessionStore

pytestmark = pytest.mark.usefixtures("django_directory")


def test_what_was_saved_comes_back() -> None:
    session = stored(cart=[{"name": "tea", "price": 3.5}], visits=1, nothing=None)
    assert content(session) == dict(session.items())
    assert again(session)["cart"] == [{"name": "tea", "price": 3.5}]
    assert "cart" in again(session)
    assert again(session).get("missing", "default") == "default"


def test_a_save_leaves_the_session_as_it_is() -> None:
    session = stored(a="b")
    assert dict(session.items()) == {"a": "b"}
    assert session.session_key == again(session).session_key


def test_a_new_session_is_neither_accessed_nor_modified_nor_stored(django_directory: Path) -> None:
    session = SessionStore()
    assert (session.accessed, session.modified, session.is_empty()) == (False, False, True)
    assert session.session_key is None
    assert not django_directory.exists()


def test_looking_marks_a_session_as_accessed_and_changing_as_modified() -> None:
    session = again(stored(a=1))
    assert session.get("a") == 1
    assert (session.accessed, session.modified) == (True, False)
    session["a"] = 2
    assert session.modified


def test_loading_stores_nothing(django_directory: Path) -> None:
    assert SessionStore("unknown-to-everybody").load() == {}
    assert files(django_directory) == set()


def test_a_created_session_holds_what_was_put_in_before() -> None:
    session = SessionStore()
    session["a"] = 1
    session.modified = False
    session.create()
    assert session.modified
    assert content(session) == {"a": 1}


def test_a_session_that_was_deleted_elsewhere_stays_deleted(django_directory: Path) -> None:
    session = stored(a=1)
    again(session).delete()
    session["a"] = 2
    for _ in range(2):
        with pytest.raises(UpdateError):
            session.save()
    assert files(django_directory) == set()
    assert session.load() == {}


def test_flush_deletes_the_session_and_forgets_its_key() -> None:
    session = stored(a=1)
    key = session.session_key
    again(session).flush()
    assert not SessionStore().exists(key)
    session.flush()
    assert session.session_key is None
    assert session.is_empty()
    session["b"] = 2
    session.save()
    assert session.session_key != key
    assert content(session) == {"b": 2}


def test_delete_takes_the_own_or_another_key() -> None:
    one, other = stored(), stored()
    one.delete(other.session_key)
    assert one.exists(one.session_key)
    assert not one.exists(other.session_key)
    one.delete()
    assert not one.exists(one.session_key)


def test_an_unchanged_save_renews_the_access_time_and_writes_nothing(
    clock: Clock, directory: Path
) -> None:
    session = stored(a=1)
    file = directory / str(session.session_key)
    before = file.read_bytes()
    clock.now += 60
    again(session).save()
    assert file.stat().st_mtime == clock.now
    assert file.read_bytes() == before


def test_the_test_cookie_works() -> None:
    session = SessionStore()
    session.set_test_cookie()
    session.save()
    assert again(session).test_cookie_worked()


def test_one_store_serves_all_sessions_of_a_process(
    django_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = []
    real = DirectorySessionStore.__init__

    @functools.wraps(real)
    def count(self: DirectorySessionStore, *arguments: object, **options: object) -> None:
        opened.append(self)
        real(self, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(DirectorySessionStore, "__init__", count)
    for _ in range(3):
        again(stored(a=1)).cycle_key()
    assert len(opened) == 1


def test_threads_that_come_first_at_once_get_the_same_store() -> None:
    for _ in range(20):
        with override_settings(SESSION3_OPTIONS={"create": True}), ThreadPoolExecutor(4) as pool:
            barrier = threading.Barrier(4)

            def come(_: int, barrier: threading.Barrier = barrier) -> object:
                barrier.wait()
                return get_store()

            assert len(set(pool.map(come, range(4)))) == 1


def test_a_child_after_fork_goes_on_with_the_sessions() -> None:
    session = stored(a=1)
    child = os.fork()
    if child == 0:
        status = 1
        try:
            ours = again(session)
            ours["child"] = 1
            ours.save()
            status = 0
        finally:
            os._exit(status)
    assert os.waitpid(child, 0) == (child, 0)
    session["parent"] = 1
    session.save()
    assert content(session) == {"a": 1, "child": 1, "parent": 1}
