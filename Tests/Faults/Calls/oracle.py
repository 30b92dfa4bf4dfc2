# SPDX-License-Identifier: MIT
"""What must hold of a store after a fault, whatever it was.

Each session is wholly old or wholly new, others are untouched, nothing is left behind but what a
sweep reaps, no lock is held, and the next operation works. The checks answer in sentences, one for
each deviation, so that none of them is all that stands between a fault and its being noticed.

A session is read twice: by the library, and by the independent reader of docs/format.md, so that a
library that reads wrong what it wrote wrong is found out, too.
"""

from __future__ import annotations

import ctypes
import os
import stat
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import format1
from format1_messagepack import Value
from leftovers import is_leftover, leftovers
from ofd_locks import is_locked
from session3 import _structs, errors
from session3._ffi import DIRECTORY_CREATE, SYNC_MODES, lib, new_error

# A sweep reaps what has stood for an hour.
LONG_AGO_S = 3 * 3600
# The mode that any file of a store may have: also one that was left behind holds a session.
WIDEST_MODE = 0o640


@dataclass(frozen=True)
class Stored:
    """A session as it is stored."""

    payload: bytes
    created_us: int
    accessed_us: int
    revision: int
    incarnation: int


class Store:
    """A handle of the library on a directory, made if it is missing; it waits for no lock, so that
    one that is stuck shows."""

    def __init__(self, directory: Path, sync: str | None = None) -> None:
        path = os.fsencode(directory)
        options = _structs.DirectoryOptions(
            size=ctypes.sizeof(_structs.DirectoryOptions),
            flags=DIRECTORY_CREATE,
            sync=SYNC_MODES[sync],
            lock_timeout_us=-1,
        )
        self._handle = ctypes.c_void_p()
        lib.session3_store_open_directory(
            path, len(path), ctypes.byref(options), ctypes.byref(self._handle), _error()
        )

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        lib.session3_store_free(self._handle)

    def load(self, id: str) -> Stored | None:
        """A session; None if there is none."""
        key, capacity = id.encode(), 16384
        while True:
            snapshot = _structs.Snapshot(size=ctypes.sizeof(_structs.Snapshot))
            memory = ctypes.create_string_buffer(capacity)
            length = ctypes.c_size_t()
            try:
                status = lib.session3_store_load_encoded(
                    *(self._handle, key, len(key), ctypes.byref(snapshot)),
                    *(memory, capacity, ctypes.byref(length), _error()),
                )
            except errors.TooSmallError:
                capacity = length.value
                continue
            if status != 0:
                return None
            version = snapshot.version
            return Stored(
                *(memory.raw[: length.value], snapshot.created_us, snapshot.accessed_us),
                *(version.revision, version.incarnation),
            )

    def ids(self) -> list[str]:
        """The ids that an iteration sees, sorted."""
        iterator, found = ctypes.c_void_p(), []
        lib.session3_store_iterate(self._handle, ctypes.byref(iterator), _error())
        id = ctypes.create_string_buffer(_structs.ID_MAXIMUM + 1)
        while lib.session3_iterator_next_id(iterator, id, _error()) == 0:
            found.append(id.value.decode())
        lib.session3_iterator_free(iterator)
        return sorted(found)

    def create(self, id: str, payload: bytes = b"\x80", created_us: int = 0) -> None:
        """Stores a new session of an encoded payload; 0 stands for the present."""
        key = id.encode()
        snapshot = _structs.Snapshot(size=ctypes.sizeof(_structs.Snapshot), created_us=created_us)
        stored = _structs.Buffer(size=ctypes.sizeof(_structs.Buffer))
        lib.session3_store_create_encoded(
            *(self._handle, key, len(key), ctypes.byref(snapshot)),
            *(payload, len(payload), ctypes.byref(stored), _error()),
        )
        lib.session3_buffer_dispose(ctypes.byref(stored))

    def increment(self, id: str, attribute: str, delta: int = 1) -> int:
        """Adds to an attribute: a save, under the lock."""
        key, name, result = id.encode(), attribute.encode(), ctypes.c_int64()
        lib.session3_store_increment(
            *(self._handle, key, len(key), name, len(name), delta),
            *(ctypes.byref(result), _error()),
        )
        return result.value

    def delete(self, id: str) -> bool:
        """Deletes a session; False if there was none."""
        key = id.encode()
        return bool(lib.session3_store_delete(self._handle, key, len(key), _error()) == 0)

    def sweep(self, minutes: float) -> tuple[int, int]:
        """Deletes what is older: how many sessions went, and how many stay."""
        deleted, remaining = ctypes.c_uint64(), ctypes.c_uint64()
        lib.session3_store_delete_old_sessions(
            self._handle, minutes, ctypes.byref(deleted), ctypes.byref(remaining), _error()
        )
        return deleted.value, remaining.value


def encode(**fields: Value) -> bytes:
    """A session's payload: `user`, `attributes`, `form_tokens`..."""
    return format1.encode_payload(fields)


def decode(payload: bytes) -> format1.Payload:
    """A payload's fields."""
    return format1.decode_payload(payload)


def _error() -> object:
    return ctypes.byref(new_error())


@dataclass(frozen=True)
class State:
    """A store at rest."""

    files: Mapping[str, bytes]
    """The bytes of every file, by name."""
    sessions: Mapping[str, Stored]
    """By id."""
    modified_ns: Mapping[str, int]
    """When each file was modified."""
    modes: Mapping[str, int]
    """Who may read and write each file."""
    deviations: tuple[str, ...] = ()
    """What could not be read, and where the two readers don't agree."""

    def payload(self, id: str) -> bytes | None:
        """What a session holds; None if there is none."""
        stored = self.sessions.get(id)
        return stored.payload if stored else None


