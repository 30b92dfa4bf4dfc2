# SPDX-License-Identifier: MIT
"""PHP, and the package of this repository, on the library that its build made."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from php import LIBRARY, PROGRAM, ROOT, Php

os.environ.setdefault("SESSION3_LIBRARY", LIBRARY)
# The package; the independent reader of the stored form; file systems of a test's own; the reader
# of pages.
sys.path.append(str(ROOT / "bindings" / "python"))
sys.path.append(str(ROOT / "Tests" / "Python"))
sys.path.append(str(ROOT / "Tests" / "Faults"))
sys.path.append(str(ROOT / "Tests" / "Docs"))

from session3.DictSession import DictSession
from session3.store.DirectorySessionStore import DirectorySessionStore


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Where the sessions are."""
    return tmp_path / "sessions"


@pytest.fixture
def php(directory: Path) -> Php:
    """Runs PHP programs on the directory."""
    if not PROGRAM:
        pytest.skip("php8.2 is missing: it is in Debian's php8.2-cli")
    return Php(directory)


@pytest.fixture
def store(directory: Path) -> Iterator[DirectorySessionStore]:
    """The directory as Python sees it."""
    with DirectorySessionStore(directory, create=True, session_class=DictSession) as store:
        yield store
