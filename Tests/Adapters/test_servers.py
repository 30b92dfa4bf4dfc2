# SPDX-License-Identifier: MIT
"""Each framework behind a real server of several processes, and all of them on one directory."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hosts import HOSTS, USERS, DjangoHost, Host, serving_all
from repository import LIBRARY, ROOT
from servers import COMMANDS, serving
from session3.policy import ManagerPolicy
from session3.store.DirectorySessionStore import DirectorySessionStore
from session3.web import WebSession
from web_visitor import Visitor

CLIENTS = 4
ROUNDS = 10


@pytest.fixture(params=COMMANDS)
def visitor(request: pytest.FixtureRequest, store: Any) -> Any:
    with serving(request.param, Path(store.directory)) as port:
        yield Visitor(port)


def text(visitor: Visitor, path: str) -> str:
    answer = visitor.get(path)
    assert answer.status == 200, answer
    return str(answer.body, "utf-8")


def at_once(calls: list[Callable[[], Any]]) -> list[Any]:
    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result() for future in [pool.submit(call) for call in calls]]


def test_a_visit_from_login_to_logout(visitor: Visitor, store: Any) -> None:
    assert text(visitor, "/who") == "nobody"
    assert visitor.cookies == {}
    assert [text(visitor, "/count") for _ in range(6)] == list("123456")
    assert text(visitor, "/login/ada") == "ada"
    assert visitor.get("/broken").status == 500
    assert visitor.get("/unstorable").status == 500
    assert text(visitor, "/show").startswith('{"')
    assert text(visitor, "/who") == "ada"
    [id] = store
    assert visitor.cookies == {"session3": id}
    text(visitor, "/call/clear")
    assert visitor.cookies == {}
    assert list(store) == []


def test_no_change_is_lost_to_requests_at_once(visitor: Visitor, store: Any) -> None:
    text(visitor, "/login/ada")

    def put(client: int) -> None:
        other = Visitor(visitor.port, visitor.cookies)
        for turn in range(ROUNDS):
            text(other, f"/put/key-{client}-{turn}/{turn}")

    at_once([lambda client=client: put(client) for client in range(CLIENTS)])  # type: ignore[misc]
    stored = store.load_session(visitor.cookies["session3"])
    assert {key: value for key, value in stored.items() if key.startswith("key-")} == {
        f"key-{client}-{turn}": turn for client in range(CLIENTS) for turn in range(ROUNDS)
    }


def c_visit(directory: Path, id: str) -> str:
    """One request to the CGI program of the README, in C; its page."""
    environment = os.environ | {"HTTP_COOKIE": f"session3={id}", "REMOTE_ADDR": "127.0.0.1"}
    program = ROOT / "build" / "bindings" / "c" / "visits"
    done = subprocess.run(
        [program], cwd=directory.parent, env=environment, check=True, capture_output=True, text=True
    )
    headers, _, page = done.stdout.partition("\n\n")
    assert "Set-Cookie" not in headers
    return page.strip()


class Place:
    """A directory that servers of all frameworks share, and one browser, as behind one nginx."""

    def __init__(self, store: Any, ports: dict[str, int]) -> None:
        self.store = store
        self.cookies: dict[str, str] = {}
        self.hosts = {f: HOSTS[f](port, self.cookies) for f, port in ports.items()}
        django = self.hosts["django"]
        assert isinstance(django, DjangoHost)
        self.django = django
        self.others = [host for host in self.hosts.values() if host is not django]

    @property
    def directory(self) -> Path:
        return Path(self.store.directory)

    @property
    def id(self) -> str:
        return self.cookies["session3"]

    @property
    def stored(self) -> Any:
        return self.store.load_session(self.id)

    @property
    def users(self) -> dict[str, str | None]:
        """Who is logged in, as each host says it."""
        return {framework: host.user() for framework, host in self.hosts.items()}

    def log_in(self, host: Host, user: str) -> None:
        """A login that all hosts know of, under a new id."""
        before = self.id
        host.log_in(user)
        assert self.id != before
        assert self.users == dict.fromkeys(self.hosts, user)
        assert self.stored.user == user
        assert self.stored.get_login_time() == pytest.approx(self.store.now(), abs=60)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, dict[str, int]]]:
    directory = tmp_path_factory.mktemp("shared") / "sessions"
    store = DirectorySessionStore(directory, create=True, session_class=WebSession)
    with store, serving_all(directory) as ports:
        yield store, ports


@pytest.fixture
def place(shared: tuple[Any, dict[str, int]]) -> Place:
    return Place(*shared)


def test_one_session_goes_through_all_frameworks_and_c(place: Place) -> None:
    """Whatever serves the next request knows what came before."""
    visits = 0
    for _ in range(2):
        for host in place.hosts.values():
            visits += 1
            assert host.count() == visits
        visits += 1
        assert c_visit(place.directory, place.id) == f"visit {visits}"
    for framework, host in place.hosts.items():
        host.put("seen", framework)
        seen = {other: place.hosts[other].item("seen") for other in place.hosts}
        assert seen == dict.fromkeys(place.hosts, framework)
    place.hosts["wsgi"].text('/put/cart/["tea"]')
    place.django.post("/cart/add", item="pot")
    assert [host.item("cart") for host in place.others] == [["tea", "pot"]] * len(place.others)
    assert (place.stored["visits"], place.stored.user) == (visits, None)


def test_who_logs_in_by_a_framework_is_the_user_of_all(place: Place) -> None:
    place.django.put("seen", "before")
    for user, host in zip("321", place.others):
        place.log_in(host, user)
        # Django sees whom another host logged in, and trusts its own login only.
        assert place.django.trusted_user() == ""
    place.others[0].forget_user()
    assert place.users == dict.fromkeys(place.hosts)
    place.log_in(place.django, "2")
    for visits, host in enumerate(place.hosts.values(), 1):
        assert host.count() == visits
        assert place.django.trusted_user() == USERS[1]
    assert place.stored["seen"] == "before"


@pytest.mark.parametrize("framework", HOSTS)
def test_a_logout_by_one_framework_is_one_for_all(framework: str, place: Place) -> None:
    place.django.put("seen", "before")
    place.django.log_in("1")
    assert place.users == dict.fromkeys(place.hosts, "1")
    id = place.id
    place.hosts[framework].expire()
    assert place.cookies.get("session3") is None
    for host in place.hosts.values():
        place.cookies["session3"] = id
        assert (host.user(), host.item("seen")) == (None, None)
    assert place.store.load_session(id) is None


@pytest.fixture(scope="session")
def session_facts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A C program that tells what a session has beside its attributes."""
    program = tmp_path_factory.mktemp("programs") / "session_facts"
    strict = ["-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror", f"-I{ROOT / 'include'}"]
    source = ROOT / "Tests" / "Adapters" / "programs" / "session_facts.c"
    command = [os.environ.get("CC", "cc"), *strict, "-o", str(program), str(source), LIBRARY]
    subprocess.run([*command, f"-Wl,-rpath,{Path(LIBRARY).parent}"], check=True)
    return program


