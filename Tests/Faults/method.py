# SPDX-License-Identifier: MIT
"""A method of the proof: how its tests went, and their figures."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

# So many of the tests that could not run for one reason are named in the file.
NAMES = 3


@dataclass
class Method:
    """What became of the tests of one method."""

    title: str
    tests: list[str] = field(default_factory=list)
    """The names of those that were found, selected or not."""
    is_cut: bool = False
    """Whether only some files were asked for, or could be read, so that there may be more."""
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
    def not_run(self) -> dict[str, list[str]]:
        """The names of the tests that did not run, by the reason."""
        groups: dict[str, list[str]] = {}
        for test in self.tests:
            outcome = self.outcomes.get(test, "not selected, or not reached")
            if outcome not in ("passed", "failed"):
                groups.setdefault(outcome, []).append(test)
        return groups

    @property
    def is_whole(self) -> bool:
        """Whether every test came to an end, if only by a skip."""
        return len(self.outcomes) == len(self.tests) and not self.is_cut

    @property
    def status(self) -> str:
        """`failed` if one test did; `not run` if none ran; `in part` if some could not."""
        if self.failed:
            return "failed"
        if not self.passed:
            return "not run"
        return "in part" if self.not_run or self.is_cut else "passed"

    def as_json(self) -> dict[str, Any]:
        """What the file holds of it."""
        return {
            "title": self.title,
            "status": self.status,
            "passed": self.passed,
            "failed": self.failed,
            "not_run": [
                {"reason": reason, "tests": len(tests), "names": tests[:NAMES]}
                for reason, tests in self.not_run.items()
            ],
            "is_cut": self.is_cut,
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
