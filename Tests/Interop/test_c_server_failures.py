# SPDX-License-Identifier: MIT
"""The C server when its store fails, and how it starts and ends."""

from __future__ import annotations

import fcntl
import shutil
import signal
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from c_server import PATIENCE, PROGRAM, UNPRIVILEGED, CServer
from web_visitor import Answer, Visitor

OUT_OF_REACH = "The sessions are out of reach. Please try again in a moment."


def assert_is_out_of_reach(answer: Answer) -> None:
    assert (answer.status, answer.text("error")) == (503, OUT_OF_REACH)
    assert answer.header("Retry-After") == "1"
    assert answer.header("Set-Cookie") is None
    for word in (b"errno", b"EACCES", b"sessions/", b"/tmp", b".c:"):
        assert word not in answer.body


def test_a_store_that_can_not_be_read_is_a_clean_503_and_comes_back(tmp_path: Path) -> None:
    with CServer(tmp_path, under=UNPRIVILEGED) as server:
        ada, stranger = server.visitor(), server.visitor()
        ada.log_in("ada")
        token = ada.get().csrf_token
        server.directory.chmod(0)
        try:
            assert_is_out_of_reach(ada.get())
            assert_is_out_of_reach(ada.post("/increment", {"csrf_token": token}))
            assert_is_out_of_reach(ada.get("/admin"))
            assert_is_out_of_reach(stranger.post("/login", {"user": "bob"}))
            assert stranger.get().status == 200
            assert ada.get("/style.css").status == 200
        finally:
            server.directory.chmod(0o700)
        assert "EACCES" in server.errors
        assert ada.cookies["session3"] not in server.errors
        assert ada.get().text("user") == "ada"


def test_a_store_that_can_be_read_only_is_a_clean_503_at_the_end(tmp_path: Path) -> None:
    with CServer(tmp_path, under=UNPRIVILEGED) as server:
        ada = server.visitor()
        ada.log_in("ada")
        token = ada.get().csrf_token
        identifier = ada.cookies["session3"]
        server.directory.chmod(0o500)
        try:
            for path, fields in (
                ("/login", {"user": "bob"}),
                ("/logout", {}),
                ("/logout-everywhere", {}),
            ):
                assert_is_out_of_reach(ada.post(path, {"csrf_token": token, **fields}))
                assert_is_out_of_reach(server.visitor().post("/login", {"user": "bob"}))
                assert ada.get().text("user") == "ada"
        finally:
            server.directory.chmod(0o700)
        assert server.stored == {identifier}
        assert ada.send("/logout").status == 303


def test_a_store_that_was_removed_is_a_clean_503_for_who_needs_it(tmp_path: Path) -> None:
    with CServer(tmp_path) as server:
        ada = server.visitor()
        ada.log_in("ada")
        shutil.rmtree(server.directory)
        assert ada.get().text("user") == "nobody"
        assert_is_out_of_reach(ada.post("/login", {"user": "ada"}))
        assert_is_out_of_reach(server.visitor().post("/increment"))
        assert "directory was removed" in server.errors


def test_a_session_that_another_program_holds_locked_is_a_clean_503(tmp_path: Path) -> None:
    with CServer(tmp_path) as server:
        ada = server.visitor()
        ada.log_in("ada")
        token = ada.get().csrf_token
        with (server.directory / ada.cookies["session3"]).open("r+b") as session:
            fcntl.lockf(session, fcntl.LOCK_EX)
            assert_is_out_of_reach(ada.post("/increment", {"csrf_token": token}))
            assert ada.get().text("counter") == "0"
        assert ada.post("/increment", {"csrf_token": token}).status == 303
        assert ada.get().text("counter") == "1"


def test_a_request_under_way_is_answered_when_the_server_ends(tmp_path: Path) -> None:
    with CServer(tmp_path) as server:
        ada = server.visitor()
        ada.log_in("ada")
        token = ada.get().csrf_token
        with (
            ThreadPoolExecutor(1) as pool,
            (server.directory / ada.cookies["session3"]).open("r+b") as session,
        ):
            fcntl.lockf(session, fcntl.LOCK_EX)
            late = pool.submit(ada.post, "/increment", {"csrf_token": token})
            time.sleep(0.5)
            assert not late.done()
            server.process.send_signal(signal.SIGTERM)
            time.sleep(0.5)
            fcntl.lockf(session, fcntl.LOCK_UN)
            assert late.result().status == 303
        assert server.process.wait(10) == 0


