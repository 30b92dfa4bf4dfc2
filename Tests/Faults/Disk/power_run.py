# SPDX-License-Identifier: MIT
"""Writers on a file system, power cuts amid their work, and what each cut left."""

from __future__ import annotations

import ctypes
import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from images import Disk
from places import environment, program
from power_history import SHARED, CutReport, Log, Moment, judge
from session3.Session import Session
from session3.store.DirectorySessionStore import DirectorySessionStore
from session_reader import SESSION, Reader

# Sessions that nobody touches, by the size of their text.
RESTING = {f"resting-{size}": "x" * size for size in (0, 500, 5000, 50000)}
# Absent ids under which a session is created after a cut.
CREATED_AFTERWARDS = 10
PATIENCE = 60.0

libc = ctypes.CDLL(None, use_errno=True)


@dataclass
class PowerRun:
    """Some power cuts amid the work of some writers."""

    disk: Disk
    reader: Reader
    # Where the logs lie, which no cut reaches.
    place: Path
    seed: int
    file_system: str
    mount_options: str = ""
    sync: str = "data"
    writers: int = 2
    cuts: int = 2
    # Whether the store is set up, which has btrfs write in place.
    is_set_up: bool = False
    # What is judged: whether all that was acknowledged must be there.
    is_synced: bool = True
    environment: dict[str, str] = field(default_factory=environment)
    # Its further arguments are the directory, its log, a seed, its name and its longest pause.
    writer: list[str] = field(default_factory=lambda: [program("power_writer")])

    def report(self) -> CutReport:
        """Runs the writers, cuts the power, and judges what each cut left."""
        chance = random.Random(self.seed)
        moments: list[tuple[Path, Moment]] = []
        logs = [self.place / f"writer-{index}.log" for index in range(self.writers)]
        with self.disk.mounted(self.file_system, self.mount_options) as live:
            prepare(live / "sessions", self.sync, is_set_up=self.is_set_up)
            synchronize(live)
            with self._working(live / "sessions", logs, chance):
                for number in range(self.cuts):
                    moments.append(self._cut(number, live, logs, chance))
        done = [Log(path) for path in logs]
        report = CutReport()
        for log in done:
            report.counts["acknowledged"] += sum(1 for op in log.operations if op.ended)
        for cut, moment in moments:
            self._judge(report, done, cut, moment)
        for path in logs:
            path.unlink()
        return report

    @contextmanager
    def _working(self, directory: Path, logs: list[Path], chance: random.Random) -> Iterator[None]:
        """Writers that work meanwhile."""
        writers = [
            subprocess.Popen(
                [
                    *self.writer,
                    *(str(directory), str(log), str(chance.randrange(1 << 32)), f"w{index}"),
                    "4000",
                ],
                env=self.environment,
            )
            for index, log in enumerate(logs)
        ]
        try:
            yield
        finally:
            for writer in writers:
                writer.send_signal(signal.SIGTERM)
            for writer in writers:
                try:
                    writer.wait(PATIENCE)
                finally:
                    writer.kill()
        for writer, log in zip(writers, logs, strict=True):
            assert writer.returncode == 0, f"a writer failed: {log.read_text()[-500:]}"

    def _cut(
        self, number: int, live: Path, logs: list[Path], chance: random.Random
    ) -> tuple[Path, Moment]:
        """Cuts the power at a random moment; where nobody syncs, mostly while the kernel writes
        back what it has, for else a cut finds none of it, or all."""
        wait_for(logs)
        time.sleep(chance.uniform(0.05, 0.3))
        writing_back = threading.Thread(target=write_back, args=(live, chance.random()))
        if self.sync == "none":
            writing_back.start()
            time.sleep(chance.uniform(0, 0.01))
        before = tuple(log.stat().st_size for log in logs)
        cut = self.disk.cut(number)
        after = tuple(log.stat().st_size for log in logs)
        if self.sync == "none":
            writing_back.join()
        return cut, Moment(before, after)

    def _judge(self, report: CutReport, logs: list[Log], cut: Path, moment: Moment) -> None:
        """Holds against the logs what a cut left."""
        begun = {
            id
            for log, offset in zip(logs, moment.after, strict=True)
            for op in log.begun(offset)
            for id in op.changes()
        }
        with self.disk.replayed(cut) as replayed:
            directory = replayed / "sessions"
            names = {name for name in os.listdir(directory) if not name.startswith(".")}
            known = begun | set(RESTING) | {SHARED}
            for id in names - known:
                report.note(id, None, "nobody made a session of this id")
            absent = sorted(known - names)
            used = [*sorted(known & names), *absent[:CREATED_AFTERWARDS]]
            found = self.reader.read(directory, known | names, used=used)
        report.counts["cuts"] += 1
        for id, text in RESTING.items():
            is_there = found[id].kind == SESSION and found[id].attributes == {"text": text}
            report.note(id, "as acknowledged" if is_there else None, "it rested")
        judge(report, logs, moment, found, is_synced=self.is_synced)
        for session in found.values():
            if session.next == "refused":
                report.counts["unreadable for good"] += 1


def prepare(directory: Path, sync: str, *, is_set_up: bool) -> None:
    """A store with the sessions that are there from the start."""
    with DirectorySessionStore(directory, create=True, sync=sync) as store:
        if is_set_up:
            store.setup()
        for id, text in RESTING.items():
            session: Any = Session(id)
            session.text = text
            store.create_session(session)
        shared: Any = Session(SHARED)
        shared.hits = 0
        store.create_session(shared)


def wait_for(logs: list[Path]) -> None:
    """Waits until all writers are at work."""
    deadline = time.monotonic() + PATIENCE
    while not all(log.exists() and log.stat().st_size for log in logs):
        assert time.monotonic() < deadline, "a writer does not begin"
        time.sleep(0.005)


def synchronize(directory: Path) -> None:
    """syncfs(2)"""
    file = os.open(directory, os.O_RDONLY)
    try:
        libc.syncfs(file)
    finally:
        os.close(file)


def write_back(live: Path, chance: float) -> None:
    """Has the kernel write all, or only the bytes of some files, whose names and sizes then are
    still in memory."""
    if chance < 0.5:
        synchronize(live)
        return
    for path in sorted((live / "sessions").iterdir())[:: 1 + int(chance * 10) % 3]:
        try:
            file = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            continue
        os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(file)
