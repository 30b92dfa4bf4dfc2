# SPDX-License-Identifier: MIT
"""Whether the library got slower than what was recorded: scripts/bench --quick.

Times are compared as ratios to the bare system calls, which run beside, twice: how far the two
differ is the run's noise. Instructions and allocations hardly differ from run to run.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from contenders import BARE, CONTENDERS, OURS, OURS_IN_PYTHON
from counts import OPERATIONS as COUNTED
from counts import allocations, instructions
from parts import OPERATIONS
from places import Place
from rows import Case, Results, ratio
from runs import Run

RECORDED = Path(__file__).with_name("recorded.json")
AGAIN = "bare calls, again"
ROUNDS = 25
# Compilers and C libraries of one version after another differ by so much.
INSTRUCTIONS_SPARE = 0.05
# A median is within so many of its standard errors; and machines differ in what the kernel costs
# beside what a processor computes. Instructions tell of less.
ERRORS, MACHINES = 4, 0.35


@dataclass(frozen=True)
class Figure:
    """What was measured, and how much more of it would be no loss but noise."""

    value: float
    noise: float = 0.0

    def is_worse_than(self, recorded: float) -> bool:
        """Whether it is more than noise can be."""
        return self.value > recorded * (1 + self.noise)


def measured(place: Place) -> dict[str, Figure]:
    """The ratios of one place."""
    results = Results()
    CONTENDERS.setdefault(AGAIN, replace(CONTENDERS[BARE], name=AGAIN))
    run = Run(place, ROUNDS, results, (BARE, AGAIN, OURS, OURS_IN_PYTHON))
    cases = [Case("operations", name, place.name) for name in OPERATIONS]
    with run.groups("none") as groups:
        run.measure(cases, groups)
    return dict(figure for case in cases for figure in figures_of(results, case))


def figures_of(results: Results, case: Case) -> list[tuple[str, Figure]]:
    """Ours as a multiple of the bare calls, with the noise of both."""
    rows = {name: results.find(case, name) for name in (BARE, AGAIN, OURS, OURS_IN_PYTHON)}
    bare, again = rows[BARE], rows[AGAIN]
    assert bare is not None
    assert again is not None
    same = ratio(again, bare)
    found = []
    for name in (OURS, OURS_IN_PYTHON):
        row = rows[name]
        assert row is not None, f"{name} can't {case.operation}"
        ours = ratio(row, bare)
        noise = MACHINES + ERRORS * max(ours.noise, same.noise) + abs(same.median - 1)
        found.append((f"{name}, {case.told()}, of the bare calls", Figure(ours.median, noise)))
    return found


def counted() -> dict[str, Figure]:
    """What is counted in place of timed."""
    found: dict[str, Figure] = {}
    for operation in COUNTED:
        found[f"{operation}, allocations"] = Figure(allocations(operation))
        number = instructions(operation)
        if number is not None:
            found[f"{operation}, instructions"] = Figure(number, INSTRUCTIONS_SPARE)
    return found


def recorded() -> dict[str, float]:
    """What is the measure."""
    if not RECORDED.exists():
        raise SystemExit("nothing was recorded yet: scripts/bench --record on a quiet machine")
    known: dict[str, float] = json.loads(RECORDED.read_text())
    return known


def record(figures: dict[str, Figure]) -> None:
    """Makes a run the measure."""
    told: dict[str, Any] = {name: round(figure.value, 3) for name, figure in figures.items()}
    RECORDED.write_text(json.dumps(told, indent=2) + "\n")


def compared(figures: dict[str, Figure]) -> tuple[list[tuple[str, ...]], list[str]]:
    """Rows of a table, and what got worse; what was never recorded is said to be new."""
    known = recorded()
    rows: list[tuple[str, ...]] = []
    worse = []
    for name, figure in figures.items():
        before = known.get(name)
        if before is None:
            verdict = "new"
        elif figure.is_worse_than(before):
            verdict = "worse"
            worse.append(name)
        else:
            verdict = "as before"
        told = "" if before is None else f"{before:g}"
        rows.append((name, f"{figure.value:.4g}", told, f"{figure.noise:.0%}", verdict))
    for name in sorted(known.keys() - figures.keys()):
        rows.append((name, "", f"{known[name]:g}", "", "not run"))
    return rows, worse
