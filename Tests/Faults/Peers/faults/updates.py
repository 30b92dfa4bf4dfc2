# SPDX-License-Identifier: MIT
"""Eight processes change one session: one counter of all, and an attribute of each."""

from __future__ import annotations

from collections import Counter
from typing import Any

from Peers.bench import Bench, Row, look
from Peers.child import NoAnswer, word

PAUSE = 0.001
WAY_TITLES = {
    "increment": "increment()",
    "retry": "save, tried again after a conflict",
    "save": "load and save",
}


def measure_counter(bench: Bench) -> Row:
    """All add to one counter, 1 ms between load and save."""
    times = bench.scaled(50, 1000)
    processes = bench.scaled(4, 8)
    row: Row = {}
    for way in bench.peer.ways:
        row[way] = add_together(bench, ["n"] * processes, times, way)
    if len(row) == 1:
        row["text"] = told_counter(row["save"])
    else:
        row["text"] = "; ".join(f"{WAY_TITLES[way]}: {told_counter(row[way])}" for way in row)
    return row


def told_counter(figures: dict[str, Any]) -> str:
    """`lost 5,812 of 8,000 (2.1 s; a step took 2 ms, the longest 12 ms)`"""
    return (
        f"lost {figures['lost']:,} of {figures['expected']:,}{told_failures(figures['raised'])} "
        f"({figures['seconds']:.1f} s; a step took {figures['mean'] * 1000:.1f} ms, "
        f"the longest {figures['longest'] * 1000:.0f} ms)"
    )


def told_failures(raised: dict[str, int]) -> str:
    """`, 12 failed`, or nothing."""
    total = sum(raised.values())
    return f", {total:,} failed" if total else ""


def measure_attributes(bench: Bench) -> Row:
    """Each adds to a counter of its own in the same session, by load and save."""
    times = bench.scaled(25, 200)
    keys = [f"k{number}" for number in range(bench.scaled(4, 8))]
    row: Row = add_together(bench, keys, times, "save")
    row["text"] = (
        f"{row['exact keys']} of {len(keys)} keys exact, lost {row['lost']:,} of "
        f"{row['expected']:,}{told_failures(row['raised'])}"
    )
    return row


def add_together(bench: Bench, keys: list[str], times: int, way: str) -> Row:
    """What became of the additions of as many processes as there are keys."""
    directory = bench.directory()
    with bench.workers(len(keys), directory) as workers:
        id = workers[0].must("create")["id"]
        for worker, key in zip(workers, keys, strict=True):
            worker.tell("count", word(id), key, times, PAUSE, way)
        answers, silent = [], 0
        for worker in workers:
            try:
                answers.append(worker.answer(240))
            except NoAnswer:
                silent += 1
    with bench.workers(1, directory) as (reader,):
        outcome, values = look(reader, id)
    raised: Counter[str] = sum((Counter(a["raised"]) for a in answers), Counter())
    expected = times * len(keys)
    counted = sum(values.get(key, 0) for key in set(keys))
    return {
        "expected": expected,
        "counted": counted,
        "lost": expected - counted,
        "acknowledged": sum(answer["acknowledged"] for answer in answers),
        "exact keys": sum(values.get(key) == times * keys.count(key) for key in set(keys)),
        "raised": dict(raised),
        "no answer": silent,
        "seconds": max((answer["seconds"] for answer in answers), default=0.0),
        "longest": max((answer["longest"] for answer in answers), default=0.0),
        "mean": sum(answer["seconds"] for answer in answers) / expected,
        "at the end": outcome,
    }
