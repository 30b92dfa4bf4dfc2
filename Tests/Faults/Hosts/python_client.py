# SPDX-License-Identifier: MIT
"""Does random things to a few sessions, and notes when each began and ended, and what it told:
python_client.py DIRECTORY JOURNAL NUMBER

The same as programs/client.c, which see, in Python.
"""

from __future__ import annotations

import mmap
import random
import struct
import sys
from pathlib import Path
from time import CLOCK_MONOTONIC, clock_gettime_ns
from typing import Any

from session3.errors import ConflictError, ExistsError, GoneError
from session3.Session import Session
from session3.store.DirectorySessionStore import DirectorySessionStore

SESSIONS = 4
CLIENTS = 6
TOKENS = ["t0", "t1", "t2", "t3"]
CREATE, LOAD, SAVE_FAIL, SAVE_MERGE, INCREMENT, CONSUME, DELETE, HAS, RENEW = range(9)
SHARES = (12, 18, 16, 18, 14, 8, 4, 6, 4)
OK, NOT_FOUND, EXISTS, GONE, CONFLICT = 0, 1, -7, -8, -9
# The parts of an entry, and where they are. pack_into clears before it writes, and a kill may come
# in between: so what was written before the call is left alone after it, and of the state one byte
# is set.
CALLED = struct.Struct("<IiI4q10q")
STATUS = struct.Struct("<i")
NUMBER = struct.Struct("<q")
CONTENT = struct.Struct("<10q")
CALLED_AT, STATUS_AT, END_AT, RESULT_AT, CONTENT_AT = 4, 8, 24, 40, 128
SIZE = CONTENT_AT + CONTENT.size
NOTHING = (0,) * 10


def padding_of(value: int) -> bytes:
    """What a client saves beside its number: both must be of one save."""
    return bytes(value % 7 * 700)


def content_of(session: Any) -> tuple[int, ...]:
    """All that a session holds, as `struct content`."""
    own = [getattr(session, f"a{client}", 0) for client in range(CLIENTS)]
    for client, value in enumerate(own):
        if getattr(session, f"p{client}", b"") != padding_of(value):
            raise AssertionError("a session is of two saves")
    tokens = sum(1 << number for number, t in enumerate(TOKENS) if t in session._form_tokens)
    return session.i, session.r, getattr(session, "n", 0), *own, tokens


class Client:
    """A client in one epoch."""

    def __init__(self, store: Any, journal: mmap.mmap, own: int, epoch: int, seed: int) -> None:
        self.store, self.journal, self.own = store, journal, own
        self.random = random.Random(seed)
        self.ids = [f"e{epoch}-{index}" for index in range(SESSIONS)]
        self.held: dict[int, tuple[Any, tuple[int, ...]]] = {}
        self.count = 0

    def note(self, operation: int, index: int, value: int, call: Any) -> int:
        """Makes a call and notes it; `call` answers status, result and content."""
        offset, before = self.count * SIZE, self.held.get(index, (None, NOTHING))[1]
        self.count += 1
        start = clock_gettime_ns(CLOCK_MONOTONIC)
        numbers = (operation, 0, index, start, 0, value, 0)
        CALLED.pack_into(self.journal, offset + CALLED_AT, *numbers, *before)
        self.journal[offset] = 1
        try:
            status, result, session = call()
        except ExistsError:
            status, result, session = EXISTS, 0, None
        except GoneError:
            status, result, session = GONE, 0, None
        except ConflictError:
            status, result, session = CONFLICT, 0, None
        end = clock_gettime_ns(CLOCK_MONOTONIC)
        after = NOTHING if session is None else content_of(session)
        CONTENT.pack_into(self.journal, offset + CONTENT_AT, *after)
        STATUS.pack_into(self.journal, offset + STATUS_AT, status)
        NUMBER.pack_into(self.journal, offset + END_AT, end)
        NUMBER.pack_into(self.journal, offset + RESULT_AT, result)
        self.journal[offset] = 2
        if session is not None:
            self.held[index] = session, after
        elif operation in (LOAD, SAVE_FAIL, SAVE_MERGE, RENEW):
            self.held.pop(index, None)
        return int(status)

    def create(self, index: int) -> None:
        session: Any = Session(self.ids[index])
        session.i = session.r = value = self.next_value()
        session._form_tokens = list(TOKENS)

        def call() -> tuple[int, int, Any]:
            self.store.create_session(session)
            return OK, 0, None

        self.note(CREATE, index, value, call)

    def load(self, index: int) -> None:
        self.held.pop(index, None)

        def call() -> tuple[int, int, Any]:
            session = self.store.load_session(self.ids[index], strict=True)
            return (NOT_FOUND if session is None else OK), 0, session

        self.note(LOAD, index, 0, call)

    def save(self, index: int, operation: int) -> None:
        session, _ = self.held[index]
        value = self.next_value()
        if operation == SAVE_FAIL:
            session.r = value
        else:
            setattr(session, f"a{self.own}", value)
            setattr(session, f"p{self.own}", padding_of(value))

        def call() -> tuple[int, int, Any]:
            self.store.save_session(session, "fail" if operation == SAVE_FAIL else "merge")
            return OK, 0, session

        self.note(operation, index, value, call)

    def renew(self, index: int) -> None:
        session, _ = self.held[index]

        def call() -> tuple[int, int, Any]:
            self.store.renew_session(session)
            return OK, 0, session

        if self.note(RENEW, index, 0, call) == OK:
            assert self.store.delete_session(session.id)
        self.held.pop(index, None)

    def use_store(self, index: int, operation: int) -> None:
        id, token = self.ids[index], self.random.randrange(len(TOKENS))

        def call() -> tuple[int, int, Any]:
            if operation == INCREMENT:
                return OK, self.store.increment(id, "n"), None
            if operation == CONSUME:
                answer = self.store.consume_form_token(id, TOKENS[token])
            elif operation == DELETE:
                answer = self.store.delete_session(id)
            else:
                answer = self.store.has_session(id)
            return (OK if answer else NOT_FOUND), 0, None

        self.note(operation, index, token if operation == CONSUME else 0, call)

    def next_value(self) -> int:
        """No two of an epoch the same."""
        return (self.own + 1) * 1000000 + self.count

    def call_once(self) -> None:
        """One call of some kind on some session."""
        index = self.random.randrange(SESSIONS)
        [operation] = self.random.choices(range(9), SHARES)
        is_of_session = operation in (SAVE_FAIL, SAVE_MERGE, RENEW)
        if operation == CREATE:
            self.create(index)
        elif operation == LOAD or (is_of_session and index not in self.held):
            self.load(index)
        elif operation == RENEW:
            self.renew(index)
        elif is_of_session:
            self.save(index, operation)
        else:
            self.use_store(index, operation)


def main() -> None:
    directory, path, own = sys.argv[1:]
    with Path(path).open("r+b") as file:
        journal = mmap.mmap(file.fileno(), 0)
    with DirectorySessionStore(directory) as store:
        for line in sys.stdin:
            epoch, seed, calls, _ = map(int, line.split())
            client = Client(store, journal, int(own), epoch, seed)
            for _ in range(calls):
                client.call_once()
            print("done", flush=True)


if __name__ == "__main__":
    main()
