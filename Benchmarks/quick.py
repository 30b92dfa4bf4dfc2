# SPDX-License-Identifier: MIT
"""Whether the library got slower than what was recorded: scripts/bench --quick.

Times are compared as ratios to the bare system calls, which run beside, twice: how far the two
differ is the run's noise. Instructions and allocations hardly differ from run to run.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from contenders import BARE, CONTENDERS, OURS, OURS_IN_PYTHON
from counts import OPERATIONS as COUNTED
from counts import allocations, instructions
from machines import machine_name
from parts import OPERATIONS
from places import Place
from rows import Case, Results
from runs import Run

RECORDED = Path(__file__).with_name("recorded.json")
AGAIN = "bare calls, again"
ROUNDS = 25
# Compilers and C libraries of one version after another differ by so much.
INSTRUCTIONS_SPARE = 0.05
# A median is within so many of its standard errors.
ERRORS = 4
# Beyond what a run can see of its own noise: by so much did figures of one machine differ, recorded
# three times within a day; and machines differ in what the kernel costs beside what a processor
# computes. Instructions, and the tests' counts of system calls, tell of less.
RUNS, MACHINES = 0.2, 0.35


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
    if results.left_out:
        raise SystemExit("not measured: " + "; ".join(results.left_out))
    spare = RUNS if recorded().machine == machine_name() else MACHINES
    return dict(figure for case in cases for figure in figures_of(results, case, spare))


def figures_of(results: Results, case: Case, spare: float) -> Iterator[tuple[str, Figure]]:
    """Ours as a multiple of the bare calls, with the noise of both, and what is spared beyond."""
    again = results.ratio(case, AGAIN, BARE)
    for name in (OURS, OURS_IN_PYTHON):
        ours = results.ratio(case, name, BARE)
        if ours is None or again is None:
            raise SystemExit(f"not measured: {name}, {case.told()}")
        noise = spare + ERRORS * max(ours.noise, again.noise) + abs(again.median - 1)
        yield f"{name}, {case.told()}, of the bare calls", Figure(ours.median, noise)


def counted() -> dict[str, Figure]:
    """What is counted in place of timed."""
    found: dict[str, Figure] = {}
    for operation in COUNTED:
        found[f"{operation}, allocations"] = Figure(allocations(operation))
        number = instructions(operation)
        if number is not None:
            found[f"{operation}, instructions"] = Figure(number, INSTRUCTIONS_SPARE)
    return found


@dataclass(frozen=True)
class Record:
    """What is the measure."""

    machine: str = ""
    figures: Mapping[str, float] = field(default_factory=dict)


def recorded() -> Record:
    """The one of recorded.json; without it an empty one."""
    return Record(**json.loads(RECORDED.read_text())) if RECORDED.exists() else Record()


def record(figures: Mapping[str, Figure]) -> None:
    """Makes a run the measure; it must not have fewer figures than the one before."""
    missing = sorted(recorded().figures.keys() - figures.keys())
    if missing:
        raise SystemExit("not recorded, since these are missing: " + "; ".join(missing))
    told = {name: round(figure.value, 3) for name, figure in figures.items()}
    RECORDED.write_text(json.dumps(asdict(Record(machine_name(), told)), indent=2) + "\n")


def compared(
    figures: Mapping[str, Figure], known: Mapping[str, float]
) -> tuple[list[tuple[str, ...]], list[str]]:
    """Rows of a table, and what got worse; what was never recorded is said to be new."""
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
