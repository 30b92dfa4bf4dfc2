# SPDX-License-Identifier: MIT
"""The Quixote example server: what it says when the store fails, before, in and after a page."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from quixote_app import ENVIRONMENT, PATIENCE, App, Browser, Page, assert_error, command

# Root reads what nobody may read, unless it gives that up.
UNPRIVILEGED = (
    ("setpriv", "--bounding-set", "-dac_override,-dac_read_search,-fowner")
    if os.geteuid() == 0
    else ()
)


@pytest.fixture
def app(directory: Path) -> Iterator[App]:
    with App(directory, under=UNPRIVILEGED) as app:
        yield app


def assert_unavailable(app: App, page: Page) -> None:
    """A clean page that says to come back, and the reason on the server's standard error."""
    assert_error(page, 503, "The sessions are out of reach. Please try again in a moment.")
    assert page.headers["Retry-After"] == "1"
    assert page.cookie is None
    assert "503: " in app.log()
    assert "Traceback" not in app.log()


def test_a_directory_that_can_not_be_read_is_503_until_it_can(app: App) -> None:
    browser, visitor = Browser(app).log_in("ada"), Browser(app)
    hash = browser.get().text("session-hash")
    app.directory.chmod(0)
    try:
        assert_unavailable(app, browser.get())
        assert_unavailable(app, browser.get("/admin"))
        assert_unavailable(app, browser.post("/logout", []))
        assert_unavailable(app, browser.get("/nothing"))
        assert visitor.get().status == 200
        assert_unavailable(app, visitor.post("/login", [("user", "grace")]))
    finally:
        app.directory.chmod(0o700)
    assert str(browser.id) not in app.log()
    assert browser.get().text("session-hash") == hash
    assert visitor.user() == "nobody"


@pytest.mark.parametrize("form", ["increment", "add-tea", "login"])
def test_a_session_that_can_not_be_written_is_503_and_stays(app: App, form: str) -> None:
    browser = Browser(app).log_in("ada")
    before = browser.get()
    element = before.document.get_element_by_id(form)
    fields = [(name, str(value)) for name, value in element.form_values()] + [("user", "grace")]
    with forbidden_writes(app, str(browser.id)):
        assert_unavailable(app, browser.post(element.get("action"), fields))
    after = browser.get()
    for part in ("user", "counter", "cart", "session-hash"):
        assert after.text(part) == before.text(part)


class forbidden_writes:
    """Lets sessions be read and not written."""

    def __init__(self, app: App, id: str) -> None:
        self._paths = (app.directory / id, app.directory)

    def __enter__(self) -> None:
        for path in self._paths:
            path.chmod(0o500 if path.is_dir() else 0o400)

    def __exit__(self, *_: object) -> None:
        for path in reversed(self._paths):
            path.chmod(0o700 if path.is_dir() else 0o600)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files to others")
def test_a_refused_request_whose_session_can_not_be_kept_is_503(app: App) -> None:
    browser = Browser(app).log_in("ada")
    path = app.directory / str(browser.id)
    path.chmod(0o644)
    time.sleep(1.1)  # until the access time is to be renewed
    os.chown(path, 65534, -1)
    assert_unavailable(app, browser.get("/nothing"))
    os.chown(path, 0, -1)
    assert_error(browser.get("/nothing"), 404)


def test_a_directory_that_was_removed_is_503(app: App) -> None:
    browser = Browser(app).log_in("ada")
    shutil.rmtree(app.directory)
    assert browser.user() == "nobody"
    assert_unavailable(app, browser.post("/login", [("user", "grace")]))
    assert browser.get().status == 200


def test_a_session_that_is_locked_for_too_long_is_503(app: App) -> None:
    browser = Browser(app).log_in("ada")
    form = browser.get().document.get_element_by_id("increment")
    fields = [(name, str(value)) for name, value in form.form_values()]
    with (app.directory / str(browser.id)).open("r+b") as file:
        fcntl.lockf(file, fcntl.LOCK_EX)
        assert_unavailable(app, browser.post("/increment", fields))
    assert browser.post("/increment", fields).status == 303
    assert browser.get().text("counter") == "1"


def test_a_session_that_can_not_be_understood_is_nobody_s(app: App) -> None:
    browser = Browser(app).log_in("ada")
    (app.directory / str(browser.id)).write_bytes(b"this was a session" * 1000)
    page = browser.get()
    assert (page.status, page.text("user"), page.cookie) == (200, "nobody", None)
    assert Browser(app).log_in("grace").get("/admin").status == 200


@pytest.mark.parametrize("what", ["a file", "unreadable", "without a parent"])
def test_a_directory_that_can_not_be_opened_ends_the_server(directory: Path, what: str) -> None:
    if what == "a file":
        directory.write_text("")
    elif what == "unreadable":
        directory.mkdir(0)
    else:
        directory = directory / "sessions"
    done = subprocess.run(
        [*UNPRIVILEGED, *command(str(directory))],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    # The store's own line in the log, and then the program's.
    log, told = done.stderr.splitlines()
    assert told == f"quixote-app: {log}"
