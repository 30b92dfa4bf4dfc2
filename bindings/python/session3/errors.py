# SPDX-License-Identifier: MIT
"""What this package raises. Each error also is the builtin one that fits, so that a program may
catch either. No message holds a session id or a token."""

from __future__ import annotations

import errno as _errno
from typing import Any


class Session3Error(Exception):
    """Base of all errors here.

    ``status`` is the library's status code, 0 where Python found the fault; ``errno`` that of the
    system call that failed, or None.
    """

    def __init__(self, message: str, status: int = 0, errno: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.errno = errno

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.message, self.status, self.errno)


class _SystemError(Session3Error, OSError):
    """What OSError and Session3Error have in common to set up."""

    _default: int | None = None

    def __init__(self, message: str, status: int = 0, errno: int | None = None) -> None:
        number = errno or self._default
        OSError.__init__(self, number, message)
        self.message = message
        self.status = status
        self.errno = number


class StorageError(_SystemError):
    """A system call failed: ``errno`` says how (ENOSPC, EACCES, EIO...)."""


class UnsupportedError(_SystemError):
    """The system or the file system can't do what the store needs."""

    _default = _errno.ENOTSUP


class BusyError(_SystemError, TimeoutError):
    """The session's lock was not to be had within the store's lock timeout."""

    _default = _errno.ETIMEDOUT


class InsecureError(_SystemError, PermissionError):
    """Anybody may write to the store's directory, and so plant sessions in it."""

    _default = _errno.EPERM


class InvalidArgumentError(Session3Error, ValueError):
    """An argument is out of its range, or an id outside the grammar."""


class NoIDError(InvalidArgumentError, KeyError):
    """The session has no id yet, so that no store has it."""


class ClosedError(Session3Error, ValueError):
    """The store was closed."""


class OutOfMemoryError(Session3Error, MemoryError):
    """No memory for a payload."""


class UnreadableError(Session3Error):
    """What is stored can't be read as a session. It was left as it is."""


class CorruptError(UnreadableError):
    """The stored bytes are damaged, or not ours."""


class FormatError(UnreadableError):
    """The stored form is of a later version of the library."""


class ValueTypeError(Session3Error, TypeError):
    """The stored value is of another type than the call needs."""


class UnstorableError(Session3Error, TypeError, ValueError):
    """A value that would not come back equal; the message names its attribute."""


class RangeError(Session3Error, OverflowError):
    """A number does not fit into 64 bits."""


class TooLargeError(Session3Error, ValueError):
    """The session is larger than the store's maximum."""


class ExistsError(Session3Error):
    """A session of this id exists already."""


class GoneError(Session3Error, KeyError):
    """There is no such session (any more); it was not brought back."""


class ConflictError(Session3Error):
    """Somebody else changed the session since it was loaded, and the policy is "fail"."""


class CallbackError(Session3Error):
    """A callback broke its contract."""


class TooSmallError(Session3Error):
    """The memory offered is too small for the answer."""


OF_STATUS: dict[int, type[Session3Error]] = {
    -1: InvalidArgumentError,
    -2: OutOfMemoryError,
    -3: StorageError,
    -4: CorruptError,
    -5: FormatError,
    -6: ValueTypeError,
    -7: ExistsError,
    -8: GoneError,
    -9: ConflictError,
    -10: BusyError,
    -11: TooLargeError,
    -12: UnstorableError,
    -13: RangeError,
    -14: UnsupportedError,
    -15: CallbackError,
    -16: TooSmallError,
    -17: InsecureError,
}
"""The error of each negative status; Session3Error stands for one of a later version."""
