# SPDX-License-Identifier: MIT
"""Writers are killed at random points, thousands of times; nothing they were told is done is lost.

Four writers save, count, grow, create, renew and delete in one store. Most are killed by a timer
that is aimed into their calls, the others from outside. After each death what the dead one had
stored is compared with its journal; after each round, with all dead, everything else is.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from broken import without
from doomed import Doomed
from killing import SHARED, KilledWriter, Place
from leftovers import STORE_FILE, leftovers
from ofd_locks import lock
from proof import RecordProperty
from session3.errors import BusyError, Session3Error
from session3.Session import Session
from session3.store.DirectorySessionStore import DirectorySessionStore
from writer_entries import Entry, make_journal

pytestmark = pytest.mark.method("kills")

WRITERS = 4
LONG_AGO = 2 * 3600.0


class Writers:
    """Writers on one store, and what became of their sessions."""

    def __init__(self, directory: Path, sync: str, seed: int, environment: dict[str, str]) -> None:
        parent = directory.parent
        self.place = Place(directory, sync, parent / "board", environment)
        self.place.board.write_bytes(bytes(8))
        self.random = random.Random(seed)
        self.store = DirectorySessionStore(directory, create=True, sync=sync, lock_timeout=60)
        for id in SHARED:
            self.store.create_session(Session(id))
        self.all = [
            KilledWriter(number, make_journal(parent / f"journal-{number}"))
            for number in range(WRITERS)
        ]
        self.doomed: dict[str, Doomed] = {}
        self.swept = 0
        self._lost: list[str] = []

    @property
    def lost(self) -> list[str]:
        """What was acknowledged, and is not so: each only once, though it is missed again."""
        lost = [*self._lost, *(what for writer in self.all for what in writer.lost)]
        return [*dict.fromkeys(lost)]

    def kill(self, times: int) -> None:
        """Lets each writer live and die so many times, and looks at what is left."""
        seeds = [self.random.randrange(2**32) for _ in range(WRITERS)]
        with ThreadPoolExecutor(WRITERS) as threads:
            notes = list(threads.map(self._kill_one, self.all, seeds, [times] * WRITERS))
        for entry in (entry for notes_of_one in notes for entry in notes_of_one):
            self.doomed.setdefault(entry.id, Doomed()).note(entry)
        self.look()

    def _kill_one(self, writer: KilledWriter, seed: int, times: int) -> list[Entry]:
        """Lets one writer live and die; what it did with doomed sessions is judged later."""
        chance = random.Random(seed)
        doomed: list[Entry] = []
        for _ in range(times):
            entries = writer.live(self.place, chance.randrange(2**32))
            writer.compare(entries, self.store)
            doomed += [entry for entry in entries if entry.operation.startswith("doomed")]
        return doomed

    def look(self) -> None:
        """With all writers dead: what is stored, that no lock is left, that leftovers go."""
        there = dict(self.store.iter_sessions())
        unreadable = self._unreadable(there)
        self._lost += [f"{name} can't be read, and is lost" for name in unreadable]
        for id, doomed in self.doomed.items():
            self._lost += [f"{id}: {what}" for what in doomed.lost(id in there)]
        for writer in self.all:
            for id in writer.saved.keys() - there.keys():
                if id not in self.doomed or not self.doomed[id].may_be_gone:
                    self._lost.append(f"{id} is lost")
                del writer.saved[id]
            for id, session in there.items():
                writer.look_at(id, session)
        for id in there.keys() & {*SHARED}:
            added = sum(writer.added[id] for writer in self.all)
            maybe = sum(writer.maybe_added[id] for writer in self.all)
            if not added <= getattr(there[id], "sum", 0) <= added + maybe:
                self._lost.append(f"{id}: an increment is lost")
        self._lost += [f"{id} is lost" for id in SHARED if id not in there]
        self._use_locks(there)
        self._sweep_leftovers(len(there) + len(unreadable))

    def _unreadable(self, there: dict[str, Any]) -> list[str]:
        """The sessions that are there, and not loaded."""
        directory = self.place.directory
        hidden = {STORE_FILE, *there, *leftovers(directory)}
        return sorted({*os.listdir(directory)} - hidden)

    def _use_locks(self, there: dict[str, Any]) -> None:
        """Every session can be saved by one who does not wait."""
        with DirectorySessionStore(self.place.directory, lock_timeout=0) as impatient:
            for id in there:
                impatient.increment(id, "checked")

    def _sweep_leftovers(self, sessions: int) -> None:
        """What the dead left behind goes with the sweep, once it is old; no session goes."""
        directory = self.place.directory
        old = leftovers(directory)
        for name in old:
            os.utime(directory / name, (time.time() - LONG_AGO,) * 2)
        assert self.store.delete_old_sessions(24 * 60.0) == (0, sessions)
        assert leftovers(directory) == []
        self.swept += len(old)


@pytest.mark.parametrize("sync", ["none", "data"])
def test_what_was_acknowledged_survives_random_kills(
    directory: Path,
    sync: str,
    is_long: bool,
    seed: int,
    child_environment: dict[str, str],
    record_property: RecordProperty,
) -> None:
    lives, rounds = (25, 50) if is_long else (10, 4)
    writers = Writers(directory, sync, seed, child_environment)
    for _ in range(rounds):
        writers.kill(lives)
    figures: Counter[str] = Counter()
    for writer in writers.all:
        figures.update(writer.figures)
    deletions = [doomed for doomed in writers.doomed.values() if doomed.deleted_ns is not None]
    figures["deletes acknowledged"] = len(deletions)
    figures["leftovers swept"] = writers.swept
    figures["lost"] = len(writers.lost)
    for name, number in figures.items():
        record_property(name, number)
    assert not writers.lost, "\n".join(writers.lost[:40])
    assert figures["kills"] == lives * rounds * WRITERS
    assert figures["kills within an operation"] > figures["kills"] / 4
    assert figures["saves acknowledged"] > figures["kills"]
    assert deletions


def test_writers_without_locks_are_found_out(
    directory: Path, tmp_path: Path, child_environment: dict[str, str]
) -> None:
    """The check is one that fails."""
    writers = Writers(directory, "none", 1, without("locks", child_environment, tmp_path))

    def run() -> None:
        for _ in range(20):
            writers.kill(10)
            assert not writers.lost, writers.lost[0]

    with pytest.raises((AssertionError, Session3Error)) as found:
        run()
    print(f"found out: {found.value}")


def take_away(path: Path, writers: Writers) -> None:
    """A session is lost."""
    path.unlink()


def set_back(path: Path, writers: Writers) -> None:
    """What the newest save stored is lost."""
    before = path.read_bytes()
    for writer in writers.all:
        writer.compare(writer.live(writers.place, seed=1), writers.store)
    path.write_bytes(before)


def damage(path: Path, writers: Writers) -> None:
    """A session's bytes are damaged."""
    path.write_bytes(path.read_bytes().replace(b"attributes", b"attribu+es"))


def bring_back(path: Path, writers: Writers) -> None:
    """A deleted session is there again."""
    id = next(id for id, doomed in writers.doomed.items() if doomed.deleted_ns is not None)
    writers.store.create_session(Session(id))


@pytest.mark.parametrize("fault", [take_away, set_back, damage, bring_back])
def test_what_is_lost_is_found_out(
    directory: Path, fault: Callable[[Path, Writers], None], child_environment: dict[str, str]
) -> None:
    """The check is one that fails."""
    writers = Writers(directory, "none", 2, child_environment)
    writers.kill(10)
    assert writers.lost == []
    fault(directory / "shared-0", writers)
    assert writers.lost == []
    writers.look()
    assert writers.lost
    print(f"found out: {writers.lost}")


def test_a_lock_that_nobody_gives_back_is_found_out(
    directory: Path, child_environment: dict[str, str]
) -> None:
    """The check is one that fails."""
    writers = Writers(directory, "none", 2, child_environment)
    writers.kill(1)
    file = os.open(directory / "shared-0", os.O_RDWR)
    lock(file)
    with pytest.raises(BusyError):
        writers.look()
    os.close(file)
    writers.look()
