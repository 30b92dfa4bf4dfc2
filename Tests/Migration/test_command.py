# SPDX-License-Identifier: MIT
"""The command's arguments, its exit status, and what it tells."""

from __future__ import annotations

import errno
import json
import os
import pty
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from command import COMMAND, Run, environment, run_here
from old_stores import save_by_session3
from session3.migrate._command import main
from session3.store.DirectorySessionStore import DirectorySessionStore
from session3_pickles import session_pickle


def test_directories_that_do_not_go_together_are_refused(
    old: Path, new: Path, tmp_path: Path
) -> None:
    save_by_session3(old, "plain")
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(old)
    (tmp_path / "others").mkdir()
    (tmp_path / "others" / "file").touch()
    with DirectorySessionStore(tmp_path / "ours", create=True):
        pass
    for one, other, told in [
        (tmp_path / "missing", new, "No such file or directory"),
        (tmp_path / "file", new, "Not a directory"),
        (old, old, "OLD and NEW must lie apart"),
        (old, tmp_path / "link", "OLD and NEW must lie apart"),
        (old, old / "new", "OLD and NEW must lie apart"),
        (old, tmp_path, "OLD and NEW must lie apart"),
        (old, tmp_path / "file", "NEW is no directory"),
        (old, tmp_path / "missing" / "new", "there is no directory to make NEW in"),
        (old, tmp_path / "others", "NEW is neither empty nor a directory of libsession3"),
        (tmp_path / "ours", new, "OLD is a directory of libsession3 already"),
    ]:
        for arguments in ([], ["--dry-run"]):
            done = run_here(str(one), str(other), *arguments)
            assert (done.status, told in done.told) == (2, True), done.told
    assert not new.exists()
    assert os.listdir(old) == ["plain-0123456789"]


def test_a_directory_that_anybody_may_write_to_is_refused(
    old: Path, new: Path, migrate: Callable[..., Run]
) -> None:
    save_by_session3(old, "plain")
    new.mkdir()
    new.chmod(0o777)
    assert migrate().status == 2


NUMBER = "must be a whole number, at least 1"
MODE = "must be a mode in octal digits, such as 0660"
USABLE = "files must be readable and writable, and no programs"


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("--from", "php", "invalid choice: 'php'"),
        ("--allow-class", "os", "must be package.module.Class"),
        ("--allow-class", "shop.Cart=Cart", "must be package.module.Class"),
        ("--maximum-size", "0", NUMBER),
        ("--maximum-size", "much", NUMBER),
        ("--maximum-size", "9" * 5000, NUMBER),
        ("--cookie-age", "14d", NUMBER),
        ("--cookie-age", "-1", NUMBER),
        ("--file-mode", "0700", USABLE),
        ("--file-mode", "0060", USABLE),
        ("--file-mode", "9", MODE),
        ("--file-mode", "0", MODE),
        ("--directory-mode", "17777", MODE),
        ("--directory-mode", "u=rwx", MODE),
        ("--sync", "often", "invalid choice: 'often'"),
    ],
)
def test_wrong_arguments_are_refused_with_the_reason(
    old: Path, new: Path, capsys: pytest.CaptureFixture[str], option: str, value: str, told: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([str(old), str(new), f"{option}={value}"])
    assert ended.value.code == 2
    assert f"error: argument {option}: {told}" in capsys.readouterr().err


def test_files_that_are_not_there_are_told(
    old: Path, new: Path, tmp_path: Path, migrate: Callable[..., Run]
) -> None:
    save_by_session3(old, "plain")
    missing = str(tmp_path / "missing" / "file")
    for arguments in (
        ["--from", "django", "--secret-key-file", missing],
        ["--from", "flask", "--ids", missing],
    ):
        done = migrate(*arguments)
        assert (done.status, f"{missing}: No such file" in done.told) == (2, True)
    done = run_here(str(old), str(new), "--report", missing)
    assert (done.status, f"{missing}: No such file" in done.told) == (2, True)
    assert not new.exists()
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    done = migrate("--from", "flask", "--ids", str(tmp_path / "binary"))
    assert (done.status, "must be text in UTF-8" in done.told) == (2, True)


def test_a_report_within_one_of_the_directories_is_refused(old: Path, new: Path) -> None:
    save_by_session3(old, "plain")
    for place in (old, new):
        done = run_here(str(old), str(new), "--report", str(place / "report"))
        assert (done.status, "the report must lie apart" in done.told) == (2, True)
    assert os.listdir(old) == ["plain-0123456789"]
    assert not new.exists()


def test_modes_are_those_that_are_asked_for(
    old: Path, new: Path, migrate: Callable[..., Run]
) -> None:
    save_by_session3(old, "plain")
    assert migrate("--file-mode", "0660", "--directory-mode", "2770").status == 0
    assert stat.S_IMODE(new.stat().st_mode) == 0o2770
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in new.iterdir()}
    assert modes == {".session3": 0o660, "plain-0123456789": 0o660}


