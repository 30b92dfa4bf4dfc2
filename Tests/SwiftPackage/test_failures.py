# SPDX-License-Identifier: MIT
"""What a Swift host is told where something is wrong: an error with its kind, and no more."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ofd_locks
import pytest
from mounts import private_mounts
from session3.Session import Session
from session3.store.DirectorySessionStore import DirectorySessionStore
from swift_worker import SwiftError, Worker, to_swift


def refused(swift: Worker, verb: str, **arguments: Any) -> SwiftError:
    """The error that a verb ends with."""
    with pytest.raises(SwiftError) as caught:
        swift.do(verb, **arguments)
    return caught.value


@pytest.fixture
def stored(swift: Worker) -> str:
    """The id of a session."""
    swift.do("new")
    swift.set("a", 1)
    return str(swift.do("create")["id"])


def test_a_directory_that_is_missing(swift: Worker, tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    failure = refused(swift, "open", path=str(missing))
    assert (failure.code, failure.errno, failure.operation) == ("io", errno.ENOENT, "open")
    assert str(failure) == f"open: {missing}: openat: No such file or directory (ENOENT)"
    assert not missing.exists()


@pytest.mark.parametrize("path", ["", "a\0b"])
def test_a_path_that_is_none(swift: Worker, path: str) -> None:
    assert refused(swift, "open", path=path).code == "invalid"


def test_a_directory_that_anybody_may_write_to(swift: Worker, tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    assert refused(swift, "open", path=str(tmp_path)).code == "insecure"


def test_a_directory_that_was_removed(swift: Worker, directory: Path, stored: str) -> None:
    swift.do("load", id=stored)
    for path in directory.iterdir():
        path.unlink()
    directory.rmdir()
    swift.set("a", 2)
    assert refused(swift, "save").code == "gone"
    swift.do("new")
    failure = refused(swift, "create")
    assert (failure.code, failure.errno) == ("io", errno.ENOENT)
    assert "the directory was removed" in str(failure)


def damage(path: Path) -> bytes:
    """Makes both slots of a session's file bad; answers what it is then."""
    content = bytearray(path.read_bytes())
    for offset in range(512, len(content), 64):
        content[offset] ^= 0xFF
    path.write_bytes(content)
    return bytes(content)


def test_a_damaged_session_is_told_and_left(swift: Worker, directory: Path, stored: str) -> None:
    swift.do("load", id=stored)
    content = damage(directory / stored)
    failure = refused(swift, "load", id=stored)
    assert (failure.code, failure.operation) == ("unreadable", "load")
    assert stored not in str(failure)
    assert swift.do("hash", id=stored)["text"] in str(failure)
    assert refused(swift, "increment", id=stored, key="a").code == "unreadable"
    assert (directory / stored).read_bytes() == content
    assert swift.do("count")["numbers"]["corrupt"] == 2


def test_a_request_with_a_damaged_session_begins_anew(
    swift: Worker, directory: Path, stored: str
) -> None:
    content = damage(directory / stored)
    assert swift.do("start", text=f"session3={stored}")["text"] == "unreadable: corrupt"
    swift.do("set user", value={"text": "ada"})
    assert swift.do("finish")["texts"] == ["created"]
    assert (directory / stored).read_bytes() == content
    assert len(swift.do("ids")["texts"]) == 2


def test_a_file_of_somebody_elses(swift: Worker, directory: Path) -> None:
    (directory / "notes").write_text("mine")
    assert refused(swift, "load", id="notes").code == "unreadable"
    assert refused(swift, "delete", id="notes").code == "unreadable"
    assert (directory / "notes").read_text() == "mine"


def test_a_session_that_somebody_holds_locked(swift: Worker, directory: Path, stored: str) -> None:
    swift.do("open", path=str(directory), number=50)
    swift.do("load", id=stored)
    swift.set("a", 2)
    file = os.open(directory / stored, os.O_RDWR)
    try:
        ofd_locks.lock(file)
        began = time.monotonic()
        assert refused(swift, "save").code == "busy"
        assert 0.05 <= time.monotonic() - began < 2
        assert swift.attributes == {"a": 2}
        assert swift.do("load", id=stored)["flag"] is True, "a reader waits for nobody"
    finally:
        os.close(file)
    swift.set("a", 3)
    swift.do("save")
    with DirectorySessionStore(directory) as python:
        assert python.load_session(stored).a == 3


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    with private_mounts() as mounts:
        yield mounts.tmpfs(tmp_path / "disk", "size=64k,mode=700")


def fill(swift: Worker, ids: list[str]) -> None:
    """Creates more sessions than 64 KiB hold, of 4 KiB each."""
    for number in range(20):
        swift.do("new")
        swift.set("number", number)
        ids.append(swift.do("create")["id"])


