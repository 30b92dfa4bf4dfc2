# SPDX-License-Identifier: MIT
"""``python -m session3``: sweeping and checking a directory, as an operator does."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from format1_golden import GOOD, INDEX
from repository import search_path
from session3.__main__ import check
from session3.Session import Session
from session3.store.DirectorySessionStore import DirectorySessionStore

HOUR = 3600


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "session3", *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": search_path()},
        capture_output=True,
        text=True,
        check=False,
    )


def stored(store: Any, user: str | None = None, idle: float = 0) -> str:
    """Stores a session that was not used for so many seconds; its id."""
    session = Session()
    session.seen = True  # type: ignore[attr-defined]
    session.set_user(user)
    session._creation_time -= idle
    store.create_session(session)
    store.set_access_time(session.id, time.time() - idle)
    assert session.id is not None
    return session.id


def test_a_sweep_deletes_what_was_not_used_for_longer(directory_store: Any) -> None:
    old, young = stored(directory_store, idle=2 * HOUR), stored(directory_store, idle=HOUR / 2)
    told = run("sweep", directory_store.directory, "--idle", "1h")
    assert (told.returncode, told.stdout, told.stderr) == (0, "1 deleted, 1 remain\n", "")
    assert not directory_store.has_session(old)
    assert directory_store.has_session(young)


@pytest.mark.parametrize(("age", "remain"), [("7199s", 0), ("7260s", 1), ("119m", 0), ("3h", 1)])
def test_each_unit_is_what_it_says(directory_store: Any, age: str, remain: int) -> None:
    stored(directory_store, idle=2 * HOUR)
    assert f"{remain} remain" in run("sweep", directory_store.directory, "--idle", age).stdout


def test_the_units_are_those_of_the_clock() -> None:
    from session3.__main__ import duration

    assert [duration(age) for age in ("90s", "30m", "12h", "30d")] == [90, 1800, 43200, 2592000]


def test_no_option_is_guessed(directory_store: Any) -> None:
    for option in ("--id", "--all"):
        assert run("sweep", directory_store.directory, "--idle=1h", f"{option}=1s").returncode == 2


@pytest.mark.parametrize("age", ["30", "m", "-1h", "1.5h", "1w", "", "\u0661h", "9999999999s"])
def test_another_age_is_refused(directory_store: Any, age: str) -> None:
    stored(directory_store, idle=99 * HOUR)
    told = run("sweep", directory_store.directory, f"--idle={age}")
    assert told.returncode == 2
    assert "no time such as" in told.stderr
    assert len(list(directory_store)) == 1


def test_a_sweep_without_an_age_is_refused(directory_store: Any) -> None:
    stored(directory_store, idle=99 * HOUR)
    assert run("sweep", directory_store.directory).returncode == 2
    assert len(list(directory_store)) == 1


def test_a_check_counts_sessions_and_users(directory_store: Any) -> None:
    stored(directory_store, "alice")
    stored(directory_store)
    told = run("check", directory_store.directory)
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout == "2 sessions, 1 of them of a user; 0 unreadable\n"


def test_a_check_names_what_it_cannot_read_and_changes_nothing(directory_store: Any) -> None:
    stored(directory_store, "alice")
    id = stored(directory_store, "bob", idle=HOUR)
    file = Path(directory_store.directory, id)
    file.write_bytes(b"nothing of ours" * 300)
    before = file.stat()
    told = run("check", directory_store.directory)
    assert told.returncode == 1
    assert f"session {directory_store.short_hash(id)}: the file is not a session" in told.stdout
    assert told.stdout.endswith("1 sessions, 1 of them of a user; 1 unreadable\n")
    assert id not in told.stdout + told.stderr
    after = file.stat()
    assert (after.st_mtime_ns, after.st_size) == (before.st_mtime_ns, before.st_size)


def test_a_check_tells_how_to_find_the_file_that_it_cannot_read(tmp_path: Path) -> None:
    with DirectorySessionStore(tmp_path / "a shop's", create=True) as store:
        stored(store, "alice")
        id = stored(store)
        Path(store.directory, id).write_bytes(b"nothing of ours")
        bad, hint, _ = run("check", store.directory).stdout.splitlines()
    match = re.fullmatch(r".*: the file is not a session \(inode ([0-9]+)\)", bad)
    assert match is not None, bad
    command, _, secret = hint.partition(" names a file; ")
    assert secret == "its name may be a session's id"
    command = command.replace("INODE", match[1])
    found = subprocess.run(command, shell=True, capture_output=True, text=True, check=True)
    assert found.stdout == f"{Path(store.directory, id)}\n"


def test_a_check_of_a_directory_whose_name_is_no_text_ends_as_well(tmp_path: Path) -> None:
    directory = os.fsencode(tmp_path / "sessions") + b"\xff"
    with DirectorySessionStore(directory, create=True) as store:
        Path(store.directory, stored(store)).write_bytes(b"nothing of ours")
    told = run("check", os.fsdecode(directory))
    assert (told.returncode, told.stderr) == (1, "")
    assert f"find '{tmp_path / 'sessions'}\ufffd' -inum INODE" in told.stdout


def test_a_file_that_is_deleted_during_a_check_is_told_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    class Vanishing(DirectorySessionStore):
        def load_session(self, id: Any, default: Any = None, *, strict: bool = False) -> Any:
            try:
                return super().load_session(id, default, strict=strict)
            finally:
                Path(self.directory, id).unlink()

    with Vanishing(tmp_path / "sessions", create=True, logger=None) as store:
        Path(store.directory, stored(store)).write_bytes(b"nothing of ours")
        assert check(store) == 1
    assert ": the file is not a session (deleted meanwhile)\n" in capsys.readouterr().out


def test_a_session_that_python_alone_cannot_show_is_named_as_well(directory_store: Any) -> None:
    file = GOOD / "times_beyond_calendars.session"
    id = next(
        each["id"] for each in json.loads((GOOD / INDEX).read_text()) if each["file"] == file.name
    )
    Path(directory_store.directory, id).write_bytes(file.read_bytes())
    told = run("check", directory_store.directory)
    assert told.returncode == 1
    assert told.stdout.count(directory_store.short_hash(id)) == 1


def test_a_directory_that_is_no_store_is_left_alone(tmp_path: Path) -> None:
    for verb in (["check", tmp_path], ["sweep", tmp_path, "--idle", "1s"]):
        told = run(*verb)
        assert told.returncode == 1
        assert "it has no .session3" in told.stderr
    assert list(tmp_path.iterdir()) == []
    assert run("check", tmp_path / "missing").returncode == 1


def test_a_store_that_cannot_be_opened_is_told_of_once(directory_store: Any) -> None:
    Path(directory_store.directory).chmod(0o777)
    told = run("check", directory_store.directory)
    assert told.returncode == 1
    assert told.stderr.count("anybody may write to the directory") == 1


@pytest.mark.parametrize(
    ("command", "status"), [(["session3", "check"], 1), (["session3.migrate", "old"], 2)]
)
def test_a_missing_library_is_told_without_a_traceback(
    command: list[str], status: int, tmp_path: Path
) -> None:
    missing = str(tmp_path / "libsession3.so")
    told = subprocess.run(
        [sys.executable, "-m", *command, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": search_path(), "SESSION3_LIBRARY": missing},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == status
    assert told.stderr.startswith(f"{command[0]}: libsession3 can't be loaded:")
    assert missing in told.stderr
    assert "Traceback" not in told.stderr
