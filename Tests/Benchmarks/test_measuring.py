# SPDX-License-Identifier: MIT
"""How batches take turns, with contenders that are none."""

from __future__ import annotations

from pathlib import Path

import pytest
from asking import Died, Refused, Worker
from measuring import BATCH_NS, MOST, Group, batch_size, interleaved
from rows import Case, Results

LOAD = Case("operations", "load")


class Clockwork(Group):
    """Each operation takes as long as it is told; one of them may be refused."""

    def __init__(self, ns: float, refused: int = -1) -> None:
        super().__init__([], Path())
        self.ns = ns
        self.refused = refused
        self.batches: list[tuple[str, int, int]] = []

    @property
    def batch_ns(self) -> int:
        return BATCH_NS

    def all_of(self, operation: str, count: int) -> int:
        return count

    def run(self, operation: str, count: int, seed: int) -> float:
        if seed == self.refused:
            raise Refused("enough")
        self.batches.append((operation, count, seed))
        return self.ns * count


@pytest.mark.parametrize("ns", [1.0, 300.0, 20_000.0])
def test_a_batch_is_as_long_as_it_should_be(ns: float) -> None:
    count = batch_size(Clockwork(ns), "load")
    assert count == MOST if ns == 1 else count * ns == pytest.approx(BATCH_NS, rel=0.01)


def test_every_round_is_measured_by_itself() -> None:
    groups = {"fast": Clockwork(1000), "slow": Clockwork(3000)}
    rows = interleaved([(LOAD, groups)], 5, [])
    assert {row.contender: row.rounds for row in rows} == {
        "fast": (1000.0,) * 5,
        "slow": (3000.0,) * 5,
    }
    # No batch twice: what one created the next can't create.
    seeds = [seed for _, _, seed in groups["fast"].batches if seed > 0]
    assert seeds == [1, 2, 3, 4, 5]


def test_who_refuses_a_round_has_no_row_and_stops_nobody() -> None:
    left_out: list[str] = []
    groups = {"whole": Clockwork(1000), "part": Clockwork(1000, refused=3)}
    rows = interleaved([(LOAD, groups)], 5, left_out)
    assert [row.contender for row in rows] == ["whole"]
    assert left_out == ["part, load, tmpfs: enough"]
    assert Results(rows=rows).ratio(LOAD, "part", "whole") is None


def test_nobody_is_always_behind_the_same_one() -> None:
    order: list[str] = []

    class Noted(Clockwork):
        def __init__(self, name: str) -> None:
            super().__init__(1000)
            self.name = name

        def run(self, operation: str, count: int, seed: int) -> float:
            if seed > 0:
                order.append(self.name)
            return super().run(operation, count, seed)

    names = ["a", "b", "c", "d"]
    interleaved([(LOAD, {name: Noted(name) for name in names})], 40, [])
    before = {order[i - 1] for i in range(1, len(order)) if order[i] == "a"}
    assert before >= {"b", "c", "d"}


def test_a_worker_that_ends_or_talks_nonsense_has_died() -> None:
    ends = ["sh", "-c", "echo why >&2; exit 3"]
    with Worker(ends, {}) as worker, pytest.raises(Died, match="ended with 3: why"):
        worker.ask("info")
    talks = ["sh", "-c", "read line; echo nonsense; read line"]
    with Worker(talks, {}) as worker, pytest.raises(Died, match="nonsense"):
        worker.ask("info")


def test_a_worker_that_does_not_answer_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("asking.PATIENCE_S", 0.05)
    with Worker(["sleep", "600"], {}) as worker, pytest.raises(Died, match="does not answer"):
        worker.ask("info")
