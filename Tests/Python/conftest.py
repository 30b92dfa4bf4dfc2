# SPDX-License-Identifier: MIT
"""The package of this repository, on the library that its build made."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from repository import PACKAGE

sys.path.insert(0, str(PACKAGE))

# A failing example is printed with the blob that plays it again; machines differ in speed.
settings.register_profile("session3", deadline=None, print_blob=True)
settings.load_profile("session3")


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Where a store may be made."""
    return tmp_path / "sessions"


@pytest.fixture(params=["directory", "memory"])
def open_store(request: Any, directory: Path) -> Iterator[Callable[..., Any]]:
    """Opens a store of each kind, with options that both have."""
    from session3.store.DirectorySessionStore import DirectorySessionStore
    from session3.store.VolatileSessionStore import VolatileSessionStore

    opened = []

    def open_it(**options: Any) -> Any:
        if request.param == "memory":
            store: Any = VolatileSessionStore(**options)
        else:
            store = DirectorySessionStore(directory, create=True, **options)
        opened.append(store)
        return store

    yield open_it
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store: Callable[..., Any]) -> Any:
    """A store of each kind, with default options."""
    return open_store()


@pytest.fixture
def directory_store(directory: Path) -> Iterator[Any]:
    """An empty directory store."""
    from session3.store.DirectorySessionStore import DirectorySessionStore

    with DirectorySessionStore(directory, create=True) as store:
        yield store
