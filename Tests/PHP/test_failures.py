# SPDX-License-Identifier: MIT
"""A store that is busy, full, damaged or out of reach: an exception, and nothing is lost."""

from __future__ import annotations

import fcntl
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from mounts import private_mounts
from php import Php
from session3.store.DirectorySessionStore import DirectorySessionStore

# Root may read what nobody may; without its capabilities it is a user like any other.
UNPRIVILEGED = ["setpriv", "--inh-caps=-all", "--bounding-set=-all"] if os.geteuid() == 0 else []

E_IO, E_CORRUPT, E_BUSY, E_TOO_LARGE, E_INSECURE = -3, -4, -10, -11, -17

CHANGE = """
$found = visit($argv[1]);
$_SESSION['k'] = $_SESSION['k'] . '!';
tell(failure(session_write_close(...)));
tell(session_status());
"""


def assert_failed(failure: Any, status: int, *words: str) -> None:
    kind, message, code = failure
    assert (kind, code) == ("RuntimeException", status), message
    for word in words:
        assert word in message


def test_a_session_that_another_program_holds_locked_is_busy(
    php: Php, store: DirectorySessionStore
) -> None:
    session = php.create("$_SESSION['k'] = 'old';")
    php.options["lock_timeout_us"] = 50_000
    with (php.directory / session).open("r+b") as file:
        fcntl.lockf(file, fcntl.LOCK_EX)
        failure, status = php.run(CHANGE, session)
        assert_failed(failure, E_BUSY, store.short_hash(session))
        failure = php.ask("visit($argv[1]); tell(failure(session_destroy(...)));", session)
        assert_failed(failure, E_BUSY)
        failure = php.ask(
            "visit($argv[1]); tell(failure(fn() => $handler->setUser('ada')));", session
        )
        assert_failed(failure, E_BUSY)
    assert status == 1
    loaded = store.load_session(session)
    assert (loaded.data, loaded.user) == ({"k": "old"}, None)


def test_a_script_that_ends_while_the_session_is_busy_says_so(php: Php) -> None:
    session = php.create("$_SESSION['k'] = 'old';")
    php.options["lock_timeout_us"] = -1
    with (php.directory / session).open("r+b") as file:
        fcntl.lockf(file, fcntl.LOCK_EX)
        process = php.start("visit($argv[1]); $_SESSION['k'] = 'new';", session)
        _, errors = process.communicate()
    assert process.returncode == 255
    assert "Uncaught RuntimeException: save: " in errors
    assert session not in errors


def test_a_full_disk_refuses_new_sessions_and_keeps_those_it_has(php: Php, tmp_path: Path) -> None:
    with private_mounts() as mounts:
        php.directory = mounts.tmpfs(tmp_path / "disk", "size=64k") / "sessions"
        session = php.create("$_SESSION['k'] = 'old';")
        failure: Any = None
        for _ in range(20):
            [failure] = php.run(
                "visit(); $_SESSION['k'] = 1; tell(failure(session_write_close(...)));"
            )
            if failure:
                break
        assert_failed(failure, E_IO, "ENOSPC")
        assert php.run(CHANGE, session)[0] is None
        grow = CHANGE.replace("'!'", "str_repeat('x', 50000)")
        assert_failed(php.run(grow, session)[0], E_IO, "ENOSPC")
        assert php.ask("visit($argv[1]); tell($_SESSION);", session) == {"k": "old!"}


def test_a_session_that_is_too_large_is_refused(php: Php) -> None:
    session = php.create("$_SESSION['k'] = 'old';")
    php.options["maximum_payload"] = 1000
    failure, _ = php.run(CHANGE.replace("'!'", "str_repeat('x', 1000)"), session)
    assert_failed(failure, E_TOO_LARGE)
    assert php.ask("visit($argv[1]); tell($_SESSION);", session) == {"k": "old"}


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="setpriv is missing")
def test_a_directory_that_can_not_be_read_fails_at_the_start(php: Php) -> None:
    session = php.create("$_SESSION['k'] = 'old';")
    php.under = UNPRIVILEGED
    php.directory.chmod(0)
    try:
        failure = php.ask("tell(failure(fn() => visit($argv[1])));", session)
    finally:
        php.directory.chmod(0o700)
    assert_failed(failure, E_IO, "EACCES", str(php.directory))
    assert php.ask("visit($argv[1]); tell($_SESSION);", session) == {"k": "old"}


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="setpriv is missing")
def test_a_session_that_can_not_be_read_fails_at_the_start(php: Php) -> None:
    session = php.create("$_SESSION['k'] = 'old';")
    php.under = UNPRIVILEGED
    (php.directory / session).chmod(0)
    failure, status = php.run(
        "tell(failure(fn() => visit($argv[1]))); tell(session_status());", session
    )
    assert_failed(failure, E_IO, "EACCES")
    assert status == 1
    (php.directory / session).chmod(0o600)
    assert php.ask("visit($argv[1]); tell($_SESSION);", session) == {"k": "old"}


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="setpriv is missing")
def test_a_session_that_can_not_be_read_has_not_the_user_of_the_one_before(php: Php) -> None:
    session, other = php.create("$handler->setUser('ada');"), php.create()
    php.under = UNPRIVILEGED
    (php.directory / other).chmod(0)
    failures = php.ask(
        "session_id($argv[1]); $handler->open('', ''); $handler->read($argv[1]);"
        "$handler->user() === 'ada' || exit(1); session_id($argv[2]);"
        "tell([failure(fn() => $handler->read($argv[2])), failure($handler->user(...))]);",
        *(session, other),
    )
    assert_failed(failures[0], E_IO, "EACCES")
    assert failures[1][0] == "LogicException"


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="setpriv is missing")
def test_a_sweep_that_fails_fails_alone_and_is_logged(php: Php) -> None:
    session = php.create("$_SESSION['k'] = 'old';")
    php.under = UNPRIVILEGED
    deleted, found = php.ask(
        "visit($argv[1]); chmod(getenv('DIRECTORY'), 0300); $deleted = session_gc();"
        "chmod(getenv('DIRECTORY'), 0700); tell([$deleted, $_SESSION]);",
        session,
    )
    assert deleted is False
    assert found == {"k": "old"}
    assert "EACCES" in php.errors


