# SPDX-License-Identifier: MIT
"""The results as Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from contenders import BARE, CONTENDERS, OURS
from goals import GOALS
from rows import PERCENTILES, Case, Results, Row
from runs import NOTE, version_fact
from updates import ONE, OWN, UPDATES, lost_fact


def markdown(results: Results) -> str:
    """All of a run."""
    parts = (head, goals, contenders, notes, growth, latencies, all_cases, facts)
    return "\n".join(line for part in parts for line in part(results)) + "\n"


def head(results: Results) -> Iterator[str]:
    """Where and when."""
    yield "<!-- Written by scripts/bench. -->"
    yield "# Benchmarks"
    yield ""
    yield "; ".join(f"{name} {value}" for name, value in results.machine.items()) + "."
    yield ""
    yield "Medians of the rounds, the fastest and the slowest in brackets; ratios are medians of"
    yield "the rounds' ratios. Benchmarks/README.md says what was done."
    yield ""


def goals(results: Results) -> Iterator[str]:
    """What we set out to reach, and what was measured."""
    yield "## Goals"
    yield ""
    yield "| | where | goal | measured | |"
    yield "|---|---|---|---|---|"
    for goal in GOALS:
        looks = list(goal.looks(results))
        for look in looks:
            reached = "reached" if look.is_reached else "not reached"
            yield f"| {goal.title} | {look.where} | {goal.told} | {look.measured} | {reached} |"
        if not looks:
            yield f"| {goal.title} | | {goal.told} | | not measured |"
    yield ""


def contenders(results: Results) -> Iterator[str]:
    """Who is safe from what."""
    yield "## Who was measured, and what is lost"
    yield ""
    yield f"What is lost of {UPDATES} updates of one session by 8 processes, with 1 ms from load to"
    yield "save, and of increments, where a store has them; nothing: it can't, or was not asked."
    yield ""
    yield "| | version | killed amid a save | one attribute | an attribute each | increments |"
    yield "|---|---|---|---|---|---|"
    for name in dict.fromkeys(row.contender for row in results.rows):
        if name in CONTENDERS:
            lost = (lost_everywhere(results, name, attribute) for attribute in (ONE, OWN, ""))
            version = results.facts.get(version_fact(name), "")
            yield f"| {name} | {version} | {CONTENDERS[name].killed} | {' | '.join(lost)} |"
    yield ""


def notes(results: Results) -> Iterator[str]:
    """What is not equal, as each worker says of itself."""
    told = {name: note for name, note in results.facts.items() if name.startswith(NOTE)}
    if told:
        yield "Not equal:"
        yield ""
        yield from (f"- {name.removeprefix(NOTE)}: {note}" for name, note in told.items())
        yield ""


def lost_everywhere(results: Results, name: str, attribute: str) -> str:
    """`350 (tmpfs), 349 (ext4)`"""
    found = {place: lost_fact(place, name, attribute) for place in results.places()}
    return ", ".join(
        f"{results.facts[fact]} ({place})" for place, fact in found.items() if fact in results.facts
    )


def growth(results: Results) -> Iterator[str]:
    """What the most sessions cost, by the fewest."""
    cases = [case for case in results.cases() if case.part == "growth"]
    if not cases:
        return
    sizes = sorted({case.sessions for case in cases})
    yield f"## {sizes[-1]:,} sessions, by {sizes[0]:,}"
    yield ""
    yield "| | | |"
    yield "|---|---|---|"
    for case in (case for case in cases if case.sessions == sizes[-1]):
        for name in dict.fromkeys(row.contender for row in results.rows if row.case == case):
            found = results.ratio(case, name, name, replace(case, sessions=sizes[0]))
            if found is not None:
                yield f"| {case.operation}, {case.place} | {name} | {found} |"
    yield ""


def latencies(results: Results) -> Iterator[str]:
    """Single operations."""
    if not results.latencies:
        return
    shown = [PERCENTILES.index(percent) for percent in (50, 90, 99, 99.9, 100)]
    yield "## Single operations"
    yield ""
    yield "| µs | half are faster | 90 % | 99 % | 99.9 % | the slowest |"
    yield "|---|---|---|---|---|---|"
    for name, told in results.latencies.items():
        yield f"| {name} | {' | '.join(f'{told[index] / 1000:.2f}' for index in shown)} |"
    yield ""


def all_cases(results: Results) -> Iterator[str]:
    """A table for each part and place, of all operations there."""
    tables: dict[tuple[str, str], list[Case]] = {}
    for case in results.cases():
        tables.setdefault((case.part, case.where()), []).append(case)
    for (part, where), cases in tables.items():
        yield f"## {part.capitalize()}: {where}"
        yield ""
        yield "| | | µs | of the bare calls | of libsession3, C |"
        yield "|---|---|---|---|---|"
        for case in cases:
            yield from one_case(results, case)
        yield ""


def one_case(results: Results, case: Case) -> Iterator[str]:
    """The contenders of a case, the fastest first."""
    rows = [row for row in results.rows if row.case == case]
    for number, row in enumerate(sorted(rows, key=lambda row: row.median)):
        ratios = (results.ratio(case, row.contender, other) for other in (BARE, OURS))
        told = (str(found) if found else "" for found in ratios)
        operation = "" if number else case.operation
        yield f"| {operation} | {row.contender} | {microseconds(row)} | {' | '.join(told)} |"


def microseconds(row: Row) -> str:
    """The median, and the fastest and the slowest round."""
    low, high = min(row.rounds), max(row.rounds)
    return f"{row.median / 1000:.2f} ({low / 1000:.2f} to {high / 1000:.2f})"


def facts(results: Results) -> Iterator[str]:
    """What is no time, and what could not run."""
    if results.facts:
        yield "## Sizes and counts"
        yield ""
        yield "| | |"
        yield "|---|---|"
        for name, value in results.facts.items():
            if not name.startswith(NOTE):
                yield f"| {name} | {value} |"
        yield ""
    if results.left_out:
        yield "## Not measured"
        yield ""
        yield from (f"- {told}" for told in results.left_out)
