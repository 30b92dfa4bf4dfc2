# SPDX-License-Identifier: MIT
"""What Django says when its sessions can't be kept: nothing is lost, and no key is told."""

from __future__ import annotations

import json
import logging
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django_project import Browser, use_directory
from django_sessions import again, content, files, locked, stored
from repository import ROOT
from session3.django import SessionStore

BAD = ROOT / "Tests" / "Fixtures" / "bad"


def failing_browser() -> Browser:
    """A browser that is shown the page 500, as on a server, instead of the exception."""
    return Browser(raise_request_exception=False)


def fails(record: logging.LogRecord, error: str) -> bool:
    """Whether Django logged a failed request with such an error."""
    kind = record.exc_info[0] if record.exc_info else None
    return record.name == "django.request" and kind is not None and kind.__name__ == error


@contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    """No file grows beyond, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def nobody() -> Iterator[None]:
    """As a user without root's rights."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(before)


# -- The directory


def test_a_missing_directory_is_a_failed_request_until_it_is_there(
    directory: Path, caplog: pytest.LogCaptureFixture
) -> None:
    browser = failing_browser()
    with use_directory(directory, create=False):
        assert browser.get("/token").status_code == 500
        assert any(fails(record, "StorageError") for record in caplog.records)
        with use_directory(directory):
            SessionStore().save()
        assert browser.get("/token").status_code == 200


def test_a_session_that_could_not_be_loaded_keeps_its_cookie(
    directory: Path, caplog: pytest.LogCaptureFixture
) -> None:
    browser = failing_browser()
    with use_directory(directory):
        browser.post("/set", key="a", value="1")
        key = browser.key
        # Django's page 500 looks into the session, too: the csrf token is there.
        with use_directory(directory.parent / "missing", create=False):
            answer = browser.get()
            assert answer.status_code == 500
            assert "session3" not in answer.cookies
        assert any(fails(record, "StorageError") for record in caplog.records)
        assert browser.key == key
        assert browser.get().json()["session"]["a"] == "1"


def test_a_session_that_could_not_be_loaded_is_not_saved_as_an_empty_one(directory: Path) -> None:
    with use_directory(directory):
        session = again(stored(a=1))
        missing = use_directory(directory.parent / "missing", create=False)
        with missing, pytest.raises(OSError, match="ENOENT"):
            session.get("a")
        session["b"] = 2
        for act in (session.save, session.create, session.cycle_key):
            with pytest.raises(OSError, match="ENOENT"):
                act()
        assert content(session) == {"a": 1}
        assert files(directory) == {session.session_key}


def test_a_directory_that_anybody_may_write_to_is_refused(
    directory: Path, caplog: pytest.LogCaptureFixture
) -> None:
    directory.mkdir()
    directory.chmod(0o777)
    with use_directory(directory):
        assert failing_browser().get("/token").status_code == 500
    assert any(fails(record, "InsecureError") for record in caplog.records)


def test_a_directory_that_may_not_be_entered_is_a_failed_request(
    directory: Path, caplog: pytest.LogCaptureFixture
) -> None:
    directory.mkdir(mode=0)
    browser = failing_browser()
    with use_directory(directory), nobody():
        assert browser.get("/token").status_code == 500
    assert any(fails(record, "StorageError") for record in caplog.records)


# -- The store


