# SPDX-License-Identifier: MIT
"""PHP programs that tests run on a directory of sessions."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
HANDLER = ROOT / "bindings" / "php" / "SessionHandler.php"
DECLARATIONS = ROOT / "bindings" / "php" / "session3.cdef"
PRELUDE = Path(__file__).with_name("prelude.php")
LIBRARY = str(ROOT / "build" / "libsession3.so")
PROGRAM = shutil.which("php8.2") or shutil.which("php") or ""
PATIENCE = 120


def need_opcache() -> None:
    """Skips the test where PHP has no OPcache, which preloads programs."""
    if not PROGRAM:
        pytest.skip("php8.2 is missing: it is in Debian's php8.2-cli")
    known = subprocess.run([PROGRAM, "-m"], capture_output=True, text=True, check=True).stdout
    if "Zend OPcache" not in known.splitlines():
        pytest.skip("PHP has no OPcache: it is in Debian's php8.2-opcache")


class Php:
    """Runs programs that begin with prelude.php, each in a process of its own."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.options: dict[str, int] = {"flags": 1}
        self.settings: dict[str, str] = {}
        self.under: list[str] = []
        self.errors = ""
        """What the last program wrote to its log."""

    def start(self, code: str, *arguments: str) -> subprocess.Popen[str]:
        """Starts a program; `finish` takes its answers."""
        settings = {"session.gc_probability": "0", "display_errors": "stderr", **self.settings}
        return subprocess.Popen(
            [
                *self.under,
                PROGRAM,
                *(f"-d{name}={value}" for name, value in settings.items()),
                *("-r", f"require '{PRELUDE}';\n{code}", "--", *arguments),
            ],
            env=os.environ
            | {"DIRECTORY": str(self.directory), "OPTIONS": json.dumps(self.options)}
            | {"SESSION3_LIBRARY": LIBRARY},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def finish(self, process: subprocess.Popen[str]) -> list[Any]:
        """All that a program told; it must have ended well."""
        output, self.errors = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, output + self.errors
        return [json.loads(line) for line in output.splitlines()]

    def run(self, code: str, *arguments: str) -> list[Any]:
        """Runs a program; all that it told."""
        return self.finish(self.start(code, *arguments))

    def ask(self, code: str, *arguments: str) -> Any:
        """Runs a program; the one thing that it told."""
        [answer] = self.run(code, *arguments)
        return answer

    def create(self, code: str = "") -> str:
        """Makes a session, and fills it by code; its id."""
        return str(self.ask(f"visit(); {code} session_write_close(); tell(session_id());"))
