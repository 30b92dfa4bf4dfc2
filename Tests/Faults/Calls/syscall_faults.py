# SPDX-License-Identifier: MIT
"""The faults that are injected into the system calls of an operation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from strace import arguments_of
from trials import MEMORY_CALLS, SYNC_CALLS, Subject

# These change what is stored; a disk that dies fails all of them.
WRITING_CALLS = frozenset(
    {"pwrite64", "unlinkat", "renameat", "renameat2", "linkat", "fdatasync", "fsync"}
    | {"mkdir", "mkdirat", "fchmod", "fchown", "utimensat"}
)
ALL_ERRORS = (
    *("ENOSPC", "EIO", "EINTR", "EDQUOT", "EROFS", "EMFILE", "ENFILE", "EACCES", "ENOLCK"),
    *("ESTALE", "ENOMEM", "EPERM"),
)
# By their man pages a signal may interrupt these. (No signal interrupts others on a local disk.)
REPEATED_CALLS = frozenset(
    {
        "openat",
        "pread64",
        "pwrite64",
        "getrandom",
        "fchmod",
        "fchown",
        "fsync",
        "fdatasync",
        "fcntl",
    }
)
# In the short form: for what is repeated, or waited for, also the error that says so.
TELLING_ERRORS = {
    **dict.fromkeys((*REPEATED_CALLS, "close"), ("EIO", "EINTR")),
    "fcntl": ("EACCES", "ENOLCK"),
    "openat": ("EMFILE", "EINTR"),
}
# What file systems answer that can't do it, in place of which another call is made.
INABILITIES = {"renameat2": ("EINVAL", "ENOSYS"), "linkat": ("EPERM", "EOPNOTSUPP")}
# What is repeated without end by design meets an end here.
PATIENCE = 20


@dataclass(frozen=True)
class Fault:
    """What is done to one run of an operation."""

    title: str
    injections: list[tuple[str, str]]
    """As strace.inject takes them."""
    error: str


def single_faults(subject: Subject, is_long: bool) -> Iterator[Fault]:
    """Each call fails once; and it and all later ones of its name do."""
    for call in subject.trace.calls:
        if call.name in MEMORY_CALLS:
            continue
        # The short form takes it that syncing changes nothing for the calls beside it.
        if not is_long and subject.sync == "data" and call.name not in SYNC_CALLS:
            continue
        telling = TELLING_ERRORS.get(call.name, ("EIO",))
        inabilities = INABILITIES.get(call.name, ())
        for error in (*(ALL_ERRORS if is_long else telling), *inabilities):
            lasting = f"..{call.number + PATIENCE}" if error == "EINTR" else "+"
            for last in ("", lasting) if is_long or error == telling[0] else ("",):
                injections = [(call.name, f"error={error}:when={call.number}{last}")]
                yield Fault(arguments_of(injections), injections, error)


def dying_disks(subject: Subject, is_long: bool) -> Iterator[Fault]:
    """From one writing call on, all writing calls fail."""
    done = subject.trace.before.copy()
    for call in subject.trace.calls:
        if call.name in WRITING_CALLS:
            for error in ("EIO", "EROFS") if is_long else ("EIO",):
                injections = [
                    (name, f"error={error}:when={done[name] + 1}+")
                    for name in sorted(WRITING_CALLS)
                ]
                yield Fault(f"{error} for good from {call.text}", injections, error)
        done[call.name] += 1
