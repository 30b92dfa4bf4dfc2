# SPDX-License-Identifier: MIT
"""Whatever part of its sectors and names reached the disk, a session is old, or new, or said to be
lost where the header allows that."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from disk_states import Event, Scale
from proof import RecordProperty
from session_reader import Reader, session_reader
from torn_stories import EXCEPTION, NEVER_ACKNOWLEDGED, Checker, Story, changed, killed, record

pytestmark = pytest.mark.method("torn")

SHORT, LONG = Scale(256, 10), Scale(4096, 4096)
MODES = ("data", "none")

Stories = dict[str, dict[str, Story]]


@pytest.fixture(scope="module")
def stories(tmp_path_factory: pytest.TempPathFactory) -> Stories:
    """What each operation asks of the disk, by sync mode and name."""
    place = tmp_path_factory.mktemp("record")
    return {mode: {story.name: story for story in record(place / mode, mode)} for mode in MODES}


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    """Reads what is on a disk."""
    with session_reader() as process:
        yield process


@pytest.fixture(scope="module")
def disk() -> Iterator[Path]:
    """Where a state is laid out."""
    # The library syncs after each of thousands of states: in memory, where that can be.
    memory = Path("/dev/shm")
    place = memory if os.access(memory, os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=place) as name:
        yield Path(name)


@pytest.fixture
def checker(reader: Reader, disk: Path, is_long: bool, seed: int) -> Checker:
    """Tries states, some of them taken by chance."""
    return Checker(reader, disk, LONG if is_long else SHORT, seed)


def test_a_store_that_syncs_holds_all_that_returned_in_every_state_of_the_disk(
    stories: Stories, checker: Checker, record_property: RecordProperty
) -> None:
    for story in stories["data"].values():
        verdict = checker.check(story)
        assert verdict.wrong == []
        record_property("states of the disk loaded", verdict.counts["states"])
        record_property(f"sessions {NEVER_ACKNOWLEDGED}", verdict.counts[NEVER_ACKNOWLEDGED])


def test_a_store_that_does_not_sync_is_old_or_new_or_says_that_it_lost_a_session(
    stories: Stories, checker: Checker, record_property: RecordProperty
) -> None:
    for story in stories["none"].values():
        verdict = checker.check(story)
        assert verdict.wrong == []
        record_property("states of the disk loaded", verdict.counts["states"])
        for kind in ("older", "gone", "unreadable", "unreadable for good"):
            record_property(f"{kind} without sync", verdict.counts[kind])


@pytest.mark.parametrize("name", ["two saves", "large saves"])
def test_a_killed_writer_and_a_cut_amid_the_next_save_lose_no_more_than_the_header_says(
    name: str, stories: Stories, checker: Checker, record_property: RecordProperty
) -> None:
    verdict = checker.check(killed(stories["data"][name]))
    assert verdict.wrong == []
    assert verdict.counts[EXCEPTION] > 0
    record_property("states of the disk loaded", verdict.counts["states"])
    record_property(f"sessions {EXCEPTION}", verdict.counts[EXCEPTION])


# The check must see a fault, or it proves nothing.


def no_sync(event: Event) -> Event | None:
    """A library that syncs neither files nor names."""
    return None if event.call == "sync" else event


def newest_slot(event: Event) -> Event | None:
    """A library whose save writes the slot of the newest revision, which in these stories is B."""
    if event.call == "write" and event.words[1] == "512":
        return Event("write", (event.words[0], "2048", event.words[2]))
    return event


@pytest.mark.parametrize(
    ("mode", "name", "change"),
    [
        ("data", "save", no_sync),
        ("data", "create", no_sync),
        ("data", "growth", no_sync),
        ("data", "increment", no_sync),
        ("data", "delete", no_sync),
        ("data", "renew", no_sync),
        ("data", "save", newest_slot),
        ("none", "save", newest_slot),
        ("none", "growth", no_sync),
    ],
)
def test_a_rule_that_is_left_out_is_caught(
    mode: str,
    name: str,
    change: Callable[[Event], Event | None],
    stories: Stories,
    checker: Checker,
    record_property: RecordProperty,
) -> None:
    verdict = checker.check(changed(stories[mode][name], change), until_wrong=True)
    assert verdict.wrong
    record_property("rules left out and caught", 1)
