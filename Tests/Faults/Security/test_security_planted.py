# SPDX-License-Identifier: MIT
"""Links, FIFOs, sockets, devices and the like in the place of a session, and of the store's own
files: no operation follows them, waits for them, changes or removes them, or takes them for a
session."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from errno import ELOOP, ENOTDIR, ENOTSUP, ENXIO
from pathlib import Path

import hostile
import planted
import pytest
from broken import without
from limited import E_CORRUPT, E_EXISTS, E_GONE, NOT_FOUND, OK, Limited
from proof import RecordProperty

pytestmark = pytest.mark.method("security")


# What each operation says of a name that is no session. A touch goes by the name alone, as its
# header says; a visitor with such a cookie is a stranger, and gets a session of another id.
ANSWERS = {
    "has": NOT_FOUND,
    "unchanged": E_GONE,
    **dict.fromkeys(("iterate", "visit", "log-out", "touch", "access-time", "sweep"), OK),
    **dict.fromkeys(("setup", "open", "live-on"), OK),
    **dict.fromkeys(("load", "create", "replace", "save", "overwrite", "fail", "grow"), E_CORRUPT),
    **dict.fromkeys(("resurrect", "renew", "increment", "count-text", "consume"), E_CORRUPT),
    **dict.fromkeys(("delete-unchanged", "delete"), E_CORRUPT),
}


@pytest.fixture
def session(directory: Path) -> Path:
    """A whole session of the id that is planted, in a store elsewhere; beside it lies another."""
    elsewhere = directory.with_name("elsewhere")
    with Limited() as host:
        host.ok("open", elsewhere, "create")
        for id in (hostile.ID, "other"):
            host.ok("create", id, 1, 100)
    return elsewhere / hostile.ID


def wrong(seen: hostile.Visit, answers: dict[str, int]) -> list[hostile.Said]:
    """What was answered otherwise."""
    names = {said.name for said in seen.said}
    assert not answers.keys() - names, f"not done: {answers.keys() - names}"
    return [said for said in seen.said if answers.get(said.name, said.status) != said.status]


@contextmanager
def visited(
    kind: str, directory: Path, session: Path, variables: dict[str, str] | None = None
) -> Iterator[tuple[hostile.Visit, planted.Planted]]:
    """What all operations answered with a kind in the place of their session."""
    made: list[planted.Planted] = []
    with planted.planted(kind, directory / hostile.ID, session) as plant:
        seen = hostile.visit(directory, lambda: made.append(plant()), variables=variables)
        yield seen, made[0]


@pytest.mark.parametrize("kind", planted.STRANGE)
def test_what_is_no_file_is_no_session_and_stays_as_it_is(
    kind: str, directory: Path, session: Path, record_property: RecordProperty
) -> None:
    with visited(kind, directory, session) as (seen, made):
        assert wrong(seen, ANSWERS) == []
        made.assert_untouched()
    # Walks pass it over, or, where the file system names no types, tell of it.
    assert OK not in seen.statuses("next")
    assert not [name for name in os.listdir(directory) if name.startswith(".grow-")]
    record_property("operations on planted names", len(seen.said))


def test_a_link_that_is_followed_is_found_out(
    directory: Path, session: Path, tmp_path: Path, child_environment: dict[str, str]
) -> None:
    """The checks are some that fail: links are opened."""
    variables = without("follow", child_environment, tmp_path)
    kind = "a link to a session of its id"
    with visited(kind, directory, session, variables) as (seen, made):
        assert {"load", "increment", "renew"} <= {said.name for said in wrong(seen, ANSWERS)}
        with pytest.raises(AssertionError):
            made.assert_untouched()


@pytest.mark.parametrize("kind", planted.HARD_LINKS)
def test_a_file_that_has_a_name_elsewhere_keeps_its_content(
    kind: str, directory: Path, session: Path, record_property: RecordProperty
) -> None:
    """The name in the store may age, as that of a damaged session does."""
    with visited(kind, directory, session) as (seen, made):
        made.assert_target_whole()
    # There is a file under the name: only who reads it knows better.
    expected = {**ANSWERS, "has": OK, "unchanged": OK, "create": E_EXISTS}
    # Once a sweep had it there is nothing to delete.
    for name in ("delete-unchanged", "delete"):
        del expected[name]
    assert wrong(seen, expected) == []
    record_property("operations on planted names", len(seen.said))


@pytest.mark.parametrize("kind", planted.KINDS)
def test_in_the_place_of_the_stores_own_file_nothing_is_opened_and_nothing_changed(
    kind: str, directory: Path, session: Path
) -> None:
    with Limited() as early, Limited() as late:
        early.ok("open", directory, "create")
        early.ok("create", "alice", 1, 10)
        before = late.descriptors
        with planted.planted(kind, directory / ".session3", session) as plant:
            made = plant()
            for answer in (late("open", directory), late("open", directory, "create")):
                assert answer.status == E_CORRUPT or answer.failed_by(ELOOP, ENOTSUP, ENXIO), answer
            assert early("setup").status < 0
            # Who has the store open needs the file no more.
            assert early.loaded("alice") == (1, 10, 0)
            early.ok("sweep", 0)
            made.assert_untouched()
        assert late.descriptors == before


@contextmanager
def swept(kind: str, directory: Path, session: Path) -> Iterator[tuple[Limited, planted.Planted]]:
    """A store that has swept with a kind, long ago, in the place of a leftover."""
    with Limited() as host:
        host.ok("open", directory, "create")
        path = directory / ".grow-AAAAAAAAAAAAAAAAAAAAAA"
        with planted.planted(kind, path, session) as plant:
            made = plant()
            os.utime(path, (0, 0), follow_symlinks=False)
            host.ok("sweep", 0)
            yield host, made


@pytest.mark.parametrize("kind", planted.STRANGE)
def test_in_the_place_of_a_leftover_it_is_not_swept(
    kind: str, directory: Path, session: Path
) -> None:
    with swept(kind, directory, session) as (host, made):
        host.ok("create", "alice", 1, 10)
        host.ok("hold", "alice")
        host.ok("save", 2, 9000)
        assert host.ok("iterate").words == [1, 0]
        made.assert_untouched()


@pytest.mark.parametrize("kind", planted.HARD_LINKS)
def test_in_the_place_of_a_leftover_a_hard_link_loses_its_name_alone(
    kind: str, directory: Path, session: Path
) -> None:
    with swept(kind, directory, session) as (_, made):
        made.assert_target_whole()
        assert not made.place.path.exists()


@pytest.mark.parametrize("kind", planted.STRANGE)
def test_in_the_place_of_the_directory_only_a_link_to_one_is_a_store(
    kind: str, directory: Path, session: Path
) -> None:
    """Where the path leads is the operator's choice; what is no directory is told, and not waited
    for."""
    with Limited() as host, planted.planted(kind, directory, session) as plant:
        made = plant()
        answer = host("open", directory, "create")
        if kind in ("a directory", "a link to a directory"):
            assert answer.status == OK
            assert (directory / ".session3").is_file()
        else:
            # A dangling link: open(2) finds nothing, mkdir(2) something.
            assert answer.failed_by(ENOTDIR, ELOOP, ENXIO, 2), answer
            made.assert_untouched()


def test_a_link_that_comes_and_goes_leads_nowhere(
    directory: Path, session: Path, is_long: bool, record_property: RecordProperty
) -> None:
    """Somebody exchanges a session and a link, while others work."""
    outside = directory.with_name("outside")
    outside.mkdir()
    target = outside / hostile.ID
    shutil.copy(session, target)
    before = target.read_bytes()
    done, turns = threading.Event(), [0]

    def exchange() -> None:
        spare, path = directory / "x.spare", directory / hostile.ID
        while not done.is_set():
            spare.symlink_to(target)
            os.replace(spare, path)
            shutil.copy(session, spare)
            os.replace(spare, path)
            turns[0] += 1

    with Limited() as host:
        host.ok("open", directory, "create", "impatient")
        attacker = threading.Thread(target=exchange)
        attacker.start()
        seen: Counter[int] = Counter()
        end = time.monotonic() + (20 if is_long else 1)
        try:
            while time.monotonic() < end:
                for command in ("load", "increment", "touch", "renew", "delete", "hold"):
                    seen[host(command, hostile.ID).status] += 1
                seen[host("create", hostile.ID, 7, 9000).status] += 1
        finally:
            done.set()
            attacker.join()
    assert turns[0] > 0
    assert target.read_bytes() == before
    assert target.stat().st_nlink == 1
    # Some met a session, and some a link.
    assert seen[OK] > 0
    assert seen[E_CORRUPT] > 0
    record_property("operations beside links that come and go", seen.total())
    record_property("of them met a link", seen[E_CORRUPT])


def test_who_may_write_to_the_directory_may_plant_sessions(directory: Path, session: Path) -> None:
    """Which is why others may not: a whole session is one, wherever it was made."""
    with Limited() as host:
        host.ok("open", directory, "create")
        shutil.copy(session, directory / hostile.ID)
        assert host.loaded(hostile.ID) == (1, 100, 0)
        (directory / hostile.ID).unlink()
        (directory / hostile.ID).hardlink_to(session)
        assert host.loaded(hostile.ID) == (1, 100, 0)
        shutil.copy(session, directory / "bob")
        assert host("load", "bob").status == E_CORRUPT
