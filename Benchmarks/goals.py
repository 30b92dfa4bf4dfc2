# SPDX-License-Identifier: MIT
"""How fast the library is meant to be: ratios, in cases of the suite."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from contenders import BARE, OURS, OURS_IN_PYTHON
from rows import Case, Results

PHP, SESSION3, CACHELIB, DJANGO = "PHP, files", "Session3", "cachelib, files", "Django, files"
SQLITE, REDIS = "SQLite, WAL", "Redis"


@dataclass(frozen=True)
class Goal:
    """That `name` takes at most `limit` times as long as `other`."""

    title: str
    part: str
    operation: str
    name: str
    other: str
    limit: float
    is_ahead: bool = False
    """Whether it is told the other way round: how many times as fast as the other."""
    processes: int = 1
    sessions: int | None = None

    @property
    def sides(self) -> tuple[str, str]:
        """What is divided by what."""
        return (self.other, self.name) if self.is_ahead else (self.name, self.other)

    @property
    def told(self) -> str:
        """`at most 1.25 of the bare calls`"""
        if self.is_ahead:
            return f"at least {self.limit:g} times as fast as {self.other}"
        return f"at most {self.limit:g} of {self.other}"

    def is_reached(self, measured: float) -> bool:
        """Whether a ratio of the sides is good enough."""
        return measured >= self.limit if self.is_ahead else measured <= self.limit

    def cases(self, results: Results) -> Iterator[Case]:
        """Where it can be looked at."""
        for case in results.cases():
            fits = case.part == self.part and case.operation == self.operation
            size = self.sessions is None or case.sessions == self.sessions
            if fits and size and case.padding == 0 and case.processes == self.processes:
                yield case


def against_peers(operation: str, name: str, peers: dict[str, float]) -> list[Goal]:
    """How many times as fast as each."""
    return [
        Goal(f"{operation}, {name}", "operations", operation, name, peer, limit, is_ahead=True)
        for peer, limit in peers.items()
    ]


def against_bare(limits: dict[str, float]) -> list[Goal]:
    """At most so many times the system calls alone."""
    return [
        Goal(f"{operation}, {OURS}", "operations", operation, OURS, BARE, limit)
        for operation, limit in limits.items()
    ]


ALL = "sweeps, 1 of 1 expired"
SOME = "sweeps, 1 of 100 expired"
GOALS = [
    *against_bare(
        {
            "load": 1.25,
            "resave": 1.25,
            "request": 1.25,
            "create": 1.2,
            "touch": 1.15,
            "has": 1.15,
            "delete": 1.15,
        }
    ),
    *against_peers("load", OURS, {PHP: 2, SESSION3: 5, SQLITE: 1}),
    *against_peers("resave", OURS, {PHP: 2.2, SESSION3: 6, CACHELIB: 14}),
    *against_peers("request", OURS, {PHP: 1.5, SESSION3: 6, DJANGO: 30, REDIS: 4}),
    *against_peers("create", OURS, {PHP: 1.2}),
    *against_peers("touch", OURS, {PHP: 5}),
    *against_peers("request", OURS_IN_PYTHON, {SESSION3: 4, CACHELIB: 8, DJANGO: 18}),
    *against_peers("load", OURS_IN_PYTHON, {SESSION3: 2.5, CACHELIB: 2.4}),
    Goal("load, Python", "operations", "load", OURS_IN_PYTHON, OURS, 2.5),
    Goal("resave, synced", "synced", "resave", OURS, BARE, 1.1),
    Goal("sweep of some", SOME, "sweep", OURS, BARE, 1.2),
    Goal("sweep of some", SOME, "sweep", OURS, PHP, 1, sessions=100_000),
    Goal("sweep of all", ALL, "sweep", OURS, BARE, 1.6),
    Goal("sweep of all", ALL, "sweep", OURS, PHP, 1),
    Goal("8 on one session", "processes", "request", OURS, BARE, 1.25, processes=8, sessions=1),
    Goal("8 on one session", "processes", "request", OURS, PHP, 2, True, 8, 1),
    *(
        Goal("a million sessions", "growth", operation, OURS, REDIS, 4, True, sessions=1_000_000)
        for operation in ("load", "request")
    ),
]
