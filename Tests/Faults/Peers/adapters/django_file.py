# SPDX-License-Identifier: MIT
"""Django's sessions in files, behind its own middleware."""

from __future__ import annotations

import os
from typing import Any

import django  # type: ignore[import-untyped]
from django.conf import settings  # type: ignore[import-untyped]

from Peers.adapters.adapter import KEYS, age_file

MAXIMUM_AGE = 3600


class DjangoFile:
    """SessionStore of django.contrib.sessions.backends.file."""

    def __init__(self, directory: str) -> None:
        os.makedirs(directory, exist_ok=True)
        settings.configure(
            SECRET_KEY="of the peers",
            SESSION_ENGINE="django.contrib.sessions.backends.file",
            SESSION_FILE_PATH=directory,
            SESSION_COOKIE_AGE=MAXIMUM_AGE,
            ALLOWED_HOSTS=["*"],
            LOGGING_CONFIG=None,
        )
        django.setup()
        from django.contrib.sessions.backends.file import (  # type: ignore[import-untyped]
            SessionStore,
        )
        from django.contrib.sessions.middleware import (  # type: ignore[import-untyped]
            SessionMiddleware,
        )

        self.directory = directory
        self.store: Any = SessionStore
        self.middleware: Any = SessionMiddleware(page)

    def create(self) -> str:
        session = self.store()
        session["n"] = 0
        session.create()
        return str(session.session_key)

    def create_long_ago(self, seconds: float) -> str:
        return self.create()

    def path(self, id: str) -> str:
        return os.path.join(self.directory, settings.SESSION_COOKIE_NAME + id)

    def load(self, id: str) -> Any:
        session = self.store(id)
        # Loads; an unknown or broken session is an empty one.
        return session if len(session.keys()) > 0 else None

    def values(self, session: Any) -> dict[str, Any]:
        return {key: session[key] for key in KEYS if key in session}

    def put(self, session: Any, key: str, value: Any) -> None:
        session[key] = value

    def save(self, session: Any) -> bool:
        session.save()
        return True

    def count(self, id: str, key: str, way: str, pause: float) -> None:
        raise ValueError(f"no way {way}")

    def delete(self, id: str) -> None:
        self.store(id).flush()

    def sweep(self, seconds: float) -> None:
        # What the command clearsessions does; the age is the setting's.
        assert seconds == MAXIMUM_AGE
        self.store.clear_expired()

    def age(self, id: str, seconds: float) -> None:
        age_file(self.path(id), seconds)

    def visit(self, cookie: str) -> str | None:
        from django.http import HttpRequest  # type: ignore[import-untyped]

        request = HttpRequest()
        request.method = "GET"
        request.META.update(SERVER_NAME="localhost", SERVER_PORT="80")
        if cookie:
            request.COOKIES[settings.SESSION_COOKIE_NAME] = cookie
        response = self.middleware(request)
        morsel = response.cookies.get(settings.SESSION_COOKIE_NAME)
        return morsel.value or None if morsel is not None else cookie or None


def page(request: Any) -> Any:
    """Counts."""
    from django.http import HttpResponse

    request.session["n"] = request.session.get("n", -1) + 1
    return HttpResponse("done")
