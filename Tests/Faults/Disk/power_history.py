# SPDX-License-Identifier: MIT
"""What writers did, by the logs of programs/power_writer.c, and what a power cut may leave."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from session_reader import ABSENT, CORRUPT, SESSION, Found

SHARED = "shared"

Attributes = dict[str, Any]


@dataclass
class Operation:
    """One operation of a writer."""

    kind: str
    id: str
    # What the session is afterwards, or None.
    state: Attributes | None
    # Where its two lines end in the log.
    begun: int
    ended: int | None = None
    status: int = 0
    new_id: str = ""

    def changes(self) -> dict[str, Attributes | None]:
        """What it makes of which id."""
        if self.kind == "settle" or self.id == SHARED:
            return {}
        if self.kind == "renew":
            # Its new id is not known as long as it is under way.
            return {self.id: None} | ({self.new_id: self.state} if self.new_id else {})
        return {self.id: self.state}

    @property
    def changes_names(self) -> bool:
        """Whether a directory entry comes or goes."""
        return self.kind in ("create", "delete", "renew")


def attributes(step: int, size: int, hits: int) -> Attributes:
    """What power_writer.c puts into a session."""
    text = f"{step:08d}."
    return {"step": step, "hits": hits, "text": (text * (size // len(text) + 1))[:size]}


@dataclass(frozen=True)
class Moment:
    """When the power was cut: how much of each log there was before, and how much afterwards."""

    before: tuple[int, ...]
    after: tuple[int, ...]


class Log:
    """What one writer did."""

    def __init__(self, path: Path) -> None:
        self.operations: list[Operation] = []
        self.failures: list[str] = []
        offset = 0
        for line in path.read_bytes().splitlines(keepends=True):
            offset += len(line)
            if line.endswith(b"\n"):
                self._take(line.decode().split(), offset)

    def _take(self, words: list[str], offset: int) -> None:
        if words[0] == "B":
            _, kind, id, step, size, hits = words
            state = attributes(int(step), int(size), int(hits))
            gone = kind in ("delete", "settle")
            self.operations.append(Operation(kind, id, None if gone else state, offset))
        elif words[0] == "E":
            last = self.operations[-1]
            last.ended, last.status = offset, int(words[1])
            if last.kind == "renew":
                last.new_id = words[2]
        else:
            self.failures.append(f"{self.operations[-1].kind}: {' '.join(words)}")

    def begun(self, offset: int) -> list[Operation]:
        """The operations of which the log tells up to an offset."""
        return [operation for operation in self.operations if operation.begun <= offset]


@dataclass
class Outcome:
    """What became of sessions in a power cut."""

    counts: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)

    def note(self, id: str, kind: str | None, why: str) -> None:
        """Counts a session; without a kind it is lost."""
        if kind is None:
            self.lost.append(f"{id}: {why}")
        else:
            self.counts[kind] += 1


def judge(
    outcome: Outcome,
    logs: list[Log],
    moment: Moment,
    found: Mapping[str, Found],
    *,
    is_synced: bool,
) -> None:
    """Holds what a cut left against what was done; `is_synced`: nothing acknowledged may miss."""
    for log, before, after in zip(logs, moment.before, moment.after, strict=True):
        begun = log.begun(after)
        acknowledged = sum(1 for op in begun if op.ended is not None and op.ended <= before)
        for id in {id for op in begun for id in op.changes()}:
            kind = judge_id(id, begun, acknowledged, found[id], is_synced=is_synced)
            outcome.note(id, kind, f"found {found[id]}, {told(id, begun, acknowledged)}")
        if is_synced:
            judge_renewal(outcome, begun, found)
    judge_shared(outcome, logs, moment, found[SHARED], is_synced=is_synced)


def judge_id(
    id: str, begun: list[Operation], acknowledged: int, found: Found, *, is_synced: bool
) -> str | None:
    """What a session that one writer alone used became; None: what must not be."""
    states = [(index, op.changes()[id]) for index, op in enumerate(begun) if id in op.changes()]
    old: list[Attributes | None] = [None]
    old += [state for index, state in states if index < acknowledged]
    new = [state for index, state in states if index >= acknowledged]
    state = found.attributes if found.kind == SESSION else None
    if found.kind != CORRUPT:
        if state == old[-1]:
            return "as acknowledged" if state or len(old) > 1 else "not yet there"
        if state in new:
            return "as not yet acknowledged"
    if is_synced:
        # A creation that was not acknowledged left its file, and none of its bytes.
        is_half_made = found.kind == CORRUPT and old[-1] is None and any(new)
        return "unreadable, never acknowledged" if is_half_made else None
    return judge_unsynced(id, begun, acknowledged, found)


def judge_unsynced(id: str, begun: list[Operation], acknowledged: int, found: Found) -> str | None:
    """judge_id for a session that is not as it was acknowledged, in a store that does not sync."""
    settled = max(
        (i for i, op in enumerate(begun) if op.kind == "settle" and i < acknowledged), default=-1
    )
    past = [op.changes()[id] for op in begun[: settled + 1] if id in op.changes()]
    since = [op for op in begun[settled + 1 :] if id in op.changes()]
    may_be_absent = any(op.changes_names for op in since) or not (past and past[-1])
    # One save leaves the slot of what was durable alone; two use both.
    may_be_corrupt = may_be_absent or len(since) > 1
    if found.kind == ABSENT:
        return "gone" if may_be_absent else None
    if found.kind == CORRUPT:
        return "unreadable" if may_be_corrupt else None
    states = [*past, *(op.changes()[id] for op in since)]
    if not may_be_corrupt:
        states = [past[-1], *states[len(past) :]]
    return "older" if found.attributes in states else None


def judge_renewal(outcome: Outcome, begun: list[Operation], found: Mapping[str, Found]) -> None:
    """A session whose renewal was under way is there by one of its ids."""
    last = begun[-1] if begun else None
    if last and last.kind == "renew" and last.new_id:
        ids = (last.id, last.new_id)
        if not any(found[id].kind == SESSION for id in ids):
            outcome.note(last.id, None, "lost between its old id and its new one")


def judge_shared(
    outcome: Outcome, logs: list[Log], moment: Moment, found: Found, *, is_synced: bool
) -> None:
    """The session on which all count holds what was acknowledged, and no more than was begun."""

    def counted(offsets: Iterable[int], *, ended: bool) -> int:
        return sum(
            1
            for log, offset in zip(logs, offsets, strict=True)
            for op in log.begun(offset)
            if op.id == SHARED and (not ended or (op.ended is not None and op.ended <= offset))
        )

    least = counted(moment.before, ended=True) if is_synced else 0
    most = counted(moment.after, ended=False)
    if found.kind == SESSION:
        hits = found.attributes.get("hits", 0)
        kind = "as acknowledged" if least <= hits <= most else None
        outcome.note(SHARED, kind, f"{hits} of {least} to {most} increments")
    else:
        outcome.note(SHARED, None if is_synced or most < 2 else "unreadable", found.kind)


def told(id: str, begun: list[Operation], acknowledged: int) -> str:
    """The last operations on an id, for who has to find out."""
    of_id = [
        f"{op.kind}{'' if index < acknowledged else ' (under way)'} -> {op.changes()[id]}"
        for index, op in enumerate(begun)
        if id in op.changes()
    ]
    return "; ".join(of_id[-4:])[:600]
