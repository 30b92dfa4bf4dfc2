# SPDX-License-Identifier: MIT
"""Where things are, and the commands of a machine that has no Swift."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

SUITE = Path(__file__).resolve().parent
ROOT = SUITE.parents[1]
BUILD = ROOT / "build"
VENV = BUILD / "venv" / "bin"
BINDING = ROOT / "bindings" / "python"
CONSUMER = SUITE / "consumer"
PROGRAMS = SUITE / "programs"

# What a C program outside this repository is built with; as and ld are cc's own.
C_TOOLS = ("cc", "as", "ld", "cmake", "ninja", "pkg-config")


def attempt(
    *command: object, environment: Mapping[str, str] | None = None, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """A command, ended; its output and its errors are one text."""
    return subprocess.run(
        [str(part) for part in command],
        env=environment,
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def run(
    *command: object, environment: Mapping[str, str] | None = None, cwd: Path | None = None
) -> str:
    """What a command prints; one that fails is an error that shows it."""
    done = attempt(*command, environment=environment, cwd=cwd)
    assert done.returncode == 0, f"{done.args} exited {done.returncode}:\n{done.stdout}"
    return done.stdout


def needed(binary: Path) -> list[str]:
    """The libraries that an ELF file asks the loader for."""
    lines = run("readelf", "--dynamic", "--wide", binary).splitlines()
    return sorted(line.split("[")[1].rstrip("]") for line in lines if "(NEEDED)" in line)


def links_to(directory: Path, *tools: str) -> Path:
    """A directory of links to these commands, and no other."""
    directory.mkdir()
    for tool in tools:
        found = shutil.which(tool)
        assert found, f"{tool} is not installed"
        (directory / tool).symlink_to(found)
    return directory


def environment_of(path: Path, **more: str) -> dict[str, str]:
    """The environment of a machine that has what is in one directory, and has heard of nothing
    of this repository."""
    kept = ("HOME", "LANG", "TMPDIR", "http_proxy", "https_proxy", "no_proxy")
    old = {
        name: value
        for name, value in os.environ.items()
        if name in kept or name.startswith(("PIP_", "SSL_"))
    }
    return {**old, "PATH": str(path), **more}
