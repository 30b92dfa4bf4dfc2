# SPDX-License-Identifier: MIT
"""How a store is opened, and what it refuses."""

from __future__ import annotations

import ctypes
import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from session3 import _structs
from session3._ffi import lib, new_error
from session3.errors import InvalidArgumentError, StorageError, TooLargeError
from session3.Session import Session
from session3.store.DirectorySessionStore import DirectorySessionStore
from session3.store.VolatileSessionStore import VolatileSessionStore


@pytest.fixture
def strict_umask() -> Iterator[None]:
    before = os.umask(0o077)
    yield
    os.umask(before)


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("kind", [str, os.fsencode, lambda path: path])
def test_a_directory_is_a_str_bytes_or_a_path(directory: Path, kind: Any) -> None:
    with DirectorySessionStore(kind(directory), True) as store:
        store.save_session(Session("id"))
        assert store.directory == str(directory)
    assert (directory / "id").is_file()


def test_a_relative_directory_is_that_of_the_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with DirectorySessionStore("here", create=True) as store:
        monkeypatch.chdir("/")
        store.save_session(Session("id"))
        assert store.directory == str(tmp_path / "here")
    assert (tmp_path / "here" / "id").is_file()


def test_a_missing_directory_is_an_error_that_names_it(directory: Path) -> None:
    with pytest.raises(OSError, match=str(directory)) as caught:
        DirectorySessionStore(directory)
    assert isinstance(caught.value, StorageError)
    assert caught.value.errno == errno.ENOENT
    assert not directory.exists()


def test_missing_parents_are_not_made(directory: Path) -> None:
    with pytest.raises(OSError, match=str(directory)) as caught:
        DirectorySessionStore(directory / "below", create=True)
    assert caught.value.errno == errno.ENOENT


@pytest.mark.parametrize("create", [True, False])
def test_a_file_in_its_place_is_an_error_that_names_it(directory: Path, create: bool) -> None:
    directory.write_text("a file")
    with pytest.raises(OSError, match=str(directory)) as caught:
        DirectorySessionStore(directory, create)
    assert caught.value.errno == errno.ENOTDIR
    assert directory.read_text() == "a file"


def test_a_path_with_a_nul_is_a_value_error() -> None:
    with pytest.raises(ValueError, match=r"."):
        DirectorySessionStore("/tmp/a\0b", create=True)


def test_modes_default_to_the_owner_alone(directory: Path) -> None:
    with DirectorySessionStore(directory, create=True) as store:
        store.save_session(Session("id"))
    assert mode_of(directory) == 0o700
    assert mode_of(directory / "id") == 0o600


@pytest.mark.usefixtures("strict_umask")
def test_modes_are_as_asked_whatever_the_umask(directory: Path) -> None:
    options: dict[str, int] = {"file_mode": 0o660, "directory_mode": 0o2770}
    with DirectorySessionStore(directory, create=True, **options) as store:  # type: ignore[arg-type]
        store.save_session(Session("id"))
    assert mode_of(directory) == 0o2770
    assert mode_of(directory / "id") == 0o660


def test_a_directory_keeps_its_sync_mode(directory: Path) -> None:
    with DirectorySessionStore(directory, create=True, sync="data") as store:
        store.save_session(Session("id"))
    with DirectorySessionStore(directory) as store:
        assert store.has_session("id")
    with pytest.raises(InvalidArgumentError):
        DirectorySessionStore(directory, sync="none")


@pytest.mark.parametrize(
    "options",
    [
        *({"sync": "full"}, {"sync": 1}, {"save_policy": "last"}, {"file_mode": -1}),
        *({"file_mode": 2**32}, {"directory_mode": -1}, {"maximum_payload": 0}),
        *({"maximum_payload": -5}, {"maximum_payload": 2**31}, {"maximum_payload": 2**64}),
        *({"lock_timeout": float("nan")}, {"access_resolution": float("inf")}),
        {"lock_timeout": 10**400},
    ],
    ids=str,
)
def test_an_option_out_of_range_is_a_value_error(directory: Path, options: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        DirectorySessionStore(directory, create=True, **options)
    assert not directory.exists()


@pytest.mark.parametrize(
    "options",
    [
        *({"lock_timeout": "5"}, {"access_resolution": "1m"}, {"file_mode": 1.5}),
        *({"file_mode": "0660"}, {"directory_mode": "0770"}, {"maximum_payload": "1 MB"}),
        *({"logger": "shop"}, {"clock": 5.0}),
    ],
    ids=str,
)
def test_an_option_of_another_type_is_a_type_error_that_names_it(
    directory: Path, options: Any
) -> None:
    [[name, value]] = options.items()
    with pytest.raises(TypeError, match=rf"^{name} must be .*, not {value!r}$"):
        DirectorySessionStore(directory, create=True, **options)
    assert not directory.exists()


def test_the_maximum_may_be_raised(directory: Path) -> None:
    session = Session("id")
    session.blob = b"x" * 3_000_000  # type: ignore[attr-defined]
    with DirectorySessionStore(directory, create=True) as store, pytest.raises(TooLargeError):
        store.save_session(session)
    with DirectorySessionStore(directory, maximum_payload=4_000_000) as store:
        store.save_session(session)
        assert store.load_session("id").blob == session.blob  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", [DirectorySessionStore, VolatileSessionStore])
def test_the_safety_flags_are_the_library_s(directory: Path, kind: Any) -> None:
    with kind(directory, create=True) if kind is DirectorySessionStore else kind() as store:
        info = _structs.StoreInfo(size=ctypes.sizeof(_structs.StoreInfo))
        pointer = store._open().pointer
        lib.session3_store_get_info(pointer, ctypes.byref(info), ctypes.byref(new_error()))
        assert store.is_multiprocess_safe is bool(info.is_multiprocess_safe)
        assert store.is_thread_safe is bool(info.is_thread_safe)
        assert kind.is_thread_safe is True
    assert DirectorySessionStore.is_multiprocess_safe is True


def test_a_removed_directory_is_an_error_at_the_next_save(directory: Path) -> None:
    with DirectorySessionStore(directory, create=True) as store:
        for path in directory.iterdir():
            path.unlink()
        directory.rmdir()
        with pytest.raises(OSError, match="removed") as caught:
            store.save_session(Session("id"))
        assert caught.value.errno == errno.ENOENT
        assert store.load_session("id") is None
