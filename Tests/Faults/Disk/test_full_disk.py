# SPDX-License-Identifier: MIT
"""A full disk refuses what is new, and harms no session that exists."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from errno import ENOSPC
from pathlib import Path

import pytest
from full_disk_story import Disk, FullDisk
from hosts import HOSTS, CHost
from limited import NOT_FOUND, OK
from mounts import Mounts, private_mounts

pytestmark = pytest.mark.method("full")


@pytest.fixture
def mounts() -> Iterator[Mounts]:
    """A mount namespace of the test's own."""
    with private_mounts() as made:
        yield made


def limit_btrfs(mounts: Mounts, place: Path) -> Path:
    """A btrfs that has room, but whose quota group has none: EDQUOT."""
    root = mounts.image("btrfs", place)
    if shutil.which("btrfs") is None:
        pytest.skip("btrfs-progs is not installed")
    for command in (["quota", "enable"], ["qgroup", "limit", "4M", "0/5"]):
        done = mounts.run("btrfs", *command, place, check=False)
        if done.returncode != 0:
            pytest.skip(f"btrfs {command[0]}: {done.stderr.strip()}")
    return root


def mount_copying_btrfs(mounts: Mounts, place: Path) -> Path:
    """A btrfs that copies on write: the store's directory was not made by the library."""
    root = mounts.image("btrfs", place)
    (root / "sessions").mkdir()
    return root


def image(kind: str, *made_with: str) -> Callable[[Mounts, Path], Path]:
    """Mounts a file system on the smallest image."""
    return lambda mounts, place: mounts.image(kind, place, made_with=made_with)


DISKS = {
    "tmpfs": Disk(lambda mounts, place: mounts.tmpfs(place, "size=256k")),
    "tmpfs-inodes": Disk(
        lambda mounts, place: mounts.tmpfs(place, "size=4m,nr_inodes=70"), takes_inodes=True
    ),
    "ext4": Disk(image("ext4", "-m", "0")),
    "ext4-reserve": Disk(image("ext4")),
    "ext4-inodes": Disk(image("ext4", "-N", "80"), takes_inodes=True),
    "xfs": Disk(image("xfs"), ballast=100),
    "btrfs": Disk(image("btrfs"), overwrites=False, ballast=100),
    "btrfs-cow": Disk(mount_copying_btrfs, overwrites=False, ballast=100),
    "btrfs-quota": Disk(limit_btrfs, overwrites=False, ballast=100),
}


def rounds(disk: Disk, is_long: bool) -> int:
    """How many saves and increments there are in each half; a refusal of btrfs takes its time."""
    if disk.overwrites:
        return 2000 if is_long else 50
    return 200 if is_long else 5


@pytest.mark.parametrize("disk", DISKS)
def test_on_a_full_disk_sessions_live_on_and_nothing_is_left_behind(
    disk: str,
    mounts: Mounts,
    tmp_path: Path,
    is_long: bool,
    record_property: Callable[[str, object], None],
) -> None:
    kind = DISKS[disk]
    plays = [(host, sync) for host in HOSTS for sync in ("none", "data")]
    if kind.ballast > 1 and not is_long:
        plays = plays[:1] if disk == "btrfs-quota" else plays[1:3]
    for number, (host, sync) in enumerate(plays):
        place = tmp_path / f"disk-{number}"
        root = kind.mount(mounts, place)
        with HOSTS[host]() as playing:
            story = FullDisk(playing, root, kind, sync)
            story.play(rounds(kind, is_long))
        mounts.unmount(place)
        for name, value in story.figures.items():
            record_property(name, value)


class LeavesItsFile(CHost):
    """A creation that failed leaves its file."""

    def create(self, id: str, n: int, size: int) -> int:
        error = super().create(id, n, size)
        if error:
            (self.path / id).touch()
        return error


class LeavesATemporaryFile(CHost):
    """A growth that failed leaves its file."""

    def save(self, id: str, n: int, size: int) -> int:
        error = super().save(id, n, size)
        if error:
            (self.path / ".grow-0123456789abcdefghijkl").touch()
        return error


class SaysThatAllIsWell(CHost):
    """A save that failed is told to have been made."""

    def save(self, id: str, n: int, size: int) -> int:
        return super().save(id, n, size) and 0


class SavesNothing(CHost):
    """A save that was told to have been made is not there."""

    def save(self, id: str, n: int, size: int) -> int:
        return 0


@pytest.mark.parametrize(
    ("host", "words"),
    [
        (LeavesItsFile, "files were left behind: {'more-"),
        (LeavesATemporaryFile, "files were left behind: {'.grow-"),
        (SaysThatAllIsWell, "a growth answers 0"),
        (SavesNothing, "a save is lost"),
    ],
)
def test_a_host_that_breaks_a_rule_is_found_out(
    host: type[CHost], words: str, mounts: Mounts, tmp_path: Path
) -> None:
    """The check is one that fails."""
    disk = Disk(lambda mounts, place: mounts.tmpfs(place, "size=128k"))
    with host() as playing:
        story = FullDisk(playing, disk.mount(mounts, tmp_path / "disk"), disk, "none")
        with pytest.raises(AssertionError, match=re.escape(words)):
            story.play(1)


