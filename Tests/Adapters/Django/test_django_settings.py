# SPDX-License-Identifier: MIT
"""SESSION3_DIRECTORY and SESSION3_OPTIONS."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import session3.django
from django.core.exceptions import ImproperlyConfigured  # type: ignore[import-untyped]
from django.test import override_settings  # type: ignore[import-untyped]
from django_project import use_directory
from django_sessions import stored
from session3.django import SessionStore, get_store
from session3.errors import ClosedError
from session3.store.DirectorySessionStore import DirectorySessionStore


@pytest.mark.parametrize("directory", ["", None])
def test_a_site_without_a_directory_is_told_which_setting_is_missing(directory: Any) -> None:
    with (
        override_settings(SESSION3_DIRECTORY=directory),
        pytest.raises(ImproperlyConfigured, match="SESSION3_DIRECTORY"),
    ):
        SessionStore().save()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"syncs": "data"}, "SESSION3_OPTIONS has no such option: syncs"),
        ({"session_class": dict}, "SESSION3_OPTIONS has no such option: session_class"),
        ({"b": 1, "self": 1, "a": 1}, "SESSION3_OPTIONS has no such option: a, b, self"),
        ({"sync": "always"}, "SESSION3_OPTIONS: sync must be"),
        ({"lock_timeout": "5"}, "SESSION3_OPTIONS: "),
        ({"file_mode": -1}, "SESSION3_OPTIONS: file_mode"),
    ],
)
def test_wrong_options_are_told(options: dict[str, Any], told: str, directory: Path) -> None:
    with use_directory(directory, **options), pytest.raises(ImproperlyConfigured, match=told):
        SessionStore().save()
    assert not directory.exists()


def test_options_reach_the_store(directory: Path) -> None:
    with use_directory(directory, file_mode=0o640, directory_mode=0o750):
        session = stored(a=1)
    assert (directory / str(session.session_key)).stat().st_mode & 0o777 == 0o640
    assert directory.stat().st_mode & 0o777 == 0o750


def test_settings_that_change_take_effect_at_once(tmp_path: Path) -> None:
    with use_directory(tmp_path / "one"):
        session = stored(a=1)
        with use_directory(tmp_path / "two"):
            assert not session.exists(session.session_key)
        assert session.exists(session.session_key)


def test_of_two_threads_that_open_the_store_both_get_the_ones(tmp_path: Path) -> None:
    opened: list[DirectorySessionStore] = []
    together = threading.Barrier(2, timeout=30)

    def open_together() -> DirectorySessionStore:
        store = make()
        opened.append(store)
        together.wait()
        return store

    make = session3.django._new_store
    with use_directory(tmp_path / "sessions"), ThreadPoolExecutor(2) as pool:
        with mock.patch.object(session3.django, "_new_store", open_together):
            one, other = [future.result() for future in [pool.submit(get_store) for _ in range(2)]]
        assert one is other is get_store()
        [loser] = [store for store in opened if store is not one]
        assert not one.has_session("nobody's")
        with pytest.raises(ClosedError):
            loser.has_session("nobody's")
