# SPDX-License-Identifier: MIT
"""Session3's DirectorySessionStore, by the calls of a Quixote program.

libsession3 has the same modules and calls; the interpreter's path decides which of the two it is.
"""

from __future__ import annotations

import io
from typing import Any, ClassVar

from quixote.directory import Directory  # type: ignore[import-untyped]
from quixote.http_request import HTTPRequest  # type: ignore[import-untyped]
from quixote.publish import Publisher  # type: ignore[import-untyped]
from session3.Session import Session
from session3.store.DirectorySessionStore import DirectorySessionStore
from workload import REMOTE_ADDRESS, USER

from adapters.adapter import Adapter


class Session3Store(Adapter):
    """Attributes on a Session; load_session, save_session and delete_session."""

    title = "Session3"
    packages: ClassVar[tuple[str, ...]] = ("session3", "Quixote")
    notes: ClassVar[dict[str, str]] = {
        "has": "has_session of its base class, which loads the session",
        "delete": "of a session that was loaded before",
    }

    def __init__(self, directory: str, sync: str, size: int) -> None:
        super().__init__(directory, sync, size)
        _begin_request()
        self.store: Any = self._open()

    def _open(self) -> Any:
        return DirectorySessionStore(self.directory, create=True)

    def create(self, id: str) -> None:
        self.store.save_session(self._new_session(id))

    def _new_session(self, id: str) -> Session:
        # It takes the remote address from the request.
        session = Session(id)
        session.set_user(USER)
        for name, value in self.attributes.items():
            setattr(session, name, value)
        return session

    def load(self, id: str) -> None:
        self.store.load_session(id).visits  # noqa: B018

    def hold(self, id: str) -> Any:
        session = self.store.load_session(id)
        if session is None:
            raise LookupError("no such session")
        return session

    def resave(self, session: Any) -> None:
        session.visits += 1
        self.store.save_session(session)

    def unchanged(self, session: Any) -> None:
        self.store.save_session(session)

    def get(self, session: Any, attribute: str) -> int:
        number: int = getattr(session, attribute, 0)
        return number

    def put(self, session: Any, attribute: str, value: int) -> None:
        setattr(session, attribute, value)

    def request(self, id: str, page: str) -> None:
        session = self.store.load_session(id)
        session.visits += 1
        session.page = page
        self.store.save_session(session)

    def has(self, id: str) -> None:
        if not self.store.has_session(id):
            raise LookupError("no such session")

    def to_delete(self, id: str) -> Any:
        return self.hold(id)

    def delete(self, target: Any) -> None:
        self.store.delete_session(target)

    def read(self, id: str) -> dict[str, Any] | None:
        session = self.store.load_session(id)
        if session is None:
            return None
        return {
            "user": session.get_user(),
            "remote_address": session.get_remote_address(),
            **{name: getattr(session, name) for name in self.attributes},
        }


def _begin_request() -> None:
    """Makes this process one that serves a request; Session3 makes no session outside of one."""
    publisher: Any = Publisher(Directory())
    environment = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/",
        "QUERY_STRING": "",
        "REMOTE_ADDR": REMOTE_ADDRESS,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
    }
    publisher._set_request(HTTPRequest(io.BytesIO(), environment))
