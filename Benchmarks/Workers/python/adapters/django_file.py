# SPDX-License-Identifier: MIT
"""Django's sessions in files: SessionStore of django.contrib.sessions.backends.file."""

from __future__ import annotations

from typing import Any, ClassVar

import django  # type: ignore[import-untyped]
from django.conf import settings  # type: ignore[import-untyped]
from workload import REMOTE_ADDRESS, USER

from adapters.adapter import Adapter


class DjangoFile(Adapter):
    """A SessionStore for each request, as SessionMiddleware makes them."""

    title = "Django, file sessions"
    packages = ("Django",)
    notes: ClassVar[dict[str, str]] = {
        "create": "a session is compressed, and letters that are all the same become few bytes",
        "unchanged": "save() itself; SessionMiddleware does not call it for an unchanged session",
    }

    def __init__(self, directory: str, sync: str, size: int) -> None:
        super().__init__(directory, sync, size)
        settings.configure(
            SECRET_KEY="of the benchmarks, as long as the one that startproject makes",
            SESSION_ENGINE="django.contrib.sessions.backends.file",
            SESSION_FILE_PATH=directory,
            LOGGING_CONFIG=None,
        )
        django.setup()
        from django.contrib.sessions.backends.file import (  # type: ignore[import-untyped]
            SessionStore,
        )

        self.store: Any = SessionStore

    def create(self, id: str) -> None:
        session = self.store()
        session.update({"user": USER, "remote_address": REMOTE_ADDRESS, **self.attributes})
        # What session.create() does with a random key.
        session._session_key = id
        session.save(must_create=True)

    def load(self, id: str) -> None:
        self.store(id)["visits"]

    def hold(self, id: str) -> Any:
        session = self.store(id)
        # Loads; an unknown session has nothing.
        session["visits"]
        return session

    def resave(self, session: Any) -> None:
        session["visits"] += 1
        session.save()

    def unchanged(self, session: Any) -> None:
        session.save()

    def request(self, id: str, page: str) -> None:
        session = self.store(id)
        session["visits"] += 1
        session["page"] = page
        session.save()

    def has(self, id: str) -> None:
        if not self.store().exists(id):
            raise LookupError("no such session")

    def delete(self, target: Any) -> None:
        self.store().delete(target)

    def read(self, id: str) -> dict[str, Any] | None:
        return dict(self.store(id).items()) or None
