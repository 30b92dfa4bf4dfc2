# SPDX-License-Identifier: MIT
"""Stores that programs wrote in Python, before ours."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from session3.Session import Session
from session3.store.SessionStore import SessionStore


class ListedStore(SessionStore):
    """As programs wrote one for Session3."""

    def __init__(self) -> None:
        self.kept: dict[str, Session] = {}

    def load_session(self, id: str, default: Any = None) -> Any:
        return copy.deepcopy(self.kept.get(id, default))

    def save_session(self, session: Session) -> None:
        assert session.id is not None
        self.kept[session.id] = copy.deepcopy(session)

    def delete_session(self, session: Session) -> None:
        assert session.id is not None
        del self.kept[session.id]

    def iter_sessions(self) -> Iterator[tuple[str, Any]]:
        return iter(copy.deepcopy(list(self.kept.items())))


class QuixoteStore(SessionStore):
    """As programs wrote one for Quixote 3.8: other signatures, and __iter__."""

    def __init__(self) -> None:
        self.kept: dict[str, Session] = {}

    def load_session(self, id: str) -> Any:  # type: ignore[override]
        return copy.deepcopy(self.kept.get(id))

    def save_session(self, session: Session) -> None:
        assert session.id is not None
        self.kept[session.id] = copy.deepcopy(session)

    def delete_session(self, session: Any) -> None:
        del self.kept[session.id]

    def __iter__(self) -> Iterator[str]:
        return iter(list(self.kept))
