# SPDX-License-Identifier: MIT
"""Batches of all contenders, round robin: what is compared ran within the same moments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

from asking import Refused, Worker, ask_all
from rows import Case, Row

# Long enough for the clock, short enough to be the neighbour's moment: what others take of a
# machine comes and goes within milliseconds. Processes that start together need a pipe's wake-up
# each.
BATCH_NS, BATCH_OF_MANY_NS = 5_000_000, 20_000_000
FEWEST, MOST = 8, 1 << 19
# A seed's slots can be created once; what was created the same batch of the other one deletes.
ONCE = ("create", "delete")
# Of the orders in which contenders take turns.
SEED = 3


@dataclass
class Group:
    """The processes of one contender; most often one."""

    workers: Sequence[Worker]
    directory: Path
    done: Counter[str] = field(default_factory=Counter)
    """How often each operation was done."""

    @property
    def batch_ns(self) -> int:
        """How long a batch should take."""
        return BATCH_NS if len(self.workers) == 1 else BATCH_OF_MANY_NS

    def all_of(self, operation: str, count: int) -> int:
        """How many operations a batch has, in which each does so many."""
        return 1 if operation == "iterate" else count * len(self.workers)

    def run(self, operation: str, count: int, seed: int) -> float:
        """Nanoseconds of a batch, in which each process does so many operations: from when the
        first of them began until the last was done."""
        words = [
            (operation, count, seed * len(self.workers) + number)
            for number in range(len(self.workers))
        ]
        if len(words) == 1:
            taken = float(self.workers[0].ask("run", *words[0])["ns"])
        else:
            ask_all(self.workers, [("plan", *each) for each in words])
            told = ask_all(self.workers, [("go",)] * len(words))
            taken = max(each["end"] for each in told) - min(each["start"] for each in told)
        self.done[operation] += self.all_of(operation, count)
        return taken


@dataclass
class Threads(Group):
    """One process with threads."""

    count: int = 1

    @property
    def batch_ns(self) -> int:
        return BATCH_OF_MANY_NS

    def all_of(self, operation: str, count: int) -> int:
        return count * self.count

    def run(self, operation: str, count: int, seed: int) -> float:
        told = self.workers[0].ask("threads", self.count, operation, count, seed)
        self.done[operation] += self.all_of(operation, count)
        return float(told["ns"])


def batch_size(group: Group, operation: str) -> int:
    """How many operations fill a batch. What creates and deletes makes a first few sessions; what
    only looks warms up meanwhile."""
    if operation == "iterate":
        return 1
    count = FEWEST
    time = group.run(operation, count, 0)
    while operation not in ONCE and time < group.batch_ns / 4 and count < MOST:
        count = min(MOST, max(count * 2, int(count * group.batch_ns / max(time, 1))))
        time = group.run(operation, count, 0)
    return max(FEWEST, min(MOST, int(count * group.batch_ns / max(time, 1))))


def interleaved(
    stations: Sequence[tuple[Case, Mapping[str, Group]]], rounds: int, left_out: list[str]
) -> list[Row]:
    """Rows of some cases, each with its contenders; what one can't do is left out."""
    times: dict[tuple[Case, str], list[float]] = {}
    sizes: dict[tuple[Case, str], int] = {}
    refused: set[tuple[Case, str]] = set()
    orders = Random(SEED)
    for number in range(-1, rounds):
        for case, groups in stations:
            for name in shuffled(list(groups), orders):
                key = (case, name)
                if key in refused:
                    continue
                try:
                    if number < 0:
                        size = batch_size(groups[name], case.operation)
                        made = replace(case, operation="create"), name
                        sizes[key] = sizes.get(made, size) if case.operation == "delete" else size
                    else:
                        taken = groups[name].run(case.operation, sizes[key], number + 1)
                        each = taken / groups[name].all_of(case.operation, sizes[key])
                        times.setdefault(key, []).append(each)
                except Refused as reason:
                    refused.add(key)
                    # Some of the rounds would be beside nobody's.
                    times.pop(key, None)
                    left_out.append(f"{name}, {case.told()}: {reason}")
    return [Row(case, name, tuple(taken)) for (case, name), taken in times.items()]


def shuffled(names: list[str], orders: Random) -> list[str]:
    """Nobody is always behind the same one, which leaves its work in caches and journal."""
    return orders.sample(names, len(names))
