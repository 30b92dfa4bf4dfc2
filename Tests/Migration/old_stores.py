# SPDX-License-Identifier: MIT
"""Directories of sessions, made by the programs that they are of, each in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from quixote_packages import BUILD, PIP, session3_source

HERE = Path(__file__).resolve().parent
PROGRAMS = HERE / "programs"
SESSION2 = HERE / "session2"
SECRET_KEY = "the secret key of a project in Django"


def run_program(name: str, *arguments: Any, packages: Path = PROGRAMS, **more: str) -> str:
    """Runs one of the programs, with packages that go before those of this environment."""
    paths = [str(PROGRAMS), str(packages)]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", name, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), **more},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return done.stdout


def save_by_session3(directory: Path, *cases: str, **more: str) -> None:
    """Lets Session3 3.4.1 save the sessions of programs/session3_sessions.py."""
    run_program("session3_sessions", directory, *cases, packages=session3_source(), **more)


def save_by_django(directory: Path, *cases: str, **more: str) -> dict[str, str]:
    """Lets Django save the sessions of programs/django_sessions.py; their keys by case."""
    secret = {"SECRET_KEY": SECRET_KEY, **more}
    told = run_program("django_sessions", directory, *cases, packages=PROGRAMS, **secret)
    return dict(line.split() for line in told.splitlines())


FLASK_SESSION = {
    # The newest, and the last that named its files by md5 and wrote the time as a pickle.
    "0.8.0": ("Flask-Session==0.8.0",),
    "0.5.0": ("Flask-Session==0.5.0", "cachelib==0.6.0"),
}


def flask_session(version: str) -> Path:
    """The directory that a version of Flask-Session is installed in."""
    target = BUILD / f"flask-session-{version}"
    if not target.is_dir():
        with tempfile.TemporaryDirectory(dir=BUILD) as directory:
            made = Path(directory) / "made"
            options = ["--no-deps", "--target", str(made), *FLASK_SESSION[version]]
            subprocess.run([*PIP, "install", *options], check=True)
            made.rename(target)
    return target


def save_by_flask(directory: Path, version: str, *cases: str, **more: str) -> dict[str, str]:
    """Lets Flask-Session save the sessions of programs/flask_sessions.py; their ids by case."""
    packages = flask_session(version)
    told = run_program("flask_sessions", directory, *cases, packages=packages, **more)
    return dict(line.split() for line in told.splitlines())