NOTHING = State({}, {}, {}, {})


def mode(status: os.stat_result) -> int:
    """A file's permissions."""
    return stat.S_IMODE(status.st_mode)


def look(directory: Path, sync: str | None = None) -> State:
    """Reads a whole store, each session by both readers.

    `sync`: what a directory is set up with that has no store file.
    """
    files, modified, modes = {}, {}, {}
    for entry in sorted(os.scandir(directory), key=lambda entry: entry.name):
        if entry.is_file(follow_symlinks=False):
            files[entry.name] = Path(entry.path).read_bytes()
            modified[entry.name] = entry.stat().st_mtime_ns
            modes[entry.name] = mode(entry.stat())
    sessions: dict[str, Stored] = {}
    wrong = []
    try:
        store = Store(directory, sync)
    except errors.Session3Error as error:
        return State(files, {}, modified, modes, (f"the store can't be opened: {error}",))
    with store:
        for id in filter(format1.is_id, files):
            try:
                stored = store.load(id)
            except errors.Session3Error as error:
                wrong.append(f"{id} can't be loaded: {error}")
                continue
            if stored:
                sessions[id] = stored
            wrong += _disagreement(id, files[id], stored)
    return State(files, sessions, modified, modes, tuple(wrong))


def _disagreement(id: str, data: bytes, stored: Stored | None) -> Iterator[str]:
    """Where the independent reader sees something else."""
    try:
        record = format1.read_file(data, id).record
    except format1.NotFound:
        if stored:
            yield f"{id} was loaded from an empty file"
    except format1.Corrupt as error:
        yield f"{id} is corrupt by docs/format.md ({error}), and was loaded"
    else:
        if stored is None:
            yield f"{id} is there by docs/format.md, and not found by the library"
        elif (record.payload, record.revision) != (stored.payload, stored.revision):
            yield f"{id} is revision {record.revision} by docs/format.md, {stored.revision} loaded"


def locked(directory: Path) -> list[str]:
    """The files that anybody holds a lock on."""
    held = []
    for entry in os.scandir(directory):
        if not entry.is_file(follow_symlinks=False):
            continue
        descriptor = os.open(entry.path, os.O_RDWR)
        try:
            if is_locked(descriptor):
                held.append(entry.name)
        finally:
            os.close(descriptor)
    return sorted(held)


def set_back(directory: Path, names: Collection[str], seconds: float = LONG_AGO_S) -> None:
    """Makes files look as if they were last touched so long ago."""
    then = time.time() - seconds
    for name in names:
        os.utime(directory / name, (then, then))


def reap(directory: Path) -> list[str]:
    """Lets a sweep meet the leftovers two hours later, and says what it left, or took beyond."""
    before = look(directory)
    set_back(directory, leftovers(directory))
    with Store(directory) as store:
        deleted, remaining = store.sweep(minutes=10 * 365 * 24 * 60)
    wrong = [f"a sweep left {name}" for name in leftovers(directory)]
    if (deleted, remaining) != (0, len(before.sessions)):
        wrong.append(f"a sweep of leftovers deleted {deleted} sessions, and left {remaining}")
    return wrong


def deviations(
    state: State,
    allowed: Mapping[str, Collection[bytes | None]],
    untouched: State | None = None,
) -> list[str]:
    """Where a store is not as it may be.

    `allowed`: the payloads that a session may have, None for no session, by id; there must be no
    session beyond, but those of `untouched`: these, and the store's own file, must be what they
    were, byte for byte, to the access time and the mode.
    """
    wrong = list(state.deviations)
    open_names = [name for name, mode in state.modes.items() if mode & ~WIDEST_MODE]
    wrong += [f"{name} is open to too many" for name in open_names]
    for id, payloads in allowed.items():
        found = state.payload(id)
        if found not in payloads:
            wrong.append(f"{id} is {found!r}, neither old nor new")
    others: set[str] = set()
    if untouched:
        others = {
            name for name, data in untouched.files.items() if not is_leftover(name, len(data))
        }
        others -= set(allowed)
        for name in sorted(others):
            if name not in state.files:
                wrong.append(f"{name} is gone, which nobody touched")
            elif state.files[name] != untouched.files[name]:
                wrong.append(f"{name} has other bytes, which nobody touched")
            elif state.modified_ns[name] != untouched.modified_ns[name]:
                wrong.append(f"{name} has another access time, and nobody touched it")
            elif state.modes[name] != untouched.modes[name]:
                wrong.append(f"{name} has another mode, and nobody touched it")
    strangers = set(state.sessions) - set(allowed) - others
    wrong += [f"{id} is a session that nobody made" for id in sorted(strangers)]
    return wrong


def next_operations(directory: Path, id: str) -> list[str]:
    """What goes wrong when a session is used next, or made if it is not there; it stays changed."""
    try:
        with Store(directory) as store:
            if store.load(id) is None:
                store.create(id)
            first = store.increment(id, "oracle")
            if store.increment(id, "oracle") != first + 1:
                return [f"an increment of {id} was lost"]
            if id not in store.ids():
                return [f"{id} is missing from an iteration"]
            if not store.delete(id) or store.load(id) is not None:
                return [f"{id} could not be deleted"]
            store.create(id)
    except errors.Session3Error as error:
        return [f"the next operation on {id} failed: {error}"]
    return []


def aftermath(directory: Path, id: str, *, may_leave: bool = False) -> list[str]:
    """All that must hold of a store after a fault but its sessions' contents; uses the store.

    `may_leave`: whether leftovers may be there, until a sweep reaps them.
    """
    wrong = [f"{name} is locked" for name in locked(directory)]
    if not may_leave:
        wrong += [f"{name} was left behind" for name in leftovers(directory)]
    return wrong + reap(directory) + next_operations(directory, id)
