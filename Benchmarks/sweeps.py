# SPDX-License-Identifier: MIT
"""Sweeps: what was not used for long is deleted, among very many."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from ages import of_files, of_rows
from asking import Refused, Worker
from contenders import BARE, OURS, OURS_IN_PYTHON
from measuring import Group, rotated
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
            times = rounds(run, case, groups, part)
            for name in times:
                run.results.facts[memory_fact(name, case)] = resident(groups[name].workers[0])
        run.results.rows += [Row(case, name, tuple(taken)) for name, taken in times.items()]


def rounds(run: Run, case: Case, groups: Mapping[str, Group], part: int) -> dict[str, list[float]]:
    """Nanoseconds a session, of each sweep; without those who did not do it."""
    ids = [id_of(slot) for slot in range(case.sessions)]
    times: dict[str, list[float]] = {name: [] for name in groups}
    if part > 1 and groups:
        time.sleep(AGED)
    for number in range(run.rounds if groups else 0):
        # Others than before: a session that is stored again is too young.
        old = range(number % part, case.sessions, part)
        used = make_ages({name: groups[name] for name in times}, ids, old)
        for name in rotated(list(times), number):
            limit = int(time.time() - used) + (MARGIN if part > 1 else MARGIN_ALL)
            try:
                times[name].append(swept(groups[name], limit, len(old)) / case.sessions)
            except Refused as reason:
                run.leave_out(f"{name}, {case.part}, {case.told()}", reason)
                del times[name]
        for name in times:
            refill(groups[name], old)
    return times


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


def swept(group: Group, limit: int, count: int) -> float:
    """Sweeps away what was not used for so many seconds, in so many nanoseconds."""
    told = group.workers[0].ask("sweep", limit)
    if told["deleted"] != count:
        raise Refused(f"{told['deleted']} of {count} old sessions were swept")
    return float(told["ns"])


def refill(group: Group, slots: range) -> None:
    """Stores again what was swept away."""
    if slots.step == 1:
        group.workers[0].ask("fill", slots.start, len(slots))
    else:
        for slot in slots:
            group.workers[0].ask("fill", slot, 1)


def resident(worker: Worker) -> int:
    """The most memory that a process had, in KiB."""
    with open(f"/proc/{worker.process_id}/status", encoding="ascii") as status:
        lines = dict(line.split(":", 1) for line in status)
    return int(lines["VmHWM"].split()[0])
