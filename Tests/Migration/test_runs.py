# SPDX-License-Identifier: MIT
"""A migration can be rehearsed, cut off at any point, gone on with, and run twice."""

from __future__ import annotations

import json
import os
import random
import signal
import stat
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from command import COMMAND, Run, environment, start
from old_stores import save_by_session3
from session3.Session import Session
from session3.store.DirectorySessionStore import DirectorySessionStore
from session3_pickles import session_pickle

CREATED, ACCESSED = 1700000000.25, 1700003600.5


def fill(old: Path, count: int) -> None:
    """Sessions of Session3, each with times of its own."""
    for number in range(count):
        session_id = f"session-{number:06}"
        state = {
            "id": session_id,
            "user": f"user {number}",
            "_creation_time": CREATED + number,
            "_access_time": ACCESSED + number,
        }
        (old / session_id).write_bytes(session_pickle(state))


def expect_all(new: Path, count: int) -> None:
    """All sessions are there, with their times, and as other hosts have them."""
    with DirectorySessionStore(new) as store:
        assert sorted(store) == [f"session-{number:06}" for number in range(count)]
        for number in range(count):
            session = store.load_session(f"session-{number:06}", strict=True)
            assert session.user == f"user {number}"
            assert session.get_creation_time() == CREATED + number
            assert session.get_access_time() == ACCESSED + number
    for name in os.listdir(new):
        assert stat.S_IMODE((new / name).stat().st_mode) == 0o600, name


def test_a_dry_run_tells_all_and_writes_nothing(
    old: Path, new: Path, migrate: Callable[..., Run]
) -> None:
    save_by_session3(old, "plain", "own", "decimal", "huge")
    (old / "plain-too-large").write_bytes(session_pickle({"a": ["x" * 1000] * 1100}))
    dry = migrate("--dry-run")
    assert not new.exists()
    assert "A dry run: nothing was written" in dry.told
    real = migrate()
    assert (dry.status, dry.counts, dry.causes) == (real.status, real.counts, real.causes)
    before = {path: path.lstat() for path in [new, *new.iterdir()]}
    again = migrate("--dry-run")
    assert again.counts == {"present": 1, "refused": real.count("refused")}
    assert {path: path.lstat() for path in [new, *new.iterdir()]} == before


def test_a_second_run_takes_only_what_is_new_and_changes_nothing(
    old: Path, new: Path, migrate: Callable[..., Run]
) -> None:
    fill(old, 3)
    assert migrate().counts == {"migrated": 3}
    before = {path: (path.read_bytes(), path.stat()) for path in new.iterdir()}
    assert migrate().counts == {"present": 3}
    assert {path: (path.read_bytes(), path.stat()) for path in new.iterdir()} == before
    fill(old, 5)
    assert migrate().counts == {"migrated": 2, "present": 3}
    expect_all(new, 5)


def test_a_session_that_is_there_is_left_alone(
    old: Path, new: Path, migrate: Callable[..., Run], load: Callable[..., Any]
) -> None:
    fill(old, 1)
    with DirectorySessionStore(new, create=True) as store:
        session = Session("session-000000")
        session.set_user("somebody else")
        store.save_session(session)
    done = migrate()
    assert (done.status, done.counts) == (0, {"present": 1})
    assert load("session-000000").user == "somebody else"


PLACED: dict[str, Callable[[Path], object]] = {
    "junk": lambda path: path.write_bytes(b"no session of ours, nor anybody's"),
    "the beginning of a session": lambda path: path.write_bytes(b"S3"),
    "a directory": Path.mkdir,
    "a link": lambda path: path.symlink_to(path.parent / "session-000001"),
}


@pytest.mark.parametrize("what", PLACED)
def test_what_can_not_be_read_under_its_id_is_left_alone_and_named(
    old: Path, new: Path, migrate: Callable[..., Run], what: str
) -> None:
    fill(old, 2)
    with DirectorySessionStore(new, create=True):
        PLACED[what](new / "session-000000")
    before = (new / "session-000000").lstat()
    for arguments in (["--dry-run"], []):
        done = migrate(*arguments)
        assert (done.status, done.counts) == (1, {"migrated": 1, "damaged": 1})
        (left,) = done.report["left"]
        assert (left["outcome"], left["cause"]) == ("damaged", "the file is not a session")
        assert left["inode"] == os.stat(old / "session-000000").st_ino
        assert "1  in the new directory, but can't be read" in done.told
    assert (new / "session-000000").lstat() == before


def test_a_creation_that_was_cut_off_is_no_session(
    old: Path, new: Path, migrate: Callable[..., Run]
) -> None:
    fill(old, 2)
    with DirectorySessionStore(new, create=True):
        (new / "session-000000").touch()
    for arguments in (["--dry-run"], []):
        assert migrate(*arguments).counts == {"migrated": 2}
    expect_all(new, 2)


