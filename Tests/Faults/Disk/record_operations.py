# SPDX-License-Identifier: MIT
"""Runs operations on stores of their own, under preload/disk_recorder.c.

    python record_operations.py PLACE SYNC

Of each story of STORIES it leaves in PLACE the directory as it was before (`NAME.before`), and
tells as JSON what each operation made of the sessions; the directory itself stays as it is. A mark
in the record stands before the first operation of a story, and after each.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from session3.Session import Session
from session3.store.DirectorySessionStore import DirectorySessionStore

ID, OTHER = "session", "other"

Step = Callable[[DirectorySessionStore], object]


def fill(session: Any, step: int, size: int) -> Any:
    """Gives a session a content that tells its step everywhere."""
    session.step = step
    session.text = (f"{step:08d}." * (size // 9 + 1))[:size]
    return session


def save(step: int, size: int) -> Step:
    return lambda store: store.save_session(fill(store.load_session(ID), step, size))


def create(step: int, size: int) -> Step:
    return lambda store: store.create_session(fill(Session(ID), step, size))


def renew(step: int, size: int) -> Step:
    return lambda store: store.renew_session(fill(store.load_session(ID), step, size))


def increment(store: DirectorySessionStore) -> object:
    return store.increment(ID, "step", 100)


def delete(store: DirectorySessionStore) -> object:
    return store.delete_session(ID)


def tear(store: DirectorySessionStore) -> None:
    """What a writer leaves that was killed amid its write: a part of it in the older slot."""
    path = Path(store.directory, ID)
    content = bytearray(path.read_bytes())
    slots = (512, 512 + 1536)
    older = min(slots, key=lambda slot: int.from_bytes(content[slot : slot + 8], "little"))
    content[older + 20 : older + 60] = b"torn" * 10
    path.write_bytes(content)


# Before each story, a session of two saves: both slots hold one, the older is the first.
SMALL: list[Step] = [create(1, 300), save(2, 700)]
LARGE: list[Step] = [create(1, 3000), save(2, 2000)]

# What was there, and the operations that are recorded.
STORIES: dict[str, tuple[list[Step], list[Step]]] = {
    "save": (SMALL, [save(3, 900)]),
    "large save": (LARGE, [save(3, 3000)]),
    "growth": (SMALL, [save(3, 2600)]),
    "create": ([], [create(1, 900)]),
    "large create": ([], [create(1, 2600)]),
    "delete": (SMALL, [delete]),
    "renew": (SMALL, [renew(3, 900)]),
    "increment": (SMALL, [increment]),
    "two saves": (SMALL, [save(3, 900), save(4, 800)]),
    "large saves": (LARGE, [save(3, 3000), save(4, 2500)]),
    "create and save": ([], [create(1, 900), save(2, 800)]),
    "save and growth": (SMALL, [save(3, 900), save(4, 2600)]),
    "growth and saves": (SMALL, [save(3, 2600), save(4, 2400), save(5, 200)]),
    "delete and create": (SMALL, [delete, create(3, 500)]),
    "save beside a torn slot": ([*SMALL, tear], [save(3, 900)]),
    "saves beside a torn slot": ([*SMALL, tear], [save(3, 900), save(4, 800)]),
}


def content(store: DirectorySessionStore) -> dict[str, dict[str, Any]]:
    """All sessions of a store."""
    return {id: {"step": s.step, "text": s.text} for id, s in store.iter_sessions()}


def tell(name: str, place: Path, sync: str) -> dict[str, Any]:
    """Runs a story; tells the sessions before each operation, and after the last."""
    before, steps = STORIES[name]
    directory = place / name.replace(" ", "-")
    with DirectorySessionStore(directory, create=True, sync=sync) as store:
        store.create_session(fill(Session(OTHER), 0, 100))
        older = []
        for step in before:
            older.append(content(store))
            step(store)
        states = [content(store)]
        kept = directory.with_suffix(".before")
        shutil.copytree(directory, kept)
        inodes = {path.name: path.stat().st_ino for path in directory.iterdir()}
        os.getppid()
        for step in steps:
            step(store)
            os.getppid()
            states.append(content(store))
    return {
        "name": name,
        "before": str(kept),
        "after": str(directory),
        "inode": directory.stat().st_ino,
        "inodes": inodes,
        "older": older,
        "states": states,
    }


if __name__ == "__main__":
    where, mode = Path(sys.argv[1]), sys.argv[2]
    print(json.dumps([tell(name, where, mode) for name in STORIES]))
