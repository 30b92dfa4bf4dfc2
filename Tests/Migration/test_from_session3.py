# SPDX-License-Identifier: MIT
"""Sessions that Session3 3.4.1 saved go on living under their ids."""

from __future__ import annotations

import fcntl
import os
import pickle
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from command import ROOT, Run, visit_with_c
from old_stores import run_program, save_by_session3
from quixote_packages import session3_source
from session3.DictSession import DictSession
from session3.store.DirectorySessionStore import DirectorySessionStore
from session3_pickles import session_pickle

CREATED, ACCESSED = 1700000000.123456, 1700003600.5
UTC = timezone.utc


@pytest.mark.parametrize("protocol", ["0", "1", "2", "3", "4", "5"])
def test_a_session_is_what_it_was(
    old: Path, migrate: Callable[..., Run], load: Callable[..., Any], protocol: str
) -> None:
    save_by_session3(old, "plain", "visitor", PROTOCOL=protocol)
    done = migrate()
    assert (done.status, done.counts) == (0, {"migrated": 2})
    session = load("plain-0123456789")
    assert (session.user, session.get_remote_address()) == ("alice", "10.0.0.1")
    assert session._form_tokens == ["first", "second"]
    assert session.cart == [{"name": "tea", "price": 3.5}, ["pot", None, True]]
    assert session.raw == b"\xff\x00"
    assert session.seen == datetime(2024, 5, 6, 7, 8, 9, 10, UTC)
    assert session.local == datetime(2024, 5, 6, 5, 8, tzinfo=UTC)
    visitor = load("visitor-0123456789")
    assert (visitor.user, visitor._form_tokens) == (None, [])


def test_a_browser_stays_logged_in(old: Path, new: Path, migrate: Callable[..., Run]) -> None:
    theirs, ours = session3_source(), ROOT / "bindings" / "python"
    cookie, *page = run_program("quixote_visit", old, packages=theirs).split()
    assert page == ["alice", "1"]
    assert run_program("quixote_visit", old, cookie, packages=theirs).split()[1:] == ["alice", "2"]
    assert migrate().status == 0
    told = run_program("quixote_visit", new, cookie, packages=ours)
    assert told.split() == [cookie, "alice", "3"]


def test_its_times_are_kept_and_a_sweep_sees_how_long_it_idled(
    old: Path, new: Path, migrate: Callable[..., Run], load: Callable[..., Any]
) -> None:
    save_by_session3(old, "plain")
    migrate()
    session = load("plain-0123456789")
    assert session.get_creation_time() == pytest.approx(CREATED, abs=1e-6)
    assert session.get_access_time() == ACCESSED
    clock = {"now": ACCESSED + 59 * 60}
    with DirectorySessionStore(new, clock=lambda: clock["now"]) as store:
        assert store.delete_old_sessions(60) == (0, 1)
        clock["now"] += 61
        assert store.delete_old_sessions(60) == (1, 0)


def test_a_c_program_goes_on_with_it(old: Path, new: Path, migrate: Callable[..., Run]) -> None:
    save_by_session3(old, "plain")
    migrate()
    assert visit_with_c(new, "plain-0123456789") == ["plain-0123456789", "alice", "1"]
    assert visit_with_c(new, "plain-0123456789") == ["plain-0123456789", "alice", "2"]


def test_a_dict_session_is_one_again(
    old: Path, migrate: Callable[..., Run], load: Callable[..., Any]
) -> None:
    save_by_session3(old, "mapping")
    assert migrate().status == 0
    session = load("mapping-0123456789", session_class=DictSession)
    assert dict(session) == {"cart": ["tea"], ".dotted": 1}
    assert (session.theme, session.user) == ("dark", "bob")


def test_classes_of_the_program_s_own_must_be_allowed(
    old: Path, migrate: Callable[..., Run], load: Callable[..., Any]
) -> None:
    save_by_session3(old, "own", "own_mapping")
    done = migrate()
    assert (done.status, done.counts) == (1, {"refused": 2})
    assert done.causes == {
        ("shop.CartSession is not allowed", ""),
        ("shop.CartDictSession is not allowed", ""),
    }
    allowed = ["--allow-class", "shop.CartSession", "--allow-class"]
    done = migrate(*allowed, "shop.CartDictSession")
    # It has "data", as a DictSession has; but an attribute may bear that name, too.
    assert done.counts == {"migrated": 1, "refused": 1}
    assert "allow shop.CartDictSession=DictSession, or" in done.cause[0]
    done = migrate(*allowed, "shop.CartDictSession=DictSession")
    assert (done.status, done.counts) == (0, {"migrated": 1, "present": 1})
    assert load("own-0123456789").cart == ["tea"]
    session = load("own-mapping-0123456789", session_class=DictSession)
    assert (dict(session), session.theme) == ({"a": 1}, "dark")


def test_an_allowed_class_within_a_session_becomes_a_dict_of_its_attributes(
    old: Path, migrate: Callable[..., Run], load: Callable[..., Any]
) -> None:
    save_by_session3(old, "customer")
    assert migrate().cause == ("shop.Customer is not allowed", "user")
    done = migrate("--allow-class", "shop.Customer")
    assert done.cause == ("shop.SlottedCustomer is not allowed", "slotted")
    classes = ["--allow-class", "shop.Customer", "--allow-class", "shop.SlottedCustomer"]
    assert migrate(*classes).status == 0
    session = load("customer-0123456789")
    assert session.user == {"name": "carol", "visits": 3}
    assert session.slotted == {"name": "dave"}


