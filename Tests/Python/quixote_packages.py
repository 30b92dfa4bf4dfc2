# SPDX-License-Identifier: MIT
"""Packages of others that the tests run beside those of build/venv: Quixote 3.0, the oldest that
the session manager is for, and Session3's source with its test application.

They are fetched from the package index into build/ once.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from repository import ROOT

BUILD = ROOT / "build"
PIP = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]


def quixote_3_0() -> Path:
    """The directory that Quixote 3.0 is installed in."""
    target = BUILD / "quixote-3.0"
    if not (target / "quixote").is_dir():
        with tempfile.TemporaryDirectory(dir=BUILD) as directory:
            made = Path(directory) / "made"
            options = ["--no-deps", "--target", str(made), "Quixote==3.0"]
            subprocess.run([*PIP, "install", *options], check=True)
            made.rename(target)
    return target


def session3_source() -> Path:
    """The source of Session3 3.4.1."""
    target = BUILD / "session3-3.4.1"
    if not target.is_dir():
        with tempfile.TemporaryDirectory(dir=BUILD) as directory:
            options = ["--no-deps", "--no-binary", ":all:", "--dest", directory, "session3==3.4.1"]
            subprocess.run([*PIP, "download", *options], check=True)
            with tarfile.open(Path(directory) / "session3-3.4.1.tar.gz") as archive:
                archive.extractall(directory, filter="data")
            (Path(directory) / target.name).rename(target)
    return target


def with_first(path: Path | None) -> dict[str, str]:
    """The environment of a child process that looks for packages in a directory first."""
    rest = os.environ.get("PYTHONPATH")
    paths = [str(entry) for entry in (path, rest) if entry]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
