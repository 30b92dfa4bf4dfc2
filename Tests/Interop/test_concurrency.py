# SPDX-License-Identifier: MIT
"""Four C and four Python processes on one session lose nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from session3.Session import Session
from session3.store.DirectorySessionStore import DirectorySessionStore

ROOT = Path(__file__).resolve().parents[2]
C_WORKER = [str(ROOT / "build" / "Tests" / "Interop" / "counter_worker")]
PYTHON_WORKER = [sys.executable, str(Path(__file__).with_name("counter_worker.py"))]
EACH = 1000


@pytest.mark.parametrize("way", ["increment", "save"])
def test_eight_processes_count_exactly(tmp_path: Path, way: str) -> None:
    with DirectorySessionStore(tmp_path / "sessions", create=True) as store:
        store.save_session(Session("shared"))
        arguments = [store.directory, "shared", "hits", str(EACH), way]
        workers = [
            subprocess.Popen([*command, *arguments], stderr=subprocess.PIPE, text=True)
            for command in [C_WORKER, PYTHON_WORKER] * 4
        ]
        for worker in workers:
            _, said = worker.communicate()
            assert worker.returncode == 0, said
        hits = store.load_session("shared").hits
        print(f"4 C and 4 Python processes by {way}: expected {8 * EACH}, counted {hits}")
        assert hits == 8 * EACH
