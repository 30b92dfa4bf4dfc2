# SPDX-License-Identifier: MIT
"""The library as a dependency of somebody else's package."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from outside_package import FOLDER, OutsidePackage
from session3.DictSession import DictSession
from session3.store.DirectorySessionStore import DirectorySessionStore

ROOT = FOLDER.parents[1]
BUILD = Path(os.environ.get("SESSION3_BUILD", ROOT / "build"))
EXAMPLE = ROOT / "examples" / "swift-package"


def test_it_is_fetched_by_url_and_holds_what_the_working_tree_holds(
    outside: OutsidePackage,
) -> None:
    for source in ROOT.glob("Sources/**/*.*"):
        fetched = outside.checkout / source.relative_to(ROOT)
        assert fetched.read_bytes() == source.read_bytes(), source


def test_the_example_finds_it_by_its_path(tmp_path: Path) -> None:
    command = ["swift", "package", "--package-path", str(EXAMPLE), "--scratch-path", str(tmp_path)]
    done = subprocess.run(
        [*command, "show-dependencies"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert str(ROOT) in done.stdout


def request_page(command: list[str], directory: Path, cookie: str) -> tuple[str, str]:
    """Plays one CGI request; answers the cookie that the browser then has, and the page."""
    environment = {
        **os.environ,
        "HTTP_COOKIE": cookie,
        "REMOTE_ADDR": "192.0.2.1",
    }
    done = subprocess.run(
        command, cwd=directory, env=environment, check=True, capture_output=True, text=True
    )
    headers, _, page = done.stdout.partition("\n\n")
    given = re.search(r"^Set-Cookie: (\S+?);", headers, re.MULTILINE)
    return (given[1] if given else cookie), page


def visit_in_python(directory: Path, cookie: str) -> str:
    """The visit of a host that looks after cookies itself."""
    with DirectorySessionStore(directory / "sessions", session_class=DictSession) as store:
        session = store.load_session(cookie.partition("=")[2])
        session["visits"] += 1
        store.save_session(session)
        return f"visit {session['visits']}\n"


def test_c_python_and_swift_count_one_visitors_visits(
    outside: OutsidePackage, tmp_path: Path
) -> None:
    c = [str(BUILD / "bindings" / "c" / "visits")]
    swift = [str(outside.program("visits"))]
    cookie = "session3=planted-by-somebody"
    for expected, command in enumerate([swift, c, None, swift, swift, None, c, swift], start=1):
        known = cookie
        if command is None:
            page = visit_in_python(tmp_path, cookie)
        else:
            cookie, page = request_page(command, tmp_path, known)
        assert page == f"visit {expected}\n"
        assert cookie == known if expected > 1 else cookie != known


def test_the_example_says_what_is_wrong_and_fails(outside: OutsidePackage, tmp_path: Path) -> None:
    (tmp_path / "sessions").write_text("a file in the directory's place")
    done = subprocess.run(
        [outside.program("visits")], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "visits: open: sessions: openat: Not a directory (ENOTDIR)\n"


def test_what_the_manual_shows_runs(outside: OutsidePackage, tmp_path: Path) -> None:
    done = subprocess.run(
        [outside.program("guide"), tmp_path / "sessions"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == (EXAMPLE / "guide.expected").read_text()


# What a user writes, and what the compiler says of it; "" where it must have no objection.
PROGRAMS = {
    "a repository in two tasks": (
        "func f(_ sessions: SessionRepository) async { async let a: Void = g(sessions); "
        "async let b: Void = g(sessions); _ = await (a, b) }\n"
        "func g(_ sessions: SessionRepository) async {}",
        "",
    ),
    "a new session that is given away": (
        "actor A { var s: Session?; func keep(_ new: sending Session) { s = new } }\n"
        "func f(_ a: A, _ id: SessionID, _ sessions: SessionRepository) async throws {\n"
        "  if let session = try sessions.load(id) { await a.keep(session) } }",
        "",
    ),
    "a session in two tasks": (
        "func f(_ s: Session) async { async let a: Void = g(s); g(s); _ = await a }\n"
        "func g(_ s: Session) {}",
        "risk",
    ),
    "a session said to be sendable": (
        "func f(_ s: Session) { g(s) }\nfunc g(_ s: some Sendable) {}",
        "a session belongs to one task at a time",
    ),
    "a request said to be sendable": (
        "func f(_ r: SessionRequest) { g(r) }\nfunc g(_ s: some Sendable) {}",
        "a request belongs to one task at a time",
    ),
    "another error than the one there is": (
        "func f(_ sessions: SessionRepository) { do { try sessions.setup() } "
        "catch { let _: StoreError.Code? = error.code } }",
        "",
    ),
    "the standard library's clock": ("func f(_ clock: any Clock<Duration>) {}", ""),
    "all codes that there are today": (
        "func f(_ c: StoreError.Code) { switch c { case .invalid, .noMemory, .io, .corrupt, "
        ".format, .type, .exists, .gone, .conflict, .busy, .tooLarge, .value, .range, "
        ".unsupported, .callback, .tooSmall, .insecure: break } }",
        "unknown",
    ),
    "a function of the C interface": (
        "func f() { _ = session3_status_text(0) }",
        "cannot find 'session3_status_text'",
    ),
    "the part of C": ("let store: HostSessionStore? = nil", "cannot find type"),
    "a record made up": ("func f(_ r: Record) { _ = r.storage }", "inaccessible"),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_compiler_tells_users_apart(outside: OutsidePackage, name: str, tmp_path: Path) -> None:
    program, objection = PROGRAMS[name]
    source = tmp_path / "main.swift"
    source.write_text(f"import Session3\n{program}\n")
    sources = outside.checkout
    done = subprocess.run(
        [
            *("swiftc", "-emit-sil", "-o", os.devnull, "-swift-version", "6", source),
            *("-I", outside.program("Modules")),
            *("-I", sources / "include", "-I", sources / "Sources/CSession3System/include"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout + done.stderr
    assert objection in said, said
    assert (done.returncode == 0) == (objection == ""), said


def test_it_brings_no_other_package(outside: OutsidePackage) -> None:
    assert ".package(" not in (outside.checkout / "Package.swift").read_text()