def test_a_damaged_session_is_unknown_and_logged_and_left_as_it_is(php: Php) -> None:
    session = php.create("$_SESSION['k'] = 'old';")
    damaged = b"SESSION3" + b"\xff" * 4088
    (php.directory / session).write_bytes(damaged)
    is_known, found, new = php.ask(
        "tell([visit($argv[1]), $_SESSION, session_id()]); $_SESSION['k'] = 'new';", session
    )
    assert (is_known, found) == (False, [])
    assert (php.directory / session).read_bytes() == damaged
    assert f"{php.directory}: a session: " in php.errors
    assert session not in php.errors
    assert php.ask("visit($argv[1]); tell($_SESSION);", new) == {"k": "new"}


def test_a_session_damaged_meanwhile_is_an_exception_at_the_end(php: Php) -> None:
    session = php.create("$_SESSION['k'] = 'old';")
    request = php.start(
        "visit($argv[1]); tell(0); fgets(STDIN); $_SESSION['k'] = 'new';"
        "tell(failure(session_write_close(...)));",
        session,
    )
    assert request.stdout is not None
    request.stdout.readline()
    damaged = b"SESSION3" + b"\xff" * 4088
    (php.directory / session).write_bytes(damaged)
    assert_failed(php.finish(request)[0], E_CORRUPT)
    assert (php.directory / session).read_bytes() == damaged


def test_a_directory_that_is_missing_fails_at_the_start(php: Php) -> None:
    php.options = {}
    assert_failed(php.ask("tell(failure(visit(...)));"), E_IO, "ENOENT", str(php.directory))


def test_a_directory_that_anybody_may_write_to_fails_at_the_start(php: Php) -> None:
    php.directory.mkdir()
    php.directory.chmod(0o777)
    assert_failed(php.ask("tell(failure(visit(...)));"), E_INSECURE)


def test_a_directory_that_was_removed_meanwhile_is_an_exception_at_the_end(php: Php) -> None:
    request = php.start(
        "visit(); tell(0); fgets(STDIN); $_SESSION['k'] = 1;"
        "tell(failure(session_write_close(...)));"
    )
    assert request.stdout is not None
    request.stdout.readline()
    shutil.rmtree(php.directory)
    assert_failed(php.finish(request)[0], E_IO, "directory was removed")


def failure_of_options(php: Php, options: str) -> tuple[str, str]:
    """What a handler throws that is made with them."""
    code = f"tell(failure(fn() => new Session3\\SessionHandler('sessions', {options})));"
    kind, message, _ = php.ask(code)
    return kind, message


def test_an_option_that_the_library_has_not_is_refused(php: Php) -> None:
    kind, message = failure_of_options(php, "['colour' => 1]")
    assert kind == "FFI\\Exception"
    assert "colour" in message


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *[("sync", "'data'"), ("sync", "'2'"), ("sync", "true"), ("sync", "null")],
        *[("lock_timeout_us", "'2s'"), ("lock_timeout_us", "2e6"), ("maximum_payload", "1.5")],
        *[("flags", "'x'"), ("flags", "[1]"), ("log", "fn() => 0"), ("clock", "'time'")],
    ],
)
def test_an_option_that_is_no_int_is_refused(php: Php, field: str, value: str) -> None:
    told = failure_of_options(php, f"['flags' => 1, '{field}' => {value}]")
    assert told == ("TypeError", f"option {field}: must be an int")


@pytest.mark.parametrize(("field", "value"), [("sync", 2**32), ("file_mode", -1)])
def test_an_option_that_its_field_would_cut_is_refused(php: Php, field: str, value: int) -> None:
    told = failure_of_options(php, f"['{field}' => {value}]")
    assert told == ("ValueError", f"option {field}: {value} does not fit")


def test_options_are_those_of_the_library(php: Php) -> None:
    php.options |= {"file_mode": 0o660, "directory_mode": 0o770}
    session = php.create()
    assert (php.directory / session).stat().st_mode & 0o777 == 0o660
    assert php.directory.stat().st_mode & 0o777 == 0o770


def test_a_process_goes_on_after_a_failure(php: Php, store: DirectorySessionStore) -> None:
    session = php.create("$_SESSION['k'] = 'old';")
    php.options["lock_timeout_us"] = -1
    request = php.start(
        "visit($argv[1]); tell(0); fgets(STDIN); $_SESSION['k'] = 'lost';"
        "tell(failure(session_write_close(...))[2]); fgets(STDIN);"
        "visit($argv[1]); $_SESSION['k'] .= '!'; session_write_close(); tell($_SESSION);",
        session,
    )
    assert request.stdout is not None
    assert request.stdin is not None
    request.stdout.readline()
    with (php.directory / session).open("r+b") as file:
        fcntl.lockf(file, fcntl.LOCK_EX)
        request.stdin.write("\n")
        request.stdin.flush()
        assert request.stdout.readline() == f"{E_BUSY}\n"
    assert php.finish(request) == [{"k": "old!"}]
    assert store.load_session(session).data == {"k": "old!"}
