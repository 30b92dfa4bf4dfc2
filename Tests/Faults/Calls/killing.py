# SPDX-License-Identifier: MIT
"""Writers (programs/writer.c) that are killed, and what must be in the store after each death.

A writer notes each call in its journal before and after it. An acknowledged one must be in the
store; one that the kill cut off may be, wholly or not at all.
"""

from __future__ import annotations

import mmap
import random
import struct
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGKILL
from typing import Any, NamedTuple

from places import program

SHARED = [f"shared-{number}" for number in range(4)]
OPERATIONS = (
    *("save", "count", "add", "own create", "own save", "own renew", "own delete"),
    *("doomed create", "doomed save", "doomed delete", "sweep"),
)
ENTRY = struct.Struct("<IIiIqqqq40s40s")
ENTRIES = 8192
BYTES = bytes(range(256)) * 256
HANG = 60.0
# Where a writer has no session of its own; no id.
NONE = "."


class Entry(NamedTuple):
    """One call of a writer; `done` if it was acknowledged."""

    done: bool
    operation: str
    status: int
    size: int
    value: int
    result: int
    start_ns: int
    end_ns: int
    id: str
    new_id: str

    @property
    def saved(self) -> Value:
        """What a save of this entry stores."""
        return Value(self.value, self.size)


class Value(NamedTuple):
    """What one writer saved in one session: a number, and so many bytes that follow from it."""

    number: int = 0
    size: int = 0

    @property
    def bytes(self) -> bytes:
        start = self.number % 256
        return (BYTES + BYTES[:256])[start : start + self.size]


def value_in(session: Any, writer: int) -> Value:
    """What a writer saved in a session; the number and the bytes must be of one save."""
    content = getattr(session, f"b{writer}", b"")
    value = Value(getattr(session, f"v{writer}", 0), len(content))
    assert value.bytes == content, f"writer {writer}: number and bytes are of two saves"
    return value


