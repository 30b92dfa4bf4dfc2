# SPDX-License-Identifier: MIT
"""The results as Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from contenders import BARE, OURS
from goals import GOALS
from rows import Case, Results, Row


def markdown(results: Results) -> str:
    """All of a run."""
    return "\n".join([*head(results), *goals(results), *all_cases(results), *facts(results)]) + "\n"


def head(results: Results) -> Iterator[str]:
    """Where and when."""
    yield "<!-- Written by scripts/bench. -->"
    yield "# Benchmarks"
    yield ""
    yield ", ".join(f"{name} {value}" for name, value in results.machine.items()) + "."
    yield "Medians of the rounds, the fastest and the slowest in brackets; ratios are medians of"
    yield "the rounds' ratios."
    yield ""


def goals(results: Results) -> Iterator[str]:
    """What we set out to reach, and what was measured."""
    yield "## Goals"
    yield ""
    yield "| | where | goal | measured | |"
    yield "|---|---|---|---|---|"
    for goal in GOALS:
        for case in goal.cases(results):
            found = results.ratio(case, *goal.sides)
            if found is not None:
                reached = "reached" if goal.is_reached(found.median) else "not reached"
                yield f"| {goal.title} | {case.told()} | {goal.told} | {found} | {reached} |"
    yield ""


def all_cases(results: Results) -> Iterator[str]:
    """Each part, each case, each contender."""
    part = ""
    for case in results.cases():
        if case.part != part:
            part = case.part
            yield f"## {part.capitalize()}"
            yield ""
        yield from one_case(results, case)


def one_case(results: Results, case: Case) -> Iterator[str]:
    """The contenders of a case, the fastest first."""
    yield f"### {case.told().capitalize()}"
    yield ""
    yield "| | µs | of the bare calls | of libsession3, C |"
    yield "|---|---|---|---|"
    rows = [row for row in results.rows if row.case == case]
    for row in sorted(rows, key=lambda row: row.median):
        ratios = (results.ratio(case, row.contender, other) for other in (BARE, OURS))
        told = (str(found) if found else "" for found in ratios)
        yield f"| {row.contender} | {microseconds(row)} | {' | '.join(told)} |"
    yield ""


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
            yield f"| {name} | {value} |"
        yield ""
    if results.left_out:
        yield "## Not measured"
        yield ""
        yield from (f"- {told}" for told in results.left_out)
