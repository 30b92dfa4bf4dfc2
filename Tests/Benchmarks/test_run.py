# SPDX-License-Identifier: MIT
"""A short run of the library beside the bare calls, as scripts/bench does it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from contenders import BARE, CONTENDERS, OURS, OURS_IN_PYTHON, ROOT
from parts import OPERATIONS, PADDINGS

RUN = ROOT / "Benchmarks" / "run.py"


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """As scripts/bench calls it."""
    return subprocess.run(
        [sys.executable, str(RUN), *words], capture_output=True, text=True, check=False
    )


def test_a_run_tells_each_operation_of_each_contender(tmp_path: Path) -> None:
    names = (BARE, OURS, OURS_IN_PYTHON)
    output = tmp_path / "bench.json"
    words = ["--places", "tmpfs", "--rounds", "1", "--parts", "operations,processes,threads"]
    done = run(*words, "--only", ";".join(names), "--output", str(output))
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(output.read_text())
    assert not [left for left in told["left out"] if "libsession3" in left]
    alone = [row for row in told["rows"] if row["part"] == "operations"]
    assert len(alone) == len(names) * len(OPERATIONS) * len(PADDINGS)
    assert all(min(row["ns"]) > 0 for row in told["rows"])
    assert {row["contender"] for row in told["rows"] if row["part"] == "processes"} == {*names}
    assert output.with_suffix(".md").read_text().startswith("<!-- Written by scripts/bench. -->")


def test_both_languages_work_on_the_same_sessions(tmp_path: Path) -> None:
    directory = tmp_path / "sessions"
    with CONTENDERS[OURS].started(directory, "none", 0) as (worker,):
        worker.ask("fill", 0, 20)
    python = CONTENDERS[OURS_IN_PYTHON]
    command = python.command(directory, "none", 0)
    asked = "range 0 20\nrun request 50 1\nrun load 50 2\n"
    done = subprocess.run(
        command, env=python.environment(), input=asked, capture_output=True, text=True, check=True
    )
    assert "error" not in done.stdout, done.stdout


@pytest.mark.parametrize("padding", PADDINGS)
def test_the_bare_calls_move_as_many_bytes(tmp_path: Path, padding: int) -> None:
    sizes = []
    for name in (OURS, BARE):
        directory = tmp_path / CONTENDERS[name].program
        with CONTENDERS[name].started(directory, "none", padding) as (worker,):
            worker.ask("fill", 0, 3)
        files = [path for path in directory.iterdir() if not path.name.startswith(".")]
        sizes.append(sorted(path.stat().st_size for path in files))
    assert sizes[0] == sizes[1]
    assert len(sizes[0]) == 3


def test_an_unknown_part_is_refused() -> None:
    done = run("--parts", "nothing")
    assert done.returncode == 2
    assert "'nothing' is none of" in done.stderr
