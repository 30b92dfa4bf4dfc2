# SPDX-License-Identifier: MIT
"""What a copy of a directory is that was made while its sessions were saved without pause."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pages import environment
from session3.DictSession import DictSession
from session3.errors import CorruptError
from session3.store.DirectorySessionStore import DirectorySessionStore

# Of a session in bytes, and of its file, which has two slots of it, in KiB.
SIZES = {100: 4, 3_000: 8, 20_000: 44, 100_000: 200}
# What a tool reads at a time, at the least, in KiB.
PIECES = {"cp": 128, "rsync": 128, "tar": 10}
COPIES = {
    "cp": "cp -a {live} {copy}",
    "rsync": "rsync -a {live}/ {copy}/",
    "tar": "mkdir {copy} && tar -C {live} -cf - . | tar -C {copy} -xf -",
}

WRITER = """
import sys
from session3.DictSession import DictSession
from session3.store.DirectorySessionStore import DirectorySessionStore
store = DirectorySessionStore(sys.argv[1], session_class=DictSession)
print("ready", flush=True)
while True:
    for id, size in zip(sys.argv[2::2], map(int, sys.argv[3::2])):
        session = store.load_session(id)
        session["count"] += 1
        session["data"] = b"%08d" % session["count"] * (size // 8)
        store.save_session(session)
"""


@dataclass
class Live:
    """A directory whose sessions are saved all the time."""

    directory: Path
    sizes: dict[str, int] = field(default_factory=dict)
    writers: list[subprocess.Popen[str]] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """How often each was saved."""
        with DirectorySessionStore(self.directory, session_class=DictSession) as store:
            return {id: store.load_session(id, strict=True)["count"] for id in self.sizes}

    def stop(self) -> None:
        for writer in self.writers:
            writer.terminate()
            writer.wait(timeout=60)


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    made = Live(tmp_path / "live")
    with DirectorySessionStore(made.directory, create=True, session_class=DictSession) as store:
        for number in range(12):
            session = DictSession()
            size = list(SIZES)[number % len(SIZES)]
            session.update(count=0, data=b"%08d" % 0 * (size // 8))
            store.create_session(session)
            assert session.id is not None
            assert (made.directory / session.id).stat().st_size == SIZES[size] * 1024
            made.sizes[session.id] = size
    pairs = [[id, str(size)] for id, size in made.sizes.items()]
    try:
        for part in range(3):
            own = [word for pair in pairs[part::3] for word in pair]
            made.writers.append(
                subprocess.Popen(
                    [sys.executable, "-c", WRITER, str(made.directory), *own],
                    env=environment(),
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
        for writer in made.writers:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "ready\n"
        yield made
    finally:
        made.stop()


def copied(tool: str, live: Live, copy: Path) -> None:
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is missing")
    shutil.rmtree(copy, ignore_errors=True)
    command = COPIES[tool].format(live=live.directory, copy=copy)
    subprocess.run(command, shell=True, check=True, capture_output=True)


@pytest.mark.parametrize("tool", COPIES)
def test_each_session_of_a_copy_is_one_that_was_stored(
    tool: str, live: Live, tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    looked_at = 0
    lost: list[int] = []
    end = time.monotonic() + 3
    while time.monotonic() < end:
        before = live.counts()
        copied(tool, live, copy)
        after = live.counts()
        with DirectorySessionStore(copy, session_class=DictSession, logger=None) as store:
            for id, size in live.sizes.items():
                looked_at += 1
                try:
                    session = store.load_session(id, strict=True)
                except CorruptError:
                    lost.append(size)
                    continue
                count = session["count"]
                assert session["data"] == b"%08d" % count * (size // 8), "nobody stored that"
                # One save before what was there already, as the page says, and no older.
                assert before[id] - 1 <= count <= after[id]
    assert after != before, "nobody was writing"
    assert looked_at > 100
    print(f"{tool}: {looked_at} sessions of copies, {len(lost)} unreadable: {sorted(set(lost))}")
    for size in lost:
        assert SIZES[size] > PIECES[tool]


def test_a_copy_of_a_store_at_rest_is_that_store(live: Live, tmp_path: Path) -> None:
    live.stop()
    copy = tmp_path / "copy"
    copied("cp", live, copy)
    with DirectorySessionStore(copy, session_class=DictSession) as store:
        assert {id: store.load_session(id)["count"] for id in store} == live.counts()
        with DirectorySessionStore(live.directory) as original:
            # The hidden file came along, too: it holds the salt.
            assert store.short_hash("x") == original.short_hash("x")


def test_a_copy_brings_back_who_logged_out(live: Live, tmp_path: Path) -> None:
    """The page says so, and warns."""
    live.stop()
    copy = tmp_path / "copy"
    copied("cp", live, copy)
    id = next(iter(live.sizes))
    with DirectorySessionStore(live.directory) as store:
        assert store.delete_session(id)
    shutil.rmtree(live.directory)
    shutil.copytree(copy, live.directory)
    with DirectorySessionStore(live.directory) as store:
        assert store.has_session(id)
