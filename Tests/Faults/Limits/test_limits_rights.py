# SPDX-License-Identifier: MIT
"""Missing rights: what is refused is refused truthfully, and changes nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from errno import (
    EACCES,
    EPERM,
    EROFS,
)
from pathlib import Path

import pytest
from ledger import Ledger
from limited import E_EXISTS, E_IO, OK, Limited
from mounts import Mounts, private_mounts

pytestmark = pytest.mark.method("limits")

NOBODY = 65534


@pytest.fixture
def mounts() -> Iterator[Mounts]:
    """A mount namespace of the test's own."""
    with private_mounts() as made:
        yield made


@pytest.fixture
def others(directory: Path) -> Path:
    """Where a store may be made that another user reaches, by a relative path."""
    if os.geteuid() != 0:
        pytest.skip("not root, so that there is no other user to be")
    directory.parent.chmod(0o711)
    return directory


def test_on_a_read_only_mount_loads_work_and_nothing_else(mounts: Mounts, tmp_path: Path) -> None:
    root = mounts.tmpfs(tmp_path / "disk", "size=1m")
    ledger = Ledger(root / "sessions", {EROFS})
    ledger.set_up()
    with Limited() as early:
        early.ok("open", ledger.directory)
        mounts.remount(tmp_path / "disk", "ro")
        with Limited() as late:
            # It is opened all the same: for those who only read.
            late.ok("open", ledger.directory)
            late.ok("manager", 0, 0, 0)
            for host in (early, late):
                check_read_only(host, ledger, EROFS)
            assert late("open", root / "none", "create").failed_by(EROFS)
            assert late("request", "-", "set", 1, 10).status == E_IO
        mounts.remount(tmp_path / "disk", "rw")
        ledger.play(early)
        assert ledger.refused == 0
    ledger.check()


def check_read_only(host: Limited, ledger: Ledger, *errnos: int) -> None:
    """A host that may read, and not write."""
    before = host.descriptors
    for id, session in ledger.sessions.items():
        assert host.loaded(id) == session
        assert host("has", id).status == OK
        host.ok("hold", id)
        for command in (["save", 9, 10], ["increment", id], ["delete", id], ["renew", id]):
            assert host(*map(str, command)).failed_by(*errnos), command
        assert host.loaded(id) == session
    assert host("create", "new", 1, 1).failed_by(*errnos)
    assert host.ok("iterate").words == [len(ledger.sessions), 0]
    assert host.descriptors == before


def test_without_rights_to_the_directory_nothing_changes(others: Path) -> None:
    ledger = Ledger(others, ())
    ledger.set_up()
    for path in others.iterdir():
        os.chown(path, NOBODY, NOBODY)
        path.chmod(0o400)
    os.chown(others, NOBODY, NOBODY)
    others.chmod(0o500)
    with Limited() as early, Limited() as late:
        early.ok("open", others)
        late.ok("chdir", others.parent)
        for host in (early, late):
            host.ok("become", NOBODY)
        late.ok("open", others.name)
        for host in (early, late):
            check_read_only(host, ledger, EACCES)
        assert early("sweep", 3_600_000_000).status == OK
        assert late("open", "none", "create").failed_by(EACCES)
    give_back(others)
    ledger.check()


def give_back(directory: Path) -> None:
    """To root, with rights for it."""
    os.chown(directory, 0, 0)
    directory.chmod(0o700)
    for path in directory.iterdir():
        os.chown(path, 0, 0)
        path.chmod(0o600)


def test_a_directory_that_may_be_written_holds_files_that_may_not(others: Path) -> None:
    """Such as sessions of another owner, in a directory of both."""
    ledger = Ledger(others, ())
    ledger.set_up()
    os.chown(others, 0, NOBODY)
    others.chmod(0o770)
    with Limited() as host:
        host.ok("chdir", others.parent)
        host.ok("open", others.name)
        host.ok("become", NOBODY)
        before = host.descriptors
        for id in ledger.sessions:
            for command in ("load", "hold", "increment", "renew", "delete"):
                assert host(command, id).failed_by(EACCES), command
            # Who may look into the directory may ask for names, and touch only what is his own.
            assert host("has", id).status == OK
            assert host("touch", id).failed_by(EACCES)
            assert host("create", id, 1, 1).status == E_EXISTS
        whole, unread = host.ok("iterate").words
        assert (whole, unread) == (0, len(ledger.sessions))
        # His own are his: all operations work beside the others'.
        host.ok("create", "mine", 1, 100)
        host.ok("hold", "mine")
        host.ok("save", 2, 9000)
        assert host.loaded("mine") == (2, 9000, 0)
        id = host.ok("renew", "mine").told
        host.ok("delete", id)
        assert host.descriptors == before
    ledger.check()


