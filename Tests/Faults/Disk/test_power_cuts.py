# SPDX-License-Identifier: MIT
"""A power cut loses nothing that was acknowledged where the store syncs, and leaves no wrong data
where it does not."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from images import Disk
from mounts import private_mounts
from places import environment, preload
from power_history import CutReport
from power_run import PowerRun
from proof import RecordProperty
from session_reader import Reader, session_reader

pytestmark = pytest.mark.method("power")

# Kind, options of mount, and whether the store is set up (which has btrfs write in place).
FILE_SYSTEMS = {
    "ext4_that_loses_most": ("ext4", "noauto_da_alloc,commit=1", False),
    "ext4": ("ext4", "", False),
    "xfs": ("xfs", "", False),
    "btrfs": ("btrfs", "commit=1", False),
    "btrfs_in_place": ("btrfs", "commit=1", True),
}
# Runs of each file system and sync mode, and cuts of each run; 500 cuts in the long form.
SHORT, LONG = (1, 2), (10, 5)


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Disk]:
    """A disk whose power can be cut."""
    with private_mounts() as mounts:
        yield Disk(mounts, tmp_path_factory.mktemp("disk"))


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    """Reads what a cut left."""
    with session_reader() as process:
        yield process


@pytest.fixture
def cut_power(
    disk: Disk, reader: Reader, tmp_path: Path, is_long: bool, seed: int
) -> Callable[[str, str], CutReport]:
    """Cuts the power of writers on a file system, again and again."""

    def cut(name: str, sync: str) -> CutReport:
        kind, options, is_set_up = FILE_SYSTEMS[name]
        runs, cuts = LONG if is_long else SHORT
        whole = CutReport()
        for index in range(runs):
            report = PowerRun(
                disk,
                reader,
                tmp_path,
                seed + index,
                kind,
                options,
                sync=sync,
                # Another writer's sync may do the work of one that is missing.
                writers=1 + index % 2,
                cuts=cuts,
                is_set_up=is_set_up,
                is_synced=sync == "data",
            ).report()
            whole.counts.update(report.counts)
            whole.lost += report.lost
        return whole

    return cut


@pytest.mark.parametrize("name", FILE_SYSTEMS)
def test_a_store_that_syncs_loses_nothing_that_was_acknowledged(
    name: str, cut_power: Callable[[str, str], CutReport], record_property: RecordProperty
) -> None:
    report = cut_power(name, "data")
    record_property("cuts of stores that sync", report.counts["cuts"])
    record_property("operations acknowledged there", report.counts["acknowledged"])
    record_property("acknowledged operations lost", len(report.lost))
    assert report.lost == []


@pytest.mark.parametrize("name", FILE_SYSTEMS)
def test_a_store_that_does_not_sync_is_old_or_new_or_says_that_it_lost_a_session(
    name: str, cut_power: Callable[[str, str], CutReport], record_property: RecordProperty
) -> None:
    report = cut_power(name, "none")
    record_property("cuts of stores that don't sync", report.counts["cuts"])
    for kind in ("older", "gone", "unreadable", "unreadable for good"):
        record_property(f"{kind} there", report.counts[kind])
    record_property("wrong data", len(report.lost))
    assert report.lost == []


# The judge must see a loss, or it proves nothing.


@pytest.mark.parametrize("calls", ["fdatasync,fsync", "fsync"])
def test_a_sync_that_does_nothing_is_caught(
    calls: str,
    disk: Disk,
    reader: Reader,
    tmp_path: Path,
    seed: int,
    record_property: RecordProperty,
) -> None:
    without = environment(LD_PRELOAD=preload("no_sync"), SESSION3_NO_SYNC=calls)
    for attempt in range(10):
        run = PowerRun(
            disk,
            reader,
            tmp_path,
            seed + attempt,
            "ext4",
            "noauto_da_alloc",
            writers=1,
            environment=without,
        )
        lost = run.report().lost
        if lost:
            break
    assert lost
    record_property(f"lost without {calls.replace(',', ' and ')}, as must be", len(lost))


def test_a_rename_without_a_sync_is_caught(
    disk: Disk, reader: Reader, tmp_path: Path, seed: int, record_property: RecordProperty
) -> None:
    script = str(Path(__file__).with_name("rename_writer.py"))
    report = PowerRun(
        disk,
        reader,
        tmp_path,
        seed,
        "ext4",
        "noauto_da_alloc,commit=1",
        cuts=4,
        environment=environment(),
        writer=[sys.executable, script],
    ).report()
    empty = [told for told in report.lost if "found Found(kind='absent'" in told]
    assert empty
    record_property("lost by rename without sync, as must be", len(empty))
