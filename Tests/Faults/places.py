# SPDX-License-Identifier: MIT
"""Where the library, the programs of this suite and the golden files are."""

from __future__ import annotations

import os
from pathlib import Path

SUITE = Path(__file__).resolve().parent
ROOT = SUITE.parents[1]
BUILD = Path(os.environ.get("SESSION3_BUILD", ROOT / "build"))
PACKAGE = ROOT / "bindings" / "python"
LIBRARY = os.environ.setdefault("SESSION3_LIBRARY", str(BUILD / "libsession3.so"))
PROGRAMS = BUILD / "Tests" / "Faults"
GOLDEN = ROOT / "Tests" / "Fixtures"
FORMAT_READER = ROOT / "Tests" / "Python"


def environment(**more: str) -> dict[str, str]:
    """The environment of a child process that uses this library, from C or from Python, and the
    modules of this suite that are for all, and the independent reader of the stored form."""
    own = [str(PACKAGE), str(SUITE), str(FORMAT_READER)]
    paths = [*own, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(paths),
        "LD_LIBRARY_PATH": str(Path(LIBRARY).parent),
        **more,
    }


def program(name: str) -> str:
    """A program of programs/, built."""
    return str(PROGRAMS / name)


def preload(name: str) -> str:
    """A module of preload/, built, for LD_PRELOAD."""
    return str(PROGRAMS / f"{name}.so")
