# SPDX-License-Identifier: MIT
"""What a goal may be: a ratio of what ran side by side, or a limit of a fact."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from rows import Case, Results


@dataclass(frozen=True)
class Look:
    """What was measured of a goal, somewhere."""

    where: str
    measured: str
    is_reached: bool


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
    other_operation: str = ""
    """What the other does, if not the same."""
    other_sessions: int | None = None
    place: str = ""
    """The only file system that it is about."""

    @property
    def told(self) -> str:
        """`at most 1.25 of the bare calls`"""
        words = [self.other]
        if self.other_operation:
            words.append(f"that {self.other_operation}")
        if self.other_sessions:
            words.append(f"with {self.other_sessions:,} sessions")
        other = " ".join(words)
        if self.is_ahead:
            return f"at least {self.limit:g} times as fast as {other}"
        return f"at most {self.limit:g} of {other}"

    def looks(self, results: Results) -> Iterator[Look]:
        """What was measured of it."""
        for case in self.cases(results):
            other_case = replace(
                case,
                operation=self.other_operation or case.operation,
                sessions=self.other_sessions or case.sessions,
            )
            if self.is_ahead:
                found = results.ratio(other_case, self.other, self.name, case)
            else:
                found = results.ratio(case, self.name, self.other, other_case)
            if found is not None:
                value = found.median
                is_reached = value >= self.limit if self.is_ahead else value <= self.limit
                yield Look(case.told(), str(found), is_reached)

    def cases(self, results: Results) -> Iterator[Case]:
        """Where it can be looked at."""
        for case in results.cases():
            fits = case.part == self.part and case.operation == self.operation
            size = self.sessions is None or case.sessions == self.sessions
            place = self.place in ("", case.place)
            alone = case.padding == 0 and case.processes == self.processes
            if fits and size and place and alone:
                yield case


@dataclass(frozen=True)
class Limit:
    """That a fact is at most so much, or at most so many times another fact."""

    title: str
    fact: str
    """With `{place}` for a file system's name, if it has one."""
    limit: float
    unit: str
    other: str = ""

    @property
    def told(self) -> str:
        """`at most 1 ms`"""
        return f"at most {self.limit:g} {self.unit}"

    def looks(self, results: Results) -> Iterator[Look]:
        """What was measured of it."""
        for place in results.places() if "{place}" in self.fact else [""]:
            value = results.facts.get(self.fact.format(place=place))
            other = results.facts.get(self.other.format(place=place)) if self.other else 1
            if value is not None and other:
                measured = value / other
                yield Look(place, f"{measured:.4g}", measured <= self.limit)
