# SPDX-License-Identifier: MIT
"""The judge of power cuts tells what was lost, and what is wrong, from what may be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from images import Disk
from mounts import private_mounts
from power_history import SHARED, CutReport, Log, Moment, attributes, judge
from session_reader import ABSENT, CORRUPT, SESSION, Found

pytestmark = pytest.mark.method("power")

SAVED = ["create s 1 10 0", "settle - 0 0 0", "save s 2 10 0"]
TWICE = [*SAVED, "save s 3 10 0"]
DELETED = ["create s 1 10 0", "settle - 0 0 0", "delete s 1 10 0"]
RENEWED = ["create s 1 10 0", "renew s 2 10 0"]
COUNTED = [f"increment {SHARED} 0 0 1"] * 3

Judge = Callable[..., CutReport]


def step(number: int) -> Found:
    return Found(SESSION, attributes(number, 10, 0))


NOTHING, DAMAGED = Found(ABSENT), Found(CORRUPT)


@pytest.fixture(scope="module", autouse=True)
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Disk]:
    """Where no power can be cut, the judge proves nothing, and is not run either."""
    with private_mounts() as mounts:
        yield Disk(mounts, tmp_path_factory.mktemp("disk"))


@pytest.fixture
def judged(tmp_path: Path) -> Judge:
    """Judges a cut amid the last operation, or after it."""

    def judged(
        operations: list[str],
        found: dict[str, Found],
        *,
        is_synced: bool,
        is_over: bool = True,
        is_slow: bool = False,
    ) -> CutReport:
        path = tmp_path / "log"
        last = operations[-1].split()
        new = "t" if last[0] == "renew" else last[1]
        lines = [f"B {told}\nE 0 {told.split()[1]}\n" for told in operations[:-1]]
        before = len("".join([*lines, f"B {operations[-1]}\n"]))
        path.write_text("".join([*lines, f"B {operations[-1]}\nE 0 {new}\n"]))
        end = path.stat().st_size
        # A slow cut takes its second look at the log when all is over, however soon it came.
        first = 0 if is_slow else end if is_over else before
        moment = Moment((first,), (end if is_over else before,))
        report = CutReport()
        shared = {SHARED: Found(SESSION, {"hits": 0})}
        judge(report, [Log(path)], moment, {**shared, **found}, is_synced=is_synced)
        return report

    return judged


def require(
    judged: Judge, is_synced: bool, cases: list[tuple[list[str], Found, str | None]]
) -> None:
    """Each cut is judged so; None: something is lost."""
    for operations, found, kind in cases:
        report = judged(operations, {"s": found}, is_synced=is_synced)
        assert bool(report.lost) == (kind is None), (operations, found)
        assert kind is None or report.counts[kind], (operations, found)


def test_a_store_that_syncs_must_hold_what_was_acknowledged(judged: Judge) -> None:
    require(
        judged,
        True,
        [
            (SAVED, step(2), "as acknowledged"),
            (SAVED, step(1), None),
            (SAVED, NOTHING, None),
            (SAVED, DAMAGED, None),
            (SAVED, step(3), None),
            (DELETED, NOTHING, "as acknowledged"),
            (DELETED, step(1), None),
        ],
    )


def test_a_store_that_does_not_sync_holds_what_was_settled_or_follows_it(judged: Judge) -> None:
    require(
        judged,
        False,
        [
            (SAVED, step(1), "older"),
            (SAVED, step(4), None),
            (SAVED, NOTHING, None),
            (SAVED, DAMAGED, None),
            (TWICE, step(1), "older"),
            (TWICE, DAMAGED, "unreadable"),
            (TWICE, NOTHING, None),
            (DELETED, step(1), "older"),
            (["create s 1 10 0"], NOTHING, "gone"),
            (["create s 1 10 0"], DAMAGED, "unreadable"),
        ],
    )


def test_of_what_was_settled_two_states_can_be_on_the_disk(judged: Judge) -> None:
    settled = ["create s 1 10 0", "save s 2 10 0", "save s 3 10 0", "settle - 0 0 0"]
    once, twice = [*settled, "save s 4 10 0"], [*settled, "save s 4 10 0", "save s 5 10 0"]
    again = ["create s 1 10 0", "save s 2 10 0", "delete s 2 10 0", "create s 3 10 0"]
    again += ["settle - 0 0 0", "save s 4 10 0", "save s 5 10 0"]
    grown = ["create s 1 10 0", "grow s 2 10 0", "settle - 0 0 0", *twice[-2:]]
    require(
        judged,
        False,
        [
            (once, step(3), "older"),
            (once, step(2), None),
            (twice, step(4), "older"),
            (twice, step(3), "older"),
            (twice, step(2), "older"),
            (twice, step(1), None),
            (again, step(3), "older"),
            (again, step(2), None),
            (grown, step(2), "older"),
            (grown, step(1), None),
        ],
    )


def test_only_a_file_whose_slots_were_both_written_can_be_unreadable(judged: Judge) -> None:
    settled = ["create s 1 10 0", "settle - 0 0 0"]
    deletion, growth = "delete s 1 10 0", "grow s 3 10 0"
    require(
        judged,
        False,
        [
            ([*settled, deletion], DAMAGED, None),
            ([*settled, "save s 2 10 0", deletion], DAMAGED, None),
            ([*settled, deletion, "create s 3 10 0"], DAMAGED, "unreadable"),
            ([*settled, deletion, "create s 3 10 0"], NOTHING, "gone"),
            ([*settled, deletion, "create s 3 10 0"], step(1), "older"),
            ([*settled, "save s 2 10 0", growth], DAMAGED, None),
            ([*settled, "save s 2 10 0", growth], step(1), "older"),
            ([*settled, growth, "save s 4 10 0"], DAMAGED, None),
            ([*settled, growth, "save s 4 10 0", "save s 5 10 0"], DAMAGED, "unreadable"),
        ],
    )


def test_an_operation_under_way_is_done_or_not(judged: Judge) -> None:
    for found in (step(1), step(2)):
        assert not judged(SAVED, {"s": found}, is_synced=True, is_over=False).lost
    assert judged(SAVED, {"s": DAMAGED}, is_synced=True, is_over=False).lost
    creation = ["create s 1 10 0"]
    for found in (NOTHING, DAMAGED, step(1)):
        assert not judged(creation, {"s": found}, is_synced=True, is_over=False).lost


def test_a_renewal_under_way_leaves_one_of_its_ids(judged: Judge) -> None:
    for old, new in ((step(1), NOTHING), (step(1), step(2)), (NOTHING, step(2))):
        found = {"s": old, "t": new}
        assert not judged(RENEWED, found, is_synced=True, is_over=False).lost
    found = {"s": NOTHING, "t": NOTHING}
    assert judged(RENEWED, found, is_synced=True, is_over=False).lost
    # It came before the creation returned, too.
    assert not judged(RENEWED, found, is_synced=True, is_over=False, is_slow=True).lost


def test_no_increment_is_lost_or_made_up(judged: Judge) -> None:
    for hits, is_wrong in ((2, True), (3, False), (4, True)):
        found = {SHARED: Found(SESSION, {"hits": hits})}
        assert bool(judged(COUNTED, found, is_synced=True).lost) == is_wrong


def test_of_what_was_counted_before_a_settling_one_can_be_lost(judged: Judge) -> None:
    count = f"increment {SHARED} 0 0 1"
    settled = [count, count, "settle - 0 0 0"]
    cases = [
        ([*settled, count], Found(SESSION, {"hits": 1}), None),
        ([*settled, count], Found(SESSION, {"hits": 2}), "as acknowledged"),
        ([*settled, count], DAMAGED, None),
        ([*settled, count, count], Found(SESSION, {"hits": 0}), None),
        ([*settled, count, count], Found(SESSION, {"hits": 1}), "as acknowledged"),
        ([*settled, count, count], Found(SESSION, {"hits": 5}), None),
        ([*settled, count, count], DAMAGED, "unreadable"),
        ([*settled, count, count], NOTHING, None),
    ]
    for operations, found, kind in cases:
        report = judged(operations, {SHARED: found}, is_synced=False)
        assert bool(report.lost) == (kind is None), (operations, found)
