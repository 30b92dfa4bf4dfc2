# SPDX-License-Identifier: MIT
"""A store of the library as Python holds it, and the memory for calls on it."""

from __future__ import annotations

import ctypes
import logging
import math
import operator
import time
import weakref
from collections.abc import Callable
from typing import Any

from session3 import _structs
from session3._ffi import lib, new_error, sizes
from session3.errors import InvalidArgumentError, RangeError

log = logging.getLogger("session3")

_LEVELS = {3: logging.ERROR, 4: logging.WARNING, 6: logging.INFO, 7: logging.DEBUG}
"""Python's level for each of the library's."""

_SNAPSHOT_SIZE = ctypes.sizeof(_structs.Snapshot)


class Handle:
    """Owns a session3_store. It is released when nobody refers to the handle any more: a call that
    is running on another thread keeps it until it is done."""

    __slots__ = ("__weakref__", "pointer", "reference")

    def __init__(self, pointer: int, callbacks: Any) -> None:
        self.pointer = pointer
        self.reference = ctypes.c_void_p.from_param(pointer)
        """The pointer as ``bare`` functions take it."""
        # At exit the system takes the memory back; other threads may still be in a call.
        weakref.finalize(self, _release, pointer, callbacks).atexit = False


def _release(pointer: int, _callbacks: Any) -> None:
    lib.session3_store_free(pointer)


def open_handle(open_store: Callable[..., int], *arguments: Any, callbacks: Any) -> Handle:
    """Calls one of the functions that open a store. The handle keeps ``callbacks`` alive."""
    pointer = ctypes.c_void_p()
    open_store(*arguments, ctypes.byref(pointer), ctypes.byref(new_error()))
    assert pointer.value is not None
    return Handle(pointer.value, callbacks)


class Scratch:
    """What one call reads and writes, with the references to it made once."""

    __slots__ = (
        *("buffer", "buffer_ref", "capacity", "error", "error_ref", "length", "length_ref"),
        *("snapshot", "snapshot_ref", "stored", "stored_ref"),
    )

    def __init__(self) -> None:
        self.error = new_error()
        self.error_ref = ctypes.byref(self.error)
        self.length = ctypes.c_size_t()
        self.length_ref = ctypes.byref(self.length)
        snapshot = _structs.Snapshot(size=_SNAPSHOT_SIZE)
        self.snapshot_ref = ctypes.byref(snapshot)
        # The struct's bytes: to take and set them at once costs less than one of its fields does.
        self.snapshot = (ctypes.c_char * _SNAPSHOT_SIZE).from_buffer(snapshot)
        self.stored = _structs.Buffer(size=ctypes.sizeof(_structs.Buffer))
        self.stored_ref = ctypes.byref(self.stored)
        self.grow(16384)

    def grow(self, capacity: int) -> None:
        """Makes room for a payload."""
        self.buffer: Any = ctypes.create_string_buffer(capacity)
        self.buffer_ref = ctypes.byref(self.buffer)
        self.capacity = sizes[capacity]

    def take_stored(self) -> bytes:
        """What the library put into ``stored``."""
        try:
            return ctypes.string_at(self.stored.data or 0, self.stored.length)
        finally:
            lib.session3_buffer_dispose(self.stored_ref)


scratches: list[Scratch] = []
"""Those that are free. A call takes one out and puts it back, or a new one if there is none: either
is one step, so one list does for all threads, and for a call in the midst of another."""


def take_scratch() -> Scratch:
    """A Scratch that nobody else uses, until it is put back."""
    try:
        return scratches.pop()
    except IndexError:
        return Scratch()


def new_snapshot(created_us: int) -> bytes:
    """The snapshot of a session that no store knows; 0 stands for the present."""
    return bytes(_structs.Snapshot(size=_SNAPSHOT_SIZE, created_us=created_us))


EMPTY_SNAPSHOT = new_snapshot(0)


def microseconds(seconds: float, what: str) -> int:
    """Seconds as the library's microseconds."""
    try:
        is_finite = math.isfinite(seconds)
    except TypeError:
        raise TypeError(f"{what} must be a number of seconds, not {seconds!r}") from None
    except OverflowError:
        is_finite = False
    if not is_finite:
        raise InvalidArgumentError(f"{what} must be a finite number of seconds")
    return signed(round(seconds * 1_000_000), what)


def signed(number: int, what: str) -> int:
    """A number that fits into an int64_t; ctypes would cut another one."""
    number = _integer(number, what)
    if not -(2**63) <= number < 2**63:
        raise RangeError(f"{what} does not fit into 64 bits")
    return number


def unsigned(number: int, bits: int, what: str) -> int:
    """A number that fits into an unsigned integer of C."""
    number = _integer(number, what)
    if not 0 <= number < 2**bits:
        raise InvalidArgumentError(f"{what} is out of range")
    return number


def _integer(number: int, what: str) -> int:
    try:
        return operator.index(number)
    except TypeError:
        raise TypeError(f"{what} must be an int, not {number!r}") from None


def c_clock(clock: Callable[[], float] | None) -> Any:
    """A clock of Python's, which tells seconds, as one of the library's; NULL for None."""
    if clock is None:
        return _structs.Clock()
    if not callable(clock):
        raise TypeError(f"clock must be a function without parameters, not {clock!r}")

    def tell(_context: int | None) -> int:
        try:
            return microseconds(clock(), "the clock's time")
        except BaseException:
            # An exception can't pass through the library, which needs an answer.
            log.exception("the store's clock failed: the system's is used instead")
            return time.time_ns() // 1000

    return _structs.Clock(tell)


def c_log(logger: logging.Logger | None) -> tuple[Any, int]:
    """A logger as the library's log, and the level from which that tells it: the logger's own may
    change while the store is open."""
    if logger is None:
        return _structs.Log(), 0
    if not callable(getattr(logger, "log", None)):
        raise TypeError(f"logger must be a logging.Logger or None, not {logger!r}")

    def tell(_context: int | None, level: int, _status: int, message: bytes, _length: int) -> None:
        logger.log(_LEVELS[level], "%s", message.decode("utf-8", "replace"))

    return _structs.Log(tell), max(_LEVELS)
