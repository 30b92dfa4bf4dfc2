# SPDX-License-Identifier: MIT
"""Processes in namespaces of their own share a directory, as containers on one volume do."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from pages import environment
from session3.DictSession import DictSession
from session3.store.DirectorySessionStore import DirectorySessionStore

PROCESSES, INCREMENTS = 4, 500

WORKER = f"""
import os, sys
from session3.DictSession import DictSession
from session3.store.DirectorySessionStore import DirectorySessionStore
children = []
for number in range({PROCESSES}):
    if not (child := os.fork()):
        store = DirectorySessionStore(sys.argv[1], session_class=DictSession, lock_timeout=60)
        for step in range({INCREMENTS}):
            store.increment("counter", "count")
            session = store.load_session("counter")
            session[f"{{sys.argv[2]}} {{number}}"] = step
            store.save_session(session)
        os._exit(0)
    children.append(child)
sys.exit(any(os.waitpid(child, 0)[1] for child in children))
"""

# As `docker run` has it by default, and with a user namespace.
CONTAINER = ["unshare", "--mount", "--pid", "--ipc", "--uts", "--net", "--fork", "--kill-child"]
IN_USER_NAMESPACE = [*CONTAINER, "--user", "--map-root-user"]


def start(
    container: Sequence[str], volume: Path, mounted_at: Path, name: str
) -> subprocess.Popen[str]:
    """A container that has the volume somewhere, and counts on it."""
    script = 'mount --bind "$0" "$1" && shift && exec "$@"'
    worker = [sys.executable, "-c", WORKER, str(mounted_at / "sessions"), name]
    return subprocess.Popen(
        [*container, "sh", "-c", script, str(volume), str(mounted_at), *worker],
        env=environment(),
        stderr=subprocess.PIPE,
        text=True,
    )


def skip_without(*command: str) -> None:
    if subprocess.run([*command, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("no namespaces are to be had")


def make_store(directory: Path) -> None:
    with DirectorySessionStore(directory, create=True, session_class=DictSession) as store:
        session = DictSession("counter")
        session["count"] = 0
        store.create_session(session)


def check(directory: Path, names: Sequence[str]) -> None:
    with DirectorySessionStore(directory, session_class=DictSession) as store:
        found = store.load_session("counter", strict=True)
    assert found["count"] == len(names) * PROCESSES * INCREMENTS
    for name in names:
        for number in range(PROCESSES):
            assert found[f"{name} {number}"] == INCREMENTS - 1


@pytest.mark.parametrize(
    ("first", "second"),
    [(CONTAINER, CONTAINER), (CONTAINER, IN_USER_NAMESPACE)],
    ids=["of one user namespace", "of two user namespaces"],
)
def test_two_containers_on_one_volume_lose_nothing(
    first: list[str], second: list[str], tmp_path: Path
) -> None:
    skip_without(*first)
    skip_without(*second)
    volume = tmp_path / "volume"
    volume.mkdir()
    make_store(volume / "sessions")
    places = [tmp_path / "at one place", tmp_path / "at another"]
    for place in places:
        place.mkdir()
    running = [
        start(container, volume, place, name)
        for container, place, name in zip((first, second), places, "ab")
    ]
    for process in running:
        _, said = process.communicate(timeout=300)
        assert (process.returncode, said) == (0, "")
    check(volume / "sessions", "ab")


MOUNTS = {
    "overlay": 'mount -t tmpfs tmpfs "$PWD" && cd "$PWD" && mkdir lower upper work merged && '
    "mount -t overlay -o lowerdir=lower,upperdir=upper,workdir=work overlay merged && cd merged",
    "tmpfs": 'mount -t tmpfs tmpfs "$PWD" && cd "$PWD"',
}

INSIDE = f"""
import os, subprocess, sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from pathlib import Path
from test_containers import WORKER, check, make_store
directory = Path.cwd() / "sessions"
make_store(directory)
workers = [subprocess.Popen([sys.executable, "-c", WORKER, str(directory), name]) for name in "ab"]
assert not any([worker.wait() for worker in workers])
check(directory, "ab")
kind = subprocess.check_output(["stat", "--file-system", "--format=%T", directory], text=True)
print(kind.strip(), sorted(os.listdir(directory)))
"""


@pytest.mark.parametrize("kind", MOUNTS)
def test_a_containers_own_layer_loses_nothing_while_it_is_there(kind: str, tmp_path: Path) -> None:
    skip_without(*CONTAINER)
    command = f'{MOUNTS[kind]} && exec "$@"'
    done = subprocess.run(
        [*CONTAINER, "sh", "-c", command, "sh", sys.executable, "-c", INSIDE],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    if "mount:" in done.stderr:
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stderr
    names = {"overlay": "overlayfs"}
    assert done.stdout == f"{names.get(kind, kind)} ['.session3', 'counter']\n"
    assert os.listdir(tmp_path) == []