@pytest.fixture
def full(mounts: Mounts, tmp_path: Path) -> Iterator[tuple[CHost, Path]]:
    """A C process, with its store on a tmpfs that has room for one session more."""
    root = mounts.tmpfs(tmp_path / "disk", "size=64k")
    with CHost() as host:
        host.open(root / "sessions", "none")
        host.ok("manager", 0, 0, 0)
        yield host, root


def fill(root: Path, left: int = 0) -> None:
    """Takes all room but some bytes."""
    free = os.statvfs(root)
    with (root / "filler").open("ab", buffering=0) as file:
        file.write(bytes(free.f_bavail * free.f_bsize - left))


def test_a_request_on_a_full_disk_answers_so_and_the_next_one_works(
    full: tuple[CHost, Path],
) -> None:
    host, root = full
    cookie = logged_in(host)
    fill(root)
    names, open_before = os.listdir(root / "sessions"), host.descriptors
    for command in (["-", "set", 1, 100], ["-", "login"], [cookie, "set", 1, 9000]):
        answer = host("request", *command)
        assert answer.failed_by(ENOSPC), (command, answer)
        assert "session3=" not in answer.told
        assert sorted(os.listdir(root / "sessions")) == sorted(names)
        assert host.ok("request", cookie, "set", 3, 100)
        assert host.loaded(cookie)[:2] == (3, 100)
    # What needs no room goes on: a read, a logout; after it there is room for one.
    assert host.ok("request", cookie, "read").told.startswith("1 ")
    assert host.ok("request", cookie, "logout").told.startswith("5 ")
    assert host("load", cookie).status == NOT_FOUND
    assert logged_in(host) != cookie
    assert host.descriptors == open_before


def logged_in(host: CHost) -> str:
    """A login by a new browser, which is given this id."""
    told = host.ok("request", "-", "login").told
    return told.partition("session3=")[2].partition(";")[0]


def test_a_login_on_a_full_disk_fails_and_leaves_the_visitor_as_he_was(
    full: tuple[CHost, Path],
) -> None:
    host, root = full
    visitor = host.ok("request", "-", "set", 5, 100).told.partition("session3=")[2]
    id = visitor.partition(";")[0]
    fill(root)
    assert host("request", id, "login").failed_by(ENOSPC)
    assert host.loaded(id)[:2] == (5, 100)
    (root / "filler").unlink()
    renewed = host.ok("request", id, "login").told
    assert renewed.startswith("4 ")
    assert host("load", id).status == NOT_FOUND


def test_a_store_is_not_set_up_on_a_full_disk_and_is_once_there_is_room(
    full: tuple[CHost, Path],
) -> None:
    host, root = full
    fill(root)
    (root / "new").mkdir()
    assert host("open", root / "new").failed_by(ENOSPC)
    assert os.listdir(root / "new") == []
    (root / "filler").unlink()
    host.ok("open", root / "new")
    host.ok("create", "a", 1, 10)


def test_a_store_is_opened_on_a_full_disk_that_has_it(full: tuple[CHost, Path]) -> None:
    host, root = full
    host.ok("create", "a", 1, 10)
    fill(root)
    with CHost() as other:
        assert other.open(root / "sessions", "none") == 0
        assert other.save("a", 2, 10) == 0
        assert other("setup").status == OK
    assert host.loaded("a") == (2, 10, 0)


@pytest.mark.parametrize("host", HOSTS)
def test_a_save_to_shared_blocks_is_refused_and_changes_nothing(
    host: str, mounts: Mounts, tmp_path: Path
) -> None:
    """As after `cp --reflink`, or a snapshot: the file system has to copy, and has no room."""
    root = mounts.image("xfs", tmp_path / "disk")
    with HOSTS[host]() as playing:
        story = FullDisk(playing, root, DISKS["xfs"], "none")
        assert playing.open(story.directory, "none") == 0
        assert playing.create("kept", 1, 100) == 0
        subprocess.run(
            ["cp", "--reflink=always", story.directory / "kept", root / "copy"], check=True
        )
        story.fill()
        for n in range(2, 10):
            error = playing.save("kept", n, 100)
            assert error == ENOSPC, f"a save that was refused answers {error}"
            assert playing.increment("kept") == ENOSPC
            assert playing.loaded("kept") == (1, 100, 0)
        (root / "filler").unlink()
        assert playing.save("kept", 2, 100) == 0
        assert playing.loaded("kept") == (2, 100, 0)


def test_growth_takes_what_room_it_needs_and_no_more(full: tuple[CHost, Path]) -> None:
    host, root = full
    host.ok("create", "a", 1, 10)
    # 3,000 bytes want a file of 8,192; there is half of it, and then all.
    fill(root, left=4096)
    assert host.save("a", 2, 3000) == ENOSPC
    assert host.loaded("a") == (1, 10, 0)
    os.truncate(root / "filler", os.path.getsize(root / "filler") - 4096)
    assert host.save("a", 2, 3000) == 0
    assert host.loaded("a") == (2, 3000, 0)
    assert host.save("a", 3, 3000) == 0
    assert sorted(os.listdir(root / "sessions")) == [".session3", "a"]
