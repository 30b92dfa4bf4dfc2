# SPDX-License-Identifier: MIT
"""What a run proved: for each method how it went, what could not run, and its figures.

A test belongs to the method of its module's mark, and hands in figures by pytest's own
`record_property`; numbers of one name are added up over the tests of a method.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

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
    tests: int = 0
    """How many were found, selected or not."""
    is_cut: bool = False
    """Whether only some files or names were asked for, so that there may be more."""
    outcomes: dict[str, str] = field(default_factory=dict)
    """By a test's name: `passed`, `failed`, or why it did not run."""
    seconds: float = 0.0
    figures: dict[str, int | float | str] = field(default_factory=dict)

    def note(self, test: str, outcome: str) -> None:
        """Notes an outcome; a failure stays one, whatever comes after it."""
        if self.outcomes.get(test) != "failed":
            self.outcomes[test] = outcome

    @property
    def passed(self) -> int:
        """How many tests passed."""
        return sum(outcome == "passed" for outcome in self.outcomes.values())

    @property
    def failed(self) -> int:
        """How many tests failed."""
        return sum(outcome == "failed" for outcome in self.outcomes.values())

    @property
    def not_run(self) -> list[str]:
        """Which tests could not run, and why; and how many were not asked to, or not reached."""
        told = [
            f"{test}: {outcome}"
            for test, outcome in self.outcomes.items()
            if outcome not in ("passed", "failed")
        ]
        if missing := self.tests - len(self.outcomes):
            told.append(f"{missing} tests were not selected, or not reached")
        if self.is_cut:
            told.append("only some files or names of tests were asked for")
        return told

    @property
    def is_whole(self) -> bool:
        """Whether every test came to an end, if only by a skip."""
        return len(self.outcomes) == self.tests and not self.is_cut

    @property
    def status(self) -> str:
        """`failed` if one test did; `not run` if none ran; `in part` if some could not."""
        if self.failed:
            return "failed"
        if not self.passed:
            return "not run"
        return "in part" if self.not_run else "passed"

    def as_json(self) -> dict[str, Any]:
        """What the file holds of it."""
        return {
            "title": self.title,
            "status": self.status,
            "passed": self.passed,
            "failed": self.failed,
            "not_run": self.not_run,
            "seconds": round(self.seconds, 1),
            "figures": self.figures,
        }

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
        """The methods of which a test ran or was skipped, in the order of METHODS."""
        return [
            (key, self.methods[key])
            for key in METHODS
            if key in self.methods and self.methods[key].outcomes
        ]

    def write(self, path: Path) -> None:
        """Writes the run as JSON. A method stays as the file has it where this run had a mere part
        of its tests, and none failed."""
        before = json.loads(path.read_text())["methods"] if path.exists() else {}
        run = {
            "scale": self.scale,
            "date": datetime.now(UTC).date().isoformat(),
            "commit": _commit(),
            "kernel": platform.release(),
            "cores": os.cpu_count(),
        }
        now = {
            key: {**method.as_json(), "run": run}
            for key, method in self.in_order()
            if method.outcomes and (method.is_whole or method.failed or key not in before)
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
