# SPDX-License-Identifier: MIT
"""Who may read and write what a store makes: as was asked for, whatever the umask, and never more
for a moment; a store of another user is used as its modes let one, and told of."""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import hostile
import pytest
import strace
from broken import without
from limited import E_IO, OK
from places import environment, program
from proof import RecordProperty

pytestmark = pytest.mark.method("security")

NOBODY, SOMEBODY = 65534, 12345

# Makes, grows and renews sessions under a umask, between two calls of getppid(2).
STORY = """
import os, sys
from session3.Session import Session
from session3.store.DirectorySessionStore import DirectorySessionStore
directory, umask, modes = sys.argv[1], int(sys.argv[2], 8), [int(mode, 8) for mode in sys.argv[3:]]
os.umask(umask)
os.getppid()
with DirectorySessionStore(
    directory, create=True, file_mode=modes[0], directory_mode=modes[1]
) as store:
    for id in ("small", "grown", "renewed"):
        store.save_session(Session(id))
    session = store.load_session("grown")
    session.text = "x" * 20000
    store.save_session(session)
    store.renew_session(store.load_session("renewed"))
    large = Session("large")
    large.text = "x" * 20000
    store.create_session(large)
    store.setup()
os.getppid()
"""


@pytest.fixture
def directory() -> Iterator[Path]:
    """Where a store may be made that other users reach."""
    with tempfile.TemporaryDirectory(prefix="session3-modes-") as parent:
        Path(parent).chmod(0o711)
        yield Path(parent, "sessions")


def run_story(
    directory: Path, umask: str, modes: tuple[int, int], rule: str | None = None
) -> list[str]:
    """The story, told by a user who has no rights but his own; its system calls. Without a rule of
    mutant.c, if one is named."""
    reason = strace.missing()
    if reason is not None:
        pytest.skip(reason)
    before = as_user(NOBODY) if other_user_works() else []
    if before:
        os.chown(directory.parent, NOBODY, NOBODY)
    command = [*before, sys.executable, "-c", STORY, str(directory), umask, *map(oct, modes)]
    seen = strace.trace(command, story_environment(directory, rule))
    assert seen.run.code == 0, seen.run.output
    return [call.text.split(maxsplit=1)[1] for call in seen.calls]


def story_environment(directory: Path | None = None, rule: str | None = None) -> dict[str, str]:
    """Without a rule, if one is named, by a module beside the directory."""
    variables = environment(PYTHONDONTWRITEBYTECODE="1")
    return without(rule, variables, directory.parent) if directory and rule else variables


def as_user(user: int) -> list[str]:
    """A command to run another as a user, with the group of the same number."""
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]


@functools.cache
def other_user_works() -> bool:
    """Whether another user reaches the interpreter, the library and the programs from here."""
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        return False
    command = [sys.executable, "-c", "import session3.store.DirectorySessionStore"]
    reach = ["test", "-x", program("hostile")]
    return all(
        subprocess.run(
            [*as_user(NOBODY), *each], env=story_environment(), capture_output=True, check=False
        ).returncode
        == 0
        for each in (command, reach)
    )


def modes_looked_at(
    directory: Path, umask: str, modes: tuple[int, int], rule: str | None = None
) -> int:
    """How many modes were as asked for, in calls and of files."""
    calls = run_story(directory, umask, modes, rule)
    file_mode, directory_mode = modes
    assert directory.stat().st_mode & 0o7777 == directory_mode, "another mode"
    found = {path.name: path.stat().st_mode & 0o7777 for path in directory.iterdir()}
    assert len(found) == 5
    assert set(found.values()) == {file_mode}
    made = 0
    for call in calls:
        asked = re.search(r"O_CREAT.*, (0\d*)\) +=", call)
        if asked or call.startswith("fchmod("):
            mode = int(asked[1] if asked else re.findall(r", (0\d+)", call)[-1], 8)
            assert mode & ~(file_mode | directory_mode) == 0, call
            made += 1
        if asked:
            assert mode & ~file_mode == 0, call
        if call.startswith("mkdir("):
            assert int(re.findall(r", (0\d+)", call)[-1], 8) & ~directory_mode == 0, call
    assert made >= 5
    return made + len(found)


@pytest.mark.parametrize(
    ("umask", "modes"),
    [("000", (0o600, 0o700)), ("077", (0o640, 0o750)), ("0377", (0o666, 0o2775))],
)
def test_modes_are_as_asked_for_and_never_wider(
    umask: str, modes: tuple[int, int], directory: Path, record_property: RecordProperty
) -> None:
    record_property("modes looked at", modes_looked_at(directory, umask, modes))


def test_modes_that_a_umask_narrowed_are_found_out(directory: Path) -> None:
    """The check is one that fails: no mode is set after creation."""
    with pytest.raises(AssertionError, match="another mode"):
        modes_looked_at(directory, "077", (0o640, 0o750), "mode")


