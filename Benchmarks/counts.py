# SPDX-License-Identifier: MIT
"""What an operation costs on any machine: instructions and allocations.

They hardly differ from run to run, and so tell at once where a change made something dearer."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from contenders import CONTENDERS, OURS, PROGRAMS

FEW, MANY = 100, 1100
OPERATIONS = ("load", "resave", "unchanged", "request", "touch", "has")
# The function of Workers/c/batch.c that goes through a batch; compilers may add to its name.
BATCH = "run_plan*"
COLLECTED = re.compile(r"Collected : (\d+)")
ALLOCATED = re.compile(r"allocations (\d+)")


def instructions(operation: str) -> int | None:
    """Of one operation, outside the kernel; None without valgrind."""
    if shutil.which("valgrind") is None:
        return None
    # Neither the worker's start nor what it plans and holds before the clock would run.
    batches = ["--collect-atstart=no", f"--toggle-collect={BATCH}"]
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *batches]
    return difference(operation, command, {}, COLLECTED)


def allocations(operation: str) -> int:
    """How often one operation asks for memory."""
    return difference(operation, [], {"LD_PRELOAD": str(PROGRAMS / "allocations.so")}, ALLOCATED)


def difference(
    operation: str, before: Sequence[str], variables: dict[str, str], counted: re.Pattern[str]
) -> int:
    """What one more of an operation adds to a process' count."""
    few, many = (total(operation, count, before, variables, counted) for count in (FEW, MANY))
    return round((many - few) / (MANY - FEW))


def total(
    operation: str,
    count: int,
    before: Sequence[str],
    variables: dict[str, str],
    counted: re.Pattern[str],
) -> int:
    """A process' count, in which so many operations were done."""
    ours = CONTENDERS[OURS]
    with tempfile.TemporaryDirectory(dir="/dev/shm") as root:
        command = [*before, *ours.command(Path(root, "sessions"), "none", 0)]
        Path(root, "sessions").mkdir(mode=0o700)
        done = subprocess.run(
            command,
            env={**ours.environment(), **variables},
            input=f"fill 0 1\nrange 0 1\nrun {operation} {count} 1\n",
            capture_output=True,
            text=True,
            check=True,
        )
    found = counted.search(done.stderr)
    if found is None or int(found[1]) == 0 or '"error"' in done.stdout:
        raise RuntimeError(f"{operation}: {done.stdout[-300:]} {done.stderr[-300:]}")
    return int(found[1])
