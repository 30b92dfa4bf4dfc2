# SPDX-License-Identifier: MIT
"""Session3 3.4.1 and libsession3, which have the same interface, both under Quixote.

Which of the two it is, the interpreter's path decides.
"""

from __future__ import annotations

import io
import os
import time
from http.cookies import SimpleCookie
from typing import Any

import quixote  # type: ignore[import-untyped]
from quixote.publish import Publisher  # type: ignore[import-untyped]
from quixote.wsgi import QWIP  # type: ignore[import-untyped]
from session3.Session import Session
from session3.SessionManager import SessionManager
from session3.store.DirectorySessionStore import DirectorySessionStore

from Peers.adapters.adapter import KEYS, age_file


class Page:
    """The root directory: one page, that logs in and counts."""

    def _q_traverse(self, path: list[str]) -> str:
        session = quixote.get_session()
        if session.user is None:
            session.set_user("somebody")
            session.n = 0
        else:
            session.n += 1
        return "done"


class QuixoteSessions:
    """A directory store and its manager under a publisher."""

    def __init__(self, directory: str) -> None:
        self.directory = directory
        self.store: Any = DirectorySessionStore(directory, create=True)
        manager: Any = SessionManager(self.store)
        self.application = QWIP(Publisher(Page(), session_manager=manager))

    def create(self) -> str:
        id = self.visit("")
        assert id is not None
        return id

    def create_long_ago(self, seconds: float) -> str:
        if not hasattr(self.store, "create_session"):
            return self.create()
        # libsession3 keeps the time, and takes no younger session for an old one.
        options: dict[str, Any] = {"clock": lambda: time.time() - seconds}
        session: Any = Session(None)
        session.n = 0
        with DirectorySessionStore(self.directory, **options) as store:
            store.create_session(session)
        return str(session.id)

    def path(self, id: str) -> str:
        return os.path.join(self.directory, id)

    def load(self, id: str) -> Any:
        return self.store.load_session(id)

    def values(self, session: Any) -> dict[str, Any]:
        return {key: getattr(session, key) for key in KEYS if hasattr(session, key)}

    def put(self, session: Any, key: str, value: Any) -> None:
        setattr(session, key, value)

    def save(self, session: Any) -> bool:
        self.store.save_session(session)
        return True

    def count(self, id: str, key: str, way: str, pause: float) -> None:
        if way == "increment":
            self.store.increment(id, key)
        elif way == "retry":
            while not self._count_unless_changed(id, key, pause):
                pass
        else:
            raise ValueError(f"no way {way}")

    def _count_unless_changed(self, id: str, key: str, pause: float) -> bool:
        from session3.errors import ConflictError

        session = self.store.load_session(id)
        number = getattr(session, key, 0)
        time.sleep(pause)
        setattr(session, key, number + 1)
        try:
            self.store.save_session(session, "fail")
        except ConflictError:
            return False
        return True

    def delete(self, id: str) -> None:
        session = self.store.load_session(id)
        if session is not None:
            self.store.delete_session(session)

    def sweep(self, seconds: float) -> None:
        self.store.delete_old_sessions(seconds / 60)

    def age(self, id: str, seconds: float) -> None:
        age_file(self.path(id), seconds)

    def visit(self, cookie: str) -> str | None:
        answer: dict[str, Any] = {}

        def start_response(status: str, headers: list[tuple[str, str]]) -> None:
            answer.update(status=status, headers=headers)

        environment = {
            "REQUEST_METHOD": "GET",
            "SCRIPT_NAME": "",
            "PATH_INFO": "/",
            "QUERY_STRING": "",
            "REMOTE_ADDR": "127.0.0.1",
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_COOKIE": f'QX_session="{cookie}"' if cookie else "",
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(),
            "wsgi.errors": io.StringIO(),
        }
        list(self.application(environment, start_response))
        if not answer["status"].startswith("200"):
            raise RuntimeError(f"HTTP {answer['status']}")
        for name, value in answer["headers"]:
            if name.lower() == "set-cookie":
                morsel = SimpleCookie(value).get("QX_session")
                return morsel.value or None if morsel is not None else None
        return cookie or None