@pytest.mark.usefixtures("django_directory")
def test_a_session_that_is_locked_for_too_long_is_a_failed_request_and_stays(
    directory: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with use_directory(directory, lock_timeout=0.05):
        browser = failing_browser()
        browser.post("/set", key="a", value="1")
        key = str(browser.key)
        with locked(directory / key):
            assert browser.get().status_code == 200
            assert browser.client.post("/set", {"key": "a", "value": "2"}).status_code == 500
            assert browser.client.post("/logout").status_code == 403  # without a token
        assert any(fails(record, "BusyError") for record in caplog.records)
        assert key not in caplog.text
        assert browser.key == key
        assert browser.get().json()["session"]["a"] == "1"
        assert browser.client.post("/set", {"key": "a", "value": "2"}).status_code == 200
        assert browser.get().json()["session"]["a"] == "2"


@pytest.mark.usefixtures("django_directory")
def test_a_logout_that_can_not_be_stored_fails_aloud(directory: Path) -> None:
    with use_directory(directory, lock_timeout=0.05):
        browser = failing_browser()
        browser.post("/set", key="a", value="1")
        token = browser.get("/token").content.decode()
        with locked(directory / str(browser.key)):
            answer = browser.client.post("/logout", {"csrfmiddlewaretoken": token})
        assert answer.status_code == 500
        assert browser.get().json()["session"]["a"] == "1"


def test_a_full_disk_is_a_failed_request_that_leaves_nothing(
    django_directory: Path, caplog: pytest.LogCaptureFixture
) -> None:
    kept, browser = stored(a=1), failing_browser()
    with file_size_limit(1024):
        assert browser.client.post("/set", {"key": "a", "value": "1"}).status_code == 500
        assert content(kept) == {"a": 1}
    assert any(fails(record, "StorageError") for record in caplog.records)
    assert browser.key is None
    assert files(django_directory) == {kept.session_key}
    assert browser.client.post("/set", {"key": "a", "value": "1"}).status_code == 200


def test_a_session_that_could_not_grow_is_as_it_was_and_may_be_saved_again(
    django_directory: Path,
) -> None:
    session = stored(a=1)
    session["long"] = "x" * 5000
    with file_size_limit(4096), pytest.raises(OSError, match="EFBIG"):
        session.save()
    assert content(session) == {"a": 1}
    session.save()
    assert content(session) == {"a": 1, "long": "x" * 5000}


@pytest.mark.usefixtures("django_directory")
def test_a_session_beyond_the_limit_is_refused(directory: Path) -> None:
    with use_directory(directory, maximum_payload=1000):
        session = stored(a=1)
        session["long"] = "x" * 1000
        with pytest.raises(ValueError, match="larger than"):
            session.save()
        assert content(session) == {"a": 1}


# -- What is stored


def test_a_damaged_session_is_unknown_and_told_once(
    django_directory: Path, caplog: pytest.LogCaptureFixture
) -> None:
    browser = Browser()
    browser.post("/set", key="a", value="1")
    key = str(browser.key)
    file = django_directory / key
    damaged = file.read_bytes()[:512] + b"\xff" * 3584
    file.write_bytes(damaged)
    caplog.clear()
    assert browser.get().json()["session"] == {}
    [record] = [record for record in caplog.records if record.name == "session3"]
    assert key not in record.getMessage()
    assert browser.client.post("/set", {"key": "b", "value": "2"}).status_code == 200
    assert browser.key not in (None, key)
    assert file.read_bytes() == damaged


def test_no_bad_file_is_more_than_an_unknown_session(django_directory: Path) -> None:
    SessionStore().save()
    for bad in json.loads((BAD / "golden.json").read_text()):
        key = bad["id"]
        file = django_directory / key
        file.write_bytes((BAD / bad["file"]).read_bytes())
        session = SessionStore(key)
        assert (session.load(), session.session_key) == ({}, None), bad["about"]
        session = SessionStore(key)
        session["a"] = 1
        session.save()
        assert session.session_key != key
        file.unlink()


def test_flushing_what_is_no_session_leaves_it(django_directory: Path) -> None:
    SessionStore().save()
    foreign = django_directory / "README-of-somebody"
    foreign.write_text("not a session, but a file whose name might be a key")
    SessionStore(foreign.name).flush()
    assert foreign.exists()


@pytest.mark.usefixtures("django_directory")
def test_a_page_that_stores_one_fails_and_the_session_stays_as_it_was(
    caplog: pytest.LogCaptureFixture,
) -> None:
    browser = failing_browser()
    browser.post("/set", key="a", value="1")
    assert browser.get("/fail").status_code == 500
    assert any(fails(record, "UnstorableError") for record in caplog.records)
    assert "cart[0].price" in caplog.text
    assert browser.get().json()["session"]["a"] == "1"
