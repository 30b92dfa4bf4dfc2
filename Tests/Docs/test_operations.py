# SPDX-License-Identifier: MIT
"""What the page for operators says of messages, units and commands is so."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from pages import DOCS, PACKAGE, ROOT, environment
from session3.errors import InvalidArgumentError
from session3.Session import Session
from session3.store.DirectorySessionStore import DirectorySessionStore

PAGE = (DOCS / "guides/operations.md").read_text()
UNITS = ROOT / "examples/operations"
SWIFT = {path: path.read_text() for path in (ROOT / "Sources/Session3").rglob("*.swift")}
PYTHON = {path: path.read_text() for path in (PACKAGE / "session3").rglob("*.py")}

# What a store tells somebody; of other kinds are a program's own mistakes, which only debug shows.
KINDS = ("corrupt", "format", "unsupported", "insecure", "busy", "tooLarge", "callback")


def messages() -> dict[str, str]:
    """The rows of the page's table: what a line says, and its level."""
    table = PAGE.partition("<!-- messages: begin -->")[2].partition("<!-- messages: end -->")[0]
    rows = (row.split(" | ") for row in table.splitlines() if row.startswith("| `"))
    return {row[0].strip("| `"): row[1] for row in rows}


def levels() -> dict[str, str]:
    """The level of each kind of failure, as StoreMonitor has it."""
    text = (ROOT / "Sources/Session3/Stores/StoreMonitor.swift").read_text()
    told = {}
    for kinds, body in re.findall(
        r"case ((?:\.\w+,? ?|nil,? ?)+):(.*?)(?=case \.|\n  }\n)", text, re.S
    ):
        level = re.search(r"tell\(\.(\w+), failure\)", body)
        assert level is not None, kinds
        told.update(dict.fromkeys(re.findall(r"\w+", kinds), level[1]))
    return told


def made() -> Iterator[tuple[str, str]]:
    """Kind and text of each failure that the source makes."""
    for path, text in SWIFT.items():
        if "CInterface" not in path.parts and "MessagePack" not in path.parts:
            yield from re.findall(r'StoreError\(\s*\.(\w+), "([^"]+)"', text)


def test_every_failure_that_is_told_is_in_the_table_with_its_level() -> None:
    levels_of = levels()
    assert levels_of["corrupt"] == "error"
    expected = {text: levels_of[kind] for kind, text in made() if kind in KINDS}
    assert len(expected) > 15
    table = messages()
    assert {text: table.get(text) for text in expected} == expected


def test_every_line_of_python_is_in_the_table_with_its_level() -> None:
    told = {"exception": "error", "error": "error", "warning": "warning"}
    call = re.compile(r'\blog(?:ger)?\.(exception|error|warning)\(\s*"([^"]+)"')
    found = {
        text: told[level] for source in PYTHON.values() for level, text in call.findall(source)
    }
    assert found
    table = messages()
    assert {text: table.get(text) for text in found} == found


def test_every_message_of_the_table_is_in_the_source() -> None:
    source = "\n".join([*SWIFT.values(), *PYTHON.values()])
    for message in messages():
        for part in re.split(r"\b[NM]\b", message):
            assert part in source, message


def test_what_is_told_of_success_is_told_at_the_level_of_the_table() -> None:
    table = messages()
    many = (ROOT / "Sources/Session3/Stores/SessionRepository+Many.swift").read_text()
    assert re.findall(r"tell\(\.(\w+), operation", many) == [table["N deleted"]]
    assert table["N deleted, M remain"] == table["N deleted"]
    opening = (ROOT / "Sources/Session3/Stores/Directory/DirectorySessionStore.swift").read_text()
    level = re.search(r'tell\(\.(\w+), "open".*?"the directory is another user\'s"', opening, re.S)
    assert level is not None
    assert level[1] == table["the directory is another user's"]
    assert levels()["gone"] == table["the session does not exist any more"]


