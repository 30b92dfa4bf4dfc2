# SPDX-License-Identifier: MIT
"""What an operator does with a directory of sessions, from cron or by hand.

``python -m session3 sweep DIRECTORY --idle 30m`` deletes the sessions that were not used for
longer, and what killed processes left behind. The age must be that of the longest time limit which
a host of the directory has. ``python -m session3 check DIRECTORY`` reads every session, tells of
each that can't be read, by its short hash and its file's inode, and changes nothing: after a disk
was full or damaged, or of a backup.

Both may run beside live servers, and answer 0 if all went well, 1 if not, 2 if they were called
wrongly. Neither shows an id.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

try:
    from session3.errors import Session3Error
    from session3.store.DirectorySessionStore import DirectorySessionStore
except ImportError as error:
    sys.exit(f"session3: {error}".rstrip())

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def duration(text: str) -> int:
    """Seconds, of a number and its unit: 90s, 30m, 12h, 30d."""
    match = re.fullmatch(r"([0-9]{1,9})([smhd])", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"no time such as 90s, 30m, 12h or 30d: {text!r}")
    return int(match[1]) * SECONDS[match[2]]


def sweep(store: DirectorySessionStore, idle: int) -> int:
    """Deletes old sessions, and says how many."""
    deleted, remaining = store.delete_old_sessions(idle / 60)
    print(f"{deleted} deleted, {remaining} remain")
    return 0


def check(store: DirectorySessionStore) -> int:
    """Reads every session, and says how many there are."""
    readable = users = unreadable = 0
    for id in store:
        try:
            session = store.load_session(id, strict=True)
        except Session3Error as error:
            unreadable += 1
            # What the library says names the session by its hash already.
            told = str(error) if error.status else f"session {store.short_hash(id)}: {error}"
            print(f"{told} ({inode(store, id)})")
            continue
        if session is not None:
            readable += 1
            users += session.user is not None
    if unreadable:
        # As the library shows it: not every path is text.
        place = os.fsencode(store.directory).decode(errors="replace")
        print(f"find {shlex.quote(place)} -inum INODE names a file; its name may be a session's id")
    print(f"{readable} sessions, {users} of them of a user; {unreadable} unreadable")
    return 1 if unreadable else 0


def inode(store: DirectorySessionStore, id: str) -> str:
    """By what ``find -inum`` finds a session's file, of which nothing else may be shown."""
    try:
        return f"inode {os.lstat(os.path.join(store.directory, id)).st_ino}"
    except FileNotFoundError:
        return "deleted meanwhile"


def parser() -> argparse.ArgumentParser:
    """What may stand behind ``python -m session3``."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("directory", help="a store's directory")
    common.add_argument(
        "--allow-network", action="store_true", help="also on NFS, SMB and the like, and FUSE"
    )
    made = argparse.ArgumentParser(prog="python -m session3", description="Sessions in a directory")
    verbs = made.add_subparsers(dest="verb", required=True)
    sweeps = verbs.add_parser(
        "sweep", parents=[common], allow_abbrev=False, help="delete old sessions"
    )
    sweeps.add_argument(
        "--idle", type=duration, required=True, help="what was not used for longer: 30m, 12h, 30d"
    )
    verbs.add_parser("check", parents=[common], allow_abbrev=False, help="read every session")
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one verb."""
    asked = parser().parse_args(arguments)
    directory = Path(asked.directory)
    try:
        directory.stat()
        # To open a store makes its own file: a mistyped path must not become one.
        if not (directory / ".session3").exists():
            raise FileNotFoundError(f"{directory}: no directory of sessions: it has no .session3")
        network = asked.allow_network
        # What goes wrong is raised, and told below.
        with DirectorySessionStore(directory, allow_network=network, logger=None) as store:
            return sweep(store, asked.idle) if asked.verb == "sweep" else check(store)
    except (OSError, Session3Error) as error:
        print(f"python -m session3: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
