# SPDX-License-Identifier: MIT
"""What a run proved: for each method how it went, what could not run, and its figures.

A test belongs to the method of its module's mark, and hands in figures by pytest's own
`record_property`; numbers of one name are added up over the tests of a method.
"""

from __future__ import annotations

import dataclasses
import json
import os
import platform
import subprocess
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from places import ROOT

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
class Method:
    """What became of the tests of one method."""

    title: str
    passed: int = 0
    failed: int = 0
    not_run: list[str] = field(default_factory=list)
    seconds: float = 0.0
    figures: dict[str, int | float | str] = field(default_factory=dict)

    @property
    def status(self) -> str:
        """`failed` if one test did; `not run` if none ran; `in part` if some could not."""
        if self.failed:
            return "failed"
        if not self.passed:
            return "not run"
        return "in part" if self.not_run else "passed"

    def add_figure(self, name: str, value: object) -> None:
        """Adds a number up; of other values the last counts."""
        before = self.figures.get(name)
        if isinstance(value, int | float) and isinstance(before, int | float):
            self.figures[name] = before + value
        elif isinstance(value, int | float):
            self.figures[name] = value
        else:
            self.figures[name] = str(value)

    def told_figures(self) -> str:
        """`1,234 kills, 0 lost`"""
        return ", ".join(
            f"{value:,} {name}" if isinstance(value, int | float) else f"{name}: {value}"
            for name, value in self.figures.items()
        )


@dataclass
class Proof:
    """What a run proved."""

    scale: str
    methods: dict[str, Method] = field(default_factory=dict)

    def of(self, key: str) -> Method:
        """The method of a key."""
        return self.methods.setdefault(key, Method(METHODS[key]))

    def in_order(self) -> list[tuple[str, Method]]:
        """The methods that were met, in the order of METHODS."""
        return [(key, self.methods[key]) for key in METHODS if key in self.methods]

    def write(self, path: Path) -> None:
        """Writes the run as JSON; methods that were not run stay as the file has them."""
        before = json.loads(path.read_text())["methods"] if path.exists() else {}
        run = {
            "scale": self.scale,
            "date": datetime.now(UTC).date().isoformat(),
            "commit": _commit(),
            "kernel": platform.release(),
            "cores": os.cpu_count(),
        }
        now = {
            key: {"status": method.status, **dataclasses.asdict(method), "run": run}
            for key, method in self.in_order()
        }
        methods = {**before, **now}
        whole = {"methods": {key: methods[key] for key in METHODS if key in methods}}
        path.write_text(json.dumps(whole, indent=2) + "\n")


def _commit() -> str:
    """What was tested; empty outside a git work tree."""
    asked = subprocess.run(
        ["git", "-C", str(ROOT), "describe", "--always", "--dirty"],
        capture_output=True,
        text=True,
        check=False,
    )
    return asked.stdout.strip()
