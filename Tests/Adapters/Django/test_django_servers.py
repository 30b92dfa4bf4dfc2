# SPDX-License-Identifier: MIT
"""Servers of Django's, of several processes, whose sessions are also those of other hosts."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import django  # type: ignore[import-untyped]
import pytest
from django_project import clean_database, make_user, other_host
from django_server import ASGI, PATIENCE, SESSIONS, Visitor, manage, serving
from django_sessions import files
from test_django_users import visit_in_c


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("server") / "log"


@pytest.fixture(scope="module")
def port(log: Path) -> Iterator[int]:
    """A server of two processes."""
    clean_database()
    make_user()
    make_user("bob")
    shutil.rmtree(SESSIONS, ignore_errors=True)
    with serving(log) as port:
        yield port


def test_two_processes_share_a_login(port: int) -> None:
    visitor = Visitor(port)
    assert visitor.log_in() == 200
    seen: set[int] = set()
    end = time.monotonic() + PATIENCE
    with ThreadPoolExecutor(8) as pool:
        while len(seen) < 2:
            assert time.monotonic() < end
            for page in pool.map(lambda _: visitor.page(), range(16)):
                assert page["user"] == "ada"
                seen.add(page["process"])
    assert visitor.post("/logout") == 200
    assert visitor.key is None


def test_no_change_is_lost_between_processes_and_threads(port: int) -> None:
    first = Visitor(port)
    assert first.post("/set", key="begin", value="1") == 200

    def work(number: int) -> list[int]:
        visitor = Visitor(port, first.key)
        return [
            visitor.ask("POST", "/set", key=f"{number}.{step}", value="x")[0] for step in range(40)
        ]

    with ThreadPoolExecutor(8) as pool:
        assert {status for statuses in pool.map(work, range(8)) for status in statuses} == {200}
    expected = {f"{number}.{step}" for number in range(8) for step in range(40)} | {"begin"}
    assert expected <= first.page()["session"].keys()


def test_a_logout_beside_other_requests_stays(port: int) -> None:
    for _ in range(5):
        visitor = Visitor(port)
        visitor.log_in()
        key = visitor.key
        assert key is not None

        def change(step: int, key: str = key) -> int:
            return Visitor(port, key).ask("POST", "/set", key=f"{step}", value="x")[0]

        with ThreadPoolExecutor(8) as pool:
            changes = [pool.submit(change, step) for step in range(20)]
            assert visitor.post("/logout") == 200
            assert {change.result() for change in changes} <= {200, 400}
        assert key not in files(SESSIONS)


def test_c_and_django_count_in_one_live_session(port: int) -> None:
    visitor = Visitor(port)
    visitor.log_in("bob")
    for visits in range(1, 4):
        assert visit_in_c(SESSIONS, visitor.key) == [visitor.key, "2", str(visits)]
        assert visitor.page()["session"]["visits"] == visits
        assert visitor.post("/set", key="seen", value=str(visits)) == 200


def test_a_session_that_python_made_is_one_of_the_site(port: int) -> None:
    with other_host(SESSIONS) as other:
        session = other.session_class()
        session["cart"] = ["tea"]
        other.create_session(session)
        visitor = Visitor(port, session.id)
        assert visitor.post("/cart/add", item="pot") == 200
        assert visitor.key == session.id
        assert other.load_session(session.id)["cart"] == ["tea", "pot"]
        assert visitor.log_in() == 200
        assert other.load_session(session.id) is None
        assert other.load_session(visitor.key)["cart"] == ["tea", "pot"]


def test_a_planted_key_is_never_the_sites(port: int) -> None:
    for key in ("planted-by-somebody-x", "../../etc/passwd", "x" * 300):
        visitor = Visitor(port, key)
        assert visitor.post("/set", key="a", value="1") == 200
        assert visitor.key is not None
        assert len(visitor.key) == 22
        assert key not in files(SESSIONS)


def test_clearsessions_runs_beside_the_server(port: int) -> None:
    short, long = Visitor(port), Visitor(port)
    assert short.post("/expiry", seconds="1") == 200
    assert long.post("/expiry", seconds="600") == 200
    expiring = short.key
    time.sleep(1.1)
    assert short.page()["session"] == {}
    assert short.key is None
    assert expiring in files(SESSIONS)
    assert manage("clearsessions") == ""
    assert expiring not in files(SESSIONS)
    assert long.page()["session"]["_session_expiry"] == 600


def test_sessions_outlive_the_server(port: int, log: Path) -> None:
    visitor = Visitor(port)
    visitor.log_in()
    with serving(log) as visitor.port:
        assert visitor.page()["user"] == "ada"


@pytest.mark.skipif(django.VERSION < (5, 1), reason="Django's sessions have no async methods")
def test_an_asynchronous_server_shares_the_sessions(port: int, log: Path) -> None:
    visitor = Visitor(port)
    visitor.log_in()
    with serving(log, ASGI) as asynchronous:
        there = Visitor(asynchronous, visitor.key)
        page = there.page("/async/show")
        assert page["user"] == "ada"
        assert there.post("/async/set", key="there", value="1") == 200
        assert visitor.page()["session"]["there"] == "1"
        with ThreadPoolExecutor(8) as pool:
            both = [there.port, visitor.port] * 20

            def change(step: int) -> int:
                path = "/async/set" if both[step] == there.port else "/set"
                other = Visitor(both[step], visitor.key)
                fields = {"key": f"{step}", "value": "x", "csrfmiddlewaretoken": token}
                return other.ask("POST", path, **fields)[0]

            _, token = visitor.ask("GET", "/token")
            assert set(pool.map(change, range(40))) == {200}
        assert {f"{step}" for step in range(40)} <= visitor.page()["session"].keys()


def test_a_store_that_fails_is_500_and_told_without_a_key(tmp_path: Path, port: int) -> None:
    visitor = Visitor(port)
    visitor.log_in()
    log = tmp_path / "log"
    SESSIONS.chmod(0o777)
    try:
        with serving(log) as visitor.port:
            assert visitor.ask("GET", "/")[0] == 500
            SESSIONS.chmod(0o700)
            assert visitor.page()["user"] == "ada"
    finally:
        SESSIONS.chmod(0o700)
    said = log.read_text()
    assert "Internal Server Error: /\n" in said
    assert "InsecureError" in said
    assert str(visitor.key) not in said


def test_nothing_failed_unseen(port: int, log: Path) -> None:
    said = log.read_text()
    assert "Traceback" not in said
    assert "Internal Server Error" not in said
