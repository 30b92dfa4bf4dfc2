# SPDX-License-Identifier: MIT
"""Runs of an operation, of which one is without a fault: it tells what a session may hold."""

from __future__ import annotations

import dataclasses
import errno
import os
import queue
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import oracle
import pytest
from operations import NAMED, TARGET, UNNAMED, Operation, Template, template_of
from places import environment, program
from strace import MARK, NO_TRACE, TIMEOUT_S, Trace, inject, missing, trace

Fault = TypeVar("Fault")
Verdict = TypeVar("Verdict")

NEEDS_STRACE = pytest.mark.skipif(missing() is not None, reason=str(missing()))
# Memory is malloc's business; a test of its own lets that fail.
MEMORY_CALLS = frozenset({"brk", "mmap", "munmap", "mremap", "madvise"})
SYNC_CALLS = frozenset({"fsync", "fdatasync"})
# The one part of a payload that two runs of an operation don't agree on.
TIME_OF_LOGIN = re.compile(rb"(\xadauthenticated\xd7\xff).{8}", re.DOTALL)


@dataclass(frozen=True)
class Answer:
    """The line that the program prints."""

    status: int
    errno: int
    before: int
    after: int
    seen: str

    @property
    def errno_name(self) -> str:
        """`ENOSPC`"""
        return errno.errorcode.get(self.errno, str(self.errno))

    @staticmethod
    def of(output: str) -> Answer | None:
        """None where there is no such line."""
        found = re.fullmatch(
            r"status=(-?\d+) errno=(\d+) before=(\d+) after=(\d+) seen=(.*)\n", output
        )
        if not found:
            return None
        return Answer(int(found[1]), int(found[2]), int(found[3]), int(found[4]), found[5])


# Payload, whether it was accessed since, and the file's mode, by id.
View = dict[str, tuple[bytes, bool, int]]


def view(state: oracle.State, template: Template | None) -> View:
    """What of a store an operation may change."""
    files = template.files if template else {}
    return {
        id if id in NAMED else UNNAMED: (
            TIME_OF_LOGIN.sub(rb"\1" + bytes(8), stored.payload),
            id not in files or state.modified_ns[id] != files[id][1],
            state.modes[id],
        )
        for id, stored in state.sessions.items()
    }


@dataclass
class Subject:
    """An operation with its template, and what it does without a fault."""

    operation: Operation
    sync: str
    template: Template | None
    directory: Path
    environment: dict[str, str]
    trace: Trace = NO_TRACE
    answer: Answer = Answer(0, 0, 0, 0, "")
    before: View = field(default_factory=dict)
    after: View = field(default_factory=dict)
    untouched: oracle.State = oracle.NOTHING

    @property
    def command(self) -> list[str]:
        return [program("operation"), str(self.directory), self.operation.name, self.sync]

    def lay_out(self) -> None:
        """Prepares the directory."""
        if self.template:
            self.template.lay_out(self.directory)
        else:
            shutil.rmtree(self.directory, ignore_errors=True)

    def look(self) -> oracle.State:
        """The directory as it is."""
        if not self.directory.exists():
            return oracle.NOTHING
        return oracle.look(self.directory, self.sync)

    @property
    def id(self) -> str:
        """Of the session that the operation is about."""
        return "fresh" if self.operation.name in ("create", "create-large") else TARGET

    def changed(self) -> set[str]:
        """The ids of what the operation changes."""
        ids = self.before.keys() | self.after.keys()
        return {id for id in ids if self.before.get(id) != self.after.get(id)}


def study(operation: Operation, sync: str, directory: Path, **more: str) -> Subject:
    """Runs an operation without a fault, with more variables in its environment."""
    template = template_of(operation, sync)
    subject = Subject(operation, sync, template, directory, environment(**more))
    # What it prepares for itself is no part of it: killed at its first mark it did nothing yet.
    subject.lay_out()
    assert inject(subject.command, subject.environment, [(MARK, "signal=SIGKILL:when=1")]).is_killed
    subject.untouched = subject.look()
    subject.before = view(subject.untouched, subject.template)

    subject.lay_out()
    subject.trace = trace(subject.command, subject.environment)
    output = subject.trace.run.output
    answer = Answer.of(output)
    assert answer, output
    assert answer.status == operation.status, output
    assert answer.after == answer.before + operation.opens, output
    assert subject.trace.calls, "no system call"
    subject.answer = answer
    subject.after = view(subject.look(), subject.template)
    _check_changes(subject)
    return subject


def _check_changes(subject: Subject) -> None:
    """Without a fault an operation does what it is for."""
    changes = subject.operation.changes
    assert subject.changed() == changes.keys()
    for id, (_, _, mode) in subject.after.items():
        due_mode = subject.before[id][2] if id in subject.before else 0o600
        assert mode == due_mode, f"{id} has mode {mode:o}"
    for id, due in changes.items():
        after = subject.after.get(id)
        assert (after is None) == (due is None), id
        if after and due is not None:
            payload = oracle.decode(after[0])
            assert {name: payload.get(name) for name in due} == due


def run_plainly(subject: Subject) -> Answer | None:
    """Runs the operation without strace."""
    done = subprocess.run(
        subject.command,
        env=subject.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    return Answer.of(done.stdout)


def over_all(
    subject: Subject, faults: Iterable[Fault], judge: Callable[[Subject, Fault], Verdict]
) -> list[Verdict]:
    """What `judge` says of each fault, in their order; several at once, each in a directory of its
    own."""
    free: queue.SimpleQueue[Subject] = queue.SimpleQueue()
    workers = os.cpu_count() or 1
    for number in range(workers):
        directory = subject.directory.with_name(f"{subject.directory.name}{number}")
        free.put(dataclasses.replace(subject, directory=directory))

    def judged(fault: Fault) -> Verdict:
        twin = free.get()
        try:
            return judge(twin, fault)
        finally:
            free.put(twin)

    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(judged, faults))
