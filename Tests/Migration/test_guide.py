# SPDX-License-Identifier: MIT
"""What docs/guides/migration.md shows is run here as it stands there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from command import ROOT, environment
from commands import check_pip
from old_stores import SECRET_KEY, save_by_django, save_by_flask, save_by_session3
from pages import DOCS, blocks_of, programs_of
from session3.store.DirectorySessionStore import DirectorySessionStore

PAGE = DOCS / "guides" / "migration.md"
GUIDE = PAGE.read_text()
INSTALL, *COMMANDS = programs_of(PAGE)


def save_session3(place: Path) -> dict[str, str]:
    save_by_session3(place / "old-sessions", "plain", "visitor", "mapping")
    return {}


def save_own(place: Path) -> dict[str, str]:
    save_by_session3(place / "old-sessions", "own", "own_mapping", "plain")
    return {}


def save_values(place: Path) -> dict[str, str]:
    cases = ["set", "frozenset", "decimal", "uuid", "date", "time", "naive", "ordered", "default"]
    save_by_session3(place / "old-sessions", *cases, "bytearray")
    return {}


def save_django(place: Path) -> dict[str, str]:
    (place / "secret-key").write_text(SECRET_KEY + "\n")
    (place / "old-sessions").mkdir()
    save_by_django(place / "old-sessions", "login", "visitor")
    return {}


def save_flask(place: Path) -> dict[str, str]:
    (place / "old-sessions").mkdir()
    note = {"NOTE_IDS": str(ROOT / "examples" / "migration"), "IDS": str(place / "ids")}
    known = save_by_flask(place / "old-sessions", "0.8.0", "login", "passing", **note)
    assert (place / "ids").read_text().split() == list(known.values())
    assert (place / "ids").stat().st_mode & 0o777 == 0o600
    return {}


def save_refused(place: Path) -> dict[str, str]:
    save_by_session3(place / "old-sessions", "own")
    return {"INODE": str((place / "old-sessions" / "own-0123456789").stat().st_ino)}


PREPARED: dict[str, Callable[[Path], dict[str, str]]] = {
    "session3": save_session3,
    "own": save_own,
    "values": save_values,
    "django": save_django,
    "flask": save_flask,
    "refused": save_refused,
}


def test_all_that_it_shows_is_run() -> None:
    assert INSTALL[0] == "install"
    assert {name for name, _ in COMMANDS} == set(PREPARED)


def test_the_extra_that_pip_installs_is_one() -> None:
    check_pip(INSTALL[1])


@pytest.mark.parametrize(("name", "command"), COMMANDS)
def test_its_commands_do_what_it_says(tmp_path: Path, name: str, command: str) -> None:
    more = PREPARED[name](tmp_path)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").symlink_to(sys.executable)
    path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    # A link to an interpreter is none of its virtual environment.
    more |= {"PATH": path, "PYTHONPATH": os.pathsep.join([environment()["PYTHONPATH"], *sys.path])}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command],
        cwd=tmp_path,
        env={**environment(), **more},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    if name == "refused":
        assert done.stdout == "old-sessions/own-0123456789\n"
    elif "--dry-run" in command:
        assert not (tmp_path / "sessions").exists()
    else:
        with DirectorySessionStore(tmp_path / "sessions") as store:
            # All but cachelib's count of its files.
            others = 1 if name == "flask" else 0
            assert len(list(store)) == len(os.listdir(tmp_path / "old-sessions")) - others


def test_its_program_is_the_one_that_is_run_above() -> None:
    files = [block.mark[1] for block in blocks_of(PAGE) if block.mark[0] == "example"]
    assert files == ["examples/migration/note_ids.py"]


def test_the_options_that_it_names_are_there() -> None:
    from session3.migrate._options import parser

    known = parser().format_help()
    named = set(re.findall(r"--[a-z][a-z-]+", GUIDE))
    assert named
    assert {option for option in named if option not in known} == set()
