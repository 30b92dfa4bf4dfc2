# SPDX-License-Identifier: MIT
"""Does mixed operations of the Python binding, and tells at even distances what the process holds.

python soak_in_python.py DIRECTORY SEED OPERATIONS SAMPLES [LEAK]
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import itertools
import logging
import os
import random
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from session3.DictSession import DictSession
from session3.errors import (
    ConflictError,
    GoneError,
    InvalidArgumentError,
    Session3Error,
    UnreadableError,
)
from session3.Session import Session
from session3.SessionManager import SessionManager
from session3.store.DirectorySessionStore import DirectorySessionStore
from session3.store.VolatileSessionStore import VolatileSessionStore

quixote: Any = importlib.import_module("quixote")
quixote_site: Any = importlib.import_module("quixote_site")

THREADS = 2
BROWSERS = 4
SHARED_SESSIONS = 16
FORGOTTEN_MINUTES = 0.2
WARM_UP = 2000
"""Operations of each thread after which every path was taken, and Python's caches are full."""
RENEWALS_BEFORE = 600
"""More than a store remembers, so that what it remembers has its full size."""


class Soak:
    """The operations of one thread."""

    def __init__(self, site: Any, number: int, seed: int) -> None:
        self.site = site
        self.store: DirectorySessionStore = site.manager.store
        self.own = f"own-{number}"
        self.done = 0
        self.random = random.Random(f"{seed} {number}")
        self.browsers = [quixote_site.Browser(site) for _ in range(BROWSERS)]

    def shared(self) -> DictSession:
        """A session that all threads share, made if it is missing."""
        id = f"shared-{self.random.randrange(SHARED_SESSIONS)}"
        session = self.store.load_session(id)
        if session is None:
            session = DictSession(id)
            self.store.save_session(session)
        assert isinstance(session, DictSession)
        return session

    def change(self) -> None:
        session = self.shared()
        session[f"key-{self.random.randrange(6)}"] = {"list": [1, 2.5, "three"], "blob": b"x" * 50}
        with contextlib.suppress(GoneError):
            self.store.save_session(session, policy=self.random.choice(["merge", "overwrite"]))

    def grow(self) -> None:
        session = self.shared()
        session["text"] = "t" * self.random.randrange(20_000)
        with contextlib.suppress(GoneError):
            self.store.save_session(session)

    def create_and_renew(self) -> None:
        session = Session()
        session.user = "alice"
        self.store.create_session(session)
        copy = self.store.load_session(session.id)
        self.store.renew_session(session)
        copy.late = True
        with contextlib.suppress(GoneError):
            self.store.save_session(copy)
        self.store.delete_session(session)

    def conflict(self) -> None:
        ours = self.shared()
        theirs = self.store.load_session(ours.id)
        try:
            for number, session in enumerate((theirs, ours)):
                if session is not None:
                    session["n"] = [number, self.random.random()]
                    self.store.save_session(session, policy="fail")
        except (ConflictError, GoneError):
            pass

    def count(self) -> None:
        with contextlib.suppress(GoneError):
            self.store.increment(f"shared-{self.random.randrange(SHARED_SESSIONS)}", "count")

    def pass_a_token(self) -> None:
        session = self.shared()
        token = session.create_form_token()
        try:
            self.store.save_session(session)
        except GoneError:
            return
        assert session.id is not None
        for _ in range(2):
            self.store.consume_form_token(session.id, token)

    def fail(self) -> None:
        assert self.store.load_session("missing") is None
        assert self.store.load_session("../passwd") is None
        self._raises(GoneError, lambda: self.store.touch("missing"))
        self._raises(InvalidArgumentError, lambda: self.store.save_session(Session("a/b")))
        session = Session(self.own)
        session.user = {1, 2}
        self._raises(TypeError, lambda: self.store.save_session(session))

    def meet_damage(self) -> None:
        # No pathlib: it interns the parts of each path, and one day Python's table of interned
        # strings grows by half a megabyte, however few of them live.
        path = os.path.join(self.store.directory, self.own)
        with open(path, "wb") as file:
            file.write(b"no session" * 500)
        self._raises(UnreadableError, lambda: self.store.load_session(self.own, strict=True))
        self._raises(Session3Error, lambda: self.store.increment(self.own, "n"))
        os.unlink(path)

    def walk(self) -> None:
        for id, _ in itertools.islice(self.store.iter_sessions(), self.random.randrange(8)):
            self.store.has_session(id)

    def delete(self) -> None:
        session = self.shared()
        self.store.delete_session(session)
        session["late"] = self.random.random()
        self._raises(GoneError, lambda: self.store.save_session(session))

    def visit(self) -> None:
        browser = self.random.choice(self.browsers)
        browser.get(self.random.choice(["add", "add", "login", "logout", "crash"]))
        # What the crashes printed; a truncation alone leaves a gap before what comes next.
        self.site.errors.seek(0)
        self.site.errors.truncate()

    def sweep(self) -> None:
        self.store.delete_old_sessions(FORGOTTEN_MINUTES)

    def open_and_close(self) -> None:
        with DirectorySessionStore(self.store.directory) as store:
            next(store.iter_sessions(), None)
        # One that nobody closes.
        VolatileSessionStore().save_session(Session("id"))
        self._raises(OSError, lambda: DirectorySessionStore("/nowhere/at/all"))

    def _raises(self, kind: type[Exception], call: Callable[[], Any]) -> None:
        try:
            call()
        except kind:
            return
        raise AssertionError(f"no {kind.__name__}")

    def run(self, operations: int, plant: Callable[[], None] | None) -> None:
        """Does so many operations."""
        often = [self.change, self.count, self.shared, self.visit]
        seldom = [self.grow, self.create_and_renew, self.conflict, self.pass_a_token, self.fail]
        seldom += [self.meet_damage, self.walk, self.delete, self.open_and_close]
        kinds = [*often * 4, *seldom]
        for number in range(operations):
            self.random.choice(kinds)()
            self.done += 1
            if number % 500 == 0:
                self.sweep()
            if plant is not None and number % 3 == 0:
                plant()


