# SPDX-License-Identifier: MIT
"""What clearsessions deletes of a directory that others use, too."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command  # type: ignore[import-untyped]
from django_project import other_host, use_directory
from django_sessions import HOUR, WEEKS, Clock, again, content, expiring, files, locked, stored
from session3.django import SessionStore
from session3.errors import BusyError


def test_clearsessions_deletes_what_is_expired_and_nothing_else(
    clock: Clock, directory: Path
) -> None:
    short, long, default = expiring(HOUR), expiring(40 * WEEKS), stored(a=1)
    with other_host(directory) as other:
        theirs = other.session_class()
        theirs["cart"] = ["tea"]
        other.create_session(theirs)
    clock.now += HOUR + 1
    call_command("clearsessions")
    assert files(directory) == {
        *(long.session_key, default.session_key),
        theirs.id,
    }
    assert not short.exists(short.session_key)
    clock.now += WEEKS
    call_command("clearsessions")
    assert files(directory) == {long.session_key}
    clock.now += 39 * WEEKS
    call_command("clearsessions")
    assert files(directory) == set()


def test_a_session_that_is_changed_while_clearsessions_looks_at_it_stays(
    clock: Clock, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, idle = expiring(HOUR), expiring(HOUR)
    late = again(session)
    late["used"] = True
    clock.now += HOUR + 1
    real = SessionStore._is_expired

    def use_meanwhile(self: SessionStore, found: Any) -> bool:
        answer = real(self, found)
        if found.id == session.session_key:
            late.save()
        return answer

    monkeypatch.setattr(SessionStore, "_is_expired", use_meanwhile)
    call_command("clearsessions")
    monkeypatch.undo()
    assert content(session)["used"]
    assert not idle.exists(idle.session_key)


def test_a_session_that_is_locked_holds_up_clearsessions_no_longer_than_a_save(
    directory: Path,
) -> None:
    with use_directory(directory, lock_timeout=0.05):
        session, other = expiring(-1), expiring(-1)
        with locked(directory / str(session.session_key)):
            session["b"] = 1
            with pytest.raises(BusyError):
                session.save()
            call_command("clearsessions")
            assert files(directory) == {session.session_key}
        call_command("clearsessions")
        assert files(directory) == set()
        assert not other.exists(other.session_key)


def test_clearsessions_takes_what_crashed_processes_left(clock: Clock, directory: Path) -> None:
    kept = stored(a=1)
    old = clock.now - 2 * HOUR
    for name in ("empty-and-never-filled", ".grow-0123456789abcdef0123"):
        (directory / name).touch()
        os.utime(directory / name, (old, old))
    call_command("clearsessions")
    left = {path.name for path in directory.iterdir()}
    assert left == {".session3", kept.session_key}


def test_clearsessions_leaves_what_it_can_not_read(clock: Clock, directory: Path) -> None:
    session, kept = expiring(-1), stored(a=1)
    foreign = directory / "foreign-file"
    foreign.write_text("of somebody else")
    os.utime(foreign, (0, 0))
    call_command("clearsessions")
    assert files(directory) == {foreign.name, kept.session_key}
    assert not session.exists(session.session_key)
