# SPDX-License-Identifier: MIT
"""What each system call of a session costs, by itself."""

from __future__ import annotations

import json
import subprocess
from collections import defaultdict

from contenders import PROGRAMS
from rows import Case, Row
from runs import Run

PROGRAM = PROGRAMS / "calls"
KERNEL = "the kernel"


def calls(run: Run) -> None:
    """Each round in a directory of its own."""
    if not PROGRAM.exists():
        run.leave_out("system calls", f"{PROGRAM.name} was not built")
        return
    times: dict[str, list[float]] = defaultdict(list)
    for _ in range(run.rounds):
        directory = run.place.directory()
        directory.mkdir()
        try:
            done = subprocess.run([PROGRAM, directory], capture_output=True, text=True, check=True)
        finally:
            run.place.remove(directory)
        for name, taken in json.loads(done.stdout).items():
            times[name].append(taken)
    for name, taken in times.items():
        case = Case("system calls", name, run.place.name, sessions=1)
        run.results.rows.append(Row(case, KERNEL, tuple(taken)))
