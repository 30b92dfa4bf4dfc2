# SPDX-License-Identifier: MIT
"""The C server of examples/c-server as a process of a test's own."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit

from web_visitor import Visitor

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get(
    "SESSION3_C_SERVER", str(ROOT / "build" / "examples" / "c-server" / "c-server")
)
# Root may read what nobody may; without its capabilities it is a user like any other.
UNPRIVILEGED = ["setpriv", "--inh-caps=-all", "--bounding-set=-all"] if os.geteuid() == 0 else []
# valgrind takes long.
PATIENCE = 60


class CServer:
    """Runs while its with statement does; afterwards `code` is how it ended."""

    def __init__(self, directory: Path, *options: str, under: list[str] | None = None) -> None:
        self.directory = directory / "sessions"
        self._errors = directory / "c-server.stderr"
        self._command = [
            *(under or []), PROGRAM, "--port", "0", *options, str(self.directory)
        ]  # fmt: skip
        self.code: int | None = None

    def __enter__(self) -> CServer:
        with self._errors.open("wb") as errors:
            self.process = subprocess.Popen(
                self._command, stdout=subprocess.PIPE, stderr=errors, text=True
            )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line.startswith("listening on http://127.0.0.1:"):
            self.end()
            raise AssertionError(f"it does not listen: {line!r} {self.errors}")
        self.port = urlsplit(line.split()[-1]).port or 0
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.end()
        if kind is None:
            assert self.code == 0, self.errors

    def end(self, number: int = signal.SIGTERM) -> None:
        """Ends the server as an operator does."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            self.code = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.code = self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()

    @property
    def errors(self) -> str:
        """What it wrote on stderr so far."""
        return self._errors.read_text(errors="replace")

    @property
    def stored(self) -> set[str]:
        """The ids of the sessions that are stored."""
        return {path.name for path in self.directory.iterdir() if not path.name.startswith(".")}

    def visitor(self, cookies: dict[str, str] | None = None) -> Visitor:
        return Visitor(self.port, cookies)