def test_a_full_disk_refuses_new_sessions_and_breaks_none(swift: Worker, small_disk: Path) -> None:
    swift.do("open", path=str(small_disk), flag=True)
    ids: list[str] = []
    with pytest.raises(SwiftError, match=r"No space left on device \(ENOSPC\)") as full:
        fill(swift, ids)
    assert (full.value.code, full.value.errno) == ("io", errno.ENOSPC)
    assert ids
    assert swift.do("ids")["texts"] == sorted(ids), "no part of the one that was refused"
    for number, id in enumerate(ids):
        swift.do("load", id=id)
        swift.set("number", number + 1000)
        swift.do("save")
        assert swift.do("increment", id=id, key="number")["number"] == number + 1001
    swift.do("delete", id=ids[0])
    swift.do("new")
    swift.do("create")


def test_a_session_that_is_too_large(swift: Worker, directory: Path) -> None:
    swift.do("open", path=str(directory), count=1000)
    swift.do("new")
    swift.set("a", "x" * 2000)
    assert refused(swift, "create").code == "tooLarge"
    assert swift.do("ids")["texts"] == []


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value",
    [to_swift(nested(40)), {"map": [["twice", {"null": True}], ["twice", {"null": True}]]}],
    ids=["too deep", "a key twice"],
)
def test_a_value_that_can_not_be_stored(swift: Worker, stored: str, value: Any) -> None:
    swift.do("load", id=stored)
    failure = refused(swift, "set", key="cart", value=value)
    assert (failure.code, failure.attribute) == ("value", "cart")
    assert swift.attributes == {"a": 1}


def test_counting_what_is_no_number_or_beyond_one(swift: Worker, stored: str) -> None:
    swift.do("load", id=stored)
    swift.set("text", "x")
    swift.set("most", 2**63 - 1)
    swift.do("save")
    assert refused(swift, "increment", id=stored, key="text").code == "type"
    assert refused(swift, "increment", id=stored, key="most").code == "range"
    assert refused(swift, "increment", id="nobody", key="a").code == "gone"


def test_what_a_client_sends_for_an_id_is_no_session(swift: Worker, stored: str) -> None:
    for sent in ("../etc/passwd", "", "x" * 200, "a b", f"{stored}%00", "\udcff"):
        cookie = f"session3={sent}".encode("utf-8", "replace").decode()
        assert swift.do("start", text=cookie)["text"] == "missing"
        assert swift.do("finish")["texts"] == ["none"]
    assert swift.do("ids")["texts"] == [stored]


def test_a_session_that_exists_and_one_that_is_stored_already(swift: Worker, stored: str) -> None:
    swift.do("new", id=stored)
    assert refused(swift, "create").code == "exists"
    swift.do("load", id=stored)
    assert refused(swift, "create").code == "invalid"
    swift.do("new")
    assert refused(swift, "renew").code == "invalid"


def test_a_request_that_is_finished_twice(swift: Worker) -> None:
    swift.do("start")
    swift.do("finish")
    assert refused(swift, "finish").code == "invalid"
    assert refused(swift, "expire").code == "invalid"


def test_a_store_of_the_hosts_own_that_fails(swift: Worker) -> None:
    swift.do("open", store="failing")
    swift.do("new", id="planted-by-somebody")
    for verb in ("create", "ids"):
        failure = refused(swift, verb)
        assert (failure.code, failure.errno) == ("callback", errno.ECONNREFUSED)
        assert str(failure).endswith("the database is down: Connection refused (ECONNREFUSED)")
    failure = refused(swift, "start", text="session3=planted-by-somebody")
    assert failure.code == "callback"
    log = swift.do("log")["texts"]
    assert len(log) == swift.do("count")["numbers"]["failures"] == 3
    assert all(line.startswith("error: ") and "planted" not in line for line in log)


@pytest.mark.parametrize("store", ["memory", "dictionary"])
def test_stores_without_a_directory_do_all_the_same(swift: Worker, store: str) -> None:
    swift.do("open", store=store)
    swift.do("start")
    swift.do("set user", value={"text": "ada"})
    swift.set("a", [1])
    swift.do("finish")
    swift.do("leave")
    [id] = swift.do("ids")["texts"]
    swift.do("load", id=id)
    swift.set("here", 1)
    assert swift.do("increment", id=id, key="there")["number"] == 1
    swift.do("save")
    assert swift.attributes == {"a": [1], "here": 1, "there": 1}
    assert swift.do("count")["numbers"]["merges"] == 1
    new = swift.do("renew")["id"]
    assert swift.do("load", id=id)["flag"] is False
    assert swift.do("crowd", id=new)["number"] == 2000
    assert len(swift.do("hash", id=new)["text"]) == 12
    swift.do("touch", id=new, number=0)
    assert swift.do("sweep", number=3600)["numbers"] == {"deleted": 0, "remaining": 1}
    swift.do("load", id=new)
    assert swift.do("delete", id=new)["flag"] is True
    swift.set("a", 2)
    assert refused(swift, "save").code == "gone"


def test_a_session_of_python_that_swift_can_not_read_as_text(
    swift: Worker, directory: Path
) -> None:
    with DirectorySessionStore(directory) as python:
        session = Session()
        session.set_user(["no", "text"])
        python.create_session(session)
    swift.do("load", id=session.id)
    assert swift.user == ["no", "text"]