def grow(directory: Path, rule: str | None = None) -> list[str]:
    """Lets a session grow whose file has narrower permissions than new ones have, and, where this
    is root, another owner; the system calls."""
    run_story(directory, "000", (0o666, 0o755))
    small = directory / "small"
    small.chmod(0o600)
    if os.geteuid() == 0:
        os.chown(small, SOMEBODY, SOMEBODY)
    before = small.stat()
    script = STORY.replace("os.getppid()", "", 1).split("with Dir")[0] + (
        "store = DirectorySessionStore(directory, file_mode=0o666)\n"
        "session = store.load_session('small')\n"
        "session.text = 'x' * 20000\n"
        "os.getppid()\nstore.save_session(session)\nos.getppid()\n"
    )
    command = [sys.executable, "-c", script, str(directory), "000"]
    seen = strace.trace(command, story_environment(directory, rule))
    assert seen.run.code == 0, seen.run.output
    after = small.stat()
    assert after.st_ino != before.st_ino
    assert after.st_mode & 0o777 == 0o600, "another mode"
    assert (after.st_uid, after.st_gid) == (before.st_uid, before.st_gid), "another owner"
    return [call.text for call in seen.calls]


def test_a_grown_session_is_not_shown_to_more_for_a_moment(directory: Path) -> None:
    """The larger file has the permissions of the one before it has content."""
    calls = grow(directory)
    [opened] = [number for number, call in enumerate(calls) if ".grow-" in call and "CREAT" in call]
    written = next(at for at, call in enumerate(calls) if at > opened and "pwrite64(" in call)
    narrowed = [at for at, call in enumerate(calls) if re.search(r"fchmod\(\d+, 0600\)", call)]
    created = re.search(r", (0\d*)\) +=", calls[opened])
    assert created
    assert int(created[1], 8) & 0o077 == 0 or (narrowed and opened < narrowed[0] < written)


def test_a_grown_session_of_another_owner_is_found_out(directory: Path) -> None:
    """The check is one that fails: a grown file's owner is not set."""
    if os.geteuid() != 0:
        pytest.skip("not root: there is no other owner")
    with pytest.raises(AssertionError, match="another owner"):
        grow(directory, "owner")


def test_who_creates_a_directory_under_a_umask_that_takes_all_can_use_it(directory: Path) -> None:
    if os.geteuid() == 0 and not other_user_works():
        pytest.skip("there is no other user to be, and root needs no rights")
    command = [sys.executable, "-c", STORY, str(directory), "0777", "600", "700"]
    if os.geteuid() == 0:
        command = [*as_user(NOBODY), *command]
        os.chown(directory.parent, NOBODY, NOBODY)
    done = subprocess.run(command, env=story_environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert directory.stat().st_mode & 0o777 == 0o700


@pytest.fixture
def others(directory: Path) -> Path:
    """A directory that other users reach."""
    if not other_user_works():
        pytest.skip("there is no other user to be, or he does not reach the library")
    directory.mkdir()
    return directory


def visit_as(user: int, directory: Path) -> hostile.Visit:
    return hostile.visit(directory, before=["setpriv", f"--reuid={user}", "--clear-groups"])


def warnings(seen: hostile.Visit) -> list[str]:
    said = [said for said in seen.before if said.name == "log" and said.status == 4]
    return [line.message for line in said]


@pytest.mark.parametrize(
    ("owner", "user", "is_told"),
    [
        (0, 0, False),
        (NOBODY, NOBODY, False),
        (0, NOBODY, False),
        (SOMEBODY, NOBODY, True),
        (NOBODY, 0, True),
    ],
)
def test_a_directory_of_another_user_is_used_and_told_of_unless_it_is_roots(
    owner: int, user: int, is_told: bool, others: Path
) -> None:
    """A member of its group works in it as in his own; what group he is of is root's here."""
    os.chown(others, owner, 0)
    others.chmod(0o770)
    seen = visit_as(user, others)
    assert bool(warnings(seen)) == is_told
    assert all(line.endswith("the directory is another user's") for line in warnings(seen))
    assert seen.statuses("live-on") == [OK]
    for name in ("load", "replace", "visit", "log-out"):
        assert seen.statuses(name) == [OK]


def test_who_may_not_write_to_the_directory_is_told_so_and_makes_nothing(others: Path) -> None:
    os.chown(others, SOMEBODY, 0)
    others.chmod(0o750)
    seen = visit_as(NOBODY, others)
    refused = [said for said in seen.before if said.name == "open"]
    assert [(said.status, said.errno) for said in refused] == [(E_IO, 13)]
    assert OK not in [*seen.statuses("load"), *seen.statuses("replace"), *seen.statuses("visit")]
    assert os.listdir(others) == []
