# SPDX-License-Identifier: MIT
"""What was measured: rows of rounds, and ratios of what ran side by side."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Case:
    """What was done, and where; contenders meet in equal ones."""

    part: str
    operation: str
    place: str = "tmpfs"
    sync: str = "none"
    padding: int = 0
    """Bytes that make the session larger than that of the workload."""
    sessions: int = 1000
    processes: int = 1
    threads: int = 1

    def told(self) -> str:
        """`resave, ext4, sync data, 8 processes`"""
        return f"{self.operation}, {self.where()}"

    def where(self) -> str:
        """`ext4, sync data, 8 processes`"""
        usual = Case(self.part, self.operation, self.place)
        words = [self.place]
        if self.sync != usual.sync:
            words.append(f"sync {self.sync}")
        if self.padding != usual.padding:
            words.append(f"{self.padding:,} bytes more")
        if self.sessions != usual.sessions:
            words.append(f"{self.sessions:,} session{'s' if self.sessions > 1 else ''}")
        if self.processes != usual.processes:
            words.append(f"{self.processes} processes")
        if self.threads != usual.threads:
            words.append(f"{self.threads} threads")
        return ", ".join(words)


@dataclass(frozen=True)
class Row:
    """One contender in one case: nanoseconds an operation, a number for each round."""

    case: Case
    contender: str
    rounds: tuple[float, ...]

    @property
    def median(self) -> float:
        """In nanoseconds."""
        return statistics.median(self.rounds)

    def as_json(self) -> dict[str, Any]:
        """As build/bench.json has it."""
        return {**asdict(self.case), "contender": self.contender, "ns": self.rounds}


PERCENTILES = (*map(float, range(1, 100)), 99.9, 100.0)
"""What is told of single operations."""


def percentiles(samples: Sequence[float]) -> list[float]:
    """The smallest of the samples that so many of a hundred are at most."""
    ranked = sorted(samples)
    last = len(ranked) - 1
    return [ranked[min(last, int(len(ranked) * percent / 100))] for percent in PERCENTILES]


@dataclass(frozen=True)
class Ratio:
    """How many times as long one takes as another, by the rounds that they did side by side."""

    median: float
    low: float
    high: float
    noise: float
    """How far the median may be off, as a part of it: its standard error, by the spread of the
    middle half of the rounds."""

    def __str__(self) -> str:
        return f"{self.median:.2f} ({self.low:.2f} to {self.high:.2f})"


def ratio(row: Row, other: Row) -> Ratio:
    """`row` as a multiple of `other`."""
    pairs = [mine / theirs for mine, theirs in zip(row.rounds, other.rounds, strict=True)]
    low, _, high = statistics.quantiles(pairs, n=4) if len(pairs) > 1 else (pairs[0],) * 3
    # Of a normal distribution the quartiles are 1.349 deviations apart, and the standard error of a
    # median is 1.2533 deviations by the root of the number.
    error = 1.2533 * (high - low) / 1.349 / len(pairs) ** 0.5
    median = statistics.median(pairs)
    return Ratio(median, min(pairs), max(pairs), error / median)


@dataclass
class Results:
    """All rows of a run, and what is said of it."""

    machine: dict[str, Any] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    """What is no time: sizes, counts, memory."""
    latencies: dict[str, list[float]] = field(default_factory=dict)
    """Of single operations, in nanoseconds: `tmpfs, load, PHP, files` at each of PERCENTILES."""
    left_out: list[str] = field(default_factory=list)

    def find(self, case: Case, contender: str) -> Row | None:
        """A contender's row."""
        return next((r for r in self.rows if r.case == case and r.contender == contender), None)

    def places(self) -> Iterable[str]:
        """Each once."""
        return dict.fromkeys(row.case.place for row in self.rows)

    def cases(self) -> Iterable[Case]:
        """Each once, in the order of the run."""
        return dict.fromkeys(row.case for row in self.rows)

    def ratio(
        self, case: Case, contender: str, other: str, other_case: Case | None = None
    ) -> Ratio | None:
        """One contender as a multiple of another, or of itself in another case that ran beside;
        None where one has no row."""
        mine, theirs = self.find(case, contender), self.find(other_case or case, other)
        return ratio(mine, theirs) if mine and theirs else None

    def as_json(self) -> dict[str, Any]:
        """What build/bench.json holds."""
        return {
            "machine": self.machine,
            "facts": self.facts,
            "latencies": self.latencies,
            "left out": self.left_out,
            "rows": [row.as_json() for row in self.rows],
        }

    @staticmethod
    def of_json(data: dict[str, Any]) -> Results:
        """The other way round."""
        names = Case.__dataclass_fields__
        rows = [
            Row(
                Case(**{name: row[name] for name in names}),
                row["contender"],
                tuple(row["ns"]),
            )
            for row in data["rows"]
        ]
        return Results(data["machine"], rows, data["facts"], data["latencies"], data["left out"])
