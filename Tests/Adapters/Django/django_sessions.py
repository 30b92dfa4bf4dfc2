# SPDX-License-Identifier: MIT
"""Sessions of Django's, as requests have them."""

from __future__ import annotations

import fcntl
import os
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from session3.django import SessionStore

HOUR = 3600
WEEKS = 14 * 24 * HOUR
"""SESSION_COOKIE_AGE of the site."""
_F_OFD_SETLK = 37


def stored(**items: object) -> SessionStore:
    """A session with these items, which was just stored."""
    session = SessionStore()
    session.update(items)
    session.save()
    return session


def again(session: SessionStore) -> SessionStore:
    """The same session as another request has it."""
    return SessionStore(session.session_key)


def content(session: SessionStore) -> dict[str, object]:
    """What is stored of a session."""
    return dict(again(session).items())


def files(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir() if not path.name.startswith(".")}


def expiring(value: Any) -> SessionStore:
    """A session that was just stored with such an expiry."""
    session = SessionStore()
    session["a"] = 1
    session.set_expiry(value)
    session.save()
    return session


def lives(session: SessionStore) -> bool:
    """Whether a request still finds a session."""
    found = again(session)
    found.load()
    return bool(found.session_key == session.session_key)


class Clock:
    """The store's; the session's own times begin with the present."""

    def __init__(self) -> None:
        self.now = float(int(time.time()))

    def __call__(self) -> float:
        return self.now


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """A session's file as it is while another process saves it, see docs/format.md."""
    with file.open("r+b") as opened:
        whole_file = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
        fcntl.fcntl(opened, _F_OFD_SETLK, whole_file)
        yield
