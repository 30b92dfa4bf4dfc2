# SPDX-License-Identifier: MIT
"""Operations that were recorded, the states that a power cut amid them may leave, and what may be
made of each."""

from __future__ import annotations

import itertools
import json
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from operator import itemgetter
from pathlib import Path
from typing import Any

from disk_states import Directory, Event, Scale, State, StoredFile, read_record
from places import environment, preload
from session_reader import ABSENT, CORRUPT, SESSION, Found, Reader

# Where a store of sync mode none may lose a session, by store.h: it was created or deleted, or its
# two slots were written, and none of that is on the disk for certain.
MAY_BE_GONE = {"create", "large create", "create and save", "delete", "delete and create", "renew"}
MAY_BE_UNREADABLE = (MAY_BE_GONE - {"delete"}) | {
    "two saves",
    "large saves",
    "saves beside a torn slot",
    "growth and saves",
}

NEVER_ACKNOWLEDGED = "unreadable that were never acknowledged"
# What store.h excepts from SESSION3_SYNC_DATA.
EXCEPTION = "lost by a killed writer and a cut amid the next save, as store.h says"

# The session that no operation of a story touches.
OTHER = "other"

Sessions = dict[str, Any]


@dataclass(frozen=True)
class Story:
    """Operations on a store, one after another."""

    name: str
    sync: str
    # The directory before.
    inode: int
    before: State
    # All sessions before the first operation, and after each.
    states: list[Sessions]
    # What was stored before that, and may still be in a slot.
    older: list[Sessions]
    # What each operation asked of the disk.
    operations: list[list[Event]]
    # Whether the writer of all operations but the last was killed before it returned.
    is_killed: bool = False

    @property
    def ids(self) -> set[str]:
        """Of all sessions in it."""
        return {id for state in self.states for id in state}

    def disks(self, scale: Scale, chance: random.Random) -> Iterator[tuple[int, int, State]]:
        """What a power cut may leave: how many operations had returned, how many had begun, and
        what is on the disk."""
        directory = Directory(self.inode, self.before)
        for index, events in enumerate(self.operations):
            done = 0 if self.is_killed else index
            for event in events:
                directory.apply(event)
                for state in directory.states(scale, chance):
                    yield done, index + 1, state
            if self.is_killed and index + 1 < len(self.operations):
                continue
            for state in directory.states(scale, chance):
                yield index + 1, index + 1, state

    def judge(self, id: str, done: int, begun: int, found: Found) -> str | None:
        """What a session became when so many operations had returned; None: what must not be."""
        history = [state.get(id) for state in self.states]
        state = found.attributes if found.kind == SESSION else None
        if found.kind != CORRUPT:
            if state == history[done]:
                return "as acknowledged"
            if state in history[done : begun + 1]:
                return "as not yet acknowledged"
        if all(state == history[0] for state in history):
            return None
        if self.sync == "data":
            return self._judge_synced(found, history[done : begun + 1], id)
        if found.kind == ABSENT:
            return "gone" if self.name in MAY_BE_GONE else None
        may_be_unreadable = self.name in MAY_BE_UNREADABLE
        if found.kind == CORRUPT:
            return "unreadable" if may_be_unreadable else None
        older = [state.get(id) for state in self.older] if may_be_unreadable else []
        return "older" if state in [*older, *history[: begun + 1]] else None

    def _judge_synced(self, found: Found, history: list[Any], id: str) -> str | None:
        """judge where the store syncs, of what is neither old nor new."""
        if found.kind == CORRUPT and history[0] is None and any(history):
            return NEVER_ACKNOWLEDGED
        # The exception that store.h makes.
        older = [state.get(id) for state in self.older]
        is_excepted = self.is_killed and len(history) > 1
        if is_excepted and (found.kind == CORRUPT or found.attributes in older):
            return EXCEPTION
        return None


