# SPDX-License-Identifier: MIT
"""scripts/demo: two addresses that work, until Ctrl-C, or until its terminal is closed."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import socket
import time
from pathlib import Path
from urllib.parse import urlsplit

from browser import Browser
from servers import BUILD

DEMO = BUILD.parent / "scripts" / "demo"
SECONDS_TO_BUILD = 300
SECONDS_TO_STOP = 30
INTERRUPT = b"\x03"


class Terminal:
    """A program on a terminal of its own."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self.pid, self.descriptor = pty.fork()
        if self.pid == 0:
            # As a terminal's shell has them; who starts tests in the background may ignore them.
            for number in (signal.SIGINT, signal.SIGHUP):
                signal.signal(number, signal.SIG_DFL)
            try:
                os.execve(command[0], command, environment)
            finally:
                os._exit(127)
        self.said = ""

    def read_until(self, pattern: str, seconds: float) -> None:
        """Reads what the program prints, colours left out, until it has printed a pattern."""
        deadline = time.monotonic() + seconds
        while not re.search(pattern, self.said):
            left = deadline - time.monotonic()
            ready, _, _ = select.select([self.descriptor], [], [], max(left, 0))
            assert ready, f"{pattern} was not printed:\n{self.said}"
            self.said += re.sub("\x1b\\[[0-9;]*m", "", self._read())

    def _read(self) -> str:
        try:
            data = os.read(self.descriptor, 65536)
        except OSError as error:
            # How Linux tells that nobody has the terminal open any more.
            raise AssertionError(f"the program has ended:\n{self.said}") from error
        return data.decode(errors="replace")

    def type(self, keys: bytes) -> None:
        os.write(self.descriptor, keys)

    def close(self) -> None:
        """Once or again."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
        self.descriptor = -1

    def wait(self) -> int:
        """The program's exit code; it must have left no process behind."""
        deadline = time.monotonic() + SECONDS_TO_STOP
        while time.monotonic() < deadline:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.close()
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.1)
        raise AssertionError(f"the program does not end:\n{self.said}")


def has_processes(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def is_served(address: str) -> bool:
    url = urlsplit(address)
    with socket.socket() as connection:
        return connection.connect_ex((url.hostname, url.port)) == 0


def test_a_demo_whose_terminal_is_closed_leaves_nothing(tmp_path: Path) -> None:
    demo = Terminal([str(DEMO)], {**os.environ, "TMPDIR": str(tmp_path)})
    demo.read_until("Ctrl-C", SECONDS_TO_BUILD)
    addresses = re.findall(r"http://127\.0\.0\.1:[0-9]+/", demo.said)
    demo.close()
    assert demo.wait() != 0
    assert not any(map(is_served, addresses))
    assert list(tmp_path.iterdir()) == []


def test_the_demo_runs_until_it_is_interrupted(browser: Browser, tmp_path: Path) -> None:
    demo = Terminal([str(DEMO)], {**os.environ, "TMPDIR": str(tmp_path)})
    demo.read_until("Ctrl-C", SECONDS_TO_BUILD)
    servers = re.findall(r"(C|Python) server +(http://127\.0\.0\.1:[0-9]+/)", demo.said)
    assert [name for name, _ in servers] == ["C", "Python"]
    addresses = [address for _, address in servers]
    assert all(map(is_served, addresses))
    browser.open(addresses[0])
    browser.submit("login", user="ada")
    browser.follow("to-other")
    assert browser.driver.current_url == addresses[1]
    assert browser.text("user") == "ada"
    assert list(tmp_path.iterdir())
    demo.type(INTERRUPT)
    demo.read_until("Stopped", SECONDS_TO_STOP)
    assert demo.wait() == 0
    assert not has_processes(demo.pid)
    assert not any(map(is_served, addresses))
    assert list(tmp_path.iterdir()) == []
