# SPDX-License-Identifier: MIT
"""Batches of all contenders, round robin: what is compared ran within the same moments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from asking import Refused, Worker, ask_all
from rows import Case, Row

# Long enough for the clock, short enough to be the neighbour's moment: what others take of a
# machine comes and goes within milliseconds. Processes that start together need a pipe's wake-up
# each.
BATCH_NS, BATCH_OF_MANY_NS = 5_000_000, 20_000_000
FEWEST, MOST = 8, 1 << 19
# A seed's slots can be created once; what was created the same batch of the other one deletes.
ONCE = ("create", "delete")


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

    def run(self, operation: str, count: int, seed: int) -> float:
        """Nanoseconds an operation: of the slowest process, by what all did."""
        words = [
            ("run", operation, count, seed * len(self.workers) + number)
            for number in range(len(self.workers))
        ]
        slowest = max(float(told["ns"]) for told in ask_all(self.workers, words))
        self.done[operation] += count * len(self.workers)
        return slowest / (1 if operation == "iterate" else count * len(self.workers))


@dataclass
class Threads(Group):
    """One process with threads."""

    count: int = 1

    @property
    def batch_ns(self) -> int:
        return BATCH_OF_MANY_NS

    def run(self, operation: str, count: int, seed: int) -> float:
        told = self.workers[0].ask("threads", self.count, operation, count, seed)
        self.done[operation] += count * self.count
        return float(told["ns"]) / (count * self.count)


def batch_size(group: Group, operation: str) -> int:
    """How many operations fill a batch. What creates and deletes makes a first few sessions; what
    only looks warms up meanwhile."""
    if operation == "iterate":
        return 1
    count = FEWEST
    time = group.run(operation, count, 0) * count
    while operation not in ONCE and time < group.batch_ns / 4 and count < MOST:
        count = min(MOST, max(count * 2, int(count * group.batch_ns / max(time, 1))))
        time = group.run(operation, count, 0) * count
    return max(FEWEST, min(MOST, int(count * group.batch_ns / max(time, 1))))


def interleaved(
    stations: Sequence[tuple[Case, Mapping[str, Group]]], rounds: int, left_out: list[str]
) -> list[Row]:
    """Rows of some cases, each with its contenders; what one can't do is left out."""
    times: dict[tuple[Case, str], list[float]] = {}
    sizes: dict[tuple[Case, str], int] = {}
    refused: set[tuple[Case, str]] = set()
    for number in range(-1, rounds):
        for case, groups in stations:
            for name in rotated(list(groups), number):
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
                        times.setdefault(key, []).append(taken)
                except Refused as reason:
                    refused.add(key)
                    left_out.append(f"{name}, {case.told()}: {reason}")
    return [Row(case, name, tuple(taken)) for (case, name), taken in times.items()]


def rotated(names: list[str], turn: int) -> list[str]:
    """Nobody is always the one behind the slowest."""
    start = turn % max(len(names), 1)
    return names[start:] + names[:start]
