# SPDX-License-Identifier: MIT
"""A process of programs/limited.c: calls of the C library, one at a time, by a test's order."""

from __future__ import annotations

import errno
import select
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from places import environment, program

OK, NOT_FOUND, EXPIRED = 0, 1, 3
E_INVALID, E_NOMEM, E_IO, E_CORRUPT, E_EXISTS, E_GONE, E_BUSY = -1, -2, -3, -4, -7, -8, -10


# How long a call may take at most, in seconds, on a busy machine.
LONGEST = 60


@dataclass(frozen=True)
class Answer:
    """A status, the errno with it (0 if none), and what else was told."""

    status: int
    errno: int
    told: str

    @property
    def words(self) -> list[int]:
        """What was told, as numbers."""
        return [int(word) for word in self.told.split()]

    def failed_by(self, *numbers: int) -> bool:
        """Whether a system call failed in one of these ways."""
        return self.status == E_IO and self.errno in numbers

    def __str__(self) -> str:
        name = errno.errorcode.get(self.errno, str(self.errno)) if self.errno else ""
        return " ".join(filter(None, [f"status {self.status}", name, self.told]))


class Died(Exception):
    """The process ended in the midst of a call: by a signal if the number is negative."""

    def __init__(self, code: int, command: str) -> None:
        super().__init__(f"{command}: ended with {code}")
        self.code = code


Process = TypeVar("Process", bound="Limited")


class Limited:
    """A process of the C library; `with` ends it."""

    def __init__(
        self, before: Sequence[str] = (), environment_too: Mapping[str, str] | None = None
    ) -> None:
        self.process = subprocess.Popen(
            [*before, program("limited")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
            env=environment(**(environment_too or {})),
        )

    def __enter__(self: Process) -> Process:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> int:
        """Ends the process in peace, and answers its exit code."""
        try:
            self.process.communicate(timeout=LONGEST)
        except BrokenPipeError:
            pass
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
        return self.process.returncode

    def __call__(self, command: str, *words: object) -> Answer:
        """Has a command done; `Died` if the process ended instead of answering."""
        self.tell(command, *words)
        return self.answer()

    def tell(self, command: str, *words: object) -> None:
        """Gives a command, of which `answer` hears."""
        assert self.process.stdin
        self._line = " ".join([command, *map(str, words)])
        with suppress(BrokenPipeError):
            self.process.stdin.write(self._line + "\n")

    def answer(self) -> Answer:
        """What became of the command; waits until it is done."""
        assert self.process.stdout
        readable, _, _ = select.select([self.process.stdout], [], [], LONGEST)
        assert readable, f"{self._line}: hangs"
        answer = self.process.stdout.readline()
        if not answer:
            raise Died(self.process.wait(LONGEST), self._line)
        status, number, told = answer.split(" ", 2)
        return Answer(int(status), int(number), told.strip())

    def ok(self, command: str, *words: object) -> Answer:
        """Has a command done that must go well."""
        answer = self(command, *words)
        assert answer.status == OK, f"{command} {words}: {answer}"
        return answer

    def loaded(self, id: str) -> tuple[int, int, int]:
        """A session's number, blob length and hits; its blob fits its number."""
        n, size, hits, *_ = self.ok("load", id).words
        assert n >= 0, f"{id} is half this, half that"
        return n, size, hits

    @property
    def descriptors(self) -> int:
        """How many descriptors it has open."""
        return self.ok("descriptors").words[0]
