# SPDX-License-Identifier: MIT
"""Beaker's sessions in files: beaker.session.Session of the type "file"."""

from __future__ import annotations

from typing import Any, ClassVar

from beaker.session import Session  # type: ignore[import-not-found]
from workload import REMOTE_ADDRESS, USER

from adapters.adapter import Adapter


class BeakerFile(Adapter):
    """A Session for each request, without the cookies that SessionMiddleware would add."""

    title = "Beaker, file sessions"
    packages = ("Beaker",)
    notes: ClassVar[dict[str, str]] = {
        "create": "with the making of an id, which its sessions do by themselves",
        "delete": "of a session that was loaded before; delete() and save() leave the file of an "
        "empty session",
    }

    def _session(self, id: str | None) -> Any:
        # As get_by_id of SessionMiddleware's object does it.
        return Session({}, use_cookies=False, id=id, type="file", data_dir=self.directory)

    def create(self, id: str) -> None:
        session = self._session(None)
        session.id = id
        session.update(self.attributes, user=USER, remote_address=REMOTE_ADDRESS)
        session.save()

    def load(self, id: str) -> None:
        self._session(id)["visits"]

    def hold(self, id: str) -> Any:
        session = self._session(id)
        # Raises for an unknown session, and for the empty one that a deletion leaves.
        session["visits"]
        return session

    def resave(self, session: Any) -> None:
        session["visits"] += 1
        session.save()

    def unchanged(self, session: Any) -> None:
        session.save()

    def request(self, id: str, page: str) -> None:
        session = self._session(id)
        session["visits"] += 1
        session["page"] = page
        session.save()

    def to_delete(self, id: str) -> Any:
        return self.hold(id)

    def delete(self, target: Any) -> None:
        target.delete()
        target.save()

    def read(self, id: str) -> dict[str, Any] | None:
        session = self._session(id)
        if session.is_new:
            return None
        # Its own times, domain and path begin with an underscore.
        values = {name: value for name, value in session.items() if not name.startswith("_")}
        return values or None
