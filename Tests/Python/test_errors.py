# SPDX-License-Identifier: MIT
"""Errors are the builtin ones, too."""

from __future__ import annotations

import ctypes
import errno
import pickle
from types import SimpleNamespace

import pytest
from session3 import _ffi, _structs, errors


@pytest.mark.parametrize(
    ("kind", "builtin"),
    [
        (errors.InvalidArgumentError, ValueError),
        (errors.ClosedError, ValueError),
        (errors.TooLargeError, ValueError),
        (errors.UnstorableError, TypeError),
        (errors.UnstorableError, ValueError),
        (errors.ValueTypeError, TypeError),
        (errors.RangeError, OverflowError),
        (errors.GoneError, KeyError),
        (errors.StorageError, OSError),
        (errors.UnsupportedError, OSError),
        (errors.BusyError, TimeoutError),
        (errors.OutOfMemoryError, MemoryError),
        (errors.CorruptError, errors.UnreadableError),
        (errors.FormatError, errors.UnreadableError),
    ],
)
def test_an_error_is_also_the_builtin_one(
    kind: type[errors.Session3Error], builtin: type[Exception]
) -> None:
    assert issubclass(kind, builtin)
    assert issubclass(kind, errors.Session3Error)


@pytest.mark.parametrize("kind", errors.OF_STATUS.values())
def test_an_error_survives_pickling(kind: type[errors.Session3Error]) -> None:
    error = kind("what went wrong", -3, errno.ENOSPC)
    twin = pickle.loads(pickle.dumps(error))
    assert type(twin) is kind
    assert (str(twin), twin.status, twin.errno) == ("what went wrong", -3, errno.ENOSPC)


def raise_status(status: int, system_errno: int = 0) -> None:
    error = _structs.Error(message=b"m", system_errno=system_errno)
    _ffi.check(status, None, (SimpleNamespace(_obj=error),))


@pytest.mark.parametrize("status", sorted(errors.OF_STATUS))
def test_a_failure_raises_the_error_of_its_status(status: int) -> None:
    with pytest.raises(errors.OF_STATUS[status]) as caught:
        raise_status(status)
    assert caught.value.status == status


def test_a_failure_of_a_later_version_is_an_error_as_well() -> None:
    with pytest.raises(errors.Session3Error, match="m"):
        raise_status(-99)


def test_a_system_error_keeps_its_errno() -> None:
    with pytest.raises(OSError, match="m") as caught:
        raise_status(-3, errno.ENOSPC)
    assert caught.value.errno == errno.ENOSPC


def test_a_timeout_has_the_errno_of_one() -> None:
    with pytest.raises(TimeoutError) as caught:
        raise_status(-10)
    assert caught.value.errno == errno.ETIMEDOUT


def test_an_answer_is_no_error() -> None:
    assert _ffi.check(2, None, (ctypes.byref(_structs.Error()),)) == 2
