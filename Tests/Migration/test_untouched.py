# SPDX-License-Identifier: MIT
"""Nothing of the old directory changes, and nothing stays behind in it."""

from __future__ import annotations

import errno
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from command import COMMAND, Run, environment
from old_stores import SECRET_KEY, save_by_django, save_by_flask, save_by_session3


def looks(directory: Path) -> dict[str, Any]:
    """All that can be seen of a directory and of what is in it."""
    seen: dict[str, Any] = {}
    for path in [directory, *directory.iterdir()]:
        s = path.lstat()
        seen[path.name] = (
            *(s.st_ino, s.st_mode, s.st_nlink, s.st_uid, s.st_gid, s.st_size),
            *(s.st_atime_ns, s.st_mtime_ns, s.st_ctime_ns),
        )
    return seen


def contents(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir() if path.is_file()}


def save_by_all(old: Path) -> None:
    """Sessions of each kind, and what may stand beside them."""
    save_by_session3(old, "plain", "own", "decimal")
    save_by_django(old, "login", "until_yesterday")
    save_by_flask(old, "0.8.0", "login")
    (old / "left-by-session3").touch()
    (old / "a-directory").mkdir()
    os.mkfifo(old / "a-pipe")
    (old / "a-link").symlink_to("nowhere")
    for path in [*old.iterdir(), old]:
        if not path.is_fifo():
            # Read after this, a file would have its access time changed.
            os.utime(path, (1000, 2000), follow_symlinks=False)


@pytest.mark.parametrize("kind", ["session3", "django", "flask"])
def test_neither_by_a_migration_nor_by_a_dry_run(
    old: Path, migrate: Callable[..., Run], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SESSION3_SECRET_KEY", SECRET_KEY)
    save_by_all(old)
    before = looks(old)
    migrate("--from", kind, "--dry-run")
    migrate("--from", kind)
    migrate("--from", kind)
    assert looks(old) == before


def test_no_file_of_it_is_opened_for_writing(old: Path, new: Path, tmp_path: Path) -> None:
    save_by_session3(old, "plain", "own")
    trace = tmp_path / "trace"
    strace = ["strace", "-f", "-y", "-o", str(trace), "-e", "trace=%file,%desc"]
    command = [*strace, *COMMAND, str(old), str(new)]
    subprocess.run(command, env=environment(), check=False, stdout=subprocess.DEVNULL)
    calls = [line for line in trace.read_text().splitlines() if str(old) in line]
    opened = [line for line in calls if "openat(" in line and "plain-0123456789" in line]
    assert opened, "the session was opened"
    changing = re.compile(
        r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|LOCK_EX|\bp?write|truncate|unlink|rename|\blink|symlink"
        r"|mkdir|chmod|chown|utime|setxattr"
    )
    for line in calls:
        assert changing.search(line) is None, line


def test_a_link_that_takes_a_file_s_place_is_not_followed(
    old: Path, tmp_path: Path, migrate: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    save_by_session3(old, "plain")
    target = tmp_path / "elsewhere"
    (old / "plain-0123456789").rename(target)
    (old / "plain-0123456789").symlink_to(target)
    os_stat = os.stat

    def stat_before(name: Any, **options: Any) -> os.stat_result:
        # As if the link came after it was looked at.
        return os_stat(name, **{**options, "follow_symlinks": True})

    monkeypatch.setattr("session3.migrate._files.os.stat", stat_before)
    done = migrate("--from", "session3")
    assert (done.counts, done.cause) == ({"unreadable": 1}, (os.strerror(errno.ELOOP), ""))


def test_a_directory_of_another_user_can_be_read(
    old: Path, migrate: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    save_by_session3(old, "plain")
    for path in old.iterdir():
        path.chmod(0o444)
    old.chmod(0o555)
    before, opened = contents(old), os.open

    def open_as_another(path: Any, flags: int, *mode: int, **options: Any) -> int:
        # The kernel spares the access time for the owner alone.
        if flags & os.O_NOATIME:
            raise PermissionError(errno.EPERM, "Operation not permitted")
        return opened(path, flags, *mode, **options)

    monkeypatch.setattr(os, "open", open_as_another)
    assert migrate().status == 0
    monkeypatch.undo()
    assert contents(old) == before
