# SPDX-License-Identifier: MIT
"""Pickles of Session3, of session2, and of Quixote's own sessions: one file each, under the id."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from session3._layout import STATE
from session3.DictSession import DictSession
from session3.migrate._files import OldFile
from session3.migrate._outcome import NotAllowedError, OtherFileError, RefusedError
from session3.migrate._pickles import Instance, read_pickle
from session3.migrate._values import Conversion, Converter, place
from session3.Session import Session

KINDS: Mapping[str, type[Session]] = {"Session": Session, "DictSession": DictSession}
"""What a class of sessions can derive from."""

_KNOWN = {
    "session3.Session.Session": Session,
    "session3.DictSession.DictSession": DictSession,
    "session2.Session.Session": Session,
    "session2.DictSession.DictSession": DictSession,
    "quixote.session.Session": Session,
}
_YEAR_10000 = 253402300800
_TIMES = ("_creation_time", "_access_time")


class QuixoteSessions:
    """Reads a directory that Session3's or session2's DirectorySessionStore wrote."""

    def __init__(self, conversion: Conversion, kinds: Mapping[str, type[Session] | None]) -> None:
        """``kinds`` has the program's own classes, and what each derives from if that was told."""
        self._conversion = conversion
        self._kinds = {**kinds, **_KNOWN}

    def id_of(self, name: str) -> str:
        """The id that a file is of: its name."""
        if name.startswith("."):
            raise OtherFileError("no session's name")
        return name

    def session(self, session_id: str, file: OldFile) -> Session:
        """The session that a pickle holds. What is behind it doesn't count: two writers at once
        leave a shorter pickle over a longer one, and Session3 reads that."""
        pickled = read_pickle(file.data)
        session: Session = self._conversion.run(
            pickled, lambda converter: self._build(converter, pickled.value, session_id, file)
        )
        return session

    def _build(self, converter: Converter, found: Any, session_id: str, file: OldFile) -> Session:
        if type(found) is not Instance:
            raise RefusedError("a pickle of something else than a session")
        state = converter.state(found, "")
        kind = self._kind(str(found.name), state)
        own = {name: self._attribute(converter, kind, name, item) for name, item in state.items()}
        if own.pop("id", session_id) != session_id:
            raise RefusedError("a session of another id than its file's name")
        for name in _TIMES:
            own[name] = _seconds(own.get(name, file.modified), name)
        session = kind(session_id)
        vars(session).update(own)
        return session

    def _kind(self, name: str, state: Mapping[str, Any]) -> type[Session]:
        if name not in self._kinds:
            raise NotAllowedError(f"{name} is not allowed")
        kind = self._kinds[name]
        if kind is None and "data" in state:
            raise RefusedError(
                f"{name} may be a DictSession: allow {name}=DictSession, or {name}=Session"
            )
        return kind or Session

    def _attribute(self, converter: Converter, kind: type[Session], name: str, item: Any) -> Any:
        if name.startswith("_session3_"):
            raise RefusedError("an attribute of a name that is the store's own", name)
        path = name if name in STATE else place("", name)
        # The items of a DictSession are stored each for itself, one level higher.
        depth = -1 if kind is DictSession and name == "data" else 0
        return converter.value(item, path, depth)


def _seconds(value: Any, name: str) -> float:
    """A moment that every host can tell."""
    if type(value) not in (int, float) or not 0 <= value < _YEAR_10000:
        raise RefusedError("no time of the years 1970 to 9999", name)
    return float(value)
