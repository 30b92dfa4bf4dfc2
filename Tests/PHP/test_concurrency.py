# SPDX-License-Identifier: MIT
"""Requests at the same time: none waits for another, and none loses another's changes."""

from __future__ import annotations

import subprocess
import time

from php import Php
from session3.store.DirectorySessionStore import DirectorySessionStore

COUNT = """
for ($i = 0; $i < (int) $argv[3]; $i++) {
    visit($argv[1]) || exit(1);
    $_SESSION[$argv[2]] = ($_SESSION[$argv[2]] ?? 0) + 1;
    session_write_close();
}
"""


def test_counters_of_several_processes_are_exact(php: Php, store: DirectorySessionStore) -> None:
    rounds = 500
    session = php.create("$_SESSION['cart'] = ['tea'];")
    workers = [php.start(COUNT, session, f"n{worker}", str(rounds)) for worker in range(4)]
    mine = 0
    while any(worker.poll() is None for worker in workers):
        loaded = store.load_session(session)
        loaded["mine"] = mine = mine + 1
        store.save_session(loaded)
        store.increment(session, "shared")
    for worker in workers:
        php.finish(worker)
    expected = {f"n{worker}": rounds for worker in range(4)}
    assert store.load_session(session).data == {
        **expected,
        "cart": ["tea"],
        "mine": mine,
        "shared": mine,
    }


def start_changing(php: Php, session: str, change: str) -> subprocess.Popen[str]:
    """A request that has loaded the session, and waits before it changes it."""
    request = php.start(f"visit($argv[1]); tell(0); fgets(STDIN); {change}", session)
    assert request.stdout is not None
    request.stdout.readline()
    return request


def test_requests_that_overlap_keep_each_others_changes(
    php: Php, store: DirectorySessionStore
) -> None:
    session = php.create("$_SESSION = ['a' => 0, 'b' => 0, 'c' => 0, 'd' => 0];")
    first = start_changing(php, session, "$_SESSION['a'] = 1; unset($_SESSION['c']);")
    second = start_changing(php, session, "$_SESSION['b'] = 2; $_SESSION['e'] = [1];")
    third = start_changing(php, session, "$_SESSION['d'] = 3;")
    for request in (second, third, first):
        php.finish(request)
    assert store.load_session(session).data == {"a": 1, "b": 2, "d": 3, "e": [1]}


def test_of_one_attribute_that_two_change_the_later_save_counts(
    php: Php, store: DirectorySessionStore
) -> None:
    session = php.create("$_SESSION['k'] = 0;")
    first = start_changing(php, session, "$_SESSION['k'] = 1;")
    second = start_changing(php, session, "$_SESSION['k'] = 2;")
    php.finish(second)
    php.finish(first)
    assert store.load_session(session).data == {"k": 1}


def test_an_open_session_makes_nobody_wait(php: Php) -> None:
    session = php.create("$_SESSION['k'] = 0;")
    slow = start_changing(php, session, "")
    start = time.monotonic()
    assert php.ask("visit($argv[1]); $_SESSION['k'] = 1; tell($_SESSION);", session) == {"k": 1}
    assert slow.poll() is None
    assert time.monotonic() - start < 30
    php.finish(slow)
