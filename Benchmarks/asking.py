# SPDX-License-Identifier: MIT
"""A worker as a child process, asked by lines; the README has the protocol."""

from __future__ import annotations

import json
import select
import subprocess
import tempfile
from collections.abc import Sequence
from types import TracebackType
from typing import Any

# The longest that is asked for at once is to store a million sessions.
PATIENCE_S = 900


class Refused(Exception):
    """A worker answered that it can't do something."""


class Died(Refused):
    """A worker ended, or does not answer: that is no answer that a store may give."""


class Worker:
    """A process; a context manager that ends it."""

    def __init__(self, command: Sequence[str], environment: dict[str, str]) -> None:
        self._name = command[0]
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115
        self._process = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            text=True,
            bufsize=1,
        )

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._process.stdin
        assert self._process.stdout
        try:
            self._process.stdin.close()
            self._process.wait(60)
        except (BrokenPipeError, subprocess.TimeoutExpired):
            # It was told to have failed, or is told nothing more.
            pass
        finally:
            self._process.kill()
            self._process.wait()
            self._process.stdout.close()
            self._complaints.close()

    @property
    def process_id(self) -> int:
        """To read its memory's size."""
        return self._process.pid

    def tell(self, *words: object) -> None:
        """Sends a request, whose answer `answer` takes."""
        assert self._process.stdin
        try:
            self._process.stdin.write(" ".join(map(str, words)) + "\n")
        except BrokenPipeError:
            raise Died(self._last_words()) from None

    def answer(self) -> dict[str, Any]:
        """The answer to the request that was sent before the others."""
        output = self._process.stdout
        assert output
        # One line answers each request, so that none waits in a buffer of ours.
        if not select.select([output], [], [], PATIENCE_S)[0]:
            self._process.kill()
            raise Died(f"{self._name} does not answer for {PATIENCE_S} s")
        line = output.readline()
        if not line:
            raise Died(self._last_words())
        try:
            told: dict[str, Any] = json.loads(line)
        except json.JSONDecodeError:
            raise Died(f"{self._name} answers {line[:300]!r}") from None
        if "error" in told:
            raise Refused(told["error"])
        return told

    def ask(self, *words: object) -> dict[str, Any]:
        """Sends a request, and waits for its answer."""
        self.tell(*words)
        return self.answer()

    def _last_words(self) -> str:
        status = self._process.wait(60)
        self._complaints.seek(0)
        told = self._complaints.read().decode(errors="replace").strip()[-300:]
        return f"{self._name} ended with {status}: {told}"


def ask_all(
    workers: Sequence[Worker], requests: Sequence[Sequence[object]]
) -> list[dict[str, Any]]:
    """Sends each worker its request, and waits for all answers, also where one refuses."""
    for worker, words in zip(workers, requests, strict=True):
        worker.tell(*words)
    told, refusal = [], None
    for worker in workers:
        try:
            told.append(worker.answer())
        except Refused as reason:
            refusal = refusal or reason
    if refusal:
        raise refusal
    return told
