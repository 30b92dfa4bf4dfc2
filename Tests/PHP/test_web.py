# SPDX-License-Identifier: MIT
"""A site on PHP's own web server, with cookies, and with several processes."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from php import DECLARATIONS, HANDLER, LIBRARY, PROGRAM, need_opcache
from session3.store.DirectorySessionStore import DirectorySessionStore

SITE = Path(__file__).with_name("site.php")
ENABLED = ("-dffi.enable=1",)
PATIENCE = 30


class Site:
    """A server that is running."""

    def __init__(self, port: int, log: Path) -> None:
        self.port = port
        self.log = log

    def visitor(self) -> Visitor:
        return Visitor(self)


class Visitor:
    """A browser with one cookie."""

    def __init__(self, site: Site, cookie: str = "") -> None:
        self.site = site
        self.cookie = cookie
        self.header: str | None = None
        """The Set-Cookie header of the last answer."""

    def get(self, path: str, status: int = 200) -> Any:
        """What a page tells."""
        connection = http.client.HTTPConnection("127.0.0.1", self.site.port, timeout=PATIENCE)
        connection.putrequest("GET", path)
        if self.cookie:
            connection.putheader("Cookie", f"session3={self.cookie}".encode("latin-1"))
        connection.endheaders()
        answer = connection.getresponse()
        self.header = answer.getheader("Set-Cookie")
        if self.header is not None:
            self.cookie = self.header.partition(";")[0].partition("=")[2]
        body = answer.read()
        connection.close()
        assert answer.status == status, body
        return json.loads(body) if status == 200 else None


@contextmanager
def running(
    directory: Path, *settings: str, workers: int = 1, environment: dict[str, str] | None = None
) -> Iterator[Site]:
    """A server on a port of its own."""
    if not PROGRAM:
        pytest.skip("php8.2 is missing: it is in Debian's php8.2-cli")
    DirectorySessionStore(directory, create=True).close()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = directory.with_suffix(".log")
    with log.open("wb") as errors:
        server = subprocess.Popen(
            [
                *(PROGRAM, "-ddisplay_errors=0", "-dlog_errors=1", *settings),
                *("-S", f"127.0.0.1:{port}", str(SITE)),
            ],
            env=os.environ
            | {"DIRECTORY": str(directory), "SESSION3_LIBRARY": LIBRARY}
            | ({"PHP_CLI_SERVER_WORKERS": str(workers)} if workers > 1 else {})
            | (environment or {}),
            stdout=errors,
            stderr=errors,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                assert server.poll() is None, log.read_text()
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.05)
        yield Site(port, log)
        assert server.poll() is None, log.read_text()
    finally:
        # The workers are of the server's own group.
        os.killpg(server.pid, 9)
        server.wait()


@pytest.fixture
def site(directory: Path) -> Iterator[Site]:
    with running(directory, *ENABLED) as site:
        yield site


def test_a_visitor_has_one_session_by_a_cookie_that_scripts_do_not_see(
    site: Site, store: DirectorySessionStore
) -> None:
    ada = site.visitor()
    assert ada.get("/count?name=n")["session"] == {"n": 1}
    assert ada.header is not None
    assert "HttpOnly; SameSite=Lax" in ada.header
    assert ada.get("/count?name=n")["session"] == {"n": 2}
    assert ada.header is None
    assert store.load_session(ada.cookie).data == {"n": 2}
    assert site.visitor().get("/")["session"] == {}


def test_a_login_sends_the_cookie_of_another_id_and_the_old_one_dies(
    site: Site, store: DirectorySessionStore
) -> None:
    ada = site.visitor()
    ada.get("/count?name=n")
    before = ada.cookie
    assert ada.get("/login?name=ada") == {"user": "ada", "session": {"n": 1}}
    assert ada.cookie != before
    assert ada.get("/")["user"] == "ada"
    assert store.load_session(ada.cookie).user == "ada"
    thief = Visitor(site, before)
    assert thief.get("/") == {"user": None, "session": {}}
    assert thief.cookie not in (before, ada.cookie)
    once = ada.cookie
    assert ada.get("/regenerate")["user"] == "ada"
    assert ada.cookie != once
    assert ada.get("/")["session"] == {"n": 1}


def test_a_logout_ends_the_session_for_every_host(site: Site, store: DirectorySessionStore) -> None:
    ada = site.visitor()
    ada.get("/login?name=ada")
    session = ada.cookie
    ada.get("/logout")
    assert store.load_session(session) is None
    assert ada.get("/")["user"] is None


HOSTILE = ["planted", "../x", "a\0b", "%2e%2e%2fx", "x" * 5000, "\xff", "", "a,b", '"', "deleted"]


def test_cookies_that_stand_for_no_session_are_never_taken_over(
    site: Site, store: DirectorySessionStore
) -> None:
    victim = site.visitor()
    victim.get("/login?name=ada")
    for cookie in [*HOSTILE, f"x%3B session3={victim.cookie}", f"x%3B%20session3={victim.cookie}"]:
        visitor = Visitor(site, cookie)
        assert visitor.get("/count?name=n") == {"user": None, "session": {"n": 1}}
        assert visitor.cookie not in (cookie, victim.cookie)
    assert store.load_session(victim.cookie).user == "ada"


def test_an_object_in_the_session_is_a_failed_page_and_the_server_goes_on(
    site: Site, store: DirectorySessionStore
) -> None:
    ada = site.visitor()
    ada.get("/count?name=n")
    ada.get("/object", status=500)
    assert '$_SESSION["object"]: an object can\'t be stored' in site.log.read_text()
    assert ada.get("/count?name=n")["session"] == {"n": 2}


def test_a_store_that_fails_is_a_failed_page_and_the_server_goes_on(
    site: Site, directory: Path
) -> None:
    ada = site.visitor()
    ada.get("/count?name=n")
    away = directory.with_name("away")
    directory.rename(away)
    ada.get("/", status=500)
    assert "ENOENT" in site.log.read_text()
    away.rename(directory)
    assert ada.get("/")["session"] == {"n": 1}


def test_requests_at_the_same_time_lose_nothing(
    directory: Path, store: DirectorySessionStore
) -> None:
    with running(directory, *ENABLED, workers=4) as site:
        ada = site.visitor()
        ada.get("/count?name=n")

        def count(name: str) -> None:
            visitor = Visitor(site, ada.cookie)
            for _ in range(100):
                visitor.get(f"/count?name={name}")

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(count, "abcd"))
        expected = {"n": 1, "a": 100, "b": 100, "c": 100, "d": 100}
        assert store.load_session(ada.cookie).data == expected


def test_preloaded_it_needs_no_further_permission(directory: Path, tmp_path: Path) -> None:
    need_opcache()
    preload = tmp_path / "preload.php"
    preload.write_text(f"<?php require '{HANDLER}';\n")
    settings = [f"-dffi.preload={DECLARATIONS}", f"-dopcache.preload={preload}"]
    if os.geteuid() == 0:
        settings.append("-dopcache.preload_user=root")
    # The library is found when the server starts, and not again.
    places = {"LD_LIBRARY_PATH": str(Path(LIBRARY).parent), "SESSION3_LIBRARY": "missing"}
    with running(directory, "-dopcache.enable=1", *settings, environment=places) as site:
        ada = site.visitor()
        assert ada.get("/count?name=n")["session"] == {"n": 1}
        assert ada.get("/login?name=ada")["user"] == "ada"


def test_without_preload_and_permission_pages_fail_and_the_log_says_why(directory: Path) -> None:
    with running(directory, "-dffi.enable=preload") as site:
        site.visitor().get("/", status=500)
        assert 'restricted by "ffi.enable"' in site.log.read_text()
