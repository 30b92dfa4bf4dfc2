# SPDX-License-Identifier: MIT
"""The package in this folder, with the example's programs beside its own, built on the library as
its users get it: by a repository's URL."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
# One commit for one state of the files, so that what is built stays built.
NOBODY = {
    f"GIT_{role}_{field}": value
    for role in ("AUTHOR", "COMMITTER")
    for field, value in (("NAME", "test"), ("EMAIL", "test"), ("DATE", "2000-01-01T00:00:00Z"))
}


def git(*arguments: object) -> str:
    """Runs git, and answers what it prints."""
    done = subprocess.run(
        ["git", *map(str, arguments)],
        env={**os.environ, **NOBODY},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return done.stdout.strip()


class OutsidePackage:
    """A build of the package, and the repository that it depends on."""

    def __init__(self, root: Path, place: Path) -> None:
        self._root = root
        self._place = place
        self._repository = place / "session3.git"
        self._package = place / "package"
        self._scratch = place / "scratch"

    def publish(self) -> dict[str, str]:
        """Makes a version of the working tree as it is, with what is not committed yet, in a
        repository of its own. Answers where the package finds it."""
        if not self._repository.exists():
            git("init", "--quiet", "--bare", "--initial-branch=main", self._repository)
        here = [f"--git-dir={self._repository}", f"--work-tree={self._root}"]
        git(*here, "-C", self._root, "add", "--all")
        commit = git(*here, "commit-tree", git(*here, "write-tree"), "-m", "As it is")
        # Of each state of the tree another one: what a version is must not change.
        version = f"0.0.0-tree.g{commit}"
        git(*here, "update-ref", f"refs/tags/{version}", commit)
        return {"SESSION3_URL": self._repository.as_uri(), "SESSION3_VERSION": version}

    def build(self) -> None:
        """Builds the programs, as far as they are not."""
        self._copy()
        command = ["swift", "build", "--package-path", str(self._package)]
        command += ["--scratch-path", str(self._scratch)]
        # Nothing of it in the home directory: no copies, no memory of what a version was.
        for kind in ("cache", "config", "security"):
            command += [f"--{kind}-path", str(self._place / kind)]
        environment = {**os.environ, **self.publish()}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        # A dependency must give a user no warnings, and no program here may need one.
        assert "warning:" not in done.stdout + done.stderr, done.stdout + done.stderr

    def _copy(self) -> None:
        shutil.rmtree(self._package, ignore_errors=True)
        for source in (FOLDER, self._root / "examples" / "swift-package"):
            shutil.copytree(source / "Sources", self._package / "Sources", dirs_exist_ok=True)
        shutil.copy2(FOLDER / "Package.swift", self._package)

    def program(self, name: str) -> Path:
        """A program of the package."""
        return self._scratch / "debug" / name

    @property
    def checkout(self) -> Path:
        """The library's sources, as the package manager fetched them."""
        return self._scratch / "checkouts" / "session3"
