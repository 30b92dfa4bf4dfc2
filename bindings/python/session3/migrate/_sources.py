# SPDX-License-Identifier: MIT
"""What kind of sessions a directory holds."""

from __future__ import annotations

import re
from collections import Counter
from itertools import islice
from typing import Protocol

from session3.migrate._django import KEY, SIGNED
from session3.migrate._files import OldDirectory, OldFile
from session3.migrate._flask import HASHED
from session3.migrate._outcome import NotTakenError
from session3.Session import Session

QUIXOTE, DJANGO, FLASK = "session3", "django", "flask"
NAMES = {
    "session3": QUIXOTE,
    "session2": QUIXOTE,
    "quixote": QUIXOTE,
    "django": DJANGO,
    "flask": FLASK,
}
"""What a user may call them, and which reader that is."""

_LOOKS = 200
_PICKLE = re.compile(rb"\x80[\x02-\x05]|[(c]")
_TIME_AND_PICKLE = re.compile(
    # As a number of four bytes; or as a pickle, of one of the opcodes of numbers.
    rb".{4}\x80[\x02-\x05]|(\x80[\x02-\x05](\x95.{8})?)?[IJKMLFG\x8a]",
    re.DOTALL,
)


class Source(Protocol):
    """Reads the files of one kind of store."""

    def id_of(self, name: str) -> str:
        """The id of the session that a file of this name holds; a NotTakenError if there is none,
        or none to be had."""

    def session(self, session_id: str, file: OldFile) -> Session:
        """The session that a file holds, with its times; a NotTakenError if it holds none that can
        be taken."""


def recognise(old: OldDirectory) -> str | None:
    """Which kind of store wrote most of a directory's first files; None if that is not plain."""
    votes: Counter[str] = Counter()
    for name in islice(old.names(), _LOOKS):
        try:
            kind = _kind_of(old.read(name))
        except (NotTakenError, MemoryError):
            # It has no vote. What becomes of it is told when its turn comes.
            continue
        if kind is not None:
            votes[kind] += 1
    total = sum(votes.values())
    return next((kind for kind, count in votes.items() if count > 0.9 * total), None)


def _kind_of(file: OldFile) -> str | None:
    if HASHED.fullmatch(file.name) and _TIME_AND_PICKLE.match(file.data):
        return FLASK
    if KEY.search(file.name) and SIGNED.fullmatch(file.data):
        return DJANGO
    return QUIXOTE if _PICKLE.match(file.data) else None
