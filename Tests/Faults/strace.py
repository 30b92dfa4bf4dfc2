# SPDX-License-Identifier: MIT
"""System calls of a program, seen and made to fail by strace(1).

strace counts the calls of each name from the start of a process; a program that says by getppid(2)
where its operation begins and ends is traced once as it is, and what was counted then tells which
number each call of the operation has.
"""

from __future__ import annotations

import functools
import re
import select
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

MARK = "getppid"
# Far longer than any operation takes; what is still running then hangs.
TIMEOUT_S = 30


@dataclass(frozen=True)
class Call:
    """A system call of an operation."""

    name: str
    number: int
    """Which one of its name it is in the process, from 1."""
    text: str
    """As strace shows it."""


@dataclass(frozen=True)
class Run:
    """What became of a program."""

    code: int
    """How strace ended."""
    output: str
    log: str
    """What strace wrote."""

    @property
    def is_killed(self) -> bool:
        """Whether SIGKILL ended it."""
        return "+++ killed by SIGKILL +++" in self.log

    @property
    def injected(self) -> list[str]:
        """The calls that a fault was injected into, in their order."""
        return [found[1] for found in re.finditer(r"(\w+)\(.*\(INJECTED\)", self.log)]


class Hang(Exception):
    """The program did not end."""


@functools.cache
def missing() -> str | None:
    """Why nothing can be traced here; None where it can."""
    if shutil.which("strace") is None:
        return "there is no strace"
    try:
        run = _strace(["true"], ["-e", "trace=all"], None)
    except Hang:
        return "strace hangs"
    if run.code == 0 and "execve" in run.log:
        return None
    return f"strace is not permitted: {run.output}"


def _strace(
    command: Sequence[str],
    arguments: Sequence[str],
    environment: dict[str, str] | None,
    meanwhile: Callable[[], None] = lambda: None,
) -> Run:
    """`meanwhile` is called when the program has printed its line, and before it ends, if it waits
    for the end of its input."""
    with tempfile.NamedTemporaryFile("r", errors="replace", prefix="strace-") as log:
        process = subprocess.Popen(
            ["strace", "-f", "-qq", "-o", log.name, *arguments, *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment or None,
            text=True,
        )
        try:
            assert process.stdout
            if select.select([process.stdout], [], [], TIMEOUT_S)[0]:
                meanwhile()
            output, _ = process.communicate(timeout=TIMEOUT_S)
        except subprocess.TimeoutExpired:
            # strace takes its tracee with it, which this one may not outlive.
            process.terminate()
            process.communicate()
            raise Hang from None
        return Run(process.returncode, output, log.read())


@dataclass(frozen=True)
class Trace:
    """What a program does between its two marks."""

    calls: list[Call]
    before: Counter[str]
    """How many calls of each name come before."""
    run: Run


NO_TRACE = Trace([], Counter(), Run(0, "", ""))


def trace(command: Sequence[str], environment: dict[str, str]) -> Trace:
    """Runs a program as it is."""
    run = _strace(command, ["-e", "trace=all"], environment)
    counts: Counter[str] = Counter()
    before: Counter[str] = Counter()
    calls: list[Call] = []
    for line in run.log.splitlines():
        found = re.match(r"\d+ +(\w+)\(", line)
        name = found[1] if found else ""
        counts[name] += 1
        if name == MARK and counts[MARK] == 2:
            break
        if name == MARK:
            before = counts.copy()
        elif counts[MARK]:
            calls.append(Call(name, counts[name], line))
    return Trace(calls, before, run)


def inject(
    command: Sequence[str],
    environment: dict[str, str],
    faults: Sequence[tuple[str, str]],
    meanwhile: Callable[[], None] = lambda: None,
) -> Run:
    """Runs a program with faults, each the name of a call, and what strace is to do to it."""
    # A question mark: not every machine has every call.
    names = ",".join(f"?{name}" for name in sorted({name for name, _ in faults}))
    arguments = ["-e", f"trace={names}"]
    # With a filter strace is quicker, and forgets to send signals.
    if not any("signal=" in fault for _, fault in faults):
        arguments.append("--seccomp-bpf")
    for name, fault in faults:
        arguments += ["-e", f"inject=?{name}:{fault}"]
    return _strace(command, arguments, environment, meanwhile)


def arguments_of(faults: Sequence[tuple[str, str]]) -> str:
    """Faults as they are typed."""
    return " ".join(f"-e inject={name}:{fault}" for name, fault in faults)
