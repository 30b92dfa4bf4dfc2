# SPDX-License-Identifier: MIT
"""What a run measures, part by part; each part adds rows to the results."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from statistics import quantiles

from asking import Refused, Worker
from contenders import BARE, CONTENDERS, OURS, OURS_IN_PYTHON, Contender
from counts import OPERATIONS as COUNTED
from counts import allocations, instructions
from measuring import Group, Threads, interleaved
from places import Place
from rows import Case, Results, Row

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
SESSIONS = 1000
AGE, HOUR = 1, 3600
# What the names of their files begin with.
SWEEPERS = {BARE: "", OURS: "", OURS_IN_PYTHON: "", "PHP, files": "sess_"}


@dataclass
class Run:
    """What the parts work with."""

    place: Place
    rounds: int
    results: Results
    names: Sequence[str]
    """The contenders that were asked for."""

    @contextmanager
    def groups(
        self, sync: str, padding: int = 0, processes: int = 1, sessions: int = SESSIONS
    ) -> Iterator[dict[str, Group]]:
        """The contenders that know a mode, with sessions in a directory each."""
        with ExitStack() as stack:
            found: dict[str, Group] = {}
            for contender in self.contenders(sync):
                directory = self.place.directory()
                started = contender.started(directory, sync, padding, processes)
                workers = stack.enter_context(started)
                try:
                    workers[0].ask("fill", 0, sessions)
                    for number, worker in enumerate(workers):
                        each = sessions // processes
                        worker.ask("range", number * each, each)
                except Refused as reason:
                    self.leave_out(contender.name, reason)
                    continue
                found[contender.name] = Group(workers, directory)
            yield found
        self.place.clear()

    def contenders(self, sync: str) -> list[Contender]:
        """Those that can run here."""
        found = []
        for name in self.names:
            reason = CONTENDERS[name].why_not()
            if reason is not None:
                self.leave_out(name, reason)
            elif sync in CONTENDERS[name].syncs:
                found.append(CONTENDERS[name])
        return found

    def leave_out(self, what: str, reason: object) -> None:
        """Says it once."""
        told = f"{what}: {reason}"
        if told not in self.results.left_out:
            self.results.left_out.append(told)

    def measure(self, cases: Sequence[Case], groups: dict[str, Group]) -> None:
        """Rounds of some cases."""
        self.results.rows += interleaved(cases, groups, self.rounds, self.results.left_out)


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
    with run.groups("none", processes=8, sessions=8) as groups:
        for group in groups.values():
            for worker in group.workers:
                worker.ask("range", 0, 1)
        run.measure([Case("processes", "request", run.place.name, sessions=1, processes=8)], groups)


def threads(run: Run) -> None:
    """Threads of one process that share a store."""
    names = [name for name in run.names if CONTENDERS[name].language == "C"]
    threaded = Run(run.place, run.rounds, run.results, names)
    for count in (2, 8):
        with threaded.groups("none") as groups:
            shared: dict[str, Group] = {
                name: Threads(group.workers, group.directory, count)
                for name, group in groups.items()
            }
            cases = [
                Case("threads", name, run.place.name, threads=count) for name in ("load", "request")
            ]
            run.measure(cases, shared)


def growth(run: Run) -> None:
    """What the number of sessions costs."""
    names = [name for name in run.names if name in (BARE, OURS, "Redis", "SQLite, WAL", "LMDB")]
    some = Run(run.place, run.rounds, run.results, names)
    for sessions in (1000, 10_000, 100_000, 1_000_000):
        with some.groups("none", sessions=sessions) as groups:
            cases = [
                Case("growth", name, run.place.name, sessions=sessions)
                for name in ("load", "resave", "request")
            ]
            run.measure(cases, groups)


def latencies(run: Run) -> None:
    """Each operation timed by itself: in nanoseconds, one of a hundred quantiles after another."""
    with run.groups("none") as groups:
        for operation in ("load", "request"):
            for name, group in groups.items():
                told: list[float] = []
                for seed in range(run.rounds):
                    told += group.workers[0].ask("sample", operation, 1000, seed)["ns"]
                run.results.latencies[f"{run.place.name}, {operation}, {name}"] = quantiles(
                    told, n=100
                )


def counts(run: Run) -> None:
    """Instructions and allocations of an operation."""
    for operation in COUNTED:
        run.results.facts[f"instructions, {operation}"] = instructions(operation)
        run.results.facts[f"allocations, {operation}"] = allocations(operation)


def sweeps(run: Run) -> None:
    """Sessions that were not used for a day are deleted, among 100,000 and 1,000,000."""
    some = Run(run.place, run.rounds, run.results, [name for name in run.names if name in SWEEPERS])
    for sessions, part in ((100_000, 100), (100_000, 1), (1_000_000, 100)):
        case = Case(f"sweeps, 1 of {part} expired", "sweep", run.place.name, sessions=sessions)
        rounds = min(run.rounds, 3) if sessions // part > 1000 else run.rounds
        with some.groups("none", sessions=sessions) as groups:
            times: dict[str, list[float]] = {name: [] for name in groups}
            for _ in range(rounds):
                for name, group in groups.items():
                    times[name].append(swept(group, SWEEPERS[name], sessions, part) / sessions)
            for name, group in groups.items():
                told = f"KiB of {name}, at most, with {case.told()}"
                run.results.facts[told] = resident(group.workers[0])
        run.results.rows += [Row(case, name, tuple(taken)) for name, taken in times.items()]


def swept(group: Group, prefix: str, sessions: int, part: int) -> float:
    """Makes all but one of so many sessions younger, sweeps the others away, and stores them again.

    None is older than its creation, so the sweep's limit is a second.
    """
    slots = range(0, sessions, part)
    time.sleep(AGE + 1)
    later = time.time() + HOUR
    for slot in range(sessions):
        if slot % part != 0:
            os.utime(group.directory / (prefix + id_of(slot)), (later, later))
    told = group.workers[0].ask("sweep", AGE)
    if told["deleted"] != len(slots):
        raise RuntimeError(f"{told['deleted']} of {len(slots)} old sessions were swept")
    if part == 1:
        group.workers[0].ask("fill", 0, sessions)
    else:
        for slot in slots:
            group.workers[0].ask("fill", slot, 1)
    return float(told["ns"])


def id_of(slot: int) -> str:
    """The session of a slot: splitmix64 (Steele, Lea, Flood 2014)."""
    mask = (1 << 64) - 1
    value = (slot + 1) * 0x9E3779B97F4A7C15 & mask
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9 & mask
    value = (value ^ value >> 27) * 0x94D049BB133111EB & mask
    return f"{value ^ value >> 31:016x}{slot & 0xFFFFFF:06x}"


def resident(worker: Worker) -> int:
    """The most memory that a process had, in KiB."""
    with open(f"/proc/{worker.process_id}/status", encoding="ascii") as status:
        lines = dict(line.split(":", 1) for line in status)
    return int(lines["VmHWM"].split()[0])


PARTS: dict[str, Callable[[Run], None]] = {
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
