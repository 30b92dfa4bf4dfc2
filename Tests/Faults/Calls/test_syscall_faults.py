# SPDX-License-Identifier: MIT
"""Each system call of each operation fails, in each way that it may, once and for good.

What an operation answers must be what happened: OK means that it is done, a failure that nothing
changed, or what the header says of it.
"""

from __future__ import annotations

import fcntl
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import oracle
import pytest
from broken import without
from leftovers import leftovers
from operations import ALL_OPERATIONS, CASES, E_BUSY, E_IO, OPERATIONS, Operation
from places import preload
from proof import RecordProperty
from strace import Hang, inject
from syscall_faults import REPEATED_CALLS, Fault, dying_disks, single_faults
from trials import NEEDS_STRACE, SYNC_CALLS, Answer, Subject, over_all, run_plainly, study
from verdicts import contents_wrong, hand_in, wrong_again

pytestmark = [pytest.mark.method("syscalls"), NEEDS_STRACE]


@dataclass(frozen=True)
class Trial:
    """An operation that was run with faults, and what it answered."""

    subject: Subject
    answer: Answer
    fault: Fault
    injected: list[str]
    """The calls that failed."""

    @property
    def is_failure(self) -> bool:
        return self.answer.status < 0

    @property
    def is_lock_held(self) -> bool:
        """Whether a sweep had to take it that somebody else holds a lock: what it then passes over
        is no failure."""
        return (
            self.subject.operation.name == "sweep"
            and "fcntl" in self.injected
            and self.fault.error in ("EACCES", "EINTR")
        )

    @property
    def is_sync_failed(self) -> bool:
        """Whether the disk said that it does not have what was written. An interrupted sync is made
        again."""
        return self.fault.error != "EINTR" and not SYNC_CALLS.isdisjoint(self.injected)

    def told_status(self) -> int | None:
        """The status as far as it tells what happened."""
        is_unknown = self.is_failure and not SYNC_CALLS.isdisjoint(self.injected)
        return None if is_unknown or self.is_lock_held else self.answer.status

    @property
    def may_stray(self) -> bool:
        """Whether a session of a new id, told to nobody, could not be taken back."""
        return self.is_failure and self.injected.count("unlinkat") > 1

    def wrong_answer(self) -> Iterator[str]:
        """Where the answer is not one that the faults explain."""
        answer, expected = self.answer, self.subject.answer
        if answer.status >= 0 or answer.status == expected.status:
            same = (answer.status, answer.seen) == (expected.status, expected.seen)
            if not same and not self.is_lock_held:
                yield f"answered {answer}, without the fault {expected}"
        elif answer.status == E_IO:
            if answer.errno_name != self.fault.error:
                yield f"errno is {answer.errno_name}"
            if answer.errno_name == "EINTR" and self.injected[0] in REPEATED_CALLS:
                yield "an interrupted call was not repeated"
        elif answer.status != E_BUSY or self.injected[0] != "fcntl":
            yield f"a status of {answer.status}"
        if answer.status >= 0 and self.is_sync_failed:
            # What is stored can't tell: it is in the kernel's memory all the same.
            yield "a failed sync was not told"
        kept = self.subject.operation.opens and answer.status == 0
        # A call of close(2) that is made to fail does not happen.
        if answer.after != answer.before + kept + self.injected.count("close"):
            yield f"{answer.before} descriptors before, {answer.after} after"

    def wrong_leftovers(self) -> Iterator[str]:
        """Which files were left that should not be."""
        if "unlinkat" in self.injected or self.is_lock_held:
            return
        if self.is_failure and self.subject.operation.in_parts:
            return
        # Whose lock was not had, or whose size is not known, may be another creator's by now.
        may_be_empty = self.is_failure and not {"fcntl", "newfstatat", "fstat"}.isdisjoint(
            self.injected
        )
        names = leftovers(self.subject.directory)
        left = [name for name in names if name.startswith(".") or not may_be_empty]
        if left:
            yield f"{len(left)} files were left behind: {left[:3]}"

    def wrong_count(self, state: oracle.State) -> Iterator[str]:
        """Where as many were not deleted as was told."""
        if self.subject.operation.in_parts:
            deleted = len(self.subject.before.keys() - state.sessions.keys())
            if self.answer.seen != str(deleted):
                yield f"told {self.answer.seen} deleted, which are {deleted}"


def deviations(subject: Subject, fault: Fault, is_long: bool) -> list[str] | None:
    """What is wrong after a fault; None if none was injected."""
    subject.lay_out()
    locked: list[str] = []

    def look_for_locks() -> None:
        if subject.directory.exists():
            locked.extend(oracle.locked(subject.directory))

    try:
        run = inject(subject.command, subject.environment, fault.injections, look_for_locks)
    except Hang:
        return [f"{fault.title}: it hangs"]
    if not run.injected:
        return None
    answer = Answer.of(run.output)
    if answer is None:
        return [f"{fault.title}: it ended with {run.code}: {run.output}"]
    trial = Trial(subject, answer, fault, run.injected)
    wrong = [*trial.wrong_answer(), *(f"{name} is still locked" for name in locked)]
    if subject.directory.exists():
        wrong += trial.wrong_leftovers()
        state = subject.look()
        wrong += contents_wrong(subject, state, trial.told_status(), may_stray=trial.may_stray)
        wrong += trial.wrong_count(state)
        if is_long or trial.is_failure:
            wrong += wrong_again(subject, state)
        wrong += oracle.aftermath(subject.directory, subject.id, may_leave=True)
    return [f"{fault.title}: {what}" for what in wrong]


