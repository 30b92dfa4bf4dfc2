# SPDX-License-Identifier: MIT
"""What can become of a file of the old directory."""

from __future__ import annotations

from enum import Enum


class Outcome(Enum):
    """What became of a file; the values are the words of the report."""

    MIGRATED = "migrated"
    PRESENT = "already there"
    STALE = "already there, but used in the old directory since"
    DAMAGED = "in the new directory, but can't be read"
    EXPIRED = "expired"
    EMPTY = "empty"
    OTHER = "no session's file"
    OWN = "the old store's own file"
    UNKNOWN_ID = "id unknown"
    REFUSED = "refused"
    UNREADABLE = "unreadable"


LOST = frozenset(
    {
        *(Outcome.STALE, Outcome.DAMAGED),
        *(Outcome.UNKNOWN_ID, Outcome.REFUSED, Outcome.UNREADABLE),
    }
)
"""Those where a session, or what may be one, was not taken over."""


class NotTakenError(Exception):
    """A file that gives no session.

    ``cause`` groups those of one kind in the report, ``path`` names the place within the session,
    ``cart[0].price``. Neither holds an id, nor a stored value.
    """

    outcome: Outcome

    def __init__(self, cause: str, path: str = "") -> None:
        super().__init__(cause)
        self.cause = printable(cause)
        self.path = printable(path)


class RefusedError(NotTakenError):
    """A session that holds what is not taken."""

    outcome = Outcome.REFUSED


class NotAllowedError(RefusedError):
    """A pickle that names a function, or a class that was not allowed."""


class UnreadableError(NotTakenError):
    """What can't be read, or is no whole session."""

    outcome = Outcome.UNREADABLE


class DamagedError(NotTakenError):
    """A session under whose id the new directory holds what can't be read."""

    outcome = Outcome.DAMAGED


class ExpiredError(NotTakenError):
    """A session that its own program would not accept any more."""

    outcome = Outcome.EXPIRED


class EmptyError(NotTakenError):
    """A file without content: a session was about to be written."""

    outcome = Outcome.EMPTY


class OtherFileError(NotTakenError):
    """What stands beside the sessions: directories, temporary files, files of others."""

    outcome = Outcome.OTHER


class OwnFileError(NotTakenError):
    """What the old store keeps beside its sessions for itself."""

    outcome = Outcome.OWN


class UnknownIDError(NotTakenError):
    """A session whose id is stored nowhere, and was not given; or can't be told from its file's
    name by what was given."""

    outcome = Outcome.UNKNOWN_ID


SHOWN = 200
"""Characters that are shown of a text which somebody else may have written."""


def printable(text: str) -> str:
    """Text of a file that somebody else may have written, for a terminal."""
    shown = "".join(c if " " <= c <= "~" else ascii(c)[1:-1] for c in text[: SHOWN + 1])
    return shown if len(shown) <= SHOWN else shown[: SHOWN - 3] + "..."
