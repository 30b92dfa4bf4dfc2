# SPDX-License-Identifier: MIT
"""A shop's cart, kept in a session: the Python half of the demo. shop.c is its twin in C; both work
on the same sessions, at the same time.

Sessions are in ./sessions; the id that a browser would send as a cookie is in $SESSION.
"""

from __future__ import annotations

import os
import sys

from session3.DictSession import DictSession
from session3.errors import Session3Error
from session3.store.DirectorySessionStore import DirectorySessionStore

USAGE = "usage: shop.py login USER | show | add ITEM | add-many COUNT ITEM | expire SECONDS"


class NobodyError(Exception):
    """The cookie is of no session."""


def load(store: DirectorySessionStore, id: str) -> DictSession:
    session: DictSession | None = store.load_session(id)
    if session is None:
        raise NobodyError
    return session


def login(store: DirectorySessionStore, user: str) -> None:
    """Logs a user in: a new session, whose id goes to the browser."""
    session = DictSession()
    session.set_user(user)
    store.create_session(session)
    print(f"Set-Cookie: session={session.id}")


def show(store: DirectorySessionStore, id: str) -> None:
    """Shows who is logged in, the cart, and who added how often."""
    session = load(store, id)
    print(f"user: {session.get_user()}")
    print_counts(session, "cart: ")
    print_counts(session, "added by: ")


def print_counts(session: DictSession, prefix: str) -> None:
    """Prints the items whose key has a prefix: "cart: tea 3, honey 1"."""
    counts = (
        f"{key.removeprefix(prefix)} {count}"
        for key, count in sorted(session.items())
        if key.startswith(prefix)
    )
    print(prefix + ", ".join(counts))


def add(store: DirectorySessionStore, id: str, item: str) -> int:
    """Adds one item: loads the session, counts the item up in the store, and saves a change of its
    own, which merges with what was stored meanwhile. Tells how many of the item are in the cart."""
    session = load(store, id)
    total = store.increment(id, f"cart: {item}", 1)
    session["added by: Python"] = session.get("added by: Python", 0) + 1
    store.save_session(session)
    return total


def add_many(store: DirectorySessionStore, id: str, count: int, item: str) -> None:
    totals = [add(store, id, item) for _ in range(count)]
    print(f"added {count} {item}")
    if totals and totals[-1] - totals[0] >= count:
        print(f"others added {totals[-1] - totals[0] + 1 - count} meanwhile")


def expire(store: DirectorySessionStore, seconds: int) -> None:
    """Deletes the sessions that nobody used for some seconds."""
    deleted, remaining = store.delete_old_sessions(minutes=seconds / 60)
    print(f"expired: {deleted}, remaining: {remaining}")


def run(store: DirectorySessionStore, command: str, arguments: list[str]) -> bool:
    """Whether the command and the number of its arguments are known, after doing it."""
    id = os.environ.get("SESSION", "")
    count = len(arguments)
    if command == "login" and count == 1:
        login(store, arguments[0])
    elif command == "show" and count == 0:
        show(store, id)
    elif command == "add" and count == 1:
        add_many(store, id, 1, arguments[0])
    elif command == "add-many" and count == 2 and arguments[0].isdecimal():
        add_many(store, id, int(arguments[0]), arguments[1])
    elif command == "expire" and count == 1 and arguments[0].isdecimal():
        expire(store, int(arguments[0]))
    else:
        return False
    return True


def main(arguments: list[str]) -> int:
    try:
        if arguments:
            store = DirectorySessionStore("sessions", create=True, session_class=DictSession)
            if run(store, arguments[0], arguments[1:]):
                return 0
    except NobodyError:
        print("nobody is logged in")
        return 1
    except Session3Error as error:
        print(f"shop: {error}", file=sys.stderr)
        return 1
    print(USAGE, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
