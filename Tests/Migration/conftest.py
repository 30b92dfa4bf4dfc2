# SPDX-License-Identifier: MIT
"""The command of this repository's package, on the library that its build made."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "bindings" / "python"
os.environ.setdefault("SESSION3_LIBRARY", str(ROOT / "build" / "libsession3.so"))
sys.path[:0] = [str(PACKAGE), str(ROOT / "Tests" / "Python")]
# The reader of pages, behind all that stands here.
sys.path.append(str(ROOT / "Tests" / "Docs"))

from command import Run, run_here  # noqa: E402
from hypothesis import settings  # noqa: E402

settings.register_profile("session3", deadline=None, print_blob=True)
settings.load_profile("session3")


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """An empty directory for old sessions."""
    path = tmp_path / "old"
    path.mkdir()
    return path


@pytest.fixture
def new(tmp_path: Path) -> Path:
    """Where the new ones go; it is not there yet."""
    return tmp_path / "sessions"


@pytest.fixture
def migrate(old: Path, new: Path, tmp_path: Path) -> Callable[..., Run]:
    """Runs the command on the two, with further arguments; no id of old files may be told."""

    def run(*arguments: str) -> Run:
        names = os.listdir(old)
        (tmp_path / "report").unlink(missing_ok=True)
        done = run_here(str(old), str(new), "--report", str(tmp_path / "report"), *arguments)
        for name in names:
            assert len(name) < 8 or name not in done.told, "the report tells an id"
        return done

    return run


@pytest.fixture
def load(new: Path) -> Callable[..., Any]:
    """Loads a session from the new directory."""
    from session3.store.DirectorySessionStore import DirectorySessionStore

    def of(session_id: str, **options: Any) -> Any:
        with DirectorySessionStore(new, **options) as store:
            return store.load_session(session_id, strict=True)

    return of
