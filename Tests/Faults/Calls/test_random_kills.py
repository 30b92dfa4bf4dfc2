# SPDX-License-Identifier: MIT
"""Writers are killed at random points, thousands of times; nothing they were told is done is lost.

Four writers save, count, grow, create, renew and delete in one store. Most are killed by a timer
that is aimed into their calls, the others from outside. After each death what the dead one had
stored is compared with its journal; after each round, with all dead, everything else is.
"""

from __future__ import annotations

import fcntl
import os
import random
import struct
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from broken import without
from killing import SHARED, Doomed, Entry, Journal, Ledger, run_life
from session3.errors import Session3Error
from session3.Session import Session
from session3.store.DirectorySessionStore import DirectorySessionStore

pytestmark = pytest.mark.method("kills")

WRITERS = 4
LONG_AGO = 2 * 3600.0


class Round:
    """Writers on one store, and what became of their sessions."""

    def __init__(self, directory: Path, sync: str, seed: int, environment: dict[str, str]) -> None:
        self.directory, self.sync, self.environment = directory, sync, environment
        self.random = random.Random(seed)
        self.store = DirectorySessionStore(directory, create=True, sync=sync, lock_timeout=60)
        for id in SHARED:
            self.store.create_session(Session(id))
        place = directory.parent
        self.board = place / "board"
        self.board.write_bytes(bytes(8))
        self.journals = [Journal(place / f"journal-{number}") for number in range(WRITERS)]
        self.ledgers = [Ledger(number) for number in range(WRITERS)]
        self.doomed: dict[str, Doomed] = {}
        self.lives = [0] * WRITERS
        self.leftovers = 0

    def kill(self, times: int) -> None:
        """Lets each writer live and die so many times, and checks what is left."""
        seeds = [self.random.randrange(2**32) for _ in range(WRITERS)]
        with ThreadPoolExecutor(WRITERS) as threads:
            notes = list(threads.map(self._kill_one, range(WRITERS), seeds, [times] * WRITERS))
        for entry in (entry for notes_of_one in notes for entry in notes_of_one):
            self.doomed.setdefault(entry.id, Doomed()).note(entry)
        self.check()

    def _kill_one(self, number: int, seed: int, times: int) -> list[Entry]:
        """Lets one writer live and die; what it did with doomed sessions is judged later."""
        ledger, journal, chance = self.ledgers[number], self.journals[number], random.Random(seed)
        doomed: list[Entry] = []
        for _ in range(times):
            self.lives[number] += 1
            entries = run_life(
                *(ledger, journal, self.directory, self.sync, self.board),
                life=self.lives[number],
                seed=chance.randrange(2**32),
                environment=self.environment,
            )
            ledger.note_life(entries, self.store)
            doomed += [entry for entry in entries if entry.operation.startswith("doomed")]
        return doomed

    def check(self) -> None:
        """With all writers dead: what is stored, that no lock is left, that leftovers go."""
        there = dict(self.store.iter_sessions())
        for path in self.directory.iterdir():
            is_readable = path.name in there or path.name[0] == "." or path.stat().st_size == 0
            assert is_readable, f"{path.name}, of {path.stat().st_size} bytes, can't be read"
        for id, doomed in self.doomed.items():
            doomed.check(id in there)
        for ledger in self.ledgers:
            for id in ledger.saved.keys() - there.keys():
                doomed = self.doomed[id]
                assert doomed.deleted_ns is not None or doomed.delete_may_have_run, f"{id} is lost"
                del ledger.saved[id]
            for id, session in there.items():
                ledger.check_saved(id, session)
        for id in SHARED:
            added = sum(ledger.added[id] for ledger in self.ledgers)
            maybe = sum(ledger.maybe_added[id] for ledger in self.ledgers)
            assert added <= getattr(there[id], "sum", 0) <= added + maybe, "an increment is lost"
        self.check_locks(there)
        self.sweep_leftovers(there)

    def check_locks(self, there: dict[str, Any]) -> None:
        """Every session can be saved by one who does not wait."""
        with DirectorySessionStore(self.directory, lock_timeout=0) as impatient:
            for id in there:
                impatient.increment(id, "checked")

    def sweep_leftovers(self, there: dict[str, Any]) -> None:
        """What the dead left behind goes with the sweep, once it is old; no session goes."""
        leftovers = [
            path
            for path in self.directory.iterdir()
            if path.name.startswith(".grow-") or path.stat().st_size == 0
        ]
        for path in leftovers:
            os.utime(path, (time.time() - LONG_AGO,) * 2)
        assert self.store.delete_old_sessions(24 * 60.0) == (0, len(there))
        names = {path.name for path in self.directory.iterdir()}
        assert names == {*there, ".session3"}
        self.leftovers += len(leftovers)


RecordProperty = Callable[[str, object], None]


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
    writers = Round(directory, sync, seed, child_environment)
    for _ in range(rounds):
        writers.kill(lives)
    figures: Counter[str] = Counter()
    for ledger in writers.ledgers:
        figures.update(ledger.figures)
    figures["deletes acknowledged"] = sum(d.deleted_ns is not None for d in writers.doomed.values())
    figures["leftovers swept"] = writers.leftovers
    for name, number in figures.items():
        record_property(name, number)
    record_property("lost", 0)
    assert figures["kills"] == lives * rounds * WRITERS
    assert figures["kills within an operation"] > figures["kills"] / 4


def test_writers_without_locks_are_found_out(
    directory: Path, tmp_path: Path, child_environment: dict[str, str]
) -> None:
    """The check is one that fails."""
    writers = Round(directory, "none", 1, without("locks", child_environment, tmp_path))

    def run() -> None:
        for _ in range(20):
            writers.kill(10)

    with pytest.raises((AssertionError, Session3Error)) as found:
        run()
    print(f"found out: {found.value}")


def take_away(path: Path, writers: Round) -> None:
    """A session is lost."""
    path.unlink()


def set_back(path: Path, writers: Round) -> None:
    """What the newest save stored is lost."""
    before = path.read_bytes()
    for journal, ledger in zip(writers.journals, writers.ledgers, strict=True):
        entries = run_life(
            *(ledger, journal, writers.directory, "none", writers.board),
            life=1000,
            seed=1,
            environment=writers.environment,
        )
        ledger.note_life(entries, writers.store)
    path.write_bytes(before)


def damage(path: Path, writers: Round) -> None:
    """A session's bytes are damaged."""
    path.write_bytes(path.read_bytes().replace(b"attributes", b"attribu+es"))


def bring_back(path: Path, writers: Round) -> None:
    """A deleted session is there again."""
    id = next(id for id, doomed in writers.doomed.items() if doomed.deleted_ns is not None)
    writers.store.create_session(Session(id))


def lock_out(path: Path, writers: Round) -> None:
    """A lock that nobody gives back."""
    file = os.open(path, os.O_RDWR)
    fcntl.fcntl(file, fcntl.F_OFD_SETLK, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0))


@pytest.mark.parametrize("fault", [take_away, set_back, damage, bring_back, lock_out])
def test_what_is_lost_is_found_out(
    directory: Path, fault: Callable[[Path, Round], None], child_environment: dict[str, str]
) -> None:
    """The check is one that fails."""
    writers = Round(directory, "none", 2, child_environment)
    writers.kill(10)
    fault(directory / "shared-0", writers)
    with pytest.raises((AssertionError, Session3Error, KeyError)) as found:
        writers.check()
    print(f"found out: {found.value!r}")
