# SPDX-License-Identifier: MIT
"""What four clients in C and two in Python are told about a session that all of them use at once
can have happened one after another; also where one of them is killed."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from broken import without
from histories import IN_C, IN_PYTHON, Clients
from linearizability import (
    CONFLICT,
    EXISTS,
    GONE,
    NOT_FOUND,
    OK,
    Call,
    Content,
    NotLinearizableError,
    check,
    overlapping,
)
from proof import RecordProperty

pytestmark = pytest.mark.method("linear")

FIRST = Content(1, 1)
CLIENTS = IN_C + IN_PYTHON


def play(clients: Clients, epochs: int, *, kills: bool) -> Counter[str]:
    """Lets clients work, and checks their histories: how much that was."""
    figures: Counter[str] = Counter()
    for epoch in range(epochs):
        for history in clients.run_epoch(kills=kills and epoch % 10 > 0).values():
            figures["operations"] += check(history)
            figures["of them beside another"] += overlapping(history)
            figures["of them cut off by a kill"] += sum(call.end is None for call in history)
            figures["histories"] += 1
    figures["clients killed"] = clients.killed
    return figures


def assert_telling(figures: Counter[str], epochs: int, calls: int) -> None:
    """Histories prove nothing in which all calls come one after another, or none is cut off."""
    calls_in_all, killed = figures["operations"], figures["clients killed"]
    assert calls_in_all > epochs * calls * CLIENTS / 2, "too few calls"
    assert figures["of them beside another"] > calls_in_all / 20, "too few calls beside another"
    assert killed > epochs / 2, "too few clients were killed"
    assert figures["of them cut off by a kill"] > killed / 4, "too few calls were cut off"


def test_all_that_clients_are_told_can_have_happened_in_some_order(
    directory: Path,
    is_long: bool,
    seed: int,
    child_environment: dict[str, str],
    record_property: RecordProperty,
) -> None:
    epochs, calls = (960, 200) if is_long else (24, 170)
    with Clients(directory, calls, seed, child_environment) as clients:
        figures = play(clients, epochs, kills=True)
    for name, number in figures.items():
        record_property(name, number)
    assert_telling(figures, epochs, calls)


@pytest.mark.parametrize("count", [1, CLIENTS])
def test_a_history_without_overlap_or_kills_is_not_taken_for_a_proof(
    count: int, directory: Path, child_environment: dict[str, str]
) -> None:
    epochs, calls = 2, 170
    with Clients(directory, calls * CLIENTS // count, 1, child_environment, count) as clients:
        figures = play(clients, epochs, kills=False)
    missing = "calls beside another" if count == 1 else "clients were killed"
    with pytest.raises(AssertionError, match=missing):
        assert_telling(figures, epochs, calls)


def test_clients_without_locks_are_found_out(
    directory: Path, tmp_path: Path, child_environment: dict[str, str]
) -> None:
    """The check is one that fails."""
    environment = without("locks", child_environment, tmp_path)
    with Clients(directory, 300, 1, environment) as clients, pytest.raises(AssertionError) as found:
        play(clients, 20, kills=False)
    print(f"found out: {found.value}")


def increment(client: int, start: int, end: int | None, result: int = 0) -> Call:
    return Call(client, "increment", start, end, result=result)


def load(client: int, start: int, end: int, after: Content | None) -> Call:
    return Call(client, "load", start, end, OK if after else NOT_FOUND, after=after)


def save(start: int, end: int | None, status: int, before: Content, value: int) -> Call:
    after = before._replace(shared=value) if status == OK else before
    return Call(0, "save fail", start, end, status, value, before=before, after=after)


def merge(
    client: int, start: int, end: int, before: Content, value: int, after: Content, status: int = OK
) -> Call:
    return Call(client, "save merge", start, end, status, value, before=before, after=after)


def own(*values: int) -> Content:
    return FIRST._replace(own=(*values, *(0,) * (6 - len(values))))


POSSIBLE = {
    "a reader beside a save sees old or new": [
        save(10, 20, OK, FIRST, 7),
        load(1, 11, 19, FIRST),
        load(2, 12, 18, FIRST._replace(shared=7)),
    ],
    "two increments at once": [increment(0, 10, 20, 2), increment(1, 11, 21, 1)],
    "of two creators at once one wins": [
        Call(0, "delete", 1, 2),
        Call(0, "create", 10, 20, EXISTS, value=5),
        Call(1, "create", 11, 21, OK, value=6),
    ],
    "a save that was cut off is there": [
        save(10, None, OK, FIRST, 7),
        load(1, 30, 31, FIRST),
        load(1, 40, 41, FIRST._replace(shared=7)),
    ],
    "a save that was cut off is not there": [
        save(10, None, OK, FIRST, 7),
        load(1, 30, 31, FIRST),
    ],
    "merged saves keep both": [
        merge(0, 10, 20, FIRST, 7, own(7)),
        merge(1, 11, 30, FIRST, 8, own(7, 8)),
        load(2, 40, 41, own(7, 8)),
    ],
    "a token passes once": [
        Call(0, "consume", 10, 20, OK, value=2),
        Call(1, "consume", 10, 20, NOT_FOUND, value=2),
    ],
    "a renewed session is gone": [
        Call(0, "renew", 10, 20, before=FIRST, after=FIRST),
        save(30, 31, GONE, FIRST, 7),
        Call(1, "has", 40, 41, NOT_FOUND),
    ],
}

IMPOSSIBLE = {
    "a lost update": [increment(0, 10, 20, 1), increment(1, 11, 21, 1)],
    "an increment that was told and is not there": [
        increment(0, 10, 20, 1),
        load(1, 30, 31, FIRST),
    ],
    "a save that was told and is not there": [
        save(10, 20, OK, FIRST, 7),
        load(1, 30, 31, FIRST),
    ],
    "a stale read after another saw the new": [
        save(10, 40, OK, FIRST, 7),
        load(1, 11, 12, FIRST._replace(shared=7)),
        load(2, 13, 14, FIRST),
    ],
    "a session that is back": [
        Call(0, "delete", 10, 20),
        load(1, 30, 31, FIRST),
    ],
    "a save that brings a session back": [
        Call(0, "delete", 10, 20),
        merge(1, 30, 40, FIRST, 7, own(0, 7)),
    ],
    "a save meant for one that was deleted and made again": [
        Call(0, "delete", 10, 20),
        Call(0, "create", 30, 40, OK, value=5),
        merge(1, 50, 60, FIRST, 7, Content(5, 5, own=(0, 7, 0, 0, 0, 0))),
    ],
    "a token that passes twice": [
        Call(0, "consume", 10, 20, OK, value=2),
        Call(1, "consume", 10, 20, OK, value=2),
    ],
    "a merge that takes theirs away": [
        merge(0, 10, 20, FIRST, 7, own(7)),
        merge(1, 30, 40, FIRST, 8, own(0, 8)),
    ],
    "a conflict with nobody": [save(10, 20, CONFLICT, FIRST, 7)],
    "a save over what it did not see": [
        increment(0, 10, 20, 1),
        save(30, 40, OK, FIRST, 7),
    ],
    "two creators who both win": [
        Call(0, "delete", 1, 2),
        Call(0, "create", 10, 20, OK, value=5),
        Call(1, "create", 11, 21, OK, value=6),
    ],
    "two deleters who both win": [Call(0, "delete", 10, 20), Call(1, "delete", 11, 21)],
    "a save that was cut off comes and goes": [
        save(10, None, OK, FIRST, 7),
        load(1, 30, 31, FIRST._replace(shared=7)),
        load(1, 40, 41, FIRST),
    ],
    "a renewed session that is still there": [
        Call(0, "renew", 10, 20, before=FIRST, after=FIRST),
        Call(1, "has", 30, 31, OK),
    ],
    "half of a save": [
        merge(0, 10, 30, FIRST, 7, own(7)),
        load(1, 11, 20, own(6)),
    ],
}


@pytest.mark.parametrize("history", POSSIBLE.values(), ids=POSSIBLE)
def test_the_checker_takes_what_is_possible(history: list[Call]) -> None:
    assert check(history, FIRST) == len(history)


@pytest.mark.parametrize("history", IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_the_checker_refuses_what_is_impossible(history: list[Call]) -> None:
    with pytest.raises(NotLinearizableError):
        check(history, FIRST)
