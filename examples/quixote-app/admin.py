# SPDX-License-Identifier: MIT
"""The page of the live sessions."""

from __future__ import annotations

from collections.abc import Iterator

from demo_session import DemoSession
from forms import READING, action, check_method, text_field
from pages import LOGIN_FIRST, Pages, Row
from publisher import RefusedError
from quixote import get_session  # type: ignore[import-untyped]
from quixote.directory import Directory  # type: ignore[import-untyped]
from session3.SessionManager import SessionManager


class Admin(Directory):  # type: ignore[misc]
    """The live sessions. Any user may see and revoke them, which is for a demo only."""

    def __init__(self, manager: SessionManager, pages: Pages) -> None:
        self._manager = manager
        self._store = manager.store
        self._pages = pages

    def __call__(self) -> bytes:
        check_method(*READING)
        check_login()
        own = get_session()
        rows = [
            Row(self._store.short_hash(id), session, id == own.id) for id, session in self._live()
        ]
        rows.sort(key=lambda row: row.session.get_access_time(), reverse=True)
        return self._pages.admin(rows, own.get_csrf_token())

    @action("revoke", then="/admin")
    def revoke(self) -> None:
        """Deletes a session. One that is not there any more is as revoked as can be."""
        check_login()
        hash = text_field("hash")
        own = get_session()
        if own.id is not None and self._store.short_hash(own.id) == hash:
            self._manager.expire_session()
            return
        for id in self._store:
            if self._store.short_hash(id) == hash:
                self._store.delete_session(id)
                return

    def _live(self) -> Iterator[tuple[str, DemoSession]]:
        for id, session in self._store.iter_sessions():
            if not self._manager.is_expired(session):
                yield id, session


def check_login() -> None:
    """Refuses who is not logged in."""
    if get_session().user is None:
        raise RefusedError(403, LOGIN_FIRST)
