# SPDX-License-Identifier: MIT
"""Saves on a small disk: python -m Peers.full_disk PEER PLACE SEED OLD_SIZE NEW_SIZE FREE_PAGE...

Prints, for each number of pages that were left free, how the session was found as JSON.
"""

from __future__ import annotations

import json
import os
import sys
from errno import ENOSPC
from pathlib import Path
from typing import Any

from Peers.bench import Bench, NotTried, look, told
from Peers.child import word
from Peers.peers import PEERS

PAGE = 4096
PATIENCE = 2.0


class SmallDisk:
    """A directory on a disk that is filled up, one worker that saves and one that looks."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.filler = bench.root / "filler"
        self.directory = bench.directory()
        self.writer = bench.peer.start(self.directory)
        self.reader = bench.peer.start(self.directory)
        # All modules of a worker are loaded before it has to answer in time.
        for worker in (self.writer, self.reader):
            worker.must("peek", word("a" * 32))

    def end(self) -> None:
        """Ends the workers."""
        self.writer.end()
        self.reader.end()

    def fill(self, free_pages: int) -> None:
        """Leaves so many pages."""
        with self.filler.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(PAGE))
            except OSError as error:
                if error.errno != ENOSPC:
                    raise
                size = file.tell()
            file.truncate(max(0, size - free_pages * PAGE))
        left = os.statvfs(self.bench.root).f_bavail
        if left > free_pages:
            raise NotTried(f"{left} pages are left on a disk with {free_pages}")

    def state(self, free_pages: int, old_size: int, new_size: int) -> dict[str, str]:
        """One save."""
        old, new = self.bench.random_text(old_size), self.bench.random_text(new_size)
        id = self.writer.must("create")["id"]
        path = Path(self.writer.must("path", word(id))["path"])
        # Twice, since a store may have room for one old state beside the new one from then on.
        for _ in range(2):
            assert self.writer.must("load", word(id))["values"] is not None
            self.writer.must("save", "payload", old)
        self.writer.must("load", word(id))
        self.fill(free_pages)
        answer = told(self.writer.ask("save", "payload", new))
        found = self.found(id, path, {old: "old", new: "new"})
        self.filler.unlink()
        afterwards, _ = self.look(id)
        for entry in self.directory.iterdir():
            if entry.name != ".session3":
                entry.unlink()
        return {"told": answer, "found": found, "afterwards": afterwards}

    def found(self, id: str, path: Path, names: dict[str, str]) -> str:
        """What a load finds while the disk is full."""
        # Looked at before the load, which may remove it.
        size = path.stat().st_size if path.exists() else None
        outcome, values = self.look(id)
        if outcome == "loaded":
            return names.get(values.get("payload", ""), "torn")
        state = {None: "no file", 0: "empty file"}.get(size, "torn file")
        return f"{state} ({outcome})"

    def look(self, id: str) -> tuple[str, dict[str, Any]]:
        """A load by the reader, which is replaced if it does not answer."""
        outcome, values = look(self.reader, id, PATIENCE)
        if outcome == "no answer":
            self.reader.end()
            self.reader = self.bench.peer.start(self.directory)
            self.reader.must("peek", word("a" * 32))
        return outcome, values


def main() -> None:
    """Prints the states."""
    key, place, seed, old_size, new_size, *pages = sys.argv[1:]
    disk = SmallDisk(Bench(PEERS[key], Path(place), int(seed), True))
    sizes = int(old_size), int(new_size)
    states = [
        {"free pages": free, "new size": new_size, **disk.state(int(free), *sizes)}
        for free in pages
    ]
    disk.end()
    print(json.dumps(states))


if __name__ == "__main__":
    main()
