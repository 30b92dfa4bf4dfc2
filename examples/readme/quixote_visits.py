# SPDX-License-Identifier: MIT
# mypy: ignore-errors
"""Counts a visitor's visits under Quixote: the program of the README."""

from quixote import get_session
from quixote.directory import Directory
from quixote.publish import Publisher
from quixote.server.simple_server import run
from session3.policy import ManagerPolicy
from session3.Session import Session
from session3.SessionManager import SessionManager
from session3.store.DirectorySessionStore import DirectorySessionStore


class VisitorSession(Session):
    visits = 0

    def has_info(self):
        return self.visits  # Session3's own rule: whether somebody is logged in


class Site(Directory):
    _q_exports = ("",)

    def _q_index(self):
        session = get_session()
        session.visits += 1
        return f"visit {session.visits}\n"


def create_publisher():
    store = DirectorySessionStore("sessions", create=True)
    policy = ManagerPolicy(idle_timeout=30 * 60, lifetime=12 * 3600)
    manager = SessionManager(store, VisitorSession, policy)
    cookie = {"session_cookie_name": "session3", "session_cookie_httponly": True}
    return Publisher(Site(), session_manager=manager, **cookie)


if __name__ == "__main__":
    run(create_publisher, "127.0.0.1", 8080)