def record(place: Path, sync: str) -> list[Story]:
    """Runs all stories of record_operations.py, and records what they ask of the disk."""
    place.mkdir()
    path = place / "record"
    script = str(Path(__file__).with_name("record_operations.py"))
    done = subprocess.run(
        [sys.executable, script, str(place), sync],
        env=environment(LD_PRELOAD=preload("disk_recorder"), SESSION3_RECORD=str(path)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    parts = read_record(path)
    stories = []
    for told in json.loads(done.stdout):
        count = len(told["states"]) - 1
        before = {
            path.name: StoredFile(told["inodes"][path.name], path.read_bytes())
            for path in Path(told["before"]).iterdir()
        }
        operations, parts = parts[1 : count + 1], parts[count + 1 :]
        require_whole(told["inode"], before, operations, Path(told["after"]))
        stories.append(
            Story(
                told["name"],
                sync,
                told["inode"],
                before,
                told["states"],
                told["older"],
                operations,
            )
        )
    return stories


def require_whole(inode: int, before: State, operations: list[list[Event]], after: Path) -> None:
    """Fails where the record misses something that was done to the directory."""
    directory = Directory(inode, before)
    for event in itertools.chain(*operations):
        directory.apply(event)
    assert directory.cached() == {path.name: path.read_bytes() for path in after.iterdir()}


def killed(story: Story) -> Story:
    """A story whose operations but the last were killed between their write and its sync."""
    *killed, last = story.operations
    events = [[event for event in part if event.call != "sync"] for part in killed]
    return replace(story, name=f"{story.name}, killed", operations=[*events, last], is_killed=True)


def changed(story: Story, change: Callable[[Event], Event | None]) -> Story:
    """A story of a library that does something else, or leaves it."""
    operations = [
        [event for event in map(change, part) if event is not None] for part in story.operations
    ]
    return replace(story, operations=operations)


@dataclass
class Verdict:
    """What became of all sessions in all states."""

    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


class Checker:
    """Loads states, and judges what is found."""

    def __init__(self, reader: Reader, place: Path, scale: Scale, seed: int) -> None:
        self._reader = reader
        self._place = place
        self._scale = scale
        self._seed = seed

    def check(self, story: Story, *, until_wrong: bool = False) -> Verdict:
        """All states of a story, each loaded once; or those to the first that is wrong."""
        verdict = Verdict()
        chance = random.Random(self._seed)
        known: dict[tuple[tuple[str, StoredFile], ...], Mapping[str, Found]] = {}
        judged = set()
        for done, begun, state in story.disks(self._scale, chance):
            key = tuple(sorted(state.items(), key=itemgetter(0)))
            if (done, begun, key) in judged:
                continue
            judged.add((done, begun, key))
            if key not in known:
                known[key] = self._load(story, state)
            self._judge(verdict, story, (done, begun), known[key])
            if until_wrong and verdict.wrong:
                break
        verdict.counts["states"] = len(known)
        return verdict

    def _load(self, story: Story, state: State) -> Mapping[str, Found]:
        """What the library makes of a state."""
        for path in self._place.iterdir():
            path.unlink()
        first: dict[int, Path] = {}
        for name, file in state.items():
            path = self._place / name
            if file.inode in first:
                os.link(first[file.inode], path)
            else:
                path.write_bytes(file.content)
                first[file.inode] = path
        names = {name for name in state if not name.startswith(".")}
        ids = sorted(story.ids | names)
        return self._reader.read(self._place, ids, used=[id for id in ids if id != OTHER])

    def _judge(
        self, verdict: Verdict, story: Story, moment: tuple[int, int], found: Mapping[str, Found]
    ) -> None:
        done, begun = moment
        for id, what in found.items():
            kind = story.judge(id, done, begun, what)
            if kind is None:
                why = f"{done} operations returned, {begun} begun, {id} is {what}"
                verdict.wrong.append(f"{story.name}, sync {story.sync}: {why}"[:400])
            else:
                verdict.counts[kind] += 1
            if what.next == "refused":
                verdict.counts["unreadable for good"] += 1
        # A renewal that is under way leaves the session under one of its ids.
        is_there = any(found[id].kind == SESSION for id in story.ids if id != OTHER)
        if story.name == "renew" and story.sync == "data" and not is_there:
            verdict.wrong.append("renew: the session is under neither id")
