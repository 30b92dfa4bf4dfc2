# SPDX-License-Identifier: MIT
"""Files and directories that chattr(1) forbids to change."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from errno import EACCES, EPERM
from pathlib import Path

import pytest
from keeping import steady_host
from ledger import Ledger
from leftovers import STORE_FILE
from limited import OK

pytestmark = pytest.mark.method("limits")


@pytest.fixture
def chattr(directory: Path) -> Iterator[Callable[[str, Path], None]]:
    """Sets attributes of files, and takes them away in the end."""
    if os.geteuid() != 0:
        pytest.skip("chattr: not root")
    if shutil.which("chattr") is None:
        pytest.skip("chattr is not installed")
    changed: list[Path] = []

    def change(attribute: str, path: Path) -> None:
        done = subprocess.run(["chattr", attribute, str(path)], capture_output=True, text=True)
        if done.returncode != 0:
            pytest.skip(f"chattr {attribute}: {done.stderr.strip()}")
        changed.append(path)

    yield change
    for path in changed:
        subprocess.run(["chattr", "-ia", str(path)], check=False)


@pytest.mark.parametrize("attribute", ["+i", "+a"])
def test_files_that_may_not_be_changed_are_left_as_they_are(
    attribute: str, directory: Path, chattr: Callable[[str, Path], None]
) -> None:
    ledger = Ledger.set_up(directory, EPERM)
    for id in ledger.sessions:
        chattr(attribute, directory / id)
    with steady_host(directory) as host:
        for id, session in ledger.sessions.items():
            host.ok("hold", id)
            for command in (["save", 9, 10], ["increment", id], ["delete", id], ["renew", id]):
                assert host(*map(str, command)).failed_by(EPERM), command
            assert host("save", 9, 9000).failed_by(EPERM)
            assert host.loaded(id) == session
        # In other sessions all goes on.
        host.ok("create", "other", 1, 10)
        host.ok("delete", "other")
        host("sweep", 0)
    for id in ledger.sessions:
        chattr("-ia", directory / id)
    ledger.check()


@pytest.mark.parametrize("attribute", ["+i", "+a"])
def test_a_directory_that_may_not_be_changed_keeps_its_sessions(
    attribute: str, directory: Path, chattr: Callable[[str, Path], None]
) -> None:
    ledger = Ledger.set_up(directory, EPERM, EACCES)
    chattr(attribute, directory)
    with steady_host(directory) as host:
        for id in list(ledger.sessions):
            ledger.save(host, id)
            ledger.increment(host, id)
            assert ledger.refused == 0
            assert host("delete", id).failed_by(EPERM)
            host.ok("hold", id)
            assert host("save", 9, 9000).failed_by(EPERM)
            assert host("renew", id).failed_by(EPERM)
        answer = host("create", "new", 1, 10)
        assert answer.failed_by(EPERM, EACCES) if attribute == "+i" else answer.status == OK
    chattr("-ia", directory)
    if attribute == "+a":
        # Files may be made there and not removed, so what was tried stays until it is old.
        ledger.sessions["new"] = (1, 10, 0)
        for name in {*os.listdir(directory)} - {STORE_FILE, *ledger.sessions}:
            (directory / name).unlink()
    ledger.check()
