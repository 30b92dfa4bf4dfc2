# SPDX-License-Identifier: MIT
"""What a run measures, part by part; each part adds rows to the results."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from random import Random

from calls import calls
from contenders import BARE, CONTENDERS, OURS
from counts import OPERATIONS as COUNTED
from counts import allocations, instructions
from measuring import SEED, Group, Threads, shuffled
from rows import Case, percentiles
from runs import Run
from startup import startup
from sweeps import sweeps
from updates import measure_one, one_session

OPERATIONS = (
    "load",
    "resave",
    "unchanged",
    "request",
    "touch",
    "has",
    "create",
    "delete",
)
PADDINGS = (0, 4000, 100_000)
SIZES = (1000, 10_000, 100_000, 1_000_000)
# Of each round; for one of a thousand to be more than chance.
SAMPLES = 2000


def operations(run: Run) -> None:
    """One process, sessions of three sizes."""
    for padding in PADDINGS:
        with run.groups("none", padding) as groups:
            cases = [
                Case("operations", name, run.place.name, padding=padding) for name in OPERATIONS
            ]
            run.measure(cases, groups)


def synced(run: Run) -> None:
    """One process, and each change on the disk before it returns."""
    with run.groups("data") as groups:
        names = ("resave", "request", "create", "delete")
        run.measure([Case("synced", name, run.place.name, "data") for name in names], groups)


def iterations(run: Run) -> None:
    """All sessions are walked and loaded."""
    with run.groups("none") as groups:
        run.measure([Case("iterations", "iterate", run.place.name)], groups)


def processes(run: Run) -> None:
    """Several processes: each on its own sessions, and all on one."""
    for count in (2, 8):
        with run.groups("none", processes=count) as groups:
            cases = [
                Case("processes", name, run.place.name, processes=count)
                for name in ("load", "request", "create", "delete")
            ]
            run.measure(cases, groups)
    one_session(run)


def threads(run: Run) -> None:
    """Threads of one process that share a store: on all sessions, and on one."""
    threaded = run.only(name for name in CONTENDERS if CONTENDERS[name].language == "C")
    for count in (2, 8):
        with threaded.groups("none") as groups:
            cases = [
                Case("threads", name, run.place.name, threads=count) for name in ("load", "request")
            ]
            run.measure(cases, of_threads(groups, count))
    with threaded.groups("none") as groups:
        case = Case("threads", "request", run.place.name, sessions=1, threads=8)
        measure_one(run, case, of_threads(groups, 8))


def of_threads(groups: Mapping[str, Group], count: int) -> dict[str, Group]:
    """The first process of each, with threads."""
    return {
        name: Threads(group.workers, group.directory, count=count) for name, group in groups.items()
    }


def growth(run: Run) -> None:
    """What the number of sessions costs: stores of all sizes, side by side."""
    some = run.only((BARE, OURS, "Redis", "SQLite, WAL", "LMDB"))
    with ExitStack() as stack:
        groups = {size: stack.enter_context(some.groups("none", sessions=size)) for size in SIZES}
        some.measure_beside(
            [
                (Case("growth", name, run.place.name, sessions=size), groups[size])
                for name in ("load", "resave", "request")
                for size in SIZES
            ]
        )


def latencies(run: Run) -> None:
    """Each operation timed by itself."""
    orders = Random(SEED)
    with run.groups("none") as groups:
        for operation in ("load", "request"):
            told: dict[str, list[float]] = {name: [] for name in groups}
            # The first of each warms up.
            for seed in range(run.rounds + 1):
                for name in shuffled(list(groups), orders):
                    taken = groups[name].workers[0].ask("sample", operation, SAMPLES, seed)["ns"]
                    told[name] += taken if seed > 0 else []
            for name, taken in told.items():
                latency = f"{run.place.name}, {operation}, {name}"
                run.results.latencies[latency] = percentiles(taken)


def counts(run: Run) -> None:
    """Instructions and allocations of an operation."""
    for operation in COUNTED:
        run.results.facts[f"instructions, {operation}"] = instructions(operation)
        run.results.facts[f"allocations, {operation}"] = allocations(operation)


PARTS: dict[str, Callable[[Run], None]] = {
    "startup": startup,
    "calls": calls,
    "operations": operations,
    "synced": synced,
    "iterations": iterations,
    "processes": processes,
    "threads": threads,
    "growth": growth,
    "latencies": latencies,
    "counts": counts,
    "sweeps": sweeps,
}
