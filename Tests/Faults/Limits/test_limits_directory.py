# SPDX-License-Identifier: MIT
"""A store's directory that is removed, moved, or hard to reach."""

from __future__ import annotations

import os
import shutil
from errno import ENAMETOOLONG, ENOENT, ENOTDIR
from pathlib import Path

import pytest
from keeping import keeping_descriptors, steady_host
from ledger import Ledger
from limited import E_GONE, NOT_FOUND, OK, Limited

pytestmark = pytest.mark.method("limits")


def test_a_store_whose_directory_was_removed_says_so(directory: Path) -> None:
    with Limited() as host:
        host.ok("open", directory, "create")
        host.ok("create", "a", 1, 100)
        host.ok("hold", "a")
        before = host.descriptors
        shutil.rmtree(directory)
        assert host("create", "b", 1, 10).failed_by(ENOENT)
        assert host("load", "a").status == NOT_FOUND
        assert host("has", "a").status == NOT_FOUND
        for command in (["save", 2, 10], ["increment", "a"], ["touch", "a"]):
            assert host(*map(str, command)).status == E_GONE, command
        assert host("delete", "a").status == NOT_FOUND
        assert host("setup").failed_by(ENOENT)
        assert host.ok("iterate").words == [0, 0]
        assert host("sweep", 0).status == OK
        # Made again, it is another directory, to be opened anew.
        directory.mkdir()
        assert host("create", "b", 1, 10).failed_by(ENOENT)
        assert host.descriptors == before
        host.ok("open", directory)
        host.ok("create", "b", 1, 10)
        assert os.listdir(directory) != []


def test_a_store_goes_with_its_directory_to_another_name(directory: Path) -> None:
    ledger = Ledger.set_up(directory)
    with steady_host(directory) as host:
        moved = directory.with_name("moved")
        directory.rename(moved)
        # Another stands in its place, and gets nothing.
        directory.mkdir()
        ledger.play(host)
        assert os.listdir(directory) == []
        ledger.directory = moved
    ledger.check()


@pytest.mark.parametrize("depth", [1, 20])
def test_a_store_works_at_the_end_of_a_long_path(depth: int, tmp_path: Path) -> None:
    place = tmp_path
    for _ in range(depth):
        place = place / ("d" * 180)
    if len(str(place)) < 4000:
        place.mkdir(parents=True)
    ledger = Ledger.set_up(place / "s")
    with steady_host(place / "s") as host:
        ledger.play(host)
    ledger.check()


def test_a_path_that_is_too_long_is_refused(tmp_path: Path) -> None:
    with Limited() as host, keeping_descriptors(host):
        for path in (tmp_path / ("d" * 256), tmp_path / ("d/" * 2100)):
            assert host("open", path, "create").failed_by(ENAMETOOLONG)
        (tmp_path / "file").touch()
        assert host("open", tmp_path / "file", "create").failed_by(ENOTDIR)
        assert host("open", tmp_path / "file" / "s", "create").failed_by(ENOTDIR)
        assert host("open", tmp_path / "none" / "s", "create").failed_by(ENOENT)


def test_a_host_whose_working_directory_is_gone_goes_on(directory: Path, tmp_path: Path) -> None:
    ledger = Ledger.set_up(directory)
    (tmp_path / "here").mkdir()
    with Limited() as host:
        host.ok("chdir", tmp_path / "here")
        (tmp_path / "here").rmdir()
        assert host("open", "s", "create").failed_by(ENOENT)
        host.ok("open", directory)
        ledger.play(host)
    ledger.check()
