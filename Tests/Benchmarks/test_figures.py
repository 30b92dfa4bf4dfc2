# SPDX-License-Identifier: MIT
"""What is made of the times that were measured."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import quick
from goal_kinds import Goal, Limit
from quick import Figure
from rows import PERCENTILES, Case, Results, Row, percentiles
from run import faults
from tables import markdown
from updates import lost_fact

LOAD = Case("operations", "load")


def results(**rounds: tuple[float, ...]) -> Results:
    """Rows of some contenders."""
    return Results(rows=[Row(LOAD, name, taken) for name, taken in rounds.items()])


def test_a_ratio_is_the_median_of_the_rounds_ratios() -> None:
    # Of the medians it would be 2: in each round both were slow, or both were fast.
    found = results(ours=(2, 30, 8), bare=(1, 10, 4)).ratio(LOAD, "ours", "bare")
    assert found is not None
    assert (found.median, found.low, found.high) == (2, 2, 3)


def test_rounds_that_did_not_run_beside_each_other_have_no_ratio() -> None:
    with pytest.raises(ValueError, match="longer"):
        results(ours=(1, 2), bare=(1, 2, 3)).ratio(LOAD, "ours", "bare")
    assert results(ours=(1, 2)).ratio(LOAD, "ours", "bare") is None


def test_rounds_that_differ_more_are_noisier() -> None:
    quiet = results(ours=(10, 10, 10, 11), bare=(10, 10, 10, 10)).ratio(LOAD, "ours", "bare")
    loud = results(ours=(5, 10, 30, 11), bare=(10, 10, 10, 10)).ratio(LOAD, "ours", "bare")
    assert quiet is not None
    assert loud is not None
    assert quiet.noise < loud.noise


def test_percentiles_are_of_the_samples() -> None:
    told = percentiles([float(n) for n in range(1000, 0, -1)])
    assert len(told) == len(PERCENTILES)
    assert (told[PERCENTILES.index(50)], told[-2], told[-1]) == (501, 1000, 1000)
    assert percentiles([7.0]) == [7.0] * len(PERCENTILES)


@pytest.mark.parametrize(
    ("limit", "is_ahead", "is_reached"),
    [(2.0, False, True), (1.9, False, False), (0.5, True, True), (0.6, True, False)],
)
def test_a_goal_is_reached_at_its_limit(limit: float, is_ahead: bool, is_reached: bool) -> None:
    goal = Goal("load", "operations", "load", "ours", "bare", limit, is_ahead)
    looks = list(goal.looks(results(ours=(2.0,), bare=(1.0,))))
    assert [look.is_reached for look in looks] == [is_reached]


def test_a_goal_of_other_sizes_is_not_looked_at() -> None:
    goal = Goal("load", "operations", "load", "ours", "bare", 9, sessions=1_000_000)
    assert list(goal.looks(results(ours=(2.0,), bare=(1.0,)))) == []


def test_a_limit_is_of_a_fact() -> None:
    told = Results(rows=[Row(LOAD, "ours", (1.0,))], facts={"lost, tmpfs": 1})
    looks = list(Limit("lost", "lost, {place}", 0, "lost").looks(told))
    assert [look.is_reached for look in looks] == [False]


def test_results_come_back_from_their_file() -> None:
    told = results(ours=(1.0, 2.0), bare=(3.0, 4.0))
    told.latencies["tmpfs, load, ours"] = percentiles([1.0, 2.0])
    again = Results.of_json(json.loads(json.dumps(told.as_json())))
    assert again == told
    assert markdown(again) == markdown(told)


def test_what_got_worse_than_noise_is_told() -> None:
    figures = {
        "same": Figure(1.2, 0.2),
        "worse": Figure(1.21, 0.2),
        "more allocations": Figure(5),
        "better": Figure(0.5, 0.2),
        "new": Figure(9),
    }
    known = {"same": 1.0, "worse": 1.0, "more allocations": 4, "better": 1.0, "gone": 1.0}
    rows, worse = quick.compared(figures, known)
    assert worse == ["worse", "more allocations"]
    verdicts = {row[0]: row[-1] for row in rows}
    assert verdicts == {
        **dict.fromkeys(("same", "better"), "as before"),
        **dict.fromkeys(worse, "worse"),
        "new": "new",
        "gone": "not run",
    }


def test_a_record_has_all_that_the_one_before_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quick, "RECORDED", tmp_path / "recorded.json")
    quick.record({"a": Figure(1), "b": Figure(2)})
    before = quick.recorded()
    assert before.figures == {"a": 1, "b": 2}
    assert before.machine
    with pytest.raises(SystemExit, match="missing: b"):
        quick.record({"a": Figure(1)})
    assert quick.recorded() == before


def test_what_our_own_refused_or_lost_is_a_fault() -> None:
    told = results(ours=(1.0,))
    told.left_out = ["PHP, files, has: no has", "libsession3, C: no room for 9 sessions in tmpfs"]
    told.facts = {lost_fact("tmpfs", "PHP, files"): 5, lost_fact("tmpfs", "libsession3, C"): 0}
    assert faults(told) == []
    told.left_out.append("libsession3, Python, load, tmpfs: Unreadable")
    told.facts[lost_fact("tmpfs", "libsession3, C")] = 3
    assert len(faults(told)) == 2
