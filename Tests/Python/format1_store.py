# SPDX-License-Identifier: MIT
"""A live directory of sessions by docs/format.md, and by nothing else: sections 1 and 5 to 7.

Linux only, as the locks are. Enough of a store to share sessions with the library: load, create,
save of the newest state, delete.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import stat
import struct
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from format1 import (
    RECORD_HEAD,
    SECTOR,
    Corrupt,
    NotFound,
    Payload,
    Record,
    Session,
    Slots,
    check_header,
    encode_file,
    encode_payload,
    file_size_for,
    is_id,
    parse_slots,
    session_of,
    slot_size,
)

FLAGS = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY
READS_WITHOUT_LOCK = 3


class Exists(Exception):
    """create: there is a session of that id."""


class IndependentStore:
    """A directory of sessions."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def path(self, id: str) -> Path:
        if not is_id(id):
            raise NotFound
        return self.directory / id

    def load(self, id: str) -> Session:
        """Section 5."""
        while True:
            with opened(self.path(id), os.O_RDONLY) as file:
                alone: tuple[str, Record] | None = None
                for _ in range(READS_WITHOUT_LOCK):
                    try:
                        slots = read_slots(file, id)
                    except Corrupt:
                        continue
                    newest = slots.newest
                    if newest and (slots.is_whole or newest == alone):
                        return session_of(newest)
                    alone = newest
                with locked(file, fcntl.F_RDLCK):
                    if self.is_named(id, file):
                        return session_of(read_slots(file, id).newest)

    def create(self, id: str, payload: Payload, created_us: int | None = None) -> None:
        """Section 7, create: refused where there is a session."""
        encoded = encode_payload(payload)
        created = time.time_ns() // 1000 if created_us is None else created_us
        record = Record(1, created, secrets.randbits(64), encoded)
        while True:
            with opened(self.path(id), os.O_RDWR | os.O_CREAT) as file, locked(file):
                status = os.fstat(file)
                if status.st_nlink == 0:
                    continue
                if status.st_size:
                    raise Exists
                os.fchmod(file, 0o600)
                write_all(file, encode_file(id, record), 0)
                return

    def update(self, id: str, change: Callable[[Payload], Payload]) -> Session:
        """Section 7, save: changes the newest state under its lock."""
        with self.locked_session(id) as file:
            slots = read_slots(file, id)
            session = session_of(slots.newest)
            record = replace(
                session.record,
                revision=session.record.revision + 1,
                payload=encode_payload(change(session.payload)),
            )
            size = os.fstat(file).st_size
            if RECORD_HEAD + len(record.payload) > slot_size(size):
                self.grow(id, file, record)
                return session_of(("A", record))
            slot = "B" if session.slot == "A" else "A"
            offset = SECTOR if slot == "A" else SECTOR + slot_size(size)
            write_all(file, record.encode(id), offset)
            return session_of((slot, record))

    def grow(self, id: str, old: int, record: Record) -> None:
        """Section 7, grow: the caller holds the old file's lock."""
        status = os.fstat(old)
        size = max(2 * status.st_size, file_size_for(len(record.payload)))
        content = encode_file(id, record, size=size)
        temporary = self.directory / f".grow-{secrets.token_hex(8)}"
        with opened(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL) as file, locked(file):
            os.fchmod(file, stat.S_IMODE(status.st_mode))
            write_all(file, content, 0)
            os.rename(temporary, self.path(id))

    def delete(self, id: str) -> None:
        """Section 7, delete."""
        with self.locked_session(id) as file:
            size = os.fstat(file).st_size
            if size == 0:
                raise NotFound
            check_header(os.pread(file, RECORD_HEAD, 0), size)
            os.unlink(self.path(id))

    @contextlib.contextmanager
    def locked_session(self, id: str) -> Iterator[int]:
        """The session's file under its exclusive lock, section 6."""
        while True:
            with opened(self.path(id), os.O_RDWR) as file, locked(file):
                if self.is_named(id, file):
                    yield file
                    return

    def is_named(self, id: str, file: int) -> bool:
        """Whether the id still leads to the file."""
        status = os.fstat(file)
        if status.st_nlink == 1:
            return True
        return status.st_nlink > 1 and os.path.samestat(status, os.lstat(self.path(id)))


@contextlib.contextmanager
def opened(path: Path, flags: int) -> Iterator[int]:
    try:
        file = os.open(path, flags | FLAGS, 0o600)
    except FileNotFoundError as error:
        raise NotFound from error
    try:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise Corrupt("no regular file")
        yield file
    finally:
        os.close(file)


@contextlib.contextmanager
def locked(file: int, kind: int = fcntl.F_WRLCK) -> Iterator[None]:
    """Holds a lock of the open file description over the whole file."""
    set_lock(file, kind)
    try:
        yield
    finally:
        set_lock(file, fcntl.F_UNLCK)


def set_lock(file: int, kind: int) -> None:
    # struct flock of 64-bit Linux: l_type, l_whence, l_start, l_len, l_pid.
    fcntl.fcntl(file, fcntl.F_OFD_SETLKW, struct.pack("hhqqi4x", kind, os.SEEK_SET, 0, 0, 0))


def read_slots(file: int, id: str) -> Slots:
    size = os.fstat(file).st_size
    if size == 0:
        raise NotFound
    check_header(os.pread(file, RECORD_HEAD, 0), size)
    return parse_slots(os.pread(file, size, 0), id)


def write_all(file: int, data: bytes, offset: int) -> None:
    if os.pwrite(file, data, offset) != len(data):
        raise OSError("a short write")
