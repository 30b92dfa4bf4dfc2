# SPDX-License-Identifier: MIT
"""Writers (programs/writer.c) that are killed, and what must be in the store after each death.

A writer notes each call in its journal before and after it. An acknowledged one must be in the
store; one that the kill cut off may be, wholly or not at all. What is lost all the same is listed,
so that it can be counted; of a session that is lost the rest is not looked at.
"""

from __future__ import annotations

import random
import subprocess
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGKILL
from typing import Any, NamedTuple

from journal import Journal
from places import program
from writer_entries import Entry, Value, take_entries

SHARED = [f"shared-{number}" for number in range(4)]
HANG = 60.0
# Where a writer has no session of its own; no id.
NONE = "."


class Place(NamedTuple):
    """Where writers work."""

    directory: Path
    sync: str
    board: Path
    """A file with a number that all writers read and write."""
    environment: dict[str, str]


@dataclass
class KilledWriter:
    """A writer that is killed, life after life, and what must be stored of it."""

    number: int
    journal: Journal
    lives: int = 0
    own: str = NONE
    saved: dict[str, Value] = field(default_factory=dict)
    cut_off: dict[str, Value] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    added: Counter[str] = field(default_factory=Counter)
    maybe_added: Counter[str] = field(default_factory=Counter)
    figures: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    """What was acknowledged, and is not so."""

    def live(self, place: Place, seed: int) -> list[Entry]:
        """Starts the writer, which is killed; what it noted."""
        self.lives += 1
        chance = random.Random(seed)
        aimed = chance.randint(1, 60) if chance.random() < 0.7 else 0
        arguments = [str(place.directory), place.sync, str(self.journal.path), str(place.board)]
        arguments += [str(part) for part in (self.number, self.lives, self.own, seed, aimed)]
        command = [program("writer"), *arguments]
        writer = subprocess.Popen(command, env=place.environment, stderr=subprocess.PIPE, text=True)
        try:
            if aimed == 0:
                time.sleep(chance.uniform(0, 0.02))
                writer.kill()
            _, said = writer.communicate(timeout=HANG)
        finally:
            writer.kill()
            writer.wait()
        assert writer.returncode == -SIGKILL, f"writer {self.number}: {said}"
        return take_entries(self.journal)

    def compare(self, entries: list[Entry], store: Any) -> None:
        """Compares what the writer noted in a life with what is stored after it."""
        assert all(entry.done for entry in entries[:-1])
        for entry in entries:
            if entry.done:
                self._note(entry)
        last = None if not entries or entries[-1].done else entries[-1]
        self.figures["kills"] += 1
        self.figures["kills within an operation"] += last is not None
        writing = last is not None and last.operation.split()[-1] in ("save", "create", "renew")
        self.figures["of them within a save, creation or renewal"] += writing
        self._look_at_own(last, store)
        for id in SHARED:
            session = store.load_session(id, strict=True)
            if self._must(session is not None, f"{id} is lost"):
                self._look_at_shared(id, last if last and last.id == id else None, session)
        if last is not None and last.operation.startswith("doomed"):
            self.cut_off[last.id] = last.saved

    def _must(self, is_so: bool, what: str) -> bool:
        """Notes what is lost, unless it is so."""
        if not is_so:
            self.lost.append(f"writer {self.number}, life {self.lives}: {what}")
        return is_so

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
            self._must(entry.result == self.counts[entry.id], f"{entry.id}: a count is lost")
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

    def _value_in(self, session: Any) -> Value:
        """What this writer saved in a session; the number and the bytes must be of one save."""
        content = getattr(session, f"b{self.number}", b"")
        value = Value(getattr(session, f"v{self.number}", 0), len(content))
        self._must(value.bytes == content, f"{session.id}: half a save is lost")
        return value

    def _look_at_shared(self, id: str, last: Entry | None, session: Any) -> None:
        """A session that all save in: what this writer saved last, what it counted. `last`: a call
        on it that was cut off."""
        call = last.operation if last is not None else ""
        found, saved = self._value_in(session), self.saved.get(id, Value())
        is_saved = found == saved or (call == "save" and last is not None and found == last.saved)
        self._must(is_saved, f"{id}: a save is lost")
        count, counted = getattr(session, f"n{self.number}", 0), self.counts[id]
        self._must(counted <= count <= counted + (call == "count"), f"{id}: a count is lost")
        # From here on that counts, so that what is lost is lost once.
        self.saved[id], self.counts[id] = found, count
        self.maybe_added[id] += call == "add"

    def look_at(self, id: str, session: Any) -> None:
        """Any session, with all writers dead: what this writer saved last, or was about to."""
        found = self._value_in(session)
        allowed = self.saved.get(id, Value()), self.cut_off.get(id)
        if not self._must(found in allowed, f"{id}: a save is lost"):
            self.saved[id] = found

    def _look_at_own(self, last: Entry | None, store: Any) -> None:
        """The writer's own session: what it saved last, under the id it has."""
        is_of_own = last is not None and last.operation.startswith("own")
        kind = last.operation.removeprefix("own ") if last is not None and is_of_own else ""
        cut_off = None if last is None else last.saved
        mine = {id: s for id, s in store.iter_sessions() if s.user == str(self.number)}
        mine = {id: s for id, s in mine.items() if not id.startswith("doomed")}
        if kind == "renew" and len(mine) == 2:
            # Killed between the making of the new one and the deletion of the old: the old counts.
            store.delete_session(next(id for id in mine if id != self.own))
            del mine[next(id for id in mine if id != self.own)]
        self._must(len(mine) <= 1, f"{sorted(mine)}: a deletion is lost")
        if not mine:
            self._must(self.own == NONE or kind == "delete", f"{self.own} is lost")
            self.saved.pop(self.own, None)
            self.own = NONE
            return
        id, session = self.own, mine.get(self.own)
        if session is None:
            id, session = next(iter(mine.items()))
            self._must(kind in ("create", "renew"), f"{self.own} is lost, and {id} there")
            before = cut_off if kind == "create" else self.saved.pop(self.own, None)
            self.saved[id] = before or Value()
        self.own = id
        found = self._value_in(session)
        is_saved = found == self.saved.get(id) or (kind == "save" and found == cut_off)
        self._must(is_saved, f"own session {id}: a save is lost")
        self.saved[id] = found
