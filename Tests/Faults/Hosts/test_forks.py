# SPDX-License-Identifier: MIT
"""Processes fork while their threads are amid calls; children, and children of children, use what
they inherited at once, and nobody keeps a lock from anybody."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import subprocess
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import broken
import pytest
from places import program
from proof import RecordProperty
from session3.Session import Session
from session3.store.DirectorySessionStore import DirectorySessionStore
from session3.store.VolatileSessionStore import VolatileSessionStore

pytestmark = pytest.mark.method("forks")

STABLE = [f"stable-{number}" for number in range(20)]
HANG = 300.0


@dataclass(frozen=True)
class Servers:
    """Runs the programs that fork while they work."""

    place: Path
    seed: int
    environment: dict[str, str]

    def run(
        self, name: str, *arguments: str, forks: int, without: str = "", patience: int = 60
    ) -> dict[str, int]:
        """What a server did, as it says itself; `without` a rule of the library, or with all."""
        environment = self.environment
        if without:
            environment = broken.without(without, environment, self.place.parent)
        self.place.mkdir(mode=0o700)
        done = subprocess.run(
            [program(name), *arguments, *map(str, (self.place, forks, self.seed, patience))],
            env=environment,
            capture_output=True,
            text=True,
            timeout=HANG + forks,
            check=False,
        )
        assert done.returncode == 0, f"{done.returncode}: {done.stderr}"
        figures: dict[str, int] = json.loads(done.stdout)
        return figures


@pytest.fixture
def servers(directory: Path, seed: int, child_environment: dict[str, str]) -> Servers:
    """Servers with the store's directory, and a seed."""
    return Servers(directory, seed, child_environment)


def hand_in(figures: dict[str, int], forks: int, record_property: RecordProperty) -> None:
    """What all servers tell."""
    record_property("forks", forks)
    record_property("calls", figures["calls"])
    record_property("ids, none twice", figures["ids"])


