# SPDX-License-Identifier: MIT
"""What a run proved: for each method how it went, what could not run, and its figures.

A test belongs to the method of its module's mark, and hands in figures by pytest's own
`record_property`.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from method import Method
from places import ROOT

# The fixture `record_property`, by which a test hands in a figure.
RecordProperty = Callable[[str, object], None]

# What the methods of the proof are called, in their order.
METHODS = {
    "syscalls": "System call faults",
    "kills": "Killed processes",
    "power": "Power cuts",
    "torn": "Torn sectors",
    "full": "Full disk and inodes",
    "limits": "Limits and permissions",
    "corrupt": "Corrupt bytes",
    "fuzz": "Fuzzing",
    "clocks": "Clocks",
    "forks": "Forks and threads",
    "linear": "Linearizability",
    "sanitizers": "Sanitizers",
    "soak": "Soak",
    "mutants": "Mutants",
    "security": "Security",
    "peers": "Peers",
}


@dataclass
class Proof:
    """What a run proved."""

    scale: str
    methods: dict[str, Method] = field(default_factory=dict)
    is_selected: bool = False
    """Whether only some files or names were asked for."""
    unread: dict[str, str] = field(default_factory=dict)
    """Why a file's tests were not found, by its name."""

    def of(self, key: str) -> Method:
        """The method of a key."""
        return self.methods.setdefault(key, Method(METHODS[key]))

    def in_order(self) -> list[tuple[str, Method]]:
        """The methods of which a test ran or was skipped, in the order of METHODS."""
        return [
            (key, self.methods[key])
            for key in METHODS
            if key in self.methods and self.methods[key].outcomes
        ]

    def told_not_run(self) -> list[str]:
        """`17 tests of Power cuts, Torn sectors: no loop device`"""
        numbers: Counter[str] = Counter()
        titles: defaultdict[str, list[str]] = defaultdict(list)
        for _, method in self.in_order():
            for reason, names in method.not_run.items():
                numbers[reason] += len(names)
                titles[reason].append(method.title)
        told = []
        for reason, number in numbers.most_common():
            tests = "1 test" if number == 1 else f"{number} tests"
            told.append(f"{tests} of {', '.join(titles[reason])}: {reason}")
        told += [f"all of {name}: {reason}" for name, reason in self.unread.items()]
        if self.is_selected:
            told.append("what else there is: only some files or names of tests were asked for")
        return told

    def write(self, path: Path) -> list[str]:
        """Writes the run as JSON. A method stays as the file has it where this run had a mere part
        of its tests, and none failed; answers the titles of those."""
        before = json.loads(path.read_text())["methods"] if path.exists() else {}
        run = run_of(self.scale)
        now = {
            key: {**method.as_json(), "run": run}
            for key, method in self.in_order()
            if method.is_whole or method.failed or key not in before
        }
        methods = {**before, **now}
        whole = {"methods": {key: methods[key] for key in METHODS if key in methods}}
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(whole, indent=2) + "\n")
        return [method.title for key, method in self.in_order() if key not in now]


def run_of(scale: str) -> dict[str, Any]:
    """What a file says of the run that wrote it."""
    return {
        "scale": scale,
        "date": datetime.now(UTC).date().isoformat(),
        "commit": _commit(),
        "kernel": platform.release(),
        "cores": os.cpu_count(),
    }


def _commit() -> str:
    """What was tested; empty outside a git work tree."""
    asked = subprocess.run(
        ["git", "-C", str(ROOT), "describe", "--always", "--dirty"],
        capture_output=True,
        text=True,
        check=False,
    )
    return asked.stdout.strip()
