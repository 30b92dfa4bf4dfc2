# SPDX-License-Identifier: MIT
"""The operations of programs/operation.c: what each does, and on what it is run."""

from __future__ import annotations

import functools
import os
import shutil
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import oracle
from leftovers import STORE_FILE

if TYPE_CHECKING:
    from format1 import Payload
    from format1_messagepack import Value

OK, NOT_FOUND, E_IO, E_EXISTS, E_BUSY = 0, 1, -3, -7, -10

TARGET = "target"
# No mode that a new file gets, so that it shows whether a file that takes the place of another has
# that one's.
TARGET_MODE = oracle.WIDEST_MODE
# A session whose id the library made.
UNNAMED = "(new id)"
# Id, user, and how long ago it was made and used.
SESSIONS = (
    (TARGET, "ada", 3600),
    ("other", "bob", 3600),
    ("sibling", "ada", 3600),
    ("old", "bob", 50 * 3600),
)
NAMED = frozenset({"fresh", *(id for id, _, _ in SESSIONS)})


@dataclass(frozen=True)
class Operation:
    """An operation of programs/operation.c."""

    name: str
    changes: dict[str, Payload | None] = field(default_factory=dict)
    """What it makes of sessions, by id: fields of their payloads; None for no session. Of one that
    is only touched, nothing."""
    status: int = OK
    """What it answers without a fault."""
    writes: bool = True
    """Whether it changes files, so that the mode of syncing matters."""
    in_parts: bool = False
    """Whether it may be done in part when it fails."""
    opens: bool = False
    """Whether it opens the store, and keeps a descriptor."""

    def __str__(self) -> str:
        return self.name


def _has(**attributes: Value) -> Payload:
    return {"attributes": attributes}


TOUCHED: dict[str, Payload | None] = {TARGET: {}}
CHANGED: dict[str, Payload | None] = {TARGET: _has(k="changed", n=5)}
GONE: dict[str, Payload | None] = {TARGET: None}
LARGE = "x" * 20_000

ALL_OPERATIONS = (
    Operation("open", writes=False, opens=True),
    Operation("open-create", opens=True),
    Operation("open-bare", opens=True),
    Operation("setup", writes=False),
    Operation("setup-bare"),
    Operation("load", writes=False),
    Operation("load-missing", status=NOT_FOUND, writes=False),
    Operation("has", writes=False),
    Operation("touch", TOUCHED, writes=False),
    Operation("set-access-time", TOUCHED, writes=False),
    Operation("save", CHANGED),
    Operation("save-unchanged", TOUCHED, writes=False),
    Operation("save-merge", {TARGET: _has(k="changed", n=5, t="theirs")}),
    Operation("save-grow", {TARGET: _has(k=LARGE, n=5)}),
    Operation("save-replace", {TARGET: _has(k="new")}),
    Operation("save-resurrect", CHANGED),
    Operation("create", {"fresh": _has(k="new")}),
    Operation("create-large", {"fresh": _has(k=LARGE)}),
    Operation("create-nameless", {UNNAMED: _has(k="new")}),
    Operation("create-existing", status=E_EXISTS, writes=False),
    Operation("renew", GONE | {UNNAMED: _has(k="changed", n=5)}),
    Operation("delete", GONE),
    Operation("delete-unchanged", GONE),
    Operation("increment", {TARGET: _has(k="v", n=6)}),
    Operation("consume-token", {TARGET: {"form_tokens": ["another"]}}),
    Operation("sweep", {"old": None}, in_parts=True),
    Operation("delete-user-sessions", {"sibling": None}, in_parts=True),
    Operation("iterate", writes=False),
    Operation("request", CHANGED),
    Operation("request-new", {UNNAMED: _has(k="changed")}),
    Operation("request-login", GONE | {UNNAMED: {"user": "eve"}}),
    Operation("request-logout", GONE),
)

OPERATIONS = {operation.name: operation for operation in ALL_OPERATIONS}
# Each operation, and where it writes files in either mode of syncing.
CASES = [
    (operation, sync)
    for operation in ALL_OPERATIONS
    for sync in ("none", "data")
    if operation.writes or sync == "none"
]


# Where an operation is run


@dataclass(frozen=True)
class Template:
    """A prepared directory, to be laid out anew for each run."""

    files: dict[str, tuple[bytes, int, int]]
    """Bytes, modification time, and mode."""

    @staticmethod
    def of(directory: Path) -> Template:
        """What a directory holds now."""
        return Template(
            {
                path.name: (path.read_bytes(), path.stat().st_mtime_ns, oracle.mode(path.stat()))
                for path in directory.iterdir()
            }
        )

    def lay_out(self, directory: Path) -> None:
        """Makes the directory hold this, and nothing else."""
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(mode=0o700)
        for name, (data, modified_ns, mode) in self.files.items():
            path = directory / name
            path.write_bytes(data)
            path.chmod(mode)
            os.utime(path, ns=(modified_ns, modified_ns))


@functools.cache
def sessions_template(sync: str) -> Template:
    """A store with sessions. What most operations are run on was saved twice: an older state lies
    where the next save writes, and must not come back."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        with oracle.Store(directory, sync) as store:
            for id, user, age_s in SESSIONS:
                is_older = id == TARGET
                payload = oracle.encode(
                    user=user,
                    form_tokens=["token", "another"],
                    attributes={"k": "v", "n": 4 if is_older else 5},
                )
                store.create(id, payload, created_us=round((time.time() - age_s) * 1e6))
                if is_older:
                    store.increment(id, "n")
                    (directory / id).chmod(TARGET_MODE)
                oracle.set_back(directory, [id], age_s)
        return Template.of(directory)


def template_of(operation: Operation, sync: str) -> Template | None:
    """What an operation needs before it; None for no directory at all."""
    if operation.name == "open-create":
        return None
    files = dict(sessions_template(sync).files)
    if operation.name == "open-bare":
        del files[STORE_FILE]
    if operation.name == "sweep":
        hour_ns = 3_600_000_000_000
        # By its file's time alone it is as old as the one that goes; it counts from its creation.
        data, _, mode = files["other"]
        files["other"] = (data, time.time_ns() - 50 * hour_ns, mode)
        long_ago_ns = time.time_ns() - 3 * hour_ns
        files["hollow"] = files[".grow-0123456789abcdefghijkl"] = (b"", long_ago_ns, 0o600)
    return Template(files)
