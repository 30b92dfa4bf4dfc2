# SPDX-License-Identifier: MIT
"""A full disk refuses new sessions and harms none that exists."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from repository import search_path

SCRIPT = """
import errno, os, sys
from session3.errors import StorageError
from session3.Session import Session
from session3.store.DirectorySessionStore import DirectorySessionStore

store = DirectorySessionStore(sys.argv[1] + "/sessions", create=True)
kept = Session("kept")
kept.n = 0
store.save_session(kept)
made = 0
try:
    while True:
        store.create_session(Session())
        made += 1
except StorageError as error:
    assert error.errno == errno.ENOSPC, error
assert made > 0
before = sorted(os.listdir(store.directory))
assert len(before) == made + 2, before

for save in (lambda: store.save_session(Session("new")), lambda: store.create_session(Session())):
    try:
        save()
    except StorageError as error:
        assert error.errno == errno.ENOSPC, error
    else:
        raise AssertionError("there was room")
assert sorted(os.listdir(store.directory)) == before

for n in range(100):
    kept.n = n
    store.save_session(kept)
    store.increment("kept", "hits")
assert store.load_session("kept").n == 99
assert store.load_session("kept").hits == 100

kept = store.load_session("kept")
kept.blob = "x" * 9000
try:
    store.save_session(kept)
except StorageError as error:
    assert error.errno == errno.ENOSPC, error
else:
    raise AssertionError("there was room to grow")
assert sorted(os.listdir(store.directory)) == before
assert not hasattr(store.load_session("kept"), "blob")

for id in [id for id in store if id != "kept"]:
    assert store.delete_session(id)
store.save_session(kept)
assert store.load_session("kept").blob == kept.blob
print("ok", made)
"""


def test_on_a_full_disk_sessions_live_on_and_nothing_is_left_behind(tmp_path: Path) -> None:
    mount = f'mount -t tmpfs -o size=64k tmpfs {tmp_path} && exec "$@"'
    unshare = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    environment = {**os.environ, "PYTHONPATH": search_path()}
    done = subprocess.run(
        [*unshare, "sh", "-c", mount, "sh", sys.executable, "-c", SCRIPT, str(tmp_path)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("ok")
