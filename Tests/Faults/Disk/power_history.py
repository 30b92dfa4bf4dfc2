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
    def makes_a_file(self) -> bool:
        """Whether what it saves goes to a new file for certain. (A save of power_writer.c that is
        no `grow` may grow one, too: then less may be on the disk than if it did not.)"""
        return self.kind in ("create", "renew", "grow")

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
    """What one writer did; its lines that begin with # are for who reads them."""

    def __init__(self, path: Path) -> None:
        self.operations: list[Operation] = []
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

    def begun(self, offset: int) -> list[Operation]:
        """The operations of which the log tells up to an offset."""
        return [operation for operation in self.operations if operation.begun <= offset]


@dataclass
class CutReport:
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
    report: CutReport,
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
            report.note(id, kind, f"found {found[id]}, {told(id, begun, acknowledged)}")
        if is_synced:
            judge_renewal(report, begun, acknowledged, found)
    judge_shared(report, logs, moment, found[SHARED], is_synced=is_synced)


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
    past = [op for op in begun[: settled + 1] if id in op.changes()]
    since = [op for op in begun[settled + 1 :] if id in op.changes()]
    if found.kind == ABSENT:
        was_there = bool(past) and past[-1].changes()[id] is not None
        return None if was_there and not any(op.changes_names for op in since) else "gone"
    files = written_files(id, past, since)
    if found.kind == CORRUPT:
        return "unreadable" if any(file.may_be_unreadable for file in files) else None
    return "older" if any(found.attributes in file.states for file in files) else None


@dataclass
class WrittenFile:
    """A file of a session, of which the disk has what was durable, and any part of what came after:
    each name by itself, and of each slot the old bytes, the new ones, or some of both."""

    # What its slots hold for certain as long as nothing is written there: at most two, newest last.
    durable: list[Attributes] = field(default_factory=list)
    saved: list[Attributes] = field(default_factory=list)

    @property
    def may_be_unreadable(self) -> bool:
        """One save leaves the slot of what was durable alone; two use both."""
        return len(self.saved) > (1 if self.durable else 0)

    @property
    def states(self) -> list[Attributes]:
        """What may be read. A save goes to the slot of the older state: only once the newest one's
        slot is written again, and torn, can the older one be read."""
        return [*(self.durable if len(self.saved) > 1 else self.durable[-1:]), *self.saved]


def written_files(id: str, past: list[Operation], since: list[Operation]) -> list[WrittenFile]:
    """The files that a session's name may lead to: that of the last sync of all, and those that
    were made since."""
    files = [WrittenFile()]
    for op in past:
        state = op.changes()[id]
        if op.makes_a_file or state is None:
            files[0].durable = []
        if state is not None:
            files[0].durable = [*files[0].durable, state][-2:]
    for op in since:
        state = op.changes()[id]
        if state is None:
            continue
        if op.kind == "grow":
            # It is synced before it gets the name, in every mode.
            files.append(WrittenFile(durable=[state]))
            continue
        if op.makes_a_file:
            files.append(WrittenFile())
        files[-1].saved.append(state)
    return files


def judge_renewal(
    report: CutReport, begun: list[Operation], acknowledged: int, found: Mapping[str, Found]
) -> None:
    """A session whose renewal was under way is there by one of its ids, if it was there before. It
    may not have been: a creation, too, can end between the cut and the second look at the log."""
    if not begun or begun[-1].kind != "renew" or not begun[-1].new_id:
        return
    *earlier, last = begun
    made = max((index for index, op in enumerate(earlier) if last.id in op.changes()), default=0)
    if made < acknowledged and all(found[id].kind != SESSION for id in (last.id, last.new_id)):
        report.note(last.id, None, "lost between its old id and its new one")


def judge_shared(
    report: CutReport, logs: list[Log], moment: Moment, found: Found, *, is_synced: bool
) -> None:
    """The session on which all count holds what was acknowledged, and no more than was begun."""

    def counted(offsets: Iterable[int], *, ended: bool) -> int:
        return sum(
            1
            for log, offset in zip(logs, offsets, strict=True)
            for op in log.begun(offset)
            if op.id == SHARED and (not ended or (op.ended is not None and op.ended <= offset))
        )

    most = counted(moment.after, ended=False)
    least = counted(moment.before, ended=True) if is_synced else counted_at_a_settle(logs, moment)
    # Two saves after it use both slots; torn, the newer one lets the state before be read.
    is_overwritten = not is_synced and most - least > 1
    if found.kind == SESSION:
        hits = found.attributes.get("hits", 0)
        is_right = max(0, least - is_overwritten) <= hits <= most
        why = f"{hits} of {least} to {most} increments"
        report.note(SHARED, "as acknowledged" if is_right else None, why)
    else:
        is_torn = found.kind == CORRUPT and is_overwritten
        report.note(SHARED, "unreadable" if is_torn else None, found.kind)


def counted_at_a_settle(logs: list[Log], moment: Moment) -> int:
    """How many increments were durable at least: of each writer those before its last settling,
    since the last of all found every one of them done."""
    count = 0
    for log, offset in zip(logs, moment.before, strict=True):
        done = [op for op in log.begun(offset) if op.ended is not None and op.ended <= offset]
        settled = max((i for i, op in enumerate(done) if op.kind == "settle"), default=-1)
        count += sum(op.id == SHARED for op in done[: settled + 1])
    return count


def told(id: str, begun: list[Operation], acknowledged: int) -> str:
    """The last operations on an id, for who has to find out."""
    of_id = [
        f"{op.kind}{'' if index < acknowledged else ' (under way)'} -> {op.changes()[id]}"
        for index, op in enumerate(begun)
        if id in op.changes()
    ]
    return "; ".join(of_id[-4:])[:600]
