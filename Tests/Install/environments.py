# SPDX-License-Identifier: MIT
"""Virtual environments of users', which know nothing of this repository, nor of a compiler."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from places import attempt, environment_of, run


@dataclass(frozen=True)
class Environment:
    """`commands` is the one directory of its PATH."""

    place: Path
    commands: Path

    @classmethod
    def make(cls, place: Path, commands: Path) -> Environment:
        """An empty one."""
        run(sys.executable, "-m", "venv", place)
        return cls(place, commands)

    @property
    def python(self) -> Path:
        return self.place / "bin" / "python"

    @property
    def package(self) -> Path:
        """Where session3 was installed."""
        [found] = self.place.glob("lib/python*/site-packages/session3")
        return found

    def attempt(
        self, *arguments: object, told: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Runs its Python."""
        environment = environment_of(self.commands, **(told or {}))
        return attempt(self.python, *arguments, environment=environment, cwd=self.place)

    def run(self, *arguments: object) -> str:
        """What its Python prints; it must go well."""
        done = self.attempt(*arguments)
        assert done.returncode == 0, f"{done.args} exited {done.returncode}:\n{done.stdout}"
        return done.stdout

    def pip(self, *arguments: object) -> str:
        """Installs packages, and removes them."""
        return self.run("-m", "pip", "--disable-pip-version-check", *arguments)
