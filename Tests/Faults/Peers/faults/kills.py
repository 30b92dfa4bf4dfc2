# SPDX-License-Identifier: MIT
"""A process that saves in a loop is killed at a random moment."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

from Peers.bench import Bench, NotTried, Row, look, told
from Peers.child import Child, NoAnswer, word

SIZES = (4_000, 100_000)
# Shorter than elsewhere, since many loads may go without an answer: nobody is writing any more.
PATIENCE = 1.0
MAXIMUM_AGE = 3600


def measure(bench: Bench) -> Row:
    """Each round kills one process; what it leaves is looked at before the next."""
    rounds = bench.scaled(10, 100)
    outcomes, leftovers, swept, acknowledged = Counter[str](), 0, 0, 0
    for size in SIZES:
        directory = bench.directory()
        base = directory.parent / "base"
        base.write_text(bench.random_text(size))
        with Round(bench, directory, base) as one:
            for _ in range(rounds):
                outcomes[one.run()] += 1
            acknowledged += one.acknowledged
            left = one.leftovers()
            leftovers += len(left)
            swept += len(left) - one.remaining_after_sweep(left)
    if not acknowledged:
        raise NotTried("no save was acknowledged before a kill")
    bad = [f"{name} {count}" for name, count in sorted(outcomes.items()) if name != "whole"]
    text = f"{', '.join(bad) or 'damaged 0'} of {rounds * len(SIZES)} kills"
    if leftovers:
        text += f"; {leftovers} files left, {leftovers - swept} after a sweep"
    return {
        "text": text,
        "saves acknowledged": acknowledged,
        "kills": rounds * len(SIZES),
        "damaged": sum(outcomes.values()) - outcomes["whole"],
        "outcomes": dict(outcomes),
        "leftovers": leftovers,
        "leftovers after a sweep": leftovers - swept,
        "seed": bench.seed,
    }


class Round:
    """The workers of the rounds: one forks and kills, one looks."""

    def __init__(self, bench: Bench, directory: Path, base: Path) -> None:
        self.bench = bench
        self.directory = directory
        self.base = base
        self.text = base.read_text()
        self.killer = self.start()
        self.reader = self.start()
        self.paths = set[str]()
        self.acknowledged = 0

    def start(self) -> Child:
        """A worker that is ready."""
        child = self.bench.peer.start(self.directory)
        child.must("path", word("a" * 32))
        return child

    def __enter__(self) -> Round:
        return self

    def __exit__(self, *raised: object) -> None:
        self.killer.end()
        self.reader.end()

    def run(self) -> str:
        """One kill: "whole", or how the session was found."""
        id = self.killer.must("create")["id"]
        path = self.killer.must("path", word(id))["path"]
        self.paths.add(os.path.basename(path))
        delay = self.bench.random.uniform(0, 0.008)
        acknowledged = self.killer.must("kill", word(id), self.base, delay)["acknowledged"]
        self.acknowledged += acknowledged
        outcome = self.seen(id, path, acknowledged)
        if outcome == "whole" and self.save_again(id) != "ok":
            return "whole, but no save after it"
        return outcome

    def seen(self, id: str, path: str, acknowledged: int) -> str:
        """The session as it was found."""
        # Looked at before the load, which may remove it.
        state = told_size(path)
        outcome, values = look(self.reader, id, PATIENCE)
        if outcome == "no answer":
            # Who waits for the file to be filled takes its removal for an answer, too.
            Path(path).unlink(missing_ok=True)
            self.await_reader()
        if outcome != "loaded":
            return f"{state} ({outcome})"
        payload = values.get("payload")
        if payload is None:
            return "acknowledged save lost"
        number = int(payload.split(":")[0])
        turn = number % len(self.text)
        if payload != f"{number}:{self.text[turn:]}{self.text[:turn]}":
            return "torn"
        return "whole" if number in (acknowledged, acknowledged + 1) else "acknowledged save lost"

    def save_again(self, id: str) -> str:
        """What a save after the kill is told: no lock is stuck."""
        try:
            self.reader.must("load", word(id), limit=PATIENCE)
            return told(self.reader.ask("save", "n", "1", limit=PATIENCE))
        except NoAnswer:
            self.await_reader()
            return "no answer"

    def await_reader(self) -> None:
        """Takes the late answer of the reader, or replaces it."""
        try:
            self.reader.answer(PATIENCE)
        except NoAnswer:
            self.reader.end()
            self.reader = self.start()

    def leftovers(self) -> list[Path]:
        """Files that are neither a session's nor the store's own."""
        known = self.paths | {".session3"}
        return [path for path in self.directory.iterdir() if path.name not in known]

    def remaining_after_sweep(self, left: list[Path]) -> int:
        """How many of them the store's sweep leaves, two hours later."""
        for path in left:
            status = path.stat()
            os.utime(path, (status.st_atime - 7200, status.st_mtime - 7200))
        self.killer.ask("sweep", MAXIMUM_AGE)
        return sum(path.exists() for path in left)


def told_size(path: str) -> str:
    """`empty file`, `no file` or `file of some bytes`"""
    if not os.path.exists(path):
        return "no file"
    return "file of some bytes" if os.stat(path).st_size else "empty file"
