# SPDX-License-Identifier: MIT
"""Sweeps: what was not used for long is deleted, among very many."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence

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
# By how many seconds the old ones are older than the others, and the limit lies between.
APART, BETWEEN = 5, 3
# What the names of their files begin with.
SWEEPERS = {BARE: "", OURS: "", OURS_IN_PYTHON: "", "PHP, files": "sess_"}


def sweeps(run: Run) -> None:
    """Some sessions were not used for longer than the others, and are deleted."""
    some = run.only(SWEEPERS)
    for sessions, part in SIZES:
        case = Case(f"sweeps, 1 of {part} expired", "sweep", run.place.name, sessions=sessions)
        names = [name for name in SWEEPERS if sessions < MANY or name != OURS_IN_PYTHON]
        with some.only(names).groups("none", sessions=sessions) as groups:
            times = rounds(run, case, groups, range(0, sessions, part))
            for name in times:
                run.results.facts[memory_fact(name, case)] = resident(groups[name].workers[0])
        run.results.rows += [Row(case, name, tuple(taken)) for name, taken in times.items()]


def rounds(run: Run, case: Case, groups: Mapping[str, Group], old: range) -> dict[str, list[float]]:
    """Nanoseconds a session, of each sweep; without those who did not do it."""
    young = [id_of(slot) for slot in range(case.sessions) if slot not in old]
    times: dict[str, list[float]] = {name: [] for name in groups}
    for number in range(run.rounds if groups else 0):
        used = make_younger({name: groups[name] for name in times}, young)
        for name in rotated(list(times), number):
            try:
                times[name].append(swept(groups[name], used, len(old)) / case.sessions)
            except Refused as reason:
                run.leave_out(f"{name}, {case.part}, {case.told()}", reason)
                del times[name]
        for name in times:
            refill(groups[name], old)
    return times


def memory_fact(name: str, case: Case) -> str:
    """What the most memory of a sweeper is called."""
    return f"KiB of {name}, at most, in {case.part}, {case.told()}"


def make_younger(groups: Mapping[str, Group], ids: Sequence[str]) -> float:
    """Uses some sessions anew, at the moment that it answers; the others are old then. No file's
    time is of the future: the library's sweep mends such clocks' work, file by file."""
    time.sleep(APART)
    used = time.time()
    for name, group in groups.items():
        prefix = f"{group.directory}/{SWEEPERS[name]}"
        for id in ids:
            os.utime(prefix + id, (used, used))
    return used


def swept(group: Group, used: float, count: int) -> float:
    """Sweeps away what is older than what was used last, in so many nanoseconds."""
    told = group.workers[0].ask("sweep", int(time.time() - used) + BETWEEN)
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
