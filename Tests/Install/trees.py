# SPDX-License-Identifier: MIT
"""A place where libsession3 is installed for C, and programs that are built on it."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from guide import command
from places import CONSUMER, ROOT, run

SOURCE = CONSUMER / "consumer.c"
WARNINGS = ("-std=c11", "-Wall", "-Wextra", "-Werror")


@dataclass(frozen=True)
class Tree:
    """`libraries` is the directory of the libraries, `environment` all that a command is told,
    `entered` what puts it where the tree is seen."""

    libraries: Path
    environment: Mapping[str, str]
    entered: tuple[str, ...] = ()

    def run(self, *command: object) -> str:
        """What a command prints that knows of this tree and of no Swift."""
        told = [f"{name}={value}" for name, value in self.environment.items()]
        return run(*self.entered, "env", "-i", *told, *command)

    def flags(self, *asked: str) -> list[str]:
        """What pkg-config answers."""
        return shlex.split(self.run("pkg-config", *asked, "session3"))


def install(home: Path) -> Path:
    """Puts the build where somebody who is not root has it; the prefix."""
    line = command("cmake --install build --prefix ")
    run("/bin/sh", "-c", line, environment={**os.environ, "HOME": str(home)}, cwd=ROOT)
    return home / "session3"


def found_by_cmake(tree: Tree, work: Path) -> dict[str, Path]:
    """The consumer, built with find_package(session3)."""
    tree.run("cmake", "-S", CONSUMER, "-B", work, "-G", "Ninja", "--warn-uninitialized")
    tree.run("cmake", "--build", work)
    return {"shared": work / "with_shared", "archive": work / "with_static"}


def found_by_pkg_config(tree: Tree, work: Path) -> dict[str, Path]:
    """The consumer, built with what pkg-config says; also wholly static."""
    work.mkdir()
    cc = ("cc", *WARNINGS, SOURCE, *tree.flags("--cflags"))
    [libraries] = tree.flags("--variable=libdir")
    tree.run(*cc, *tree.flags("--libs"), "-o", work / "shared")
    tree.run(*cc, Path(libraries) / "libsession3.a", "-o", work / "archive")
    tree.run(*cc, "-static", *tree.flags("--static", "--libs"), "-o", work / "static")
    return {name: work / name for name in ("shared", "archive", "static")}


def visit_twice(tree: Tree, program: Path, sessions: Path) -> None:
    """A program makes a session and, run again, finds it."""
    id, user, visits = tree.run(program, sessions).split()
    assert (user, visits) == ("alice", "1")
    assert tree.run(program, sessions, id).split() == [id, "alice", "2"]
