# SPDX-License-Identifier: MIT
"""The programs of docs/guides/django.md are of the site that the tests run, or run here."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import pytest
from commands import check_pip, here
from django.conf import settings  # type: ignore[import-untyped]
from django_project import other_host
from django_server import environment
from django_sessions import WEEKS, Clock, files, stored
from pages import DOCS, programs_of
from session3.DictSession import DictSession
from session3.store.DirectorySessionStore import DirectorySessionStore

PAGE = DOCS / "guides" / "django.md"
GUIDE = PAGE.read_text()
PROGRAMS = dict(programs_of(PAGE))


def test_each_program_is_run_below() -> None:
    assert [name for name, _ in programs_of(PAGE)] == ["install", "carts", "cron"]


def test_the_extra_that_pip_installs_is_one() -> None:
    check_pip(PROGRAMS["install"])


def test_a_program_lists_the_sessions_of_the_site(
    django_directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = stored(_auth_user_id="42", cart=["tea"]).session_key
    program, place = PROGRAMS["carts"], "/var/lib/shop/sessions"
    assert place in program
    exec(program.replace(place, str(django_directory)), {})
    with other_host(django_directory) as other:
        assert capsys.readouterr().out == f"{other.short_hash(key)} 42 ['tea']\n"


def test_cron_s_line_deletes_what_is_expired(tmp_path: Path) -> None:
    *times, user, command = PROGRAMS["cron"].split(None, 6)
    limits = (59, 23, 31, 12, 7)
    assert all(field == "*" or int(field) <= most for field, most in zip(times, limits))
    assert user == "shop"
    python = tmp_path / "srv/shop/venv/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    (tmp_path / "srv/shop/manage.py").write_text(
        "import sys\nfrom django.core.management import execute_from_command_line\n"
        "execute_from_command_line(sys.argv)\n"
    )
    sessions, clock = tmp_path / "sessions", Clock()
    with DirectorySessionStore(sessions, create=True, clock=clock) as store:
        for age in (WEEKS + 1, 0):
            session = DictSession()
            session["cart"] = ["tea"]
            clock.now -= age
            store.create_session(session)
            clock.now += age
    assert len(files(sessions)) == 2
    done = subprocess.run(
        ["sh", "-c", here(command, tmp_path)],
        cwd="/",
        env=environment(DJANGO_SITE_PLACE=str(tmp_path)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert files(sessions) == {session.id}


def test_it_names_every_option_and_setting() -> None:
    options = inspect.signature(DirectorySessionStore).parameters.keys()
    for option in options - {"directory", "session_class"}:
        assert f"`{option}`" in GUIDE, option
    for setting in dir(settings):
        if setting.startswith("SESSION3_"):
            assert f"`{setting}`" in GUIDE