@pytest.mark.parametrize("kind", ["directory", "memory"])
def test_children_of_busy_threads_work_at_once_and_lock_nobody_out(
    kind: str, servers: Servers, is_long: bool, record_property: RecordProperty
) -> None:
    forks = 1000 if is_long else 80
    figures = servers.run("prefork", kind, forks=forks)
    assert figures["orphans"] == forks // 4
    # A fork waits some 10 ms for calls that open or close, no longer: on a busy machine a thread
    # that is not run meanwhile outlasts it. Without the wait it is one in every fourth child.
    assert figures["leaked"] <= forks // 20
    hand_in(figures, forks + 2 * (forks // 4), record_property)
    record_property("children whose parent was killed amid its calls", figures["orphans"])
    record_property("descriptors of the parent's calls kept", figures["leaked"])


@pytest.mark.parametrize("kind", ["directory", "memory"])
def test_a_lock_that_a_child_keeps_is_found_out(kind: str, servers: Servers) -> None:
    """The check is one that fails: no lock is undone before its descriptor is closed, and nothing
    is done about forks. A call waits in vain, or a child hangs and dies of SIGALRM."""
    with pytest.raises(AssertionError, match=r"not to be had in time|status e") as found:
        servers.run("prefork", kind, forks=200, without="unlock", patience=2)
    print(f"found out: {found.value}")


@pytest.mark.parametrize("order", ["first", "last"])
def test_fork_handlers_of_the_host_use_the_store(
    order: str, servers: Servers, is_long: bool, record_property: RecordProperty
) -> None:
    """Those that were there before the library's run while it holds up all other threads."""
    forks = 2000 if is_long else 100
    figures = servers.run("prefork_handlers", order, forks=forks)
    assert figures["handled"] == 3 * forks
    hand_in(figures, forks, record_property)
    record_property("fork handlers that used the store", figures["handled"])


def test_a_signals_handler_forks_amid_calls(
    servers: Servers, is_long: bool, record_property: RecordProperty
) -> None:
    """Its child uses the store at once, and its parent goes on with the call."""
    forks = 10000 if is_long else 300
    figures = servers.run("prefork_signals", forks=forks)
    # Those that can't be waited for; of the others there are enough.
    assert figures["amid"] > 0
    hand_in(figures, forks, record_property)
    record_property("forks by signals amid the opening or closing of a file", figures["amid"])


IDS_OF_ALL = 2
"""How many ids one use of everything makes."""


def use_everything(store: Any, ids: list[str], chance: random.Random) -> None:
    """Every kind of call once; notes the ids that were made."""
    session: Any = Session(None)
    session.value = 1
    store.create_session(session)
    ids.append(session.id)
    store.increment(chance.choice(STABLE), "count")
    store.renew_session(session)
    ids.append(session.id)
    shared = store.load_session(chance.choice(STABLE), strict=True)
    shared.value = os.getpid()
    store.save_session(shared)
    seen = [id for id, _ in store.iter_sessions() if id in STABLE]
    assert sorted(seen) == sorted(STABLE)
    assert store.delete_old_sessions(60)[0] == 0
    assert store.delete_session(session.id)
    assert not store.has_session(session.id)


@contextmanager
def busy(store: Any, ids: list[str], seed: int, threads: int = 3) -> Iterator[None]:
    """Threads that use a store all the while."""
    is_over = threading.Event()
    failures: list[BaseException] = []

    def work(number: int) -> None:
        chance = random.Random(f"{seed} thread {number}")
        while not is_over.is_set():
            try:
                use_everything(store, ids, chance)
            except BaseException as failure:
                failures.append(failure)
                raise

    workers = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
    for worker in workers:
        worker.start()
    try:
        yield
    finally:
        is_over.set()
        for worker in workers:
            worker.join()
    assert not failures


def fork_child(work: Callable[[], None]) -> int:
    """A child that works and is gone; it is killed if it hangs."""
    with warnings.catch_warnings():
        # Later versions of Python warn of a fork beside threads, which is the point here.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        try:
            signal.alarm(60)
            work()
            os._exit(0)
        finally:
            os._exit(1)
    return child


def open_store(kind: str, directory: Path) -> Any:
    """A store with sessions in it."""
    if kind == "memory":
        store: Any = VolatileSessionStore()
    else:
        store = DirectorySessionStore(directory, create=True, lock_timeout=60)
    for id in STABLE:
        store.create_session(Session(id))
    return store


@pytest.mark.parametrize("kind", ["directory", "memory"])
def test_children_of_python_threads_work_at_once(
    kind: str,
    directory: Path,
    tmp_path: Path,
    is_long: bool,
    seed: int,
    record_property: RecordProperty,
) -> None:
    store = open_store(kind, directory)
    ids: list[str] = []
    told = tmp_path / "ids of children"
    forks = 400 if is_long else 30
    chance = random.Random(seed)

    def work() -> None:
        made: list[str] = []
        use_everything(store, made, chance)
        with told.open("a") as file:
            file.writelines(f"{id}\n" for id in made)

    def work_and_fork() -> None:
        work()
        assert os.waitpid(fork_child(work), 0)[1] == 0

    with busy(store, ids, seed):
        for _ in range(forks):
            time.sleep(chance.uniform(0, 0.002))
            assert os.waitpid(fork_child(work_and_fork), 0)[1] == 0
    of_children = told.read_text().split()
    assert len(of_children) == 2 * forks * IDS_OF_ALL
    ids += of_children
    assert len(ids) == len(set(ids))
    record_property("forks", 2 * forks)
    record_property("ids, none twice", len(ids))
    if kind == "directory":
        with DirectorySessionStore(directory, lock_timeout=0) as impatient:
            for id in STABLE:
                impatient.increment(id, "count")


GIVEN: dict[str, Any] = {}
"""What the processes of a pool inherit."""

TIMES = 10
"""How often a task of the pool uses everything."""


def count_in_pool(task: int) -> list[str]:
    """What a process of the pool does."""
    ids: list[str] = []
    chance = random.Random(f"{GIVEN['seed']} task {task}")
    for _ in range(TIMES):
        use_everything(GIVEN["store"], ids, chance)
        GIVEN["store"].increment("stable-0", "of the pool")
    return ids


def test_a_pool_of_processes_shares_the_store_that_it_inherited(
    directory: Path, is_long: bool, seed: int, record_property: RecordProperty
) -> None:
    GIVEN["seed"] = seed
    GIVEN["store"] = store = open_store("directory", directory)
    tasks = 200 if is_long else 12
    ids: list[str] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        with busy(store, ids, seed), multiprocessing.get_context("fork").Pool(4) as pool:
            for made in pool.map_async(count_in_pool, range(tasks)).get(HANG):
                ids += made
    assert len(ids) == len(set(ids))
    assert getattr(store.load_session("stable-0"), "of the pool") == tasks * TIMES
    record_property("forks", 4)
    record_property("ids, none twice", len(ids))
