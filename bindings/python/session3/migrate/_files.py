# SPDX-License-Identifier: MIT
"""The old directory, read without leaving a trace."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import stat
import time
from collections.abc import Iterator
from typing import NamedTuple

from session3.migrate._outcome import EmptyError, OtherFileError, RefusedError, UnreadableError

_LOCK_PATIENCE = 2.0
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY


class OldFile(NamedTuple):
    """A file of the old directory, as it was read."""

    name: str
    data: bytes
    modified: float
    """In seconds since 1970."""


class OldDirectory:
    """A directory whose files are read, and nothing else."""

    def __init__(self, path: str, maximum: int) -> None:
        """Opens it. ``maximum`` is the largest file that is read, in bytes."""
        self._descriptor = _open(os.path.realpath(path), None, os.O_DIRECTORY)
        self._maximum = maximum
        self.owner = os.fstat(self._descriptor).st_uid

    def names(self) -> Iterator[str]:
        """The names in it, in no order."""
        # By a description of its own: two loops over one share its place in the directory.
        descriptor = _open(".", self._descriptor, os.O_DIRECTORY)
        try:
            with os.scandir(descriptor) as entries:
                for entry in entries:
                    yield entry.name
        finally:
            os.close(descriptor)

    def inode(self, name: str) -> int:
        """The number by which ``find -inum`` finds a file; 0 if it is gone."""
        try:
            return os.stat(name, dir_fd=self._descriptor, follow_symlinks=False).st_ino
        except OSError:
            return 0

    def read(self, name: str) -> OldFile:
        """Reads a file; a NotTakenError if it is none, empty, too large, or not to be had."""
        try:
            # First, since to open a device can have an effect.
            _expect_file(os.stat(name, dir_fd=self._descriptor, follow_symlinks=False))
            descriptor = _open(name, self._descriptor)
        except FileNotFoundError:
            raise OtherFileError("deleted meanwhile") from None
        except OSError as error:
            raise UnreadableError(os.strerror(error.errno or errno.EIO)) from None
        try:
            return self._read_open(name, descriptor)
        except OSError as error:
            raise UnreadableError(os.strerror(error.errno or errno.EIO)) from None
        finally:
            os.close(descriptor)

    def _read_open(self, name: str, descriptor: int) -> OldFile:
        _expect_file(os.fstat(descriptor))
        _lock(descriptor)
        status = os.fstat(descriptor)
        if status.st_size == 0:
            raise EmptyError("empty")
        if status.st_size > self._maximum:
            raise RefusedError(f"larger than {self._maximum} bytes")
        with open(descriptor, "rb", buffering=0, closefd=False) as file:
            data = bytearray()
            while len(data) < status.st_size and (part := file.read(status.st_size - len(data))):
                data += part
        return OldFile(name, bytes(data), status.st_mtime)

    def close(self) -> None:
        """Releases the directory."""
        os.close(self._descriptor)


def _open(name: str, directory: int | None, flags: int = 0) -> int:
    # The kernel lets the owner alone read without a trace in the access time.
    with contextlib.suppress(PermissionError):
        return os.open(name, _FLAGS | flags | os.O_NOATIME, dir_fd=directory)
    return os.open(name, _FLAGS | flags, dir_fd=directory)


def _expect_file(status: os.stat_result) -> None:
    if stat.S_ISLNK(status.st_mode):
        raise UnreadableError("a symbolic link, which is not followed")
    if not stat.S_ISREG(status.st_mode):
        raise OtherFileError("no file")


def _lock(descriptor: int) -> None:
    """Waits for a writer: Session3 locks what it is writing. It ends with the descriptor."""
    deadline = time.monotonic() + _LOCK_PATIENCE
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise UnreadableError("locked by a program that does not end writing") from None
            time.sleep(0.02)
        except OSError:
            # A file system without locks; a torn file shows when it is read.
            return
        else:
            return
