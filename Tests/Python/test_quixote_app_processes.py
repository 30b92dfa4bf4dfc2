# SPDX-License-Identifier: MIT
"""The Quixote example server: its processes, from start to end."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from quixote_app import ENVIRONMENT, PATIENCE, App, Browser, command


def wait_until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)


def is_running(pid: int) -> bool:
    """A process that ended, but was not waited for, does not run."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def answering(browser: Browser) -> int:
    """The process that answers the browser's next request."""
    return int(browser.get().text("process"))


def test_two_processes_answer_and_share_the_session(directory: Path) -> None:
    with App(directory) as app:
        browser = Browser(app).log_in("ada")
        seen: set[int] = set()

        def visit() -> bool:
            page = browser.get()
            assert page.text("user") == "ada"
            seen.add(int(page.text("process")))
            return len(seen) == 2

        with ThreadPoolExecutor(8) as pool:
            wait_until(lambda: any(pool.map(lambda _: visit(), range(16))))
        assert seen == set(app.workers())


def test_no_increment_is_lost_between_processes_and_threads(directory: Path) -> None:
    with App(directory) as app:
        browser = Browser(app).log_in("ada")
        form = browser.get().document.get_element_by_id("add-tea").form_values()
        fields = [(name, str(value)) for name, value in form]

        def add(_: int) -> tuple[int, int]:
            statuses = (browser.post("/increment", fields), browser.post("/cart/add", fields))
            first, second = (page.status for page in statuses)
            return first, second

        with ThreadPoolExecutor(8) as pool:
            assert set(pool.map(add, range(100))) == {(303, 303)}
        page = browser.get()
        assert (page.text("counter"), page.item("tea")) == ("100", "100")


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_all_processes(directory: Path, by: signal.Signals) -> None:
    with App(directory) as app:
        wait_until(lambda: len(app.workers()) == 2)
        workers = app.workers()
        # A browser keeps its connection open; that holds up nobody.
        with socket.create_connection((app.url.hostname, app.url.port)):
            assert app.stop(by) == 0
        assert not any(map(is_running, workers))
        with pytest.raises(ConnectionRefusedError):
            Browser(app).get()
        assert "Traceback" not in app.log()


def test_a_process_that_dies_is_replaced(directory: Path) -> None:
    with App(directory, processes=1) as app:
        browser = Browser(app).log_in("ada")
        worker = answering(browser)
        os.kill(worker, signal.SIGKILL)
        wait_until(lambda: app.workers() not in ([], [worker]))
        assert answering(browser) != worker
        assert browser.user() == "ada"


def test_no_process_outlives_the_first(directory: Path) -> None:
    with App(directory) as app:
        wait_until(lambda: len(app.workers()) == 2)
        workers = app.workers()
        app.process.kill()
        wait_until(lambda: not any(map(is_running, workers)))


def test_sessions_outlive_the_server(directory: Path) -> None:
    with App(directory) as app:
        browser = Browser(app).log_in("ada")
    with App(directory) as app:
        browser.app = app
        assert browser.user() == "ada"


def test_a_secure_cookie_is_one(directory: Path) -> None:
    with App(directory, "--secure") as app:
        page = Browser(app).submit("login", user="ada")
        assert "secure" in {part.strip().lower() for part in str(page.cookie).split(";")}


def test_the_address_that_was_asked_for_is_served(directory: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with App(directory, "--host", "127.0.0.1", "--port", str(port)) as app:
        assert app.announcement == f"listening on http://127.0.0.1:{port}/\n"
        assert Browser(app).user() == "nobody"


def test_a_port_in_use_ends_the_server(directory: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        done = start("--port", str(port), str(directory))
    assert done.returncode == 1
    assert "in use" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["a", "b"],
        *([option, "x"] for option in ("--port", "--processes")),
        *(["--port", port, "x"] for port in ("-1", "65536", "many")),
        ["--processes", "0", "x"],
        ["--nonsense", "x"],
    ],
    ids=" ".join,
)
def test_a_wrong_command_line_is_explained(arguments: list[str]) -> None:
    done = start(*arguments)
    assert done.returncode == 2
    assert done.stderr.startswith("usage: quixote-app")
    assert "Traceback" not in done.stderr


def start(*arguments: str) -> subprocess.CompletedProcess[str]:
    """A server that is to end by itself."""
    return subprocess.run(
        command(*arguments),
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
