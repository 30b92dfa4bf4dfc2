# SPDX-License-Identifier: MIT
"""Processes, or threads, that change one session at once: how fast, and what is lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from asking import Refused, ask_all
from measuring import Group
from rows import Case
from runs import Run

PROCESSES = 8
COUNTER = "visits"
# So long a request takes between load and save: without it a lock's wait hides what is lost.
THINK_US = 1000
UPDATES_EACH = 50
UPDATES = PROCESSES * UPDATES_EACH
ONE, OWN = "one attribute", "an attribute each"
# Slots of sessions that nothing else works on.
SLOTS = {ONE: 1, OWN: 2}


def one_session(run: Run) -> None:
    """Processes that think, and processes that don't."""
    case = Case("processes", "request", run.place.name, sessions=1, processes=PROCESSES)
    with run.groups("none", processes=PROCESSES, sessions=PROCESSES) as groups:
        for name, group in groups.items():
            check_updates(run, name, group)
        measure_one(run, case, groups)


def measure_one(run: Run, case: Case, groups: Mapping[str, Group]) -> None:
    """Requests of one session; and increments, whose sum is checked."""
    for group in groups.values():
        choose(group, 0)
    counting = replace(case, operation="increment")
    run.measure([case], groups)
    before = {name: counted(run, name, group) for name, group in groups.items()}
    run.measure([counting], groups)
    for name, group in groups.items():
        first = before[name]
        last = counted(run, name, group)
        if run.results.find(counting, name) and first is not None and last is not None:
            done = group.done["increment"]
            lost = done - (last - first)
            facts = run.results.facts
            facts[f"increments, {counting.told()}, {name}"] = done
            fact = lost_fact(run.place.name, name)
            # Of processes and of threads.
            facts[fact] = facts.get(fact, 0) + lost


def lost_fact(place: str, name: str, attribute: str = "") -> str:
    """What the number of lost updates is called: of increments, or of updates that think."""
    if not attribute:
        return f"lost increments, {place}, {name}"
    return f"lost updates of {UPDATES}, 1 ms from load to save, {attribute}, {place}, {name}"


def choose(group: Group, slot: int) -> None:
    """All processes work on one session."""
    ask_all(group.workers, [("range", slot, 1)] * len(group.workers))


def counted(run: Run, name: str, group: Group) -> int | None:
    """What is counted in the session of slot 0; None where the store can't tell."""
    try:
        return int(group.workers[0].ask("count", 0, COUNTER)["count"])
    except Refused as reason:
        run.leave_out(f"{name}, counter", reason)
        return None


def check_updates(run: Run, name: str, group: Group) -> None:
    """What is lost where requests take their time: of one attribute, and of one each."""
    for attribute, slot in SLOTS.items():
        choose(group, slot)
        own = [f"{COUNTER}_{number}" for number in range(PROCESSES)]
        names = own if attribute == OWN else [COUNTER] * PROCESSES
        words = [("update", each, UPDATES_EACH, THINK_US) for each in names]
        try:
            before = total(group, slot, names)
            ask_all(group.workers, words)
            lost = UPDATES - (total(group, slot, names) - before)
        except Refused as reason:
            run.leave_out(f"{name}, updates of {attribute}", reason)
            continue
        run.results.facts[lost_fact(run.place.name, name, attribute)] = lost


def total(group: Group, slot: int, names: list[str]) -> int:
    """The sum of some attributes, each once."""
    return sum(int(group.workers[0].ask("count", slot, name)["count"]) for name in set(names))
