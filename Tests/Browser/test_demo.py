# SPDX-License-Identifier: MIT
"""scripts/demo: two addresses that work, until Ctrl-C."""

from __future__ import annotations

import os
import pty
import re
import select
import time
from pathlib import Path

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

    def wait(self) -> int:
        """The program's exit code; it must have left no process behind."""
        deadline = time.monotonic() + SECONDS_TO_STOP
        while time.monotonic() < deadline:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                os.close(self.descriptor)
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.1)
        raise AssertionError(f"the program does not end:\n{self.said}")


def has_processes(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_the_demo_runs_until_it_is_interrupted(browser: Browser, tmp_path: Path) -> None:
    demo = Terminal([str(DEMO)], {**os.environ, "TMPDIR": str(tmp_path)})
    demo.read_until("Ctrl-C", SECONDS_TO_BUILD)
    servers = re.findall(r"(C|Python) server +(http://127\.0\.0\.1:[0-9]+/)", demo.said)
    assert [name for name, _ in servers] == ["C", "Python"]
    browser.open(servers[0][1])
    browser.submit("login", user="ada")
    browser.follow("to-other")
    assert browser.driver.current_url == servers[1][1]
    assert browser.text("user") == "ada"
    assert list(tmp_path.iterdir())
    demo.type(INTERRUPT)
    demo.read_until("Stopped", SECONDS_TO_STOP)
    assert demo.wait() == 0
    assert not has_processes(demo.pid)
    assert list(tmp_path.iterdir()) == []