def make_site(store: DirectorySessionStore) -> Any:
    """Pages of a site that uses the store."""
    site = quixote_site.Site(SessionManager(store, session_class=DictSession))

    def add() -> str:
        quixote.get_session()["cart"] = [1, 2, 3]
        return "added"

    def login() -> str:
        quixote.get_session().set_user("alice")
        return "in"

    def logout() -> str:
        site.manager.expire_session()
        return "out"

    def crash() -> str:
        quixote.get_session()["cart"] = []
        raise ValueError("on purpose")

    for page in (add, login, logout, crash):
        site.page(page)
    return site


class Mallinfo2(ctypes.Structure):
    """struct mallinfo2 of glibc."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "ordblks", "smblks", "hblks", "hblkhd"),
            *("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"),
        )
    ]


libc = ctypes.CDLL(None)
libc.mallinfo2.restype = Mallinfo2
libc.malloc.restype = ctypes.c_void_p


def tell(directory: str, operations: int) -> None:
    """Prints what this process holds."""
    gc.collect()
    heap = libc.mallinfo2()
    descriptors = len(os.listdir("/proc/self/fd")) - 1
    resident = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")
    print(
        f"process 0: {operations} operations, {descriptors} descriptors, "
        f"{heap.uordblks + heap.hblkhd} bytes of heap, {resident} bytes resident, "
        f"{len(os.listdir(directory))} files, {sys.getallocatedblocks()} blocks of Python",
        # Quixote sends what is printed to its log.
        file=sys.__stdout__,
        flush=True,
    )


kept: list[object] = []


def leak() -> None:
    """What must be seen."""
    libc.malloc(ctypes.c_size_t(512))
    os.dup(2)
    kept.append(object())


def run(workers: list[Soak], operations: int, plant: Callable[[], None] | None) -> None:
    """Lets each worker do so many operations, on a thread of its own."""
    threads = [threading.Thread(target=worker.run, args=(operations, plant)) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def end_with(failure: threading.ExceptHookArgs) -> None:
    """A thread that fails would else end by itself, and the others go on."""
    traceback.print_exception(failure.exc_type, failure.exc_value, failure.exc_traceback)
    os._exit(1)


def main(directory: str, seed: str, operations: str, samples: str, leaks: str = "") -> None:
    store = DirectorySessionStore(directory, session_class=DictSession)
    threading.excepthook = end_with
    # It tells of each damaged file.
    logging.disable(logging.CRITICAL)
    site = make_site(store)
    workers = [Soak(site, number, int(seed)) for number in range(THREADS)]
    for _ in range(RENEWALS_BEFORE):
        workers[0].create_and_renew()
    each = int(operations) // THREADS // int(samples)
    run(workers, WARM_UP, None)
    tell(directory, 0)
    for _ in range(int(samples)):
        run(workers, each, leak if leaks else None)
        tell(directory, sum(worker.done for worker in workers) - WARM_UP * THREADS)


main(*sys.argv[1:])
