# SPDX-License-Identifier: MIT
"""An outside Swift package, built once; the Python package of this repository beside it, also in
child processes."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from outside_package import OutsidePackage
from swift_worker import Worker

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("SESSION3_BUILD", ROOT / "build"))
PACKAGE = str(ROOT / "bindings" / "python")
os.environ.setdefault("SESSION3_LIBRARY", str(BUILD / "libsession3.so"))
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [PACKAGE, os.environ.get("PYTHONPATH")]))
SHARED = ("Tests/Faults", "Tests/Python", "scripts/lib")
sys.path[:0] = [PACKAGE, *(str(ROOT / folder) for folder in SHARED)]


@pytest.fixture(scope="session")
def outside() -> OutsidePackage:
    package = OutsidePackage(ROOT, BUILD / "swift-package")
    package.build()
    return package


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Where the sessions are; made by the first host that asks for it."""
    return tmp_path / "sessions"


@pytest.fixture
def swift(outside: OutsidePackage, directory: Path) -> Iterator[Worker]:
    """A Swift host with the directory open."""
    with Worker(outside.program("worker")) as worker:
        worker.do("open", path=str(directory), flag=True)
        yield worker