def facts_in_c(program: Path, directory: Path, id: str) -> dict[str, str]:
    done = subprocess.run([program, directory, id], check=True, capture_output=True, text=True)
    return dict(line.split(" ", 1) for line in done.stdout.splitlines())


def facts_in_python(session: Any) -> dict[str, str]:
    def microseconds(seconds: float | None) -> str:
        return str(round((seconds or 0) * 1_000_000))

    facts = {
        "created": microseconds(session.get_creation_time()),
        "accessed": microseconds(session.get_access_time()),
        "authenticated": microseconds(session.get_login_time()),
        "persistence": {None: "0", False: "1", True: "2"}[session.get_persistent()],
    }
    return facts if session.user is None else {"user": session.user, **facts}


@pytest.mark.parametrize("framework", HOSTS)
def test_what_c_tells_of_a_session_is_what_a_framework_stored(
    framework: str, place: Place, session_facts: Path
) -> None:
    def told() -> dict[str, str]:
        facts = facts_in_c(session_facts, place.directory, place.id)
        assert facts == facts_in_python(place.stored)
        return facts

    host = place.hosts[framework]
    begin = time.time()
    host.count()
    visitor = told()
    assert "user" not in visitor
    assert (visitor["authenticated"], visitor["persistence"]) == ("0", "0")
    assert int(visitor["created"]) / 1_000_000 == pytest.approx(begin, abs=60)
    host.log_in("1")
    host.count()
    user = told()
    assert (user["user"], user["created"]) == ("1", visitor["created"])
    assert int(user["created"]) < int(user["authenticated"])
    # The use that a request notes may be its beginning, before the login in it.
    assert int(user["accessed"]) == pytest.approx(int(user["authenticated"]), abs=60_000_000)
    assert int(user["accessed"]) > int(user["created"])
    for persistent, persistence in [(True, "2"), (False, "1"), (None, "0")]:
        host.set_persistent(persistent)
        assert told()["persistence"] == persistence


def test_what_a_manager_of_python_keeps_has_the_times_of_the_stored_form(store: Any) -> None:
    from session3.manager import Manager

    manager = Manager(store, ManagerPolicy(idle_timeout=60))
    request = manager.start_request(None, "192.0.2.7")
    assert isinstance(request.session, WebSession)
    request.session["cart"] = ["tea"]
    request.finish_successful()
    [id] = store
    stored = store.load_session(id)
    assert stored.get_creation_time() == pytest.approx(store.now(), abs=60)
    assert stored.get_access_time() >= stored.get_creation_time()
    assert stored.get_remote_address() == "192.0.2.7"
    assert stored.get_login_time() is None
