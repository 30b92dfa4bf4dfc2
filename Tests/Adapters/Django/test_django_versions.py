# SPDX-License-Identifier: MIT
"""What the other tests say of the Django in build/venv is so of 4.2, the oldest supported."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import django  # type: ignore[import-untyped]
import pytest
from repository import ROOT

HERE = Path(__file__).resolve().parent
TESTS = sorted(HERE.glob("test_django_*.py"))


def django_4_2() -> Path:
    """The directory that Django 4.2 is installed in; fetched from the package index once."""
    target = ROOT / "build" / "django-4.2"
    if not (target / "django").is_dir():
        with tempfile.TemporaryDirectory(dir=ROOT / "build") as directory:
            made = Path(directory) / "made"
            pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
            options = ["--no-deps", "--target", str(made), "Django==4.2.30"]
            subprocess.run([*pip, "install", *options], check=True)
            made.rename(target)
    return target


@pytest.mark.skipif(django.VERSION < (5, 0), reason="runs the others with this Django itself")
def test_it_is_so_of_django_4_2() -> None:
    check = "import django, sys; assert django.VERSION[:2] == (4, 2); import pytest; "
    check += "sys.exit(pytest.main(sys.argv[1:]))"
    done = subprocess.run(
        [sys.executable, "-c", check, "-q", "-p", "no:cacheprovider", f"--rootdir={ROOT}", *TESTS],
        env={**os.environ, "PYTHONPATH": f"{django_4_2()}:{os.environ['PYTHONPATH']}"},
        cwd=HERE,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