def test_in_a_directory_without_any_rights_each_operation_says_so(others: Path) -> None:
    ledger = Ledger(others, {EACCES})
    ledger.set_up()
    for path in [others, *others.iterdir()]:
        os.chown(path, NOBODY, NOBODY)
    with Limited() as early, Limited() as late:
        early.ok("open", others)
        late.ok("chdir", others.parent)
        for host in (early, late):
            host.ok("become", NOBODY)
        others.chmod(0)
        assert late("open", others.name).failed_by(EACCES)
        before = early.descriptors
        done = ledger.done
        ledger.play(early)
        assert ledger.done == done
        assert early.descriptors == before
    give_back(others)
    ledger.check()


def test_in_a_sticky_directory_others_may_save_and_not_remove(others: Path) -> None:
    """A member of the files' group may write them; names are for their owner to take away."""
    ledger = Ledger(others, {EPERM})
    ledger.set_up()
    for path in [*others.iterdir(), others]:
        os.chown(path, 0, NOBODY)
        path.chmod(0o1770 if path == others else 0o660)
    with Limited() as host:
        host.ok("chdir", others.parent)
        host.ok("become", NOBODY)
        host.ok("open", others.name)
        before = host.descriptors
        for id in list(ledger.sessions):
            ledger.save(host, id)
            ledger.increment(host, id)
            ledger.judge(host("touch", id))
            assert ledger.refused == 0
            host.ok("hold", id)
            assert host("save", 9, 9000).failed_by(EPERM)
            for command in ("renew", "delete"):
                assert host(command, id).failed_by(EPERM), command
        ledger.create(host)
        assert host.descriptors == before
    ledger.check()


@pytest.mark.parametrize("group", [NOBODY, 0])
def test_a_member_of_the_directorys_group_grows_anothers_session_for_its_group_or_not_at_all(
    group: int, others: Path
) -> None:
    ledger = Ledger(others, {EPERM})
    ledger.set_up()
    for path in [*others.iterdir(), others]:
        os.chown(path, 0, NOBODY if path in (others, others / ".session3") else group)
        path.chmod(0o770 if path == others else 0o666)
    with Limited() as host:
        host.ok("chdir", others.parent)
        host.ok("become", NOBODY)
        host.ok("open", others.name)
        before = host.descriptors
        for id in list(ledger.sessions):
            ledger.save(host, id)
            refused = ledger.refused
            ledger.save(host, id, 9000)
            assert (ledger.refused > refused) == (group != NOBODY)
            found = (others / id).stat()
            assert (found.st_gid, found.st_mode & 0o777) == (group, 0o666)
        assert host.descriptors == before
    ledger.check()


@pytest.fixture
def chattr(directory: Path) -> Iterator[Callable[[str, Path], None]]:
    """Sets attributes of files, and takes them away in the end."""
    if os.geteuid() != 0:
        pytest.skip("chattr: not root")
    changed: list[Path] = []

    def change(attribute: str, path: Path) -> None:
        done = subprocess.run(["chattr", attribute, str(path)], capture_output=True, text=True)
        if done.returncode != 0:
            pytest.skip(f"chattr {attribute}: {done.stderr.strip()}")
        changed.append(path)

    if shutil.which("chattr") is None:
        pytest.skip("chattr is not installed")
    yield change
    for path in changed:
        subprocess.run(["chattr", "-ia", str(path)], check=False)


@pytest.mark.parametrize("attribute", ["+i", "+a"])
def test_files_that_may_not_be_changed_are_left_as_they_are(
    attribute: str, directory: Path, chattr: Callable[[str, Path], None]
) -> None:
    ledger = Ledger(directory, {EPERM})
    ledger.set_up()
    for id in ledger.sessions:
        chattr(attribute, directory / id)
    with Limited() as host:
        host.ok("open", directory)
        before = host.descriptors
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
        assert host.descriptors == before
    for id in ledger.sessions:
        chattr("-ia", directory / id)
    ledger.check()


@pytest.mark.parametrize("attribute", ["+i", "+a"])
def test_a_directory_that_may_not_be_changed_keeps_its_sessions(
    attribute: str, directory: Path, chattr: Callable[[str, Path], None]
) -> None:
    ledger = Ledger(directory, {EPERM, EACCES})
    ledger.set_up()
    chattr(attribute, directory)
    with Limited() as host:
        host.ok("open", directory)
        before = host.descriptors
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
        assert host.descriptors == before
    chattr("-ia", directory)
    if attribute == "+a":
        # Files may be made there and not removed, so what was tried stays until it is old.
        ledger.sessions["new"] = (1, 10, 0)
        for name in {*os.listdir(directory)} - {".session3", *ledger.sessions}:
            (directory / name).unlink()
    ledger.check()
