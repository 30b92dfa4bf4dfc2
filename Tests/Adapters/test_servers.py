# SPDX-License-Identifier: MIT
"""Each framework behind a real server of several processes, and all of them on one directory."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from repository import ROOT
from servers import COMMANDS, serving
from session3.policy import ManagerPolicy
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


def test_one_session_goes_through_all_frameworks_and_c(store: Any) -> None:
    """One browser, as behind one nginx: whatever serves the next request knows what came before."""
    directory = Path(store.directory)
    with contextlib.ExitStack() as stack:
        ports = {f: stack.enter_context(serving(f, directory)) for f in COMMANDS}
        cookies: dict[str, str] = {}
        visitors = {f: Visitor(port, cookies) for f, port in ports.items()}
        visits = 0
        for _ in range(2):
            for visitor in visitors.values():
                visits += 1
                assert text(visitor, "/count") == str(visits)
            visits += 1
            assert c_visit(directory, cookies["session3"]) == f"visit {visits}"
        for user, (framework, visitor) in zip(("ada", "grace", "joan"), visitors.items()):
            before = cookies["session3"]
            text(visitor, f"/login/{user}")
            assert cookies["session3"] != before, framework
            for other in visitors.values():
                assert text(other, "/who") == user
            stored = store.load_session(cookies["session3"])
            assert (stored.user, stored["visits"]) == (user, visits)
            assert stored.get_login_time() == pytest.approx(store.now(), abs=60)
        text(visitors["starlette"], "/call/set_persistent/true")
        assert store.load_session(cookies["session3"]).get_persistent() is True
        text(visitors["flask"], "/call/expire")
        assert cookies == {}
        assert list(store) == []


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
