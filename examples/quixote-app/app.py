# SPDX-License-Identifier: MIT
"""A web server of Quixote whose sessions other servers share: the successor of Session3's
interactive test application."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from demo_session import DemoSession
from pages import Pages
from publisher import DemoPublisher
from routes import Home
from server import Server
from session3.errors import Session3Error
from session3.policy import CookiePolicy, ManagerPolicy
from session3.SessionManager import SessionManager
from session3.store.DirectorySessionStore import DirectorySessionStore

MINUTE = 60
DAY = 24 * 60 * MINUTE


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="quixote-app", description=__doc__)
    parser.add_argument("directory", type=Path, help="of the sessions; made if missing")
    parser.add_argument("--host", default="127.0.0.1", help="to listen on (%(default)s)")
    parser.add_argument("--port", type=port, default=8080, help="0: any that is free (%(default)s)")
    parser.add_argument("--processes", type=count, default=2, help="that answer (%(default)s)")
    parser.add_argument("--secure", action="store_true", help="the cookie is for https only")
    parser.add_argument("--other", metavar="URL", help="of the other server, to link to")
    return parser.parse_args(arguments)


def port(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 65535:
        raise ValueError
    return number


def count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError
    return number


def make_policy(*, secure: bool) -> ManagerPolicy:
    """The time limits and the cookie, the same as the C server's."""
    return ManagerPolicy(
        idle_timeout=30 * MINUTE,
        lifetime=30 * DAY,
        persistent_timeout=30 * DAY,
        cookie=CookiePolicy(name="session3", path="/", secure=secure, http_only=True),
    )


def main(arguments: list[str]) -> int:
    options = parse(arguments)
    try:
        store = DirectorySessionStore(options.directory, create=True, session_class=DemoSession)
    except Session3Error as error:
        print(f"quixote-app: {error}", file=sys.stderr)
        return 1
    manager = SessionManager(
        store, session_class=DemoSession, policy=make_policy(secure=options.secure)
    )
    pages = Pages(options.other)

    def make_publisher() -> DemoPublisher:
        return DemoPublisher(Home(manager, pages), pages, session_manager=manager)

    Server(make_publisher, options.host, options.port, options.processes).run()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
