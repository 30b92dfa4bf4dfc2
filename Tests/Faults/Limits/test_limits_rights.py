# SPDX-License-Identifier: MIT
"""Missing rights: what is refused is refused truthfully, and changes nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EACCES, EPERM, EROFS
from pathlib import Path

import pytest
from keeping import keeping_descriptors
from ledger import Ledger
from leftovers import STORE_FILE
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


def own(directory: Path, user: int, group: int, mode: int, mode_of_files: int) -> None:
    """Gives a store's directory and files to somebody, with these rights."""
    for path in [*directory.iterdir(), directory]:
        os.chown(path, user, group)
        path.chmod(mode if path == directory else mode_of_files)


@contextmanager
def nobody_in(directory: Path, *, opened_by_root: bool = False) -> Iterator[Limited]:
    """A host of another user with a store, reached by a relative path; it keeps no descriptor."""
    with Limited() as host:
        host.ok("chdir", directory.parent)
        if opened_by_root:
            host.ok("open", directory.name)
        host.ok("become", NOBODY)
        if not opened_by_root:
            host.ok("open", directory.name)
        with keeping_descriptors(host):
            yield host


def test_on_a_read_only_mount_loads_work_and_nothing_else(mounts: Mounts, tmp_path: Path) -> None:
    root = mounts.tmpfs(tmp_path / "disk", "size=1m")
    ledger = Ledger.set_up(root / "sessions", EROFS)
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


def check_read_only(host: Limited, ledger: Ledger, errno: int) -> None:
    """A host that may read, and not write."""
    with keeping_descriptors(host):
        for id, session in ledger.sessions.items():
            assert host.loaded(id) == session
            assert host("has", id).status == OK
            host.ok("hold", id)
            for command in (["save", 9, 10], ["increment", id], ["delete", id], ["renew", id]):
                assert host(*map(str, command)).failed_by(errno), command
            assert host.loaded(id) == session
        assert host("create", "new", 1, 1).failed_by(errno)
        assert host.ok("iterate").words == [len(ledger.sessions), 0]


def test_without_rights_to_the_directory_nothing_changes(others: Path) -> None:
    ledger = Ledger.set_up(others)
    own(others, NOBODY, NOBODY, 0o500, 0o400)
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
    own(others, 0, 0, 0o700, 0o600)
    ledger.check()


def test_a_directory_that_may_be_written_holds_files_that_may_not(others: Path) -> None:
    """Such as sessions of another owner, in a directory of both."""
    ledger = Ledger.set_up(others)
    os.chown(others, 0, NOBODY)
    others.chmod(0o770)
    with nobody_in(others, opened_by_root=True) as host:
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
    ledger.check()


def test_in_a_directory_without_any_rights_each_operation_says_so(others: Path) -> None:
    ledger = Ledger.set_up(others, EACCES)
    own(others, NOBODY, NOBODY, 0o700, 0o600)
    with Limited() as early, Limited() as late:
        early.ok("open", others)
        late.ok("chdir", others.parent)
        for host in (early, late):
            host.ok("become", NOBODY)
        others.chmod(0)
        assert late("open", others.name).failed_by(EACCES)
        done = ledger.done
        with keeping_descriptors(early):
            ledger.play(early)
        assert ledger.done == done
    own(others, 0, 0, 0o700, 0o600)
    ledger.check()


def test_in_a_sticky_directory_others_may_save_and_not_remove(others: Path) -> None:
    """A member of the files' group may write them; names are for their owner to take away."""
    ledger = Ledger.set_up(others, EPERM)
    own(others, 0, NOBODY, 0o1770, 0o660)
    with nobody_in(others) as host:
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
    ledger.check()


@pytest.mark.parametrize("group", [NOBODY, 0])
def test_a_member_of_the_directorys_group_grows_anothers_session_for_its_group_or_not_at_all(
    group: int, others: Path
) -> None:
    ledger = Ledger.set_up(others, EPERM)
    own(others, 0, group, 0o770, 0o666)
    for path in (others, others / STORE_FILE):
        os.chown(path, 0, NOBODY)
    with nobody_in(others) as host:
        for id in list(ledger.sessions):
            ledger.save(host, id)
            refused = ledger.refused
            ledger.save(host, id, 9000)
            assert (ledger.refused > refused) == (group != NOBODY)
            found = (others / id).stat()
            assert (found.st_gid, found.st_mode & 0o777) == (group, 0o666)
    ledger.check()
