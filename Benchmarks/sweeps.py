# SPDX-License-Identifier: MIT
"""Sweeps: what was not used for long is deleted, among very many."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence

from asking import Worker
from contenders import BARE, OURS, OURS_IN_PYTHON
from measuring import Group, rotated
from rows import Case, Row
from runs import Run
from slots import id_of

# How many sessions there are, and that one of so many is old.
SIZES = ((100_000, 100), (100_000, 1), (1_000_000, 100))
AGE, HOUR = 1, 3600
# What the names of their files begin with.
SWEEPERS = {BARE: "", OURS: "", OURS_IN_PYTHON: "", "PHP, files": "sess_"}


def sweeps(run: Run) -> None:
    """What was not used for a second is deleted; what stays was, in an hour to come."""
    some = run.only(SWEEPERS)
    for sessions, part in SIZES:
        case = Case(f"sweeps, 1 of {part} expired", "sweep", run.place.name, sessions=sessions)
        old = range(0, sessions, part)
        young = [id_of(slot) for slot in range(sessions) if slot % part != 0]
        with some.groups("none", sessions=sessions) as groups:
            times: dict[str, list[float]] = {name: [] for name in groups}
            for number in range(run.rounds):
                make_younger(groups, young)
                for name in rotated(list(groups), number):
                    times[name].append(swept(groups[name], len(old)) / sessions)
                for group in groups.values():
                    refill(group, old)
            for name, group in groups.items():
                run.results.facts[memory_fact(name, case)] = resident(group.workers[0])
        run.results.rows += [Row(case, name, tuple(taken)) for name, taken in times.items()]


def memory_fact(name: str, case: Case) -> str:
    """What the most memory of a sweeper is called."""
    return f"KiB of {name}, at most, with {case.told()}"


def make_younger(groups: Mapping[str, Group], ids: Sequence[str]) -> None:
    """Some; the others are old then. As none is older than its creation, the limit is a second."""
    time.sleep(AGE + 1)
    later = time.time() + HOUR
    for name, group in groups.items():
        prefix = f"{group.directory}/{SWEEPERS[name]}"
        for id in ids:
            os.utime(prefix + id, (later, later))


def swept(group: Group, count: int) -> float:
    """Sweeps so many sessions away, in so many nanoseconds."""
    told = group.workers[0].ask("sweep", AGE)
    if told["deleted"] != count:
        raise RuntimeError(f"{told['deleted']} of {count} old sessions were swept")
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