def test_a_store_that_syncs_is_made_if_that_is_asked_for(
    old: Path, new: Path, migrate: Callable[..., Run]
) -> None:
    save_by_session3(old, "plain")
    assert migrate("--sync", "data").status == 0
    DirectorySessionStore(new, sync="data").close()
    done = migrate("--sync", "none")
    assert done.status == 2


def test_a_full_disk_ends_it_with_what_was_done_so_far(
    old: Path, new: Path, migrate: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    from session3.errors import StorageError

    save_by_session3(old, "plain", "visitor", "mapping")
    create, calls = DirectorySessionStore.create_session, iter([1, 2])

    def fill_up(store: DirectorySessionStore, session: object) -> None:
        if next(calls) == 2:
            raise StorageError("No space left on device", errno=28)
        create(store, session)  # type: ignore[arg-type]

    monkeypatch.setattr(DirectorySessionStore, "create_session", fill_up)
    done = migrate()
    assert (done.status, done.counts) == (2, {"migrated": 1})
    assert "Ended by a failure: No space left on device" in done.told
    monkeypatch.undo()
    assert migrate().counts == {"migrated": 2, "present": 1}


def test_the_report_is_private_and_names_all(
    old: Path, tmp_path: Path, migrate: Callable[..., Run]
) -> None:
    for number in range(20):
        session_id = f"refused-{number:06}"
        (old / session_id).write_bytes(session_pickle({"id": session_id, "tags": {1, 2}}))
    done = migrate()
    assert stat.S_IMODE((tmp_path / "report").stat().st_mode) == 0o600
    assert len(done.report["left"]) == 20
    assert {left["inode"] for left in done.report["left"]} == {
        path.stat().st_ino for path in old.iterdir()
    }
    assert "             20  a set can't be stored (--convert makes it a sorted list)" in done.told
    assert "and 15 more (--report names all)" in done.told


def test_a_report_of_before_becomes_private_and_is_overwritten_once_there_is_a_new_one(
    old: Path, new: Path, tmp_path: Path
) -> None:
    save_by_session3(old, "plain")
    report = tmp_path / "report"
    before = json.dumps({"of": "a run before" * 100})
    report.write_text(before)
    report.chmod(0o644)
    new.touch()
    arguments = [str(old), str(new), "--report", str(report)]
    assert main(arguments) == 2
    assert report.read_text() == before
    new.unlink()
    new.mkdir()
    new.chmod(0o777)
    assert main(arguments) == 2
    assert (report.read_text(), stat.S_IMODE(report.stat().st_mode)) == (before, 0o600)
    new.chmod(0o700)
    assert main(arguments) == 0
    assert json.loads(report.read_text())["counts"]["migrated"] == 1


def test_a_report_that_others_may_read_is_refused_where_that_can_not_be_changed(
    old: Path, new: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_by_session3(old, "plain")
    report = tmp_path / "report"
    report.touch()
    report.chmod(0o640)

    def fail(*_: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "fchmod", fail)
    done = run_here(str(old), str(new), "--report", str(report))
    assert done.status == 2
    assert f"others may read {report}: Operation not permitted" in done.told
    assert not new.exists()


def test_a_report_may_go_into_a_pipe(old: Path, new: Path, tmp_path: Path) -> None:
    save_by_session3(old, "plain")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    pipe.chmod(0o640)
    reader = os.open(pipe, os.O_RDWR)
    assert main([str(old), str(new), "--report", str(pipe)]) == 0
    told = os.read(reader, 65536)
    os.close(reader)
    assert json.loads(told)["counts"]["migrated"] == 1
    assert stat.S_IMODE(pipe.stat().st_mode) == 0o640


def test_without_a_report_the_text_is_all(old: Path, new: Path) -> None:
    save_by_session3(old, "plain", "decimal")
    done = run_here(str(old), str(new))
    assert done.status == 1
    assert done.told.splitlines()[0] == f"{old} (session3 sessions) to {new}"
    assert "        1  migrated" in done.told.splitlines()
    inode = os.stat(old / "holding-decimal").st_ino
    assert f"inode {inode}, session " in done.told
    assert ": cart[0].price" in done.told
    assert f"find {old} -inum INODE names a file" in done.told


@pytest.mark.parametrize("name", ["s\xfcd", "\udcff", "x" * 200])
def test_a_path_that_is_not_shown_whole_is_in_no_command(tmp_path: Path, name: str) -> None:
    old = tmp_path / name / name
    old.mkdir(parents=True)
    (old / "holding-decimal").write_bytes(b"\x80\x04no pickle")
    new, report = tmp_path / f"new {name}", tmp_path / "report"
    done = run_here(str(old), str(new), "--from", "session3", "--report", str(report))
    assert "find OLD -inum INODE names a file" in done.told
    assert (done.report["old"], done.report["new"]) == (str(old), str(new))
    assert name not in done.told.split("\n")[0]


HIDING_RICH = "import sys; sys.modules['rich'] = None; sys.modules['rich.console'] = None\n"
MAIN = "from session3.migrate._command import main; sys.exit(main(sys.argv[1:]))"


@pytest.mark.parametrize("has_rich", [True, False])
def test_a_terminal_shows_how_far_it_is(old: Path, new: Path, has_rich: bool) -> None:
    for number in range(50):
        session_id = f"session-{number:06}"
        (old / session_id).write_bytes(session_pickle({"id": session_id}))
    controller, terminal = pty.openpty()
    quick = "import session3.migrate._progress as p; p._INTERVAL = 0\n"
    hiding = "import sys\n" if has_rich else HIDING_RICH
    command = [COMMAND[0], "-c", hiding + quick + MAIN, str(old), str(new)]
    done = subprocess.run(
        command, env=environment(TERM="xterm"), stdout=subprocess.PIPE, stderr=terminal, check=False
    )
    os.close(terminal)
    shown = os.read(controller, 65536).decode()
    os.close(controller)
    assert done.returncode == 0
    assert ("100%" in shown) if has_rich else ("Migrating: 50 of 50 files" in shown)
    assert b"50  migrated" in done.stdout


def test_without_a_terminal_there_is_no_bar(old: Path, new: Path) -> None:
    save_by_session3(old, "plain")
    done = subprocess.run(
        [*COMMAND, str(old), str(new)], env=environment(), stderr=subprocess.PIPE, check=True
    )
    assert done.stderr == b""


def test_root_is_warned_that_the_new_directory_is_root_s(
    old: Path, migrate: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    save_by_session3(old, "plain")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    told = "As root: what is made in NEW belongs to root, and OLD does not."
    monkeypatch.setattr("session3.migrate._files.os.fstat", _of_another(os.fstat))
    assert told in migrate("--from", "session3").told
    assert told not in migrate("--from", "session3", "--dry-run").told


def _of_another(fstat: Callable[[int], os.stat_result]) -> Callable[[int], os.stat_result]:
    def of(descriptor: int) -> os.stat_result:
        values = list(fstat(descriptor))
        values[stat.ST_UID] = 1000
        return os.stat_result(values)

    return of
