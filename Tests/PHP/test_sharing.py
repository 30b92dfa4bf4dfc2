# SPDX-License-Identifier: MIT
"""One live session of C, Python and PHP programs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from php import LIBRARY, ROOT, Php
from session3.DictSession import DictSession
from session3.store.DirectorySessionStore import DirectorySessionStore

VISIT = """
$_SESSION['visits'] = (visit($argv[1]) ? $_SESSION['visits'] : 0) + 1;
tell([session_id(), $handler->user() ?? 'nobody', $_SESSION['visits']]);
"""


def visit(command: list[str], directory: Path, session: str) -> list[str]:
    """Plays a request to a program of examples/readme; id, user and number of visits."""
    environment = os.environ | {
        "SESSION": session,
        "PYTHONPATH": str(ROOT / "bindings/python"),
        "SESSION3_LIBRARY": LIBRARY,
    }
    done = subprocess.run(
        command,
        cwd=directory.parent,
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.split()


def test_c_python_and_php_count_one_visitors_visits(php: Php) -> None:
    c = [str(ROOT / "build/examples/readme/readme_visits")]
    python = [sys.executable, str(ROOT / "examples/readme/visits.py")]
    session = "planted-by-somebody"
    for expected, command in enumerate([None, c, python, None, None, python, c, None], start=1):
        known = session
        if command is None:
            session, user, visits = map(str, php.ask(VISIT, session))
        else:
            session, user, visits = visit(command, php.directory, session)
        assert (user, int(visits)) == ("nobody", expected)
        assert session == known if expected > 1 else session != known


def test_who_logged_in_with_php_is_logged_in_everywhere(
    php: Php, store: DirectorySessionStore
) -> None:
    session = str(php.ask("visit(); $handler->setUser('ada'); tell(session_id());"))
    c = [str(ROOT / "build/examples/readme/readme_visits")]
    assert visit(c, php.directory, session)[1] == "ada"
    loaded = store.load_session(session)
    assert loaded.user == "ada"


def test_who_logged_in_with_python_is_logged_in_with_php(
    php: Php, store: DirectorySessionStore
) -> None:
    session = DictSession()
    for user in ("ada", 7, {"name": "ada", "roles": ["a", "b"]}, None):
        session.user = user
        if session.id is None:
            store.create_session(session)
        else:
            store.save_session(session)
        told = php.ask("visit($argv[1]); tell($handler->user());", str(session.id))
        assert told == user


def test_a_session_in_use_by_php_takes_what_python_stores_meanwhile(
    php: Php, store: DirectorySessionStore
) -> None:
    session = php.create("$_SESSION = ['a' => 1, 'b' => 1, 'c' => 1];")
    request = php.start(
        "visit($argv[1]); tell('ready'); fgets(STDIN); $_SESSION['a'] = 2; unset($_SESSION['c']);",
        session,
    )
    assert request.stdout is not None
    assert request.stdout.readline() == '"ready"\n'
    loaded = store.load_session(session)
    loaded.user = "ada"
    loaded["b"] = 3
    loaded["d"] = 4
    store.save_session(loaded)
    php.finish(request)
    after = store.load_session(session)
    assert after.data == {"a": 2, "b": 3, "d": 4}
    assert after.user == "ada"
