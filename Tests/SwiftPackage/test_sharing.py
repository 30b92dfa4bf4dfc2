# SPDX-License-Identifier: MIT
"""Swift, Python and C on the same live sessions: each sees what the others stored."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import msgspec
import pytest
from format1_hosts import OK, CHost, Loaded
from outside_package import OutsidePackage
from session3.errors import GoneError
from session3.Session import Session
from session3.store.DirectorySessionStore import DirectorySessionStore
from swift_worker import SwiftError, Worker

VALUES: dict[str, Any] = {
    "nothing": None,
    "yes": True,
    "no": False,
    "zero": 0,
    "lowest": -(2**63),
    "highest_signed": 2**63 - 1,
    "first_unsigned": 2**63,
    "highest": 2**64 - 1,
    "tenth": 0.1,
    "minus_zero": -0.0,
    "infinite": float("inf"),
    "no_number": float("nan"),
    "empty": "",
    "text": "Grüße \0 \N{GRINNING FACE} e\u0301",
    "no_bytes": b"",
    "bytes": bytes(range(256)),
    "moment": datetime(2026, 11, 22, 1, 2, 3, 456789, timezone.utc),
    "before_1970": datetime(1883, 11, 18, 17, 0, 0, 1, timezone.utc),
    "empty_list": [],
    "list": [None, True, 1, 2.5, "x", b"y", [[], {}]],
    "empty_map": {},
    "map": {"z": 1, "a": {"deep": [{"er": 2**64 - 1}]}, "": None},
}


@pytest.fixture
def python(directory: Path) -> DirectorySessionStore:
    return DirectorySessionStore(directory, create=True)


@pytest.fixture
def c(swift: Worker, directory: Path) -> Iterator[CHost]:
    """A C program with the directory open."""
    with CHost(directory) as host:
        assert host.status == OK
        yield host


def in_c(c: CHost, id: str) -> dict[str, Any]:
    """What the C program loads: user, attributes and so on."""
    loaded = c.load(id)
    assert isinstance(loaded, Loaded)
    payload: dict[str, Any] = msgspec.msgpack.decode(loaded.payload)
    return payload


def own(session: Any) -> dict[str, Any]:
    """The attributes of a session in Python."""
    return {key: value for key, value in vars(session).items() if key in VALUES}


def exactly(values: dict[str, Any]) -> dict[str, str]:
    """As text, in which 1 is not True, 0.0 not -0.0, and nan is nan."""
    return {key: repr(value) for key, value in sorted(values.items())}


def store_in_swift(swift: Worker, python: DirectorySessionStore, c: CHost) -> str:
    swift.do("new")
    swift.do("set user", value={"text": "ada"})
    for key, value in VALUES.items():
        swift.set(key, value)
    return str(swift.do("create")["id"])


def store_in_python(swift: Worker, python: DirectorySessionStore, c: CHost | None = None) -> str:
    session = Session()
    session.set_user("ada")
    vars(session).update(VALUES)
    python.create_session(session)
    return str(session.id)


def store_in_c(swift: Worker, python: DirectorySessionStore, c: CHost) -> str:
    swift.do("new")
    id = str(swift.do("create")["id"])
    payload = msgspec.msgpack.encode({"user": "ada", "attributes": VALUES})
    assert c.status_of("save", id, payload.hex()) == OK
    return id


@pytest.mark.parametrize("store", [store_in_swift, store_in_python, store_in_c])
def test_each_host_reads_every_type_of_value_that_another_stored(
    store: Callable[[Worker, DirectorySessionStore, CHost], str],
    swift: Worker,
    python: DirectorySessionStore,
    c: CHost,
) -> None:
    id = store(swift, python, c)
    swift.do("load", id=id)
    loaded = python.load_session(id)
    stored = in_c(c, id)
    assert exactly(swift.attributes) == exactly(VALUES)
    assert exactly(own(loaded)) == exactly(VALUES)
    assert exactly(stored["attributes"]) == exactly(VALUES)
    assert swift.user == loaded.user == stored["user"] == "ada"
    # What came from another host is stored in the same bytes: nothing is there to save.
    swift.do("load", id=id)
    for key, value in VALUES.items():
        swift.set(key, value)
    before = swift.do("count")["numbers"]["saves"]
    swift.do("save")
    assert swift.do("count")["numbers"]["saves"] == before


def test_a_login_in_swift_is_one_in_python_and_c(
    swift: Worker, python: DirectorySessionStore, c: CHost
) -> None:
    began = time.time()
    told = swift.do("start", text=None)
    assert (told["text"], told["flag"]) == ("missing", False)
    swift.do("set user", value={"text": "ada"})
    swift.do("set persistent", flag=True)
    cookie = swift.do("finish")["text"]
    assert cookie.startswith("session3=")
    assert "; Max-Age=2592000; " in cookie
    [id] = swift.do("ids")["texts"]
    session = python.load_session(id)
    assert (session.user, session.get_remote_address()) == ("ada", "192.0.2.1")
    assert session.get_persistent() is True
    assert began <= session.get_login_time() <= time.time()
    stored = in_c(c, id)
    assert stored["persistent"] is True
    assert stored["authenticated"].timestamp() == pytest.approx(session.get_login_time())
    assert swift.do("hash", id=id)["text"] == python.short_hash(id)


def test_a_login_in_python_is_one_in_swift_and_gives_the_browser_another_id(
    swift: Worker, python: DirectorySessionStore
) -> None:
    session = Session()
    session.cart = ["book"]  # type: ignore[attr-defined]
    python.create_session(session)
    told = swift.do("start", text=f"a=b; session3={session.id}")
    assert (told["text"], told["flag"]) == ("found", True)
    swift.do("set user", value={"text": "ada"})
    assert swift.do("finish")["texts"] == ["renewed"]
    [id] = swift.do("ids")["texts"]
    assert id != session.id
    assert python.load_session(session.id) is None
    found = python.load_session(id)
    assert (found.user, found.cart) == ("ada", ["book"])
    python.delete_session(id)
    assert swift.do("start", text=f"session3={id}")["text"] == "missing"


def test_a_page_that_fails_leaves_nothing(swift: Worker, python: DirectorySessionStore) -> None:
    swift.do("start")
    swift.do("set user", value={"text": "ada"})
    assert swift.do("fail") == {"texts": ["none"]}
    assert list(python) == []


def test_a_logout_everywhere_in_swift_ends_sessions_of_other_hosts(
    swift: Worker, python: DirectorySessionStore
) -> None:
    ids = []
    for user in ("ada", "ada", "bob"):
        session = Session()
        session.set_user(user)
        python.create_session(session)
        ids.append(session.id)
    swift.do("start", text=f"session3={ids[0]}")
    assert swift.do("expire all")["flag"] is True
    assert "Max-Age=0" in swift.do("finish")["text"]
    assert list(python) == [ids[2]]


def test_changes_of_two_hosts_at_once_merge(
    swift: Worker, python: DirectorySessionStore, c: CHost
) -> None:
    session = Session()
    session.old = 1  # type: ignore[attr-defined]
    session.both = 0  # type: ignore[attr-defined]
    python.create_session(session)
    id = session.id or ""
    swift.do("load", id=id)
    here = python.load_session(id)
    here.of_python, here.both, here.old = 1, "Python's", 2
    swift.set("of_swift", [1])
    swift.set("both", "Swift's")
    python.save_session(here)
    swift.do("save")
    merged = {"of_python": 1, "of_swift": [1], "both": "Swift's", "old": 2}
    assert swift.attributes == merged
    assert in_c(c, id)["attributes"] == merged
    assert swift.do("count")["numbers"]["merges"] == 1
    # And the other way round.
    here.of_python = 2
    python.save_session(here)
    assert (here.of_swift, here.of_python) == ([1], 2)


def test_by_the_policy_fail_the_later_save_is_refused(
    swift: Worker, python: DirectorySessionStore
) -> None:
    id = store_in_python(swift, python)
    swift.do("load", id=id)
    here = python.load_session(id)
    here.zero = 1
    python.save_session(here)
    swift.set("yes", False)
    with pytest.raises(SwiftError) as refused:
        swift.do("save", text="fail")
    assert refused.value.code == "conflict"
    assert python.load_session(id).yes is True


def test_a_logout_in_one_host_is_not_undone_by_a_save_in_another(
    swift: Worker, python: DirectorySessionStore
) -> None:
    id = store_in_python(swift, python)
    swift.do("load", id=id)
    here = python.load_session(id)
    python.delete_session(id)
    swift.set("zero", 1)
    with pytest.raises(SwiftError) as gone:
        swift.do("save")
    assert (gone.value.code, gone.value.operation) == ("gone", "save")
    here.zero = 1
    with pytest.raises(GoneError):
        python.save_session(here)
    assert swift.do("ids")["texts"] == []


def test_tokens_of_one_host_pass_once_in_all(swift: Worker, python: DirectorySessionStore) -> None:
    swift.do("new")
    forms = [swift.do("make form token")["text"] for _ in range(2)]
    csrf = swift.do("make csrf token")["text"]
    id = swift.do("create")["id"]
    assert python.consume_form_token(id, forms[0]) is True
    assert swift.do("consume form token", id=id, text=forms[0])["flag"] is False
    assert swift.do("consume form token", id=id, text=forms[1])["flag"] is True
    assert python.consume_form_token(id, forms[1]) is False
    session = python.load_session(id)
    assert session.get_csrf_token() == csrf
    swift.do("load", id=id)
    assert swift.do("check csrf token", text=csrf)["flag"] is True
    assert swift.do("check csrf token", text=csrf[:-1])["flag"] is False


COUNTER = """
import sys
from session3.store.DirectorySessionStore import DirectorySessionStore
with DirectorySessionStore(sys.argv[1], lock_timeout=60) as store:
    for _ in range(500):
        store.increment(sys.argv[2], "all")
