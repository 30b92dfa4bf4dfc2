# SPDX-License-Identifier: MIT
"""Sweeps: what was not used for long is deleted, among very many."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from ages import of_files, of_rows
from asking import Refused, Worker
from contenders import BARE, OURS, OURS_IN_PYTHON
from measuring import SEED, Group, shuffled
from rows import Case, Row
from runs import Run
from slots import id_of

# How many sessions there are, and that one of so many is old.
SIZES = ((100_000, 100), (100_000, 1), (1_000_000, 100))
# From so many on Python is not asked: a million files of each take all memory as it is.
MANY = 1_000_000
# Seconds: how long what is to go was there at least; how long a sweep may take until what is to
# stay gets too old, as a store may look at the clock for each session; and both, where all goes.
AGED, MARGIN, AGED_ALL, MARGIN_ALL = 45, 30, 5, 1
HOUR = 3600
# Who sweeps, and how what it stores gets its age.
SWEEPERS = {
    BARE: of_files(),
    OURS: of_files(),
    OURS_IN_PYTHON: of_files(),
    "PHP, files": of_files("sess_"),
    "SQLite, WAL": of_rows,
}


def sweeps(run: Run) -> None:
    """Some sessions were not used for longer than the others, and are deleted."""
    some = run.only(SWEEPERS)
    for sessions, part in SIZES:
        case = Case(f"sweeps, 1 of {part} expired", "sweep", run.place.name, sessions=sessions)
        names = [name for name in SWEEPERS if sessions < MANY or name != OURS_IN_PYTHON]
        with some.only(names).groups("none", sessions=sessions) as groups:
            sweepers = {name: Sweeper(group) for name, group in groups.items()}
            rounds(run, case, sweepers, part)
        for name, sweeper in sweepers.items():
            run.results.facts[memory_fact(name, case)] = sweeper.peak
            run.results.rows.append(Row(case, name, tuple(sweeper.times)))


@dataclass
class Sweeper:
    """A contender, and what its sweeps took."""

    group: Group
    times: list[float] = field(default_factory=list)
    """Nanoseconds a session."""
    peak: int = 0
    """KiB of memory."""

    def sweep(self, limit: int, sessions: int, old: int) -> None:
        """Sweeps away what was not used for so many seconds."""
        worker = self.group.workers[0]
        forget_peak(worker)
        told = worker.ask("sweep", limit)
        if told["deleted"] != old:
            raise Refused(f"{told['deleted']} of {old} old sessions were swept")
        self.times.append(float(told["ns"]) / sessions)
        self.peak = max(self.peak, peak(worker))


def rounds(run: Run, case: Case, sweepers: dict[str, Sweeper], part: int) -> None:
    """Sweeps of all; who does not do it is taken out."""
    ids = [id_of(slot) for slot in range(case.sessions)]
    orders = Random(SEED)
    if part > 1 and sweepers:
        time.sleep(AGED)
    for number in range(run.rounds if sweepers else 0):
        # Others than before: a session that is stored again is too young.
        old = range(number % part, case.sessions, part)
        used = make_ages({name: each.group for name, each in sweepers.items()}, ids, old)
        for name in shuffled(list(sweepers), orders):
            # What others left to be written is not for the next one's sweep.
            run.place.settle()
            limit = int(time.time() - used) + (MARGIN if part > 1 else MARGIN_ALL)
            try:
                sweepers[name].sweep(limit, case.sessions, len(old))
            except Refused as reason:
                run.leave_out(f"{name}, {case.part}, {case.told()}", reason)
                del sweepers[name]
        for sweeper in sweepers.values():
            refill(sweeper.group, old)


def memory_fact(name: str, case: Case) -> str:
    """What the most memory of a sweeper is called."""
    return f"KiB of {name}, at most, in {case.part}, {case.told()}"


def make_ages(groups: Mapping[str, Group], ids: Sequence[str], old: range) -> float:
    """Makes some sessions as old as they can be, which is since they were created, and uses the
    others at the moment that it answers. No time is of the future: the library's sweep mends what
    clocks that were ahead have set, file by file."""
    if len(old) == len(ids):
        time.sleep(AGED_ALL)
        return time.time()
    used = time.time()
    times = [used - HOUR if slot in old else used for slot in range(len(ids))]
    for name, group in groups.items():
        SWEEPERS[name](group.directory, ids, times)
    return used


def refill(group: Group, slots: range) -> None:
    """Stores again what was swept away."""
    if slots.step == 1:
        group.workers[0].ask("fill", slots.start, len(slots))
    else:
        for slot in slots:
            group.workers[0].ask("fill", slot, 1)


def forget_peak(worker: Worker) -> None:
    """Lets the most memory that a process had be what it has now (proc(5), clear_refs)."""
    with open(f"/proc/{worker.process_id}/clear_refs", "w", encoding="ascii") as file:
        file.write("5")


def peak(worker: Worker) -> int:
    """The most memory that a process had since then, in KiB."""
    with open(f"/proc/{worker.process_id}/status", encoding="ascii") as status:
        lines = dict(line.split(":", 1) for line in status)
    return int(lines["VmHWM"].split()[0])
