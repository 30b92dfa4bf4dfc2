# SPDX-License-Identifier: MIT
"""A worker as a child process, asked by lines."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import subprocess
import tempfile
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any


class NoAnswer(Exception):
    """A worker did not answer in time, or ended."""


def word(id: str) -> str:
    """An id as the protocol carries it."""
    return id.encode("utf-8", "surrogateescape").hex() or "-"


class Child:
    """A worker; a context manager that ends it."""

    def __init__(self, command: Sequence[str], environment: dict[str, str]) -> None:
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115
        self._process = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
        )
        self._selector = selectors.DefaultSelector()
        assert self._process.stdout is not None
        assert self._process.stdin is not None
        self._output = self._process.stdout.fileno()
        self._input = self._process.stdin
        self._selector.register(self._output, selectors.EVENT_READ)
        self._read = b""

    def __enter__(self) -> Child:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()

    def tell(self, *words: object) -> None:
        """Sends a request, whose answer `answer` takes."""
        try:
            self._input.write(" ".join(map(str, words)).encode() + b"\n")
            self._input.flush()
        except BrokenPipeError:
            raise NoAnswer("the worker has ended") from None

    def answer(self, limit: float = 30) -> dict[str, Any]:
        """The answer to the request that was sent before the others."""
        end = time.monotonic() + limit
        while b"\n" not in self._read:
            if not self._selector.select(max(0, end - time.monotonic())):
                raise NoAnswer(f"no answer in {limit:g} s")
            part = os.read(self._output, 1 << 20)
            if not part:
                raise NoAnswer(f"the worker has ended: {self._last_complaint()}")
            self._read += part
        line, self._read = self._read.split(b"\n", 1)
        answer: dict[str, Any] = json.loads(line)
        return answer

    def poll(self) -> dict[str, Any] | None:
        """The answer, if it is there already."""
        is_there = b"\n" in self._read or bool(self._selector.select(0))
        return self.answer() if is_there else None

    def ask(self, *words: object, limit: float = 30) -> dict[str, Any]:
        """Sends a request, and waits for its answer."""
        self.tell(*words)
        return self.answer(limit)

    def must(self, *words: object, limit: float = 30) -> dict[str, Any]:
        """`ask`, where nothing should fail."""
        answer = self.ask(*words, limit=limit)
        if "raised" in answer and "message" in answer:
            raise RuntimeError(f"{words[0]}: {answer['raised']}: {answer['message']}")
        return answer

    def _last_complaint(self) -> str:
        self._complaints.seek(0)
        return self._complaints.read().decode(errors="replace").strip()[-300:]

    def end(self) -> None:
        """Kills the process."""
        self._selector.close()
        self._process.kill()
        self._process.wait()
        self._complaints.close()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()
