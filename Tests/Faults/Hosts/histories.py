# SPDX-License-Identifier: MIT
"""Clients in C (programs/client.c) and Python (python_client.py) on one store, and their histories.

They work in epochs, each on sessions of its own, so that no history is long. A client may be killed
in an epoch; another takes its place in the next.
"""

from __future__ import annotations

import random
import struct
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from signal import SIGKILL
from typing import IO

from journal import DONE, Journal
from linearizability import OPERATIONS, Call, Content
from places import program

ENTRY = struct.Struct("<IIiI4q10q10q")
PYTHON_CLIENT = Path(__file__).with_name("python_client.py")
IN_C, IN_PYTHON = 4, 2
HANG = 120.0
WITH_BEFORE = ("save fail", "save merge", "renew")
WITH_AFTER = ("load", "save fail", "save merge", "renew")


def make_journal(path: Path, calls: int) -> Journal:
    """The journal of a client, which ends after so many calls."""
    return Journal(path, ENTRY, calls + 1)


def take_calls(journal: Journal, client: int) -> Iterator[tuple[int, Call]]:
    """The calls of a client that is not at work, by the session's number."""
    for entry in journal.take():
        state, operation, status, session, start, end, value, result, *contents = entry
        name = OPERATIONS[operation]
        is_done = state == DONE
        yield (
            session,
            Call(
                *(client, name, start, end if is_done else None, status, value, result),
                before=content_of(contents[:10]) if name in WITH_BEFORE else None,
                after=content_of(contents[10:]) if name in WITH_AFTER and is_done else None,
            ),
        )


def content_of(numbers: list[int]) -> Content | None:
    """A `struct content`; None if there was no session."""
    incarnation, shared, count, *own, tokens = numbers
    return Content(incarnation, shared, count, tuple(own), tokens) if incarnation else None


class ClientProcess:
    """A client's process."""

    def __init__(self, number: int, directory: Path, journal: Journal, environment: dict[str, str]):
        self.number, self.journal = number, journal
        in_python = [sys.executable, str(PYTHON_CLIENT)]
        self._command = [program("client")] if number < IN_C else in_python
        self._command += [str(directory), str(journal.path), str(number)]
        self._environment = environment
        self.start()

    def start(self) -> None:
        """Starts the process."""
        self.process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self._environment,
        )

    def stop(self) -> None:
        """Ends the process."""
        self.process.kill()
        self.process.communicate()

    def begin(self, epoch: int, seed: int, calls: int, aimed: int = 0) -> None:
        """Sets it to work; one in C is killed within a call from the call `aimed` on."""
        print(epoch, seed, calls, aimed, file=self.stdin, flush=True)

    def wait(self, was_killed: bool) -> None:
        """Waits for the end of the epoch; one that was killed starts anew."""
        assert self.process.stdout is not None
        if self.process.stdout.readline() == "done\n" and not was_killed:
            return
        _, said = self.process.communicate(timeout=HANG)
        ended = self.process.returncode if was_killed else None
        assert ended == -SIGKILL, f"client {self.number}: {said}"
        self.start()

    @property
    def stdin(self) -> IO[str]:
        assert self.process.stdin is not None
        return self.process.stdin


class Clients:
    """Clients on one store."""

    def __init__(
        self,
        directory: Path,
        calls: int,
        seed: int,
        environment: dict[str, str],
        count: int = IN_C + IN_PYTHON,
    ) -> None:
        """`calls`: of each client in each epoch; `count`: of clients, the first of them in C."""
        self.random = random.Random(seed)
        self.calls, self.epoch, self.killed = calls, 0, 0
        self.typical_seconds = 0.02
        place = directory.parent
        self.all = [
            ClientProcess(
                number, directory, make_journal(place / f"history-{number}", calls), environment
            )
            for number in range(count)
        ]

    def __enter__(self) -> Clients:
        """Waits until all of them are ready."""
        calls, self.calls = self.calls, 0
        self.run_epoch(kills=False)
        self.calls = calls
        return self

    def __exit__(self, *_: object) -> None:
        for client in self.all:
            client.stop()

    def _kill_all(self) -> None:
        for client in self.all:
            client.process.kill()

    def run_epoch(self, kills: bool) -> dict[int, list[Call]]:
        """Lets all of them work on sessions of a new epoch; the history of each session."""
        self.epoch += 1
        victims: list[ClientProcess] = []
        if kills:
            victims.append(self.random.choice(self.all[:IN_C]))
        for client in self.all:
            aimed = self.random.randint(1, self.calls // 2) if client in victims else 0
            client.begin(self.epoch, self.random.randrange(2**32), self.calls, aimed)
        began = time.monotonic()
        if kills and self.epoch % 4 == 0:
            victims.append(self.random.choice(self.all[IN_C:]))
            time.sleep(self.random.uniform(0, self.typical_seconds))
            victims[-1].process.kill()
        self.killed += len(victims)
        guard = threading.Timer(HANG, self._kill_all)
        guard.start()
        try:
            for client in self.all:
                client.wait(was_killed=client in victims)
        finally:
            guard.cancel()
        self.typical_seconds += (time.monotonic() - began - self.typical_seconds) / 4
        histories: dict[int, list[Call]] = defaultdict(list)
        for client in self.all:
            for session, call in take_calls(client.journal, client.number):
                histories[session].append(call)
        return histories