def test_a_session_that_is_deleted_while_it_is_met_stays_deleted(
    old: Path, new: Path, migrate: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(old, 1)
    migrate()
    create = DirectorySessionStore.create_session

    def log_out(store: DirectorySessionStore, session: Session) -> None:
        try:
            create(store, session)
        finally:
            (new / "session-000000").unlink()

    monkeypatch.setattr(DirectorySessionStore, "create_session", log_out)
    done = migrate()
    assert (done.status, done.counts) == (0, {"present": 1})
    assert os.listdir(new) == [".session3"]


def test_one_that_was_used_in_the_old_directory_since_is_named(
    old: Path, new: Path, migrate: Callable[..., Run], load: Callable[..., Any]
) -> None:
    fill(old, 2)
    migrate()
    state = {"id": "session-000001", "user": "changed", "_access_time": ACCESSED + 60}
    (old / "session-000001").write_bytes(session_pickle(state))
    for arguments in (["--dry-run"], []):
        done = migrate(*arguments)
        assert (done.status, done.counts) == (1, {"present": 1, "stale": 1})
        (left,) = done.report["left"]
        assert left["inode"] == os.stat(old / "session-000001").st_ino
    assert load("session-000001").user == "user 1"


KILLED = """
import os, signal, sys
from session3.migrate._command import main
from session3.store.DirectorySessionStore import DirectorySessionStore

method, calls, moment = sys.argv[1], int(sys.argv[2]), sys.argv[3]
original = getattr(DirectorySessionStore, method)

def cut_off(*arguments):
    global calls
    calls -= 1
    if calls == 0 and moment == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    elif calls == 0 and moment != "after":
        # Nothing handles the signal of this timer: it kills.
        signal.setitimer(signal.ITIMER_REAL, float(moment))
    original(*arguments)
    if calls == 0 and moment == "after":
        os.kill(os.getpid(), signal.SIGKILL)

setattr(DirectorySessionStore, method, cut_off)
main(sys.argv[4:])
"""


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("method", ["create_session", "set_access_time"])
def test_a_run_that_is_killed_between_two_steps_is_gone_on_with(
    old: Path, new: Path, migrate: Callable[..., Run], method: str, moment: str
) -> None:
    fill(old, 6)
    command = [COMMAND[0], "-c", KILLED, method, "4", moment, str(old), str(new)]
    done = subprocess.run(command, env=environment(), check=False)
    assert done.returncode == -signal.SIGKILL
    done_again = migrate()
    assert done_again.status == 0
    assert set(done_again.counts) == {"migrated", "present"}
    expect_all(new, 6)


def test_runs_that_are_killed_anywhere_are_gone_on_with(
    old: Path, new: Path, migrate: Callable[..., Run]
) -> None:
    seed = int(os.environ.get("SESSION3_SEED") or random.SystemRandom().randrange(1 << 32))
    print(f"SESSION3_SEED={seed}")
    moments = random.Random(seed)
    fill(old, 1000)
    for run in range(8):
        # A number of sessions, beyond those of the run before, and a moment within those that
        # follow: on a machine of any speed some are left.
        calls = str(100 * run + moments.randint(1, 100))
        seconds = str(moments.uniform(1e-6, 2e-3))
        command = [COMMAND[0], "-c", KILLED, "create_session", calls, seconds, str(old), str(new)]
        done = subprocess.run(command, env=environment(), check=False)
        assert done.returncode == -signal.SIGALRM
    assert len(list(new.glob("s*"))) < 1000
    assert migrate().status == 0
    expect_all(new, 1000)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_reports_and_is_gone_on_with(
    old: Path, new: Path, tmp_path: Path, migrate: Callable[..., Run], number: signal.Signals
) -> None:
    fill(old, 1000)
    report = tmp_path / "interrupted"
    running = start(str(old), str(new), "--report", str(report))
    while not new.exists() or len(os.listdir(new)) < 10:
        assert running.poll() is None
        time.sleep(0.001)
    running.send_signal(number)
    told, _ = running.communicate(timeout=60)
    assert running.returncode == 130, told
    assert "Interrupted: the same command goes on with what is left." in told
    counted = json.loads(report.read_text())
    assert counted["interrupted"]
    assert 0 < counted["counts"]["migrated"] < 1000
    with DirectorySessionStore(new) as store:
        assert len(list(store)) == counted["counts"]["migrated"]
    done = migrate()
    expected = {"present": counted["counts"]["migrated"]}
    assert done.counts == {**expected, "migrated": 1000 - expected["present"]}
    expect_all(new, 1000)


def test_two_at_once_do_not_disturb_each_other(old: Path, new: Path) -> None:
    fill(old, 1000)
    running = [start(str(old), str(new)) for _ in range(2)]
    for each in running:
        told, _ = each.communicate()
        assert each.returncode == 0, told
    expect_all(new, 1000)
