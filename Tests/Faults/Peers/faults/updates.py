# SPDX-License-Identifier: MIT
"""Eight processes change one session: one counter of all, and an attribute of each."""

from __future__ import annotations

from collections import Counter
from typing import Any

from Peers.bench import Bench, NotTried, Row, look, of
from Peers.child import NoAnswer, word

PROCESSES = 8
PAUSE = 0.001
WAY_TITLES = {
    "increment": "increment()",
    "retry": "save, tried again after a conflict",
    "save": "load and save",
}


def measure_counter(bench: Bench) -> Row:
    """All add to one counter, 1 ms between load and save."""
    times = bench.scaled(50, 1000)
    row: Row = {}
    for way in bench.peer.ways:
        row[way] = add_together(bench, ["n"] * PROCESSES, times, way)
    if len(row) == 1:
        row["text"] = told_counter(row["save"])
    else:
        row["text"] = "; ".join(f"{WAY_TITLES[way]}: {told_counter(row[way])}" for way in row)
    return row


def told_counter(figures: dict[str, Any]) -> str:
    """`lost 5,812 of 8,000 (2.1 s; a step took 2 ms, the longest 12 ms)`"""
    return (
        f"lost {of(figures['lost'], figures['expected'])}{told_failures(figures['raised'])} "
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
    keys = [f"k{number}" for number in range(PROCESSES)]
    row: Row = add_together(bench, keys, times, "save")
    row["text"] = (
        f"{of(row['exact keys'], len(keys), 'keys')} exact, lost "
        f"{of(row['lost'], row['expected'])}{told_failures(row['raised'])}"
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
    acknowledged = sum(answer["acknowledged"] for answer in answers)
    raised: Counter[str] = sum((Counter(a["raised"]) for a in answers), Counter())
    if not acknowledged:
        raise NotTried(f"no save was acknowledged: {dict(raised)}; {silent} did not answer")
    expected = times * len(keys)
    counted = sum(values.get(key, 0) for key in set(keys))
    return {
        "expected": expected,
        "counted": counted,
        "lost": expected - counted,
        "acknowledged": acknowledged,
        "exact keys": sum(values.get(key) == times * keys.count(key) for key in set(keys)),
        "raised": dict(raised),
        "no answer": silent,
        "seconds": max((answer["seconds"] for answer in answers), default=0.0),
        "longest": max((answer["longest"] for answer in answers), default=0.0),
        "mean": sum(answer["seconds"] for answer in answers) / expected,
        "at the end": outcome,
    }