class Journal:
    """What a writer notes, in a file that it maps."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.write_bytes(bytes(ENTRIES * ENTRY.size))
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), 0)

    def take(self) -> list[Entry]:
        """The entries of a writer that is dead; the journal is empty afterwards."""
        entries = list(self._entries())
        self._memory[: (len(entries) + 1) * ENTRY.size] = bytes((len(entries) + 1) * ENTRY.size)
        return entries

    def _entries(self) -> Iterator[Entry]:
        for offset in range(0, (ENTRIES - 1) * ENTRY.size, ENTRY.size):
            state, operation, *numbers, id, new_id = ENTRY.unpack_from(self._memory, offset)
            if state == 0:
                return
            ids = (text.rstrip(b"\0").decode() for text in (id, new_id))
            yield Entry(state == 2, OPERATIONS[operation], *numbers, *ids)


@dataclass
class Doomed:
    """A session that is created once and deleted once, and never seen again."""

    created: bool = False
    delete_may_have_run: bool = False
    deleted_ns: int | None = None
    last_save_began_ns: int = 0

    def note(self, entry: Entry) -> None:
        """Adds what a writer did with it."""
        kind = entry.operation.removeprefix("doomed ")
        if not entry.done:
            self.delete_may_have_run |= kind == "delete"
        elif entry.status == 0 and kind == "create":
            self.created = True
        elif entry.status == 0 and kind == "delete":
            assert self.deleted_ns is None, "two deletes were told that they deleted it"
            self.deleted_ns = entry.end_ns
        elif entry.status == 0:
            self.last_save_began_ns = max(self.last_save_began_ns, entry.start_ns)

    def check(self, is_there: bool) -> None:
        """What the store has of it, with all writers dead."""
        if self.deleted_ns is not None:
            assert not is_there, "a deleted session is back"
            assert self.last_save_began_ns < self.deleted_ns, "a save succeeded after the delete"
        elif self.created and not self.delete_may_have_run:
            assert is_there, "a session that was created is lost"


@dataclass
class Ledger:
    """What must be stored of one writer."""

    writer: int
    own: str = NONE
    saved: dict[str, Value] = field(default_factory=dict)
    cut_off: dict[str, Value] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    added: Counter[str] = field(default_factory=Counter)
    maybe_added: Counter[str] = field(default_factory=Counter)
    figures: Counter[str] = field(default_factory=Counter)

    def note_life(self, entries: list[Entry], store: Any) -> None:
        """Takes in the journal of a writer that was killed, and looks at what is stored."""
        for entry in entries[:-1]:
            assert entry.done
        for entry in entries:
            if entry.done:
                self._note(entry)
        last = None if not entries or entries[-1].done else entries[-1]
        self.figures["kills"] += 1
        self.figures["kills within an operation"] += last is not None
        writing = last is not None and last.operation.split()[-1] in ("save", "create", "renew")
        self.figures["of them within a save, creation or renewal"] += writing
        self._check_own(last, store)
        for id in SHARED:
            self._check_shared(id, last, store.load_session(id, strict=True))
        if last is not None and last.operation.startswith("doomed"):
            self.cut_off[last.id] = last.saved

    def _note(self, entry: Entry) -> None:
        """Takes in an acknowledged call."""
        if entry.status != 0:
            return
        operation = entry.operation.removeprefix("own ").removeprefix("doomed ")
        if operation in ("save", "create"):
            self.saved[entry.id] = entry.saved
            self.cut_off.pop(entry.id, None)
            self.figures["saves acknowledged"] += 1
        elif operation == "count":
            self.counts[entry.id] += 1
            assert entry.result == self.counts[entry.id], "a count was lost"
        elif operation == "add":
            self.added[entry.id] += 1
        elif operation == "renew":
            self.saved[entry.new_id] = self.saved.pop(entry.id)
        elif operation == "delete":
            self.saved.pop(entry.id, None)
        self.figures["increments acknowledged"] += operation in ("count", "add")
        if entry.operation in ("own create", "own renew"):
            self.own = entry.new_id or entry.id
        elif entry.operation == "own delete":
            self.own = NONE

    def _check_shared(self, id: str, last: Entry | None, session: Any) -> None:
        """A session that all save in: what this writer saved last, what it counted."""
        assert session is not None, f"{id} is lost"
        last = last if last is not None and last.id == id else None
        found = value_in(session, self.writer)
        if last is not None and last.operation == "save" and found == last.saved:
            self.saved[id] = found
        assert found == self.saved.get(id, Value()), f"{id}: a save of writer {self.writer} is lost"
        count = getattr(session, f"n{self.writer}", 0)
        if last is not None and last.operation == "count" and count == self.counts[id] + 1:
            self.counts[id] = count
        assert count == self.counts[id], f"{id}: a count of writer {self.writer} is lost"
        self.maybe_added[id] += last is not None and last.operation == "add"

    def check_saved(self, id: str, session: Any) -> None:
        """Any session, with all writers dead: what this writer saved last, or was about to."""
        found = value_in(session, self.writer)
        saved = self.saved.get(id, Value())
        assert found in (saved, self.cut_off.get(id)), f"{id}: a save of {self.writer} is lost"

    def _check_own(self, last: Entry | None, store: Any) -> None:
        """The writer's own session: what it saved last, under the id it has."""
        is_of_own = last is not None and last.operation.startswith("own")
        kind = last.operation.removeprefix("own ") if last is not None and is_of_own else ""
        cut_off = None if last is None else last.saved
        mine = {id: s for id, s in store.iter_sessions() if s.user == str(self.writer)}
        mine = {id: s for id, s in mine.items() if not id.startswith("doomed")}
        if kind == "renew" and len(mine) == 2:
            # Killed between the making of the new one and the deletion of the old: the old counts.
            store.delete_session(next(id for id in mine if id != self.own))
            del mine[next(id for id in mine if id != self.own)]
        assert len(mine) <= 1, f"{mine}: writer {self.writer} has one"
        if not mine:
            assert self.own == NONE or kind == "delete", f"{self.own} is lost"
            self.saved.pop(self.own, None)
            self.own = NONE
            return
        [(id, session)] = mine.items()
        if id != self.own:
            assert kind in ("create", "renew"), f"{id} is there, not {self.own}"
            before = cut_off if kind == "create" else self.saved.pop(self.own)
            self.saved[id] = before or Value()
        self.own = id
        found = value_in(session, self.writer)
        if kind == "save" and found == cut_off:
            self.saved[id] = found
        assert found == self.saved[id], f"own session: a save of writer {self.writer} is lost"


def run_life(
    ledger: Ledger, journal: Journal, directory: Path, sync: str, board: Path, **more: Any
) -> list[Entry]:
    """Starts a writer, which is killed, and reads what it noted."""
    life, seed, environment = more["life"], more["seed"], more["environment"]
    chance = random.Random(seed)
    aimed = chance.randint(1, 60) if chance.random() < 0.7 else 0
    arguments = [str(directory), sync, str(journal.path), str(board)]
    arguments += [str(part) for part in (ledger.writer, life, ledger.own, seed, aimed)]
    writer = subprocess.Popen(
        [program("writer"), *arguments], env=environment, stderr=subprocess.PIPE, text=True
    )
    try:
        if aimed == 0:
            time.sleep(chance.uniform(0, 0.02))
            writer.kill()
        _, said = writer.communicate(timeout=HANG)
    finally:
        writer.kill()
        writer.wait()
    assert writer.returncode == -SIGKILL, f"writer {ledger.writer}: {said}"
    return journal.take()
