# SPDX-License-Identifier: MIT
"""A page that fails keeps nothing, and a store that fails gives a clean 503."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fcntl import F_OFD_SETLK, F_WRLCK, fcntl
from pathlib import Path
from struct import pack

import pytest
from browser import Browser
from servers import Server, Site, running_site
from visits import log_in

PAGE_FAILED = "The page failed. The session is as it was before."
OUT_OF_REACH = "The sessions are out of reach. Please try again in a moment."


def test_increment_and_fail_keeps_nothing(browser: Browser, server: Server, other: Server) -> None:
    id = log_in(browser, server)
    browser.submit("increment")
    browser.submit("increment-and-fail")
    assert browser.status() == 500
    assert browser.text("error") == PAGE_FAILED
    for each in (server, other):
        browser.open(each.address)
        assert browser.counter() == 1
    assert browser.id() == id


def test_logout_and_fail_stays_logged_in(browser: Browser, server: Server, other: Server) -> None:
    id = log_in(browser, server)
    browser.submit("logout-and-fail")
    assert browser.status() == 500
    assert browser.text("error") == PAGE_FAILED
    for each in (server, other):
        browser.open(each.address)
        assert browser.text("user") == "ada"
    assert browser.id() == id


def test_a_first_page_that_fails_begins_no_session(
    browser: Browser, server: Server, site: Site
) -> None:
    browser.open(server.address)
    browser.submit("increment-and-fail")
    assert browser.status() == 500
    assert browser.cookie() is None
    assert site.session_files() == []


def is_out_of_reach(browser: Browser) -> bool:
    assert "Traceback" not in browser.driver.page_source
    return browser.status() == 503 and browser.text("error") == OUT_OF_REACH


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Holds a session as a writer does that does not come to an end."""
    with file.open("r+b") as opened:
        fcntl(opened, F_OFD_SETLK, pack("hhqqi", F_WRLCK, 0, 0, 0, 0))
        yield


def test_a_busy_session_is_out_of_reach_and_comes_back(
    browser: Browser,
    server: Server,
    other: Server,
    site: Site,
    save_screenshot: Callable[[Browser, str], None],
) -> None:
    id = log_in(browser, server)
    with locked(site.store / id):
        browser.submit("increment")
        assert is_out_of_reach(browser)
        save_screenshot(browser, f"out-of-reach-{server.name}")
        browser.open(server.address)
        assert browser.text("user") == "ada"
    for each in (server, other):
        browser.open(each.address)
        browser.submit("increment")
    assert browser.counter() == 2
    assert browser.id() == id


def family(process: int) -> set[int]:
    """A process and its children."""
    found = {process}
    for task in Path(f"/proc/{process}/task").iterdir():
        for child in (task / "children").read_text().split():
            found |= family(int(child))
    return found


def is_traced(process: int) -> bool:
    """Whether all of its threads are."""
    tasks = Path(f"/proc/{process}/task").iterdir()
    return all("TracerPid:\t0\n" not in (task / "status").read_text() for task in tasks)


@contextmanager
def failing_disk(server: Server, directory: Path) -> Iterator[None]:
    """Lets each file of a directory that the server opens fail with EIO."""
    command = ["strace", "--quiet=attach,exit", "--follow-forks", "--output=/dev/null"]
    command += [f"--trace-path={directory}", "--trace=openat", "--inject=openat:error=EIO"]
    processes = family(server.process.pid)
    with subprocess.Popen([*command, *(f"--attach={process}" for process in processes)]) as strace:
        try:
            deadline = time.monotonic() + 20
            while not all(map(is_traced, processes)):
                assert strace.poll() is None, "strace cannot trace the server"
                assert time.monotonic() < deadline, "strace does not trace the server"
                time.sleep(0.05)
            yield
        finally:
            strace.send_signal(signal.SIGINT)


def test_a_disk_that_fails_is_out_of_reach_and_logs_nobody_out(
    browser: Browser, server: Server, other: Server, site: Site
) -> None:
    id = log_in(browser, server)
    with failing_disk(server, site.store):
        browser.open(server.address)
        assert is_out_of_reach(browser)
        browser.open(other.address)
        assert browser.text("user") == "ada"
        browser.submit("increment")
    browser.open(server.address)
    assert browser.text("user") == "ada"
    assert browser.counter() == 1
    assert browser.id() == id


@pytest.fixture
def own_site(site: Site) -> Iterator[Site]:
    """Servers whose store may be broken."""
    with running_site() as own:
        yield own


def test_a_store_that_is_gone_is_out_of_reach(browser: Browser, own_site: Site) -> None:
    for server in own_site.servers:
        log_in(browser, server)
        assert browser.cookie() is not None
    shutil.rmtree(own_site.store)
    for server in own_site.servers:
        browser.begin_anew()
        browser.open(server.address)
        browser.submit("login", user="ada")
        assert is_out_of_reach(browser)
        assert browser.cookie() is None
        said = server.log.read_text()
        assert str(own_site.store) in said, f"{server.name} does not say why: {said!r}"
        assert "Traceback" not in said
