# SPDX-License-Identifier: MIT
"""What it costs a host to have the library: bytes, the time until the first session is loaded, and
memory; against builds of the same sources in normal Swift."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

from contenders import CONTENDERS, LIBRARY, OURS, PROGRAMS
from measuring import SEED, shuffled
from normal_swift import NotBuilt, builds
from rows import Case, Row
from runs import Run
from slots import id_of

FEWEST_STARTS = 21
PROGRAM = PROGRAMS / "startup"
OPERATION = "dlopen and first load"


def startup(run: Run) -> None:
    """Fresh processes, each of which loads a library and with it one session."""
    if not PROGRAM.exists():
        run.leave_out("startup", f"{PROGRAM.name} was not built")
        return
    libraries = libraries_of(run)
    started: dict[str, list[dict[str, Any]]] = {name: [] for name in libraries}
    directory = run.place.directory()
    try:
        with CONTENDERS[OURS].started(directory, "none", 0) as workers:
            workers[0].ask("fill", 0, 1)
        orders = Random(SEED)
        # The first of each is for the page cache.
        for number in range(-1, max(FEWEST_STARTS, run.rounds)):
            for name in shuffled(list(libraries), orders):
                told = start(libraries[name], directory)
                if number >= 0:
                    started[name].append(told)
    finally:
        run.place.remove(directory)
    case = Case("start-up", OPERATION, run.place.name, sessions=1)
    for name, starts in started.items():
        run.results.rows.append(Row(case, name, tuple(each["ns"] for each in starts)))
        run.results.facts |= facts_of(name, libraries[name], run.place.name, starts)


def libraries_of(run: Run) -> dict[str, Path]:
    """The library, and those builds of it in normal Swift that can be made here."""
    libraries = {OURS: LIBRARY}
    for name, build in builds(PROGRAMS / "normal-swift"):
        try:
            libraries[name] = build()
        except NotBuilt as reason:
            run.leave_out(name, reason)
    return libraries


def start(library: Path, directory: Path) -> dict[str, Any]:
    """What one process tells."""
    command = [str(PROGRAM), str(library), str(directory), id_of(0)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{PROGRAM.name} {library}: {done.stderr.strip()[-300:]}")
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def facts_of(
    name: str, library: Path, place: str, starts: list[dict[str, Any]]
) -> Mapping[str, float]:
    """Sizes, and medians of what the processes told."""
    others = [path for path in starts[0]["libraries"] if not os.path.samefile(path, library)]
    return {
        f"bytes of the library, stripped, {name}": stripped_size(library),
        f"bytes of the libraries it brings along, {name}": sum(map(os.path.getsize, others)),
        f"libraries it brings along, {name}": len(others),
        startup_fact("ms", place, name): median(each["ns"] for each in starts) / 1e6,
        startup_fact("KiB resident", place, name): median(each["resident"] for each in starts),
        startup_fact("KiB private", place, name): median(each["private"] for each in starts),
    }


def startup_fact(unit: str, place: str, name: str) -> str:
    """What a median is called."""
    return f"{unit} that {OPERATION} add, {place}, {name}"


def stripped_size(library: Path) -> int:
    """Without the symbols that a debugger wants."""
    with tempfile.NamedTemporaryFile() as file:
        subprocess.run(["objcopy", "--strip-unneeded", str(library), file.name], check=True)
        return os.path.getsize(file.name)
