# SPDX-License-Identifier: MIT
"""A process of programs/hostile.c: all operations on one name, and all that the library says."""

from __future__ import annotations

import select
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import strace
from places import environment, program

ID = "S3cr3tS3cr3tS3cr3tS3cr"
CSRF_TOKEN = "C5rfT0k3nC5rfT0k3nC5rf"
FORM_TOKEN = "F0rmT0k3nF0rmT0k3nF0rm"
VALUE = "what-alice-has-in-her-cart"
# How long all operations together may take, in seconds, on a busy machine; what hangs takes longer.
LONGEST = 60


@dataclass(frozen=True)
class Said:
    """What an operation answered, or the log got (its name is "log", its status the level)."""

    name: str
    status: int
    errno: int
    message: str


@dataclass(frozen=True)
class Visit:
    """What a process of programs/hostile.c did."""

    before: list[Said]
    """What was said before the name was changed."""
    said: list[Said]
    tokens: list[str]
    """That the library made."""
    calls: list[str]
    """System calls of the operations, as strace shows them."""

    def statuses(self, name: str) -> list[int]:
        """What the operations of a name answered."""
        return [said.status for said in self.said if said.name == name]

    @property
    def messages(self) -> list[str]:
        """All text that the library handed out."""
        return [said.message for said in self.before + self.said if said.message]


def _said(text: str) -> list[Said]:
    lines = []
    for line in text.splitlines():
        name, status, errno, message = line.split(" ", 3)
        lines.append(Said(name, int(status), int(errno), message))
    return lines


def visit(
    directory: Path,
    meanwhile: Callable[[], object] = lambda: None,
    *,
    before: Sequence[str] = (),
    id: str = ID,
    tokens: tuple[str, str] = (CSRF_TOKEN, FORM_TOKEN),
    value: str = VALUE,
    is_traced: bool = False,
    variables: dict[str, str] | None = None,
) -> Visit:
    """Runs it; `meanwhile` is called when its session was made and loaded.

    `before`: a command that runs it, as setpriv(1) does. `variables`: its environment, instead of
    one with the library under test."""
    command = [*before, program("hostile"), str(directory), id, *tokens, value]
    with tempfile.NamedTemporaryFile("r", errors="replace", prefix="strace-") as log:
        if is_traced:
            command = ["strace", "-f", "-qq", "-s", "200", "-o", log.name, *command]
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=variables or environment(),
        )
        try:
            first = _read_until_ready(process)
            meanwhile()
            rest, _ = process.communicate(b"go\n", timeout=LONGEST)
        finally:
            if process.poll() is None:
                # strace takes its tracee with it.
                process.terminate()
                process.communicate()
        assert process.returncode == 0, (process.returncode, first, rest)
        *early, ready = first.decode(errors="surrogateescape").splitlines()
        said = _said(rest.decode(errors="surrogateescape"))
        return Visit(_said("\n".join(early)), said, ready.split()[1:], _calls(log.read()))


def _read_until_ready(process: subprocess.Popen[bytes]) -> bytes:
    assert process.stdout
    seen = b""
    while b"\nready" not in seen or not seen.endswith(b"\n"):
        readable, _, _ = select.select([process.stdout], [], [], LONGEST)
        assert readable, "it hangs before its session is made"
        part = process.stdout.read1(65536)  # type: ignore[attr-defined]
        assert part, f"it ended before its session was made: {seen!r}"
        seen += part
    return seen


def _calls(log: str) -> list[str]:
    """Those between the marks, without the numbers of processes."""
    if not log:
        return []
    lines = [line.split(maxsplit=1)[1] for line in log.splitlines()]
    first, last = (number for number, line in enumerate(lines) if line.startswith(strace.MARK))
    return lines[first + 1 : last]
