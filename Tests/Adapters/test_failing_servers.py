# SPDX-License-Identifier: MIT
"""What a visitor of a real server, and its operator, are told where the store can't do its part:
each time the server's own error page, and the reason in its log."""

from __future__ import annotations

import errno
import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import ofd_locks
import pytest
from mounts import private_mounts
from servers import COMMANDS, PATIENCE, serving
from session3.store.DirectorySessionStore import DirectorySessionStore
from web_visitor import Visitor


class Site(NamedTuple):
    """A server whose sessions are on a small disk of their own."""

    port: int
    directory: Path
    log: Path

    def assert_tells(self, status: int, ask: Callable[[], int], *words: str) -> str:
        """Asks; what the log got by it, in which all words are."""
        before = self.log.stat().st_size
        assert ask() == status
        end = time.monotonic() + PATIENCE
        while True:
            # A server may answer first.
            log = self.log.read_text()[before:]
            if all(word in log for word in words):
                return log
            assert time.monotonic() < end, log
            time.sleep(0.02)


@pytest.fixture(params=COMMANDS)
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    with private_mounts() as mounts:
        directory = mounts.tmpfs(tmp_path / "disk", "size=64k") / "sessions"
        DirectorySessionStore(directory, create=True).close()
        log = tmp_path / "log"
        with serving(request.param, directory, log=log, lock_timeout=0) as port:
            yield Site(port, directory, log)


def test_a_visitor_and_the_log_are_told(site: Site) -> None:
    visitor = Visitor(site.port)

    def visit() -> int:
        return int(visitor.get("/count").status)

    assert visit() == 200
    file = site.directory / visitor.cookies["session3"]
    with file.open("rb+") as held:
        ofd_locks.lock(held.fileno())
        site.assert_tells(500, visit, "BusyError", "the session's lock was not to be had in time")
    assert visit() == 200

    filler = site.directory.parent / "filler"
    with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
        filler.write_bytes(b"x" * 65536)
    newcomer = Visitor(site.port)
    full = ("StorageError", os.strerror(errno.ENOSPC))
    site.assert_tells(500, lambda: int(newcomer.get("/count").status), *full)
    filler.unlink()

    file.write_bytes(b"damaged")
    # Also where nobody has set up logging.
    log = site.assert_tells(200, visit, "the file is not a session")
    assert file.name not in log

    shutil.rmtree(site.directory)
    site.assert_tells(500, visit, "StorageError", os.strerror(errno.ENOENT))
    assert Visitor(site.port).get("/nothing").status == 200