@pytest.mark.parametrize(("operation", "sync"), CASES, ids=str)
def test_an_operation_answers_the_truth_whichever_system_call_fails(
    operation: Operation,
    sync: str,
    directory: Path,
    is_long: bool,
    record_property: RecordProperty,
) -> None:
    subject = study(operation, sync, directory)
    faults = [*single_faults(subject, is_long), *dying_disks(subject, is_long)]
    verdicts = over_all(subject, faults, lambda twin, fault: deviations(twin, fault, is_long))
    tried = sum(verdict is not None for verdict in verdicts)
    wrong = [what for verdict in verdicts for what in verdict or ()]
    record_property("injected faults", tried)
    record_property("operations and modes", 1)
    missed = [fault.title for fault, v in zip(faults, verdicts, strict=True) if v is None]
    record_property("faults that met no call", len(missed))
    # The calls of an operation are the same in each run, or their numbers mean nothing.
    assert tried > 0
    assert len(missed) <= len(faults) // 20, missed
    hand_in(wrong, record_property)


# From less than a field to more than a file.
PARTS = ("1", "511", "512", "4095", "1000000")


@pytest.mark.parametrize("operation", ALL_OPERATIONS, ids=str)
def test_an_operation_does_the_same_where_calls_move_a_part(
    operation: Operation,
    directory: Path,
    is_long: bool,
    record_property: RecordProperty,
) -> None:
    subject = study(operation, "data" if is_long else "none", directory)
    parts = PARTS if is_long else PARTS[:1]
    for setting in (part + interrupted for part in parts for interrupted in ("", ",eintr")):
        subject.lay_out()
        subject.environment |= {"LD_PRELOAD": preload("partial_io"), "PARTIAL_IO": setting}
        answer = run_plainly(subject)
        assert answer, setting
        assert (answer.status, answer.seen) == (operation.status, subject.answer.seen), setting
        assert not leftovers(directory), setting
        assert not contents_wrong(subject, subject.look(), answer.status), setting
        assert not oracle.aftermath(directory, subject.id), setting
        record_property("runs in parts", 1)


def test_calls_that_move_a_part_are_repeated_for_the_rest(directory: Path) -> None:
    moving = {"LD_PRELOAD": preload("partial_io"), "PARTIAL_IO": "512"}
    subject = study(OPERATIONS["create"], "none", directory, **moving)
    calls = Counter(call.name for call in subject.trace.calls)
    assert calls["pwrite64"] == 4096 // 512


# What the checks above must find out


def test_a_save_that_was_not_made_is_found_out(directory: Path) -> None:
    subject = study(OPERATIONS["save"], "none", directory)
    subject.lay_out()
    subject.environment |= {"LD_PRELOAD": preload("partial_io"), "PARTIAL_IO": "16,lie"}
    answer = run_plainly(subject)
    assert answer
    assert answer.status == 0
    assert contents_wrong(subject, subject.look(), answer.status)


def test_a_lock_that_is_kept_is_found_out(directory: Path, tmp_path: Path) -> None:
    subject = study(OPERATIONS["save"], "none", directory, **without("unlock", {}, tmp_path))
    faults = single_faults(subject, is_long=False)
    closing = [fault for fault in faults if fault.injections[0][0] == "close"]
    assert closing
    for fault in closing:
        assert f"{fault.title}: target is still locked" in (deviations(subject, fault, False) or ())


def test_a_failed_sync_that_is_passed_over_is_found_out(directory: Path) -> None:
    passing_over = {"LD_PRELOAD": preload("no_sync"), "SESSION3_SYNC_IN_VAIN": "fdatasync,fsync"}
    for name in ("save", "delete"):
        subject = study(OPERATIONS[name], "data", directory, **passing_over)
        faults = [*single_faults(subject, is_long=False)]
        assert faults
        for fault in faults:
            is_found_out = f"{fault.title}: a failed sync was not told" in (
                deviations(subject, fault, False) or ()
            )
            assert is_found_out == (fault.error != "EINTR"), fault


def test_what_is_left_and_what_nobody_did_is_found_out(directory: Path) -> None:
    subject = study(OPERATIONS["has"], "none", directory)
    subject.lay_out()
    for name, text in ((".grow-0123456789abcdefghijkl", ""), (".forgotten", "!"), ("hollow", "")):
        assert leftovers(directory) == []
        (directory / name).write_text(text)
        assert leftovers(directory) == [name]
        (directory / name).unlink()
    (directory / "other").unlink()
    (directory / "sibling").write_bytes((directory / "target").read_bytes())
    with (directory / "old").open("r+b") as file, oracle.Store(directory) as store:
        fcntl.lockf(file, fcntl.LOCK_EX)
        assert oracle.locked(directory) == ["old"]
        store.create("stranger")
    wrong = " ".join(contents_wrong(subject, subject.look(), 0))
    for id in ("other", "sibling", "stranger"):
        assert id in wrong