"""


def test_tasks_that_share_a_repository_lose_nothing_beside_another_process(
    swift: Worker, python: DirectorySessionStore, directory: Path
) -> None:
    swift.do("new")
    id = swift.do("create")["id"]
    other = subprocess.Popen([sys.executable, "-c", COUNTER, str(directory), id])
    swift.do("crowd", id=id)
    assert other.wait() == 0
    session = python.load_session(id)
    assert session.all == 8 * 250 + 500
    assert [getattr(session, f"task {task}") for task in range(8)] == [250] * 8


def test_a_sweep_takes_what_no_host_used(swift: Worker, directory: Path) -> None:
    with DirectorySessionStore(directory, clock=lambda: time.time() - 3600) as an_hour_ago:
        sessions = [Session() for _ in range(3)]
        for session in sessions:
            an_hour_ago.create_session(session)
        used, forgotten, later = (str(session.id) for session in sessions)
        assert swift.do("ids")["texts"] == sorted([used, forgotten, later])
        an_hour_ago.set_access_time(used, time.time() - 20 * 60)
        swift.do("touch", id=later)
        assert swift.do("sweep", number=1800)["numbers"] == {"deleted": 1, "remaining": 2}
        assert sorted(an_hour_ago) == sorted([used, later])


def test_a_swift_host_may_load_the_shared_library_as_well(
    swift: Worker, python: DirectorySessionStore, directory: Path, outside: OutsidePackage
) -> None:
    swift.do("new")
    id = swift.do("create")["id"]
    library = os.environ["SESSION3_LIBRARY"]
    told = swift.do("library", id=id, key="turns", path=str(directory), text=library, count=1000)
    assert told["number"] == 2000
    session = python.load_session(id)
    assert (session.turns, session.all) == (2000, 8 * 250)
