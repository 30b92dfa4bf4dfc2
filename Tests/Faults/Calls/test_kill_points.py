# SPDX-License-Identifier: MIT
"""A process is killed at each system call of each operation.

Killed where a call begins, it has done all the calls before and not this one; killed at the mark
behind its operation it has done all of them, and told nobody.
"""

from __future__ import annotations

from pathlib import Path

import oracle
import pytest
from operations import CASES, OPERATIONS, TARGET, Operation
from places import preload
from proof import RecordProperty
from strace import MARK, Call, arguments_of, inject
from trials import MEMORY_CALLS, NEEDS_STRACE, SYNC_CALLS, Subject, over_all, study
from verdicts import contents_wrong, hand_in, wrong_again

pytestmark = [pytest.mark.method("kills"), NEEDS_STRACE]


def deviations(
    subject: Subject, point: tuple[str, int], is_long: bool, *, is_cut: bool = False
) -> list[str]:
    """What is wrong after a kill at a call, by its number among those of its name.

    `is_cut`: whether it may come amid a write.
    """
    subject.lay_out()
    fault = (point[0], f"signal=SIGKILL:when={point[1]}")
    run = inject(subject.command, subject.environment, [fault])
    wrong = [] if run.is_killed else [f"it was not killed: {run.output}"]
    if subject.directory.exists():
        wrong += [f"{name} is locked" for name in oracle.locked(subject.directory)]
        state = subject.look()
        wrong += contents_wrong(subject, state, None, is_cut=is_cut)
        if is_long or subject.sync == "none":
            wrong += wrong_again(subject, state)
        wrong += oracle.aftermath(subject.directory, subject.id, may_leave=True)
    return [f"{arguments_of([fault])}: {what}" for what in wrong]


def kill_points(subject: Subject, is_long: bool) -> list[tuple[str, int]]:
    """Each call of an operation, and the mark behind it."""
    points = []
    follows_sync = False
    for call in (*subject.trace.calls, Call(MARK, 2, "")):
        # The short form leaves out what changes nothing that outlives the process, and what is
        # just so without syncing.
        is_telling = call.name not in MEMORY_CALLS and (
            subject.sync == "none" or follows_sync or call.name in SYNC_CALLS
        )
        if is_long or is_telling:
            points.append((call.name, call.number))
        follows_sync = call.name in SYNC_CALLS
    return points


@pytest.mark.parametrize(("operation", "sync"), CASES, ids=str)
def test_a_kill_at_any_system_call_leaves_each_session_old_or_new(
    operation: Operation,
    sync: str,
    directory: Path,
    is_long: bool,
    record_property: RecordProperty,
) -> None:
    subject = study(operation, sync, directory)
    points = kill_points(subject, is_long)
    assert points
    verdicts = over_all(subject, points, lambda twin, point: deviations(twin, point, is_long))
    wrong = [what for verdict in verdicts for what in verdict]
    record_property("kill points", len(points))
    hand_in(wrong, record_property)


def kill_points_amid_writes(subject: Subject) -> list[tuple[str, int]]:
    """Each write of an operation that writes piece by piece."""
    return [(call.name, call.number) for call in subject.trace.calls if call.name == "pwrite64"]


# A kernel that is killed in a long write has written whole pages; what a slot holds may be cut
# anywhere.
@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("save", "16"),
        ("save-merge", "16"),
        ("save-replace", "16"),
        ("increment", "16"),
        ("consume-token", "16"),
        ("request", "16"),
        ("save-grow", "4096"),
        ("create-large", "4096"),
    ],
)
def test_a_kill_amid_a_write_leaves_each_session_old_or_new(
    name: str, part: str, directory: Path, record_property: RecordProperty
) -> None:
    moving = {"LD_PRELOAD": preload("partial_io"), "PARTIAL_IO": part}
    subject = study(OPERATIONS[name], "none", directory, **moving)
    writes = kill_points_amid_writes(subject)
    assert len(writes) > 1
    verdicts = over_all(
        subject, writes, lambda twin, point: deviations(twin, point, False, is_cut=True)
    )
    wrong = [what for verdict in verdicts for what in verdict]
    record_property("kill points", len(writes))
    hand_in(wrong, record_property)


def test_a_save_over_what_counts_is_found_out(directory: Path) -> None:
    """The check is one that fails."""
    moving = {"LD_PRELOAD": preload("partial_io"), "PARTIAL_IO": "16,slot"}
    subject = study(OPERATIONS["save"], "none", directory, **moving)
    writes = kill_points_amid_writes(subject)
    assert deviations(subject, writes[1], False, is_cut=True)


@pytest.mark.parametrize("name", ["renew", "request-login"])
def test_a_session_that_is_under_neither_id_is_found_out(name: str, directory: Path) -> None:
    """The check is one that fails."""
    subject = study(OPERATIONS[name], "none", directory)
    subject.lay_out()
    assert contents_wrong(subject, subject.look(), None) == []
    (directory / TARGET).unlink()
    assert contents_wrong(subject, subject.look(), None)
