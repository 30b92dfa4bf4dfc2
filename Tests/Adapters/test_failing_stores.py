# SPDX-License-Identifier: MIT
"""What a page's visitor and the log are told where the store can't do its part: no page pretends
that a change was kept, and nothing that was kept is lost."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import ofd_locks
import pytest
from mounts import private_mounts
from session3.store.DirectorySessionStore import DirectorySessionStore

Open = Callable[..., Any]


@pytest.fixture
def hasty_store(directory: Path) -> Iterator[Any]:
    """A store that waits for no lock."""
    with DirectorySessionStore(directory, create=True, lock_timeout=0) as store:
        yield store


def assert_error(answer: Any, told: str, caplog: pytest.LogCaptureFixture, *ids: str) -> None:
    assert answer.status == 500
    assert answer.set_cookie is None
    assert told in answer.body + caplog.text
    for id in ids:
        assert id not in answer.body + caplog.text


def test_a_session_that_another_process_holds_is_an_error_and_stays(
    open_site: Open, hasty_store: Any, directory: Path, caplog: pytest.LogCaptureFixture
) -> None:
    visitor = open_site(store=hasty_store)()
    visitor.text("/count")
    with (directory / visitor.cookie).open("rb+") as file:
        ofd_locks.lock(file.fileno())
        answer = visitor.get("/count")
        assert visitor.text("/show") == '{"visits": 1}'
    assert_error(answer, "BusyError", caplog, visitor.cookie)
    assert visitor.text("/count") == "2"


def test_a_session_that_finds_no_room_is_an_error(
    open_site: Open, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = DirectorySessionStore(tmp_path / "small", create=True, maximum_payload=100)
    visitor = open_site(store=store)()
    visitor.text("/count")
    answer = visitor.get(f'/put/much/"{"x" * 200}"')
    assert_error(answer, "TooLargeError", caplog, visitor.cookie)
    assert visitor.text("/count") == "2"


def test_a_full_disk_is_an_error_and_existing_sessions_go_on(
    open_site: Open, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with private_mounts() as mounts:
        disk = mounts.tmpfs(tmp_path / "disk", "size=64k")
        with DirectorySessionStore(disk / "sessions", create=True) as store:
            site = open_site(store=store)
            visitor = site()
            visitor.text("/count")
            filler = disk / "filler"
            with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
                filler.write_bytes(b"x" * 65536)
            assert_error(site().get("/count"), "No space left on device", caplog)
            assert visitor.text("/count") == "2"
            filler.unlink()
            assert site().text("/count") == "1"


def test_a_damaged_session_is_an_unknown_one_and_a_line_in_the_log(
    browser: Open, store: Any, directory: Path, caplog: pytest.LogCaptureFixture
) -> None:
    visitor = browser()
    visitor.text("/count")
    damaged = visitor.cookie
    (directory / damaged).write_bytes(b"SESSION3" + b"\xff" * 4088)
    with caplog.at_level(logging.ERROR, "session3"):
        assert visitor.text("/count") == "1"
    assert visitor.cookie != damaged
    assert store.short_hash(damaged) in caplog.text
    assert damaged not in caplog.text
    assert (directory / damaged).read_bytes().startswith(b"SESSION3\xff")


def test_a_directory_that_is_gone_is_an_error(
    browser: Open, directory: Path, caplog: pytest.LogCaptureFixture
) -> None:
    newcomer = browser()
    for path in directory.iterdir():
        path.unlink()
    directory.rmdir()
    assert_error(newcomer.get("/count"), "No such file or directory", caplog)
    assert newcomer.text("/nothing") == "nothing"


def test_a_store_that_was_closed_is_an_error(
    browser: Open, store: Any, caplog: pytest.LogCaptureFixture
) -> None:
    visitor = browser()
    visitor.text("/count")
    store.close()
    assert_error(visitor.get("/count"), "the session store was closed", caplog, visitor.cookie)


@contextlib.contextmanager
def as_nobody() -> Iterator[None]:
    """Whom modes of files stop; whoever is not root is stopped as it is."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)


def test_a_session_that_may_not_be_read_is_an_error(
    browser: Open, directory: Path, caplog: pytest.LogCaptureFixture
) -> None:
    visitor = browser()
    visitor.text("/count")
    file = directory / visitor.cookie
    file.chmod(0)
    with as_nobody():
        answer = visitor.get("/count")
    assert_error(answer, os.strerror(errno.EACCES), caplog, visitor.cookie)
    file.chmod(0o600)
    assert visitor.text("/count") == "2"


def test_a_known_visitor_of_a_directory_that_is_gone_meets_an_error(
    browser: Open, directory: Path, caplog: pytest.LogCaptureFixture
) -> None:
    visitor = browser()
    visitor.text("/count")
    moved = directory.rename(directory.with_name("elsewhere"))
    shutil.rmtree(moved)
    assert_error(visitor.get("/count"), os.strerror(errno.ENOENT), caplog)