def test_an_id_outside_of_the_grammar_is_refused_and_named_by_its_hash(
    old: Path, new: Path, migrate: Callable[..., Run]
) -> None:
    save_by_session3(old, "other_id")
    (name,) = os.listdir(old)
    done = migrate()
    assert (done.status, done.counts) == (1, {"refused": 1})
    assert done.cause[0] == "an id with other characters than A-Z a-z 0-9 _ -, or too long"
    (left,) = done.report["left"]
    assert left["inode"] == os.stat(old / name).st_ino
    with DirectorySessionStore(new) as store:
        assert left["session"] == store.short_hash(name)


def test_a_file_under_another_s_name_is_refused(old: Path, migrate: Callable[..., Run]) -> None:
    save_by_session3(old, "plain")
    (old / "plain-0123456789").rename(old / "another-0123456789")
    assert migrate().cause == ("a session of another id than its file's name", "")


def test_what_two_writers_at_once_leave_is_read_as_session3_reads_it(
    old: Path, migrate: Callable[..., Run], load: Callable[..., Any]
) -> None:
    save_by_session3(old, "plain")
    with (old / "plain-0123456789").open("ab") as file:
        file.write(b"the end of a longer one, which was there before")
    assert migrate().counts == {"migrated": 1}
    assert load("plain-0123456789").user == "alice"


def test_what_stands_beside_the_sessions_is_left_out(
    old: Path, tmp_path: Path, migrate: Callable[..., Run]
) -> None:
    save_by_session3(old, "plain")
    (old / "left-by-session3").touch()
    (old / ".nfs0123456789").write_bytes(b"x")
    (old / "lost+found").mkdir()
    os.mkfifo(old / "a-pipe-0123456789")
    (old / "damaged-0123456789").write_bytes((old / "plain-0123456789").read_bytes()[:-9])
    (tmp_path / "elsewhere").write_bytes((old / "plain-0123456789").read_bytes())
    (old / "symlink-0123456789").symlink_to(tmp_path / "elsewhere")
    (old / "large-0123456789").write_bytes(b"\x80\x04" + bytes(2_000_000))
    done = migrate()
    expected = {"migrated": 1, "empty": 1, "other": 3, "unreadable": 2, "refused": 1}
    assert (done.status, done.counts) == (1, expected)
    assert done.causes == {
        ("a damaged pickle", ""),
        ("a symbolic link, which is not followed", ""),
        ("larger than 1048576 bytes", ""),
    }


def test_what_nobody_may_read_is_named(
    old: Path, migrate: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    save_by_session3(old, "plain")
    opened = os.open

    def refuse(path: Any, *arguments: Any, **options: Any) -> int:
        if path == "plain-0123456789":
            raise PermissionError(13, "Permission denied")
        return opened(path, *arguments, **options)

    monkeypatch.setattr(os, "open", refuse)
    done = migrate("--from", "session3")
    assert (done.status, done.cause) == (1, ("Permission denied", ""))


def test_a_session_that_is_being_written_is_waited_for(
    old: Path, migrate: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    save_by_session3(old, "plain")
    with (old / "plain-0123456789").open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        monkeypatch.setattr("session3.migrate._files._LOCK_PATIENCE", 0.1)
        done = migrate("--from", "session3")
    assert done.cause == ("locked by a program that does not end writing", "")
    assert migrate().counts == {"migrated": 1}


def test_times_that_are_none_are_refused(old: Path, migrate: Callable[..., Run]) -> None:
    for number, time in enumerate(["1.0", True, float("nan"), 1e300, -1, 2**64 - 1, None]):
        session_id = f"times-0123456789-{number}"
        state = {"id": session_id, "_access_time": time}
        (old / session_id).write_bytes(session_pickle(state))
    done = migrate()
    assert done.counts == {"refused": 7}
    assert done.causes == {("no time of the years 1970 to 9999", "_access_time")}


def test_a_session_without_times_has_those_of_its_file(
    old: Path, migrate: Callable[..., Run], load: Callable[..., Any]
) -> None:
    (old / "timeless-0123456789").write_bytes(session_pickle({"id": "timeless-0123456789"}))
    os.utime(old / "timeless-0123456789", (5, ACCESSED))
    assert migrate().status == 0
    session = load("timeless-0123456789")
    assert (session.get_creation_time(), session.get_access_time()) == (ACCESSED, ACCESSED)


def test_attributes_that_python_could_not_show_are_refused(
    old: Path, migrate: Callable[..., Run]
) -> None:
    for name in ("dump", "_session3_stored"):
        session_id = f"named-0123456789-{name}"
        (old / session_id).write_bytes(session_pickle({"id": session_id, name: 1}))
    assert migrate().causes == {
        ("an attribute can't have the name of a method", "dump"),
        ("an attribute of a name that is the store's own", "_session3_stored"),
    }


def test_quixote_s_own_sessions_are_taken(
    old: Path, migrate: Callable[..., Run], load: Callable[..., Any]
) -> None:
    from quixote.session import Session  # type: ignore[import-untyped]

    session = Session.__new__(Session)
    vars(session).update(
        id="quixote-0123456789",
        user="alice",
        _remote_address=None,
        _creation_time=CREATED,
        _access_time=ACCESSED,
        _form_tokens=[],
        _csrf_token="t0k3n",
    )
    (old / session.id).write_bytes(pickle.dumps(session))
    assert migrate().status == 0
    assert load("quixote-0123456789").get_csrf_token() == "t0k3n"