def test_an_error_of_the_kernels_ends_as_the_page_says(tmp_path: Path) -> None:
    for create, call in ((False, "openat"), (True, "mkdir")):
        with pytest.raises(OSError, match=rf"open: .*: {call}: No such .* \(ENOENT\)"):
            DirectorySessionStore(tmp_path / "missing" / "sessions", create=create)
        assert f"| `(ENOENT)` with `{call}` |" in PAGE


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Where the shop of the page is: a store with an old session, and a program to run."""
    sessions = tmp_path / "var/lib/shop/sessions"
    sessions.parent.mkdir(parents=True)
    with DirectorySessionStore(sessions, create=True) as store:
        for age in (0, 31 * 86400):
            session = Session()
            session._creation_time -= age
            store.create_session(session)
            assert session.id is not None
            store.set_access_time(session.id, session._creation_time)
    bin = tmp_path / "srv/shop/venv/bin"
    bin.mkdir(parents=True)
    for name in ("python", "gunicorn"):
        (bin / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        (bin / name).chmod(0o755)
    return tmp_path


def in_shop(text: str, shop: Path) -> str:
    return re.sub(r"/(?=(var/lib|srv)/shop)", f"{shop}/", text)


def run(command: str, shop: Path) -> str:
    done = subprocess.run(
        command, shell=True, env=environment(), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_from_a_hash_there_is_a_way_to_the_file_that_shows_no_id(shop: Path) -> None:
    sessions = shop / "var/lib/shop/sessions"
    with DirectorySessionStore(sessions) as store:
        id = next(iter(store))
        hash = store.short_hash(id)
    (sessions / id).write_bytes(b"FOREIGN: of nobody")
    checking, looking, removing = [
        in_shop(line, shop)
        for line in PAGE.splitlines()
        if " check /var/lib/shop/sessions" in line or line.startswith("find /var/lib")
    ][:3]
    checked = subprocess.run(
        checking, shell=True, env=environment(), capture_output=True, text=True, check=False
    )
    inode = re.search(rf"session {hash}: the file is not a session \(inode (\d+)\)", checked.stdout)
    assert inode is not None
    looked = run(looking.replace("1234", inode[1]), shop)
    assert re.search(r" 600 18 .*\nFOREIGN:$", looked)
    assert run(removing.replace("1234", inode[1]), shop) == ""
    assert id not in checked.stdout + checked.stderr + looked
    assert not (sessions / id).exists()
    assert len(list(sessions.iterdir())) == 2


def test_another_sync_mode_is_had_as_the_page_says(shop: Path) -> None:
    sessions = shop / "var/lib/shop/sessions"
    message = "the store was set up with another sync mode"
    assert messages()[message] == levels()["invalid"]
    with pytest.raises(InvalidArgumentError, match=message):
        DirectorySessionStore(sessions, sync="data")
    (sessions / ".session3").unlink()
    with DirectorySessionStore(sessions, sync="data") as store:
        assert len(list(store)) == 2
    DirectorySessionStore(sessions).close()
    # Whoever comes first, and asks for no mode, has set it for those who do.
    (sessions / ".session3").unlink()
    DirectorySessionStore(sessions).close()
    with pytest.raises(InvalidArgumentError, match=message):
        DirectorySessionStore(sessions, sync="data")


@pytest.mark.parametrize("name", ["session3-sweep.service", "session3-sweep.timer", "shop.service"])
def test_a_unit_is_one_that_systemd_takes(name: str, shop: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is missing")
    for path in UNITS.glob("*.[st]*"):
        (shop / path.name).write_text(in_shop(path.read_text(), shop))
    done = subprocess.run(
        ["systemd-analyze", "verify", f"./{name}"],
        cwd=shop,
        env={**os.environ, "SYSTEMD_UNIT_PATH": f"{shop}:"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_sweeps_unit_deletes_what_is_old(shop: Path) -> None:
    unit = (UNITS / "session3-sweep.service").read_text()
    command = re.search(r"^ExecStart=(.*)$", unit, re.M)
    assert command is not None
    assert run(in_shop(command[1], shop), shop) == "1 deleted, 1 remain\n"
    allowed = re.search(r"^ReadWritePaths=(.*)$", unit, re.M)
    assert allowed is not None
    assert f" sweep {allowed[1]} " in command[1]


def test_crons_line_deletes_what_is_old_and_says_nothing(shop: Path) -> None:
    (line,) = [
        line
        for line in (UNITS / "session3-sweep.cron").read_text().splitlines()
        if not line.startswith("#")
    ]
    *times, user, command = line.split(None, 6)
    assert [re.fullmatch(r"[0-9*]+", field) is not None for field in times] == [True] * 5
    assert user == "shop"
    assert run(in_shop(command, shop), shop) == ""
    with DirectorySessionStore(shop / "var/lib/shop/sessions") as store:
        assert len(list(store)) == 1


def test_sizes_of_files_are_as_the_page_says(tmp_path: Path) -> None:
    row = re.search(r"4,096 bytes up to .*?;", PAGE)
    assert row is not None
    numbers = [int(number.replace(",", "")) for number in re.findall(r"\d[\d,]*\d", row[0])]
    assert len(numbers) == 6
    with DirectorySessionStore(tmp_path / "sessions", create=True) as store:
        for size, payload in zip(numbers[::2], numbers[1::2]):
            for more in (0, 1):
                session = Session()
                # A payload of {"attributes": {"x": bytes}} has 18 bytes beside them.
                session.x = bytes(payload - 18 + more)  # type: ignore[attr-defined]
                store.create_session(session)
                assert session.id is not None
                stored = (tmp_path / "sessions" / session.id).stat().st_size
                assert (stored == size) == (more == 0), (size, payload, more, stored)


SHARED = """
import os, sys
from session3.DictSession import DictSession
from session3.store.DirectorySessionStore import DirectorySessionStore

def as_user(user, body):
    child = os.fork()
    if child == 0:
        os.setgroups([3000]); os.setgid(user); os.setuid(user); os.umask(0o077)
        try:
            body(DirectorySessionStore(sys.argv[1], file_mode=0o660, session_class=DictSession))
        except Exception as error:
            print(user, error, file=sys.stderr)
            os._exit(1)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0

def create(store):
    session = DictSession("one")
    session["users"] = []
    store.create_session(session)

def change(store):
    session = store.load_session("one", strict=True)
    session["users"].append(os.getuid())
    # So that the file must grow.
    session[str(os.getuid())] = "x" * 9000
    store.save_session(session)
    store.touch("one")

os.mkdir(sys.argv[1]); os.chown(sys.argv[1], 1001, 3000); os.chmod(sys.argv[1], 0o2770)
as_user(1001, create)
for user in (1002, 1001, 1002):
    as_user(user, change)
as_user(1001, lambda store: print(store.load_session("one")["users"]))
as_user(1002, lambda store: print(store.delete_session("one")))
"""


def test_servers_of_two_users_share_a_directory_by_its_group() -> None:
    if os.geteuid() != 0:
        pytest.skip("not root")
    # Where other users come to.
    with tempfile.TemporaryDirectory(dir="/tmp") as place:
        Path(place).chmod(0o755)
        done = subprocess.run(
            [sys.executable, "-c", SHARED, f"{place}/sessions"],
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        # As the table of messages says; nothing else is wrong.
        assert {line.rpartition(": ")[2] for line in done.stderr.splitlines()} == {
            "the directory is another user's"
        }
        assert done.stdout == "[1002, 1001, 1002]\nTrue\n"
