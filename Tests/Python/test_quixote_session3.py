# SPDX-License-Identifier: MIT
"""Session3's own test application, unchanged, and the usage code of its manual, as printed."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from quixote_packages import session3_source
from quixote_server import Visitor, environment, free_port, running
from repository import PACKAGE
from session3.store.DirectorySessionStore import DirectorySessionStore

VERSIONS = ["3.0", "3.8"]


@pytest.fixture(params=VERSIONS)
def port(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[int]:
    """Session3's application, which looks for the package in its parent directory."""
    (tmp_path / "session3").symlink_to(PACKAGE / "session3")
    (tmp_path / "test").mkdir()
    shutil.copy(session3_source() / "test" / "test_session3.py", tmp_path / "test")
    port = free_port()
    command = ["test_session3.py", "directory", "--host", "127.0.0.1", "--port", str(port)]
    with running(command, port, request.param, tmp_path / "test"):
        yield port


class Player(Visitor):
    """Reads the pages of the application."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self.port = port

    def counter(self, page: str = "") -> int:
        """The counter that the home page, or one that leads there, shows."""
        status, body = self.get(self.port, page)
        assert status == 200
        found = re.search(r"Counter is at (\d+)\.", body)
        assert found is not None
        return int(found[1])

    def shown_id(self) -> str:
        """The session's id that the home page shows."""
        found = re.search(r"Your session ID is (\S+)\.", self.get(self.port)[1])
        assert found is not None
        return found[1]

    def fail(self, page: str) -> None:
        """Visits a page that fails."""
        status, body = self.get(self.port, page)
        assert status == 500
        assert "oops" in body


@pytest.fixture
def player(port: int) -> Player:
    return Player(port)


def test_increment(player: Player) -> None:
    assert player.counter("keep") == 0
    assert [player.counter("increment") for _ in range(3)] == [1, 2, 3]
    assert player.counter() == 3


def test_increment_and_fail_is_not_kept(player: Player) -> None:
    player.counter("keep")
    assert player.counter("increment") == 1
    player.fail("incrementfail")
    assert player.counter() == 1


def test_logout(player: Player, tmp_path: Path) -> None:
    player.counter("keep")
    player.counter("increment")
    first = player.shown_id()
    assert player.counter("logout") == 0
    assert player.shown_id() == "None"
    assert not DirectorySessionStore(tmp_path / "test" / "sessiondir").has_session(first)


def test_logout_and_fail_stays_logged_in(player: Player) -> None:
    player.counter("keep")
    player.counter("increment")
    first = player.shown_id()
    player.fail("logoutfail")
    assert player.counter() == 1
    assert player.shown_id() == first


def test_logout_without_keep(player: Player) -> None:
    assert player.counter("increment") == 0
    assert player.counter("logout") == 0
    assert player.shown_id() == "None"
    assert player.id() is None


def test_the_session_id_is_stable_over_requests(player: Player) -> None:
    assert player.shown_id() == "None"
    player.counter("keep")
    first = player.shown_id()
    assert first == player.id() != "None"
    player.counter("increment")
    assert player.shown_id() == first


MANUAL = re.compile(r"place the following code::\n\n(.*?)\n\nEach", re.DOTALL)

# The manual leaves out where the sessions are, and what comes before the session manager.
SETTING = """
from os import path
from quixote.directory import Directory

class Root(Directory):
    _q_exports = [""]

    def _q_index(self):
        get_session().set_user("alice")
        return f"hello {get_session().user}"

some_location = LOCATION
"""
REQUEST = """
import sys
from io import BytesIO
from quixote import get_session
environ = {"REQUEST_METHOD": "GET", "SCRIPT_NAME": "", "PATH_INFO": "/", "SERVER_NAME": "x"}
response = publisher.process(BytesIO(), environ)
assert publisher.session_manager is session_manager
shown = [response.status_code, *response.generate_body_chunks(), *response.cookies]
print(*shown, file=sys.__stdout__)  # Quixote takes the other for its log
"""


def manual() -> str:
    """The usage code of the manual."""
    found = MANUAL.search((session3_source() / "README.rst").read_text())
    assert found is not None
    code = textwrap.dedent(found[1])
    assert "Publisher(..., session_manager.session_manager)" in code
    return code


def run(program: str, version: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program],
        env=environment(version),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("before", ["Root(), None, ", "Root(), session_manager="])
def test_the_manual_s_usage_code_runs(tmp_path: Path, version: str, before: str) -> None:
    """`...` stands for what comes before: the session manager is Publisher's third parameter."""
    code = manual().replace("Publisher(..., ", f"Publisher({before}")
    done = run(SETTING.replace("LOCATION", repr(str(tmp_path / "s"))) + code + REQUEST, version)
    assert done.stdout == "200 b'hello alice' QX_session\n", done.stderr
    assert len(list(DirectorySessionStore(tmp_path / "s"))) == 1


@pytest.mark.parametrize("version", VERSIONS)
def test_taken_literally_it_gets_as_far_as_the_dots(tmp_path: Path, version: str) -> None:
    done = run(SETTING.replace("LOCATION", repr(str(tmp_path / "s"))) + manual(), version)
    assert "AttributeError: 'ellipsis' object has no attribute '_q_traverse'" in done.stderr
