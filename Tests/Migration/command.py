# SPDX-License-Identifier: MIT
"""Runs the migration, in this process or as the command that it is."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "session3.migrate"]
VISITS = ROOT / "build" / "examples" / "readme" / "readme_visits"


class Run(NamedTuple):
    """What the command answered."""

    status: int
    told: str
    """All that it printed and reported."""
    report: dict[str, Any]

    def count(self, outcome: str) -> int:
        """How many files came to an end of this kind."""
        return int(self.report["counts"][outcome])

    @property
    def counts(self) -> dict[str, int]:
        """The kinds of ends that there were."""
        return {kind: count for kind, count in self.report["counts"].items() if count}

    @property
    def causes(self) -> set[tuple[str, str]]:
        """Causes and places of all that was left."""
        return {(left["cause"], left["path"]) for left in self.report["left"]}

    @property
    def cause(self) -> tuple[str, str]:
        """Cause and place of the one file that was left."""
        (only,) = self.causes
        return only


def run_here(*arguments: str) -> Run:
    """Runs the command in this process; a report is read if it is asked for."""
    from session3.migrate._command import main

    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        status = main(list(arguments))
    told, report = out.getvalue(), {}
    if "--report" in arguments:
        path = Path(arguments[arguments.index("--report") + 1])
        if path.exists() and path.stat().st_size:
            told += path.read_text()
            report = json.loads(path.read_text())
    return Run(status, told, report)


def environment(**more: str) -> dict[str, str]:
    """The environment of a child process that finds the package."""
    paths = [str(ROOT / "bindings" / "python"), os.environ.get("PYTHONPATH")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths)), **more}


def start(*arguments: str, **more: Any) -> subprocess.Popen[str]:
    """Starts the command."""
    return subprocess.Popen(
        [*COMMAND, *arguments],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        **more,
    )


def visit_with_c(new: Path, session_id: str) -> list[str]:
    """Lets the README's C program use a session of the directory "sessions": its id, user and
    number of visits."""
    assert new.name == "sessions"
    done = subprocess.run(
        [str(VISITS)],
        cwd=new.parent,
        env={**os.environ, "SESSION": session_id},
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.split()
