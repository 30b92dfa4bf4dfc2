# SPDX-License-Identifier: MIT
"""The programs of docs/guides/django.md are of the site that the tests run, or run here."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest
from django.conf import settings  # type: ignore[import-untyped]
from django_project import other_host
from django_sessions import stored
from repository import ROOT
from session3.store.DirectorySessionStore import DirectorySessionStore

GUIDE = (ROOT / "docs" / "guides" / "django.md").read_text()
EXAMPLE = re.compile(r"<!-- example: (\S+) -->\n```python\n(.*?)```", re.DOTALL)


def test_each_program_is_marked() -> None:
    assert len(EXAMPLE.findall(GUIDE)) == GUIDE.count("```python") == 4


def test_each_program_stands_in_its_file_as_it_stands_in_the_guide() -> None:
    for name, program in EXAMPLE.findall(GUIDE):
        assert name == "run" or program in (ROOT / name).read_text(), program


def test_a_program_lists_the_sessions_of_the_site(
    django_directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = stored(_auth_user_id="42", cart=["tea"]).session_key
    [program] = [program for name, program in EXAMPLE.findall(GUIDE) if name == "run"]
    place = "/var/lib/shop/sessions"
    assert place in program
    exec(program.replace(place, str(django_directory)), {})
    with other_host(django_directory) as other:
        assert capsys.readouterr().out == f"{other.short_hash(key)} 42 ['tea']\n"


def test_it_names_every_option_and_setting() -> None:
    options = inspect.signature(DirectorySessionStore).parameters.keys()
    for option in options - {"directory", "session_class"}:
        assert f"`{option}`" in GUIDE, option
    for setting in dir(settings):
        if setting.startswith("SESSION3_"):
            assert f"`{setting}`" in GUIDE
