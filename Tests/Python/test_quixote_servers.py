# SPDX-License-Identifier: MIT
"""The manager behind Quixote's servers: one thread, many threads, many processes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from quixote_server import Visitor, at_once, raw, worker
from session3.store.DirectorySessionStore import DirectorySessionStore

SERVERS = [
    ("simple", "3.0"),
    ("threads", "3.0"),
    ("simple", "3.8"),
    ("threads", "3.8"),
    ("threaded", "3.8"),
]


@pytest.fixture(params=SERVERS, ids=[f"{kind}-{version}" for kind, version in SERVERS])
def port(request: pytest.FixtureRequest, directory: Path) -> Iterator[int]:
    kind, version = request.param
    with worker(kind, version, directory) as port:
        yield port


def test_a_visitor_logs_in_counts_and_logs_out(port: int, directory: Path) -> None:
    visitor = Visitor()
    assert visitor.get(port, "who") == (200, "None")
    assert visitor.id() is None
    assert visitor.get(port, "login") == (200, "alice")
    first = visitor.id()
    assert [visitor.get(port, "count")[1] for _ in range(3)] == ["1", "2", "3"]
    assert visitor.get(port, "crash")[0] == 500
    assert visitor.get(port, "nowhere")[0] == 404
    assert visitor.get(port, "who") == (200, "alice")
    assert visitor.id() == first
    assert visitor.get(port, "logout") == (200, "out")
    assert visitor.id() is None
    assert list(DirectorySessionStore(directory)) == []


def test_no_count_is_lost_to_requests_at_once(port: int, directory: Path) -> None:
    visitor = Visitor()
    visitor.get(port, "login")

    def count(_number: int) -> list[str]:
        return [visitor.get(port, "count")[1] for _ in range(10)]

    answers = [int(answer) for some in at_once(4, count) for answer in some]
    assert sorted(answers) == list(range(1, 41))
    assert DirectorySessionStore(directory).load_session(visitor.id()).hits == 40


def test_requests_at_once_have_each_their_own_session(port: int) -> None:
    visitors = [Visitor() for _ in range(4)]
    for visitor in visitors:
        visitor.get(port, "login")
    answers = at_once(4, lambda number: visitors[number].get(port, "slow")[1])
    assert answers == [visitor.id() for visitor in visitors]


@pytest.mark.parametrize(
    "cookie",
    [
        b"x" * 60_000,
        b"QX_session=" + bytes(range(128, 256)),
        b"QX_session=../../etc/passwd",
        b"; ".join(b"cookie%d=value" % number for number in range(1000)),
    ],
    ids=["60 kB", "binary", "path", "thousand"],
)
def test_a_hostile_cookie_is_a_visitor(port: int, cookie: bytes) -> None:
    assert raw(port, cookie) == 200


@pytest.mark.parametrize("version", ["3.0", "3.8"])
def test_several_processes_share_one_directory(directory: Path, version: str) -> None:
    with contextlib.ExitStack() as stack:
        ports = [stack.enter_context(worker("simple", version, directory)) for _ in range(3)]
        visitor = Visitor()
        visitor.get(ports[0], "login")
        first = visitor.id()
        assert [visitor.get(port, "who")[1] for port in ports] == ["alice"] * 3

        def count(number: int) -> list[str]:
            return [visitor.get(ports[number], "count")[1] for _ in range(20)]

        answers = [int(answer) for some in at_once(3, count) for answer in some]
        assert sorted(answers) == list(range(1, 61))
        assert visitor.id() == first
        visitor.get(ports[1], "logout")
        copy = Visitor()
        for port in ports:
            assert visitor.get(port, "who") == (200, "None")
            assert copy.get(port, "who") == (200, "None")
        assert raw(ports[2], f"QX_session={first}".encode()) == 200
        assert list(DirectorySessionStore(directory)) == []


def test_both_versions_of_quixote_share_one_directory(directory: Path) -> None:
    with worker("simple", "3.0", directory) as old, worker("threads", "3.8", directory) as new:
        visitor = Visitor()
        visitor.get(old, "login")
        assert visitor.get(new, "who") == (200, "alice")
        visitor.get(new, "logout")
        assert visitor.get(old, "who") == (200, "None")