def test_a_damaged_session_is_nobodys_and_reported(tmp_path: Path) -> None:
    with CServer(tmp_path) as server:
        ada = server.visitor()
        ada.log_in("ada")
        damaged = b"SESSION3" + b"\xff" * 4000
        (server.directory / ada.cookies["session3"]).write_bytes(damaged)
        assert ada.get().text("user") == "nobody"
        assert "c-server: error: load: " in server.errors
        assert ada.cookies["session3"] not in server.errors
        bob = server.visitor()
        bob.log_in("bob")
        assert bob.get("/admin").status == 200
        assert (server.directory / ada.cookies["session3"]).read_bytes() == damaged


def run(*arguments: str | Path, under: list[str] | None = None) -> tuple[int, str]:
    done = subprocess.run(
        [*(under or []), PROGRAM, *arguments],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    return done.returncode, done.stderr


def test_it_does_not_start_without_its_store(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("not a directory")
    closed = tmp_path / "closed"
    closed.mkdir(0)
    for directory, reason in ((file, "ENOTDIR"), (closed, "EACCES"), (tmp_path / "a/b", "ENOENT")):
        code, said = run("--port", "0", directory, under=UNPRIVILEGED)
        assert code == 1
        assert reason in said, said


def test_it_does_not_start_without_its_pages(tmp_path: Path) -> None:
    (tmp_path / "pages").mkdir()
    code, said = run("--pages", tmp_path / "pages", "--port", "0", tmp_path / "sessions")
    assert code == 1
    assert "templates" in said


def test_it_does_not_start_on_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        code, said = run("--port", str(taken.getsockname()[1]), tmp_path / "sessions")
    assert code == 1
    assert "can't serve 127.0.0.1 port" in said


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["a", "b"],
        ["--threads", "0", "a"],
        ["--threads", "many", "a"],
        ["--port", "65536", "a"],
        ["--port", "-1", "a"],
        ["--nonsense", "a"],
    ],
)
def test_wrong_usage_is_told(arguments: list[str]) -> None:
    code, said = run(*arguments)
    assert code == 2
    assert "usage: c-server" in said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly_whatever_is_under_way(tmp_path: Path, number: int) -> None:
    with CServer(tmp_path) as server:
        ada = server.visitor()
        ada.log_in("ada")
        address = ("127.0.0.1", server.port)
        with socket.create_connection(address) as idle, socket.create_connection(address) as busy:
            busy.sendall(b"POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nuser=")
            idle.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            assert idle.recv(8) == b"HTTP/1.1"
            server.end(number)
        assert (server.code, server.errors) == (0, "")
    with CServer(tmp_path) as server:
        assert server.visitor(ada.cookies).get().text("user") == "ada"


def play_everything(server: CServer) -> None:
    here, there = server.visitor(), server.visitor()
    for visitor in (here, there):
        visitor.get("/style.css")
        visitor.send("/increment")
        visitor.log_in("ada\0<b>", remember="yes")
        for path in ("/increment", "/increment-and-fail", "/logout-and-fail", "/assign"):
            visitor.send(path)
        visitor.send("/cart/add", {"item": "tea"})
        visitor.post("/logout", {"csrf_token": "forged"})
        visitor.post("/login", {"user": "x" * 20_000})
        visitor.post("/login", {"user": b"\xff"})
        visitor.get("/nowhere")
        visitor.get("/admin")
    hash_of_there = there.get().text("session-hash") or ""
    here.send("/admin/revoke", {"hash": hash_of_there})
    there.log_in("ada\0<b>")
    here.send("/logout-others")
    here.send("/logout-everywhere")
    Visitor(server.port, {"session3": "x" * 100_000}).ask("GET", "/")
    here.log_in("bob")
    here.send("/logout")
    shutil.rmtree(server.directory)
    assert here.post("/login", {"user": "eve"}).status == 503


def test_valgrind_finds_no_error_and_no_leak(tmp_path: Path) -> None:
    valgrind = [
        "valgrind",
        "--quiet",
        "--leak-check=full",
        "--show-leak-kinds=all",
        "--errors-for-leak-kinds=all",
        "--error-exitcode=99",
    ]
    with CServer(tmp_path, under=valgrind) as server:
        play_everything(server)
        server.end()
        assert server.code == 0, server.errors
        assert "==" not in server.errors
