# SPDX-License-Identifier: MIT
"""The two example servers as child processes, on one store directory."""

from __future__ import annotations

import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("SESSION3_BUILD", ROOT / "build"))
COMMANDS = {
    "c-server": [str(BUILD / "examples" / "c-server" / "c-server")],
    "quixote-app": [sys.executable, str(ROOT / "examples" / "quixote-app" / "app.py")],
}
SECONDS_TO_START = 30
SECONDS_TO_STOP = 20


class Server:
    """A server that is listening, in a process group of its own."""

    def __init__(self, name: str, store: Path, log: Path, *options: str) -> None:
        self.name = name
        self.log = log
        with log.open("ab") as stderr:
            self.process = subprocess.Popen(
                [*COMMANDS[name], *options, str(store)],
                stdout=subprocess.PIPE,
                stderr=stderr,
                env=_environment(),
                start_new_session=True,
            )
        try:
            self.address = self._listening_address()
        except BaseException:
            self.kill()
            raise

    def _listening_address(self) -> str:
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], SECONDS_TO_START)
        line = self.process.stdout.readline().decode() if ready else ""
        prefix = "listening on http://"
        if not line.startswith(prefix):
            raise AssertionError(f"{self.name} does not listen: {line!r}\n{self.log.read_text()}")
        return line.strip().removeprefix("listening on ")

    @property
    def port(self) -> int:
        return int(self.address.rstrip("/").rsplit(":", 1)[1])

    def stop(self, signal_number: int) -> None:
        """Ends it, and checks that it ends cleanly, with all its children."""
        self.process.send_signal(signal_number)
        try:
            status = self.process.wait(SECONDS_TO_STOP)
            said = self.log.read_text(errors="replace")
            assert status == 0, f"{self.name} ended with {status}\n{said}"
            assert not self._has_children_left(), f"{self.name} left processes behind"
        finally:
            self.kill()

    def _has_children_left(self) -> bool:
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            try:
                os.killpg(self.process.pid, 0)
            except ProcessLookupError:
                return False
            time.sleep(0.05)
        return True

    def kill(self) -> None:
        """Ends what is left of it."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()


@dataclass(frozen=True)
class Site:
    """Both servers, and the directory of their sessions."""

    c: Server
    python: Server
    store: Path

    @property
    def servers(self) -> tuple[Server, Server]:
        return self.c, self.python

    def session_files(self) -> list[Path]:
        """The files that are named by a session's id."""
        if not self.store.exists():
            return []
        return [path for path in self.store.iterdir() if not path.name.startswith(".")]

    def forget_sessions(self) -> None:
        for path in self.session_files():
            path.unlink(missing_ok=True)


@contextmanager
def running_site(*options: str) -> Iterator[Site]:
    """Starts both servers on a fresh store, and stops them: each by another of the two signals."""
    work = Path(tempfile.mkdtemp(prefix="session3-site-"))
    store = work / "sessions"
    try:
        c_port, python_port = free_ports(2)
        c = Server(
            "c-server",
            store,
            work / "c-server.log",
            *("--port", str(c_port), "--other", f"http://127.0.0.1:{python_port}/"),
            *options,
        )
        try:
            python = Server(
                "quixote-app",
                store,
                work / "quixote-app.log",
                *("--port", str(python_port), "--other", c.address),
                *options,
            )
            try:
                yield Site(c, python, store)
            finally:
                python.stop(signal.SIGTERM)
        finally:
            c.stop(signal.SIGINT)
    finally:
        shutil.rmtree(work)


def free_ports(count: int) -> list[int]:
    """Ports of the loopback interface on which nobody listens."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def _environment() -> dict[str, str]:
    """What the Python server needs to find the package and the library of this repository."""
    return {
        **os.environ,
        "SESSION3_LIBRARY": os.environ.get("SESSION3_LIBRARY", str(BUILD / "libsession3.so")),
        "PYTHONPATH": os.pathsep.join(
            [
                str(ROOT / "bindings" / "python"),
                *filter(None, [os.environ.get("PYTHONPATH")]),
            ]
        ),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
