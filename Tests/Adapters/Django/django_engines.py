# SPDX-License-Identifier: MIT
"""Sessions of session3.django and of Django's own engines, which the same steps are done with."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import session3.django
from django.contrib.sessions.backends import base, db, file  # type: ignore[import-untyped]

ENGINES: dict[str, Any] = {"session3": session3.django, "file": file, "db": db}
UNKNOWN = "unknown" * 4
"""No session's key, and one that Django's engines might have made."""
BEGIN = datetime(2030, 1, 1, tzinfo=timezone.utc)


class Engine:
    """Makes one engine's sessions; calls their methods, or the asynchronous ones that are meant to
    do the same; and notes the names that it was asked for."""

    def __init__(self, kind: Any, is_asynchronous: bool = False) -> None:
        asked: set[str] = set()

        def note(session: Any, name: str) -> Any:
            asked.add(name)
            return kind.__getattribute__(session, name)

        self.asked = asked
        # Of the same name: it is part of key_salt.
        self.kind = type(kind.__name__, (kind,), {"__getattribute__": note})
        self.is_asynchronous = is_asynchronous

    def new(self, key: str | None = None) -> Any:
        return self.kind(key)

    def stored(self, **items: Any) -> Any:
        session = self.new()
        session.update(items)
        session.save()
        return self.again(session)

    def again(self, session: Any) -> Any:
        """The same session, as another request has it."""
        return self.new(session.session_key)

    def content(self, session: Any) -> dict[str, Any]:
        """What is stored."""
        return dict(self.again(session).items())

    def call(self, session: Any, name: str, *arguments: Any, **options: Any) -> Any:
        if self.is_asynchronous:
            return asyncio.run(getattr(session, f"a{name}")(*arguments, **options))
        return getattr(session, name)(*arguments, **options)

    def fails(self, session: Any, name: str, *arguments: Any, **options: Any) -> str:
        """The exception that a call ends with; empty if it ends well."""
        try:
            self.call(session, name, *arguments, **options)
        except Exception as error:
            return type(error).__name__
        return ""


Steps = Callable[[Engine], Any]


def names_of_the_interface() -> set[str]:
    """All that a session of Django's has for others: its public names, and its own operators."""
    public = {name for name, _ in inspect.getmembers(base.SessionBase()) if name[:1] != "_"}
    own = inspect.getmembers(base.SessionBase, inspect.isfunction)
    return public | {name for name, _ in own if name[:2] == "__"}
