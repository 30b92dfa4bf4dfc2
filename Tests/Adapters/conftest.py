# SPDX-License-Identifier: MIT
"""The package of this repository, on the library of its build, and a site of each framework."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from django_sessions import Clock

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "bindings" / "python"
sys.path[:0] = [str(ROOT / "Tests" / part) for part in ("Python", "Interop", "Faults")]
# The reader of pages, behind all that stands here.
sys.path.append(str(ROOT / "Tests" / "Docs"))
sys.path[:0] = [str(PACKAGE), str(ROOT / "Tests" / "Adapters" / "Django")]
os.environ.setdefault("SESSION3_LIBRARY", str(ROOT / "build" / "libsession3.so"))
# For child processes, too.
os.environ["PYTHONPATH"] = os.pathsep.join(
    part for part in (str(PACKAGE), os.environ.get("PYTHONPATH")) if part
)

Visit = Callable[..., Any]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Where a store may be made."""
    return tmp_path / "sessions"


@pytest.fixture
def store(directory: Path) -> Iterator[Any]:
    """An empty store of sessions as pages have them."""
    from session3.store.DirectorySessionStore import DirectorySessionStore
    from session3.web import WebSession

    with DirectorySessionStore(directory, create=True, session_class=WebSession) as store:
        yield store


@pytest.fixture
def shared(directory: Path) -> Iterator[Any]:
    """A store of another host, where a session was begun some time before it was last used."""
    from session3.DictSession import DictSession
    from session3.store.DirectorySessionStore import DirectorySessionStore

    clock = [time.time() - 300]
    with DirectorySessionStore(
        directory, create=True, session_class=DictSession, clock=lambda: clock[0]
    ) as store:
        begun = DictSession()
        begun.user = "7"
        begun["x"] = 1
        store.create_session(begun)
        clock[0] += 100
        store.touch(begun.id)
        clock[0] = time.time()
        yield store


@pytest.fixture(params=["wsgi", "starlette", "flask"])
def framework(request: pytest.FixtureRequest) -> str:
    """The name of each framework."""
    return str(request.param)


@pytest.fixture
def open_site(framework: str, store: Any) -> Visit:
    """Makes the framework's site, with limits as of ManagerPolicy; answers what opens a browser."""
    from clients import BROWSERS
    from sites import SITES

    def open_it(**limits: Any) -> Visit:
        site = SITES[framework](limits.pop("store", store), **limits)
        return lambda cookie=None: BROWSERS[framework](site, cookie)

    return open_it


@pytest.fixture
def browser(open_site: Visit) -> Visit:
    """Opens a browser of the framework's site."""
    opened: Visit = open_site()
    return opened


@pytest.fixture
def django_directory(directory: Path) -> Iterator[Path]:
    """SESSION3_DIRECTORY of this process' Django, whose database has no users."""
    from django_project import clean_database, use_directory

    clean_database()
    with use_directory(directory):
        yield directory


@pytest.fixture
def clock(directory: Path) -> Iterator[Clock]:
    """The clock of this process' Django, which keeps its sessions in the directory."""
    from django_project import use_directory
    from django_sessions import Clock

    clock = Clock()
    with use_directory(directory, clock=clock):
        yield clock
