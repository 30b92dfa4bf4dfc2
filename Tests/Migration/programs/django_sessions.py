# SPDX-License-Identifier: MIT
"""Fills a directory by Django: python -m django_sessions DIRECTORY CASE...

Prints each case with the key of its session. A file gets the age of AGE seconds.
"""

from __future__ import annotations

import os
import sys
import time
from datetime import timedelta
from typing import Any

from django.conf import settings  # type: ignore[import-untyped]


def login(session: Any) -> None:
    session["_auth_user_id"] = "17"
    session["_auth_user_backend"] = "django.contrib.auth.backends.ModelBackend"
    session["_auth_user_hash"] = "0f" * 32
    session["cart"] = [{"name": "t\u00e9", "price": 3.5, "count": 2**40}]
    session["user"] = "an item, not who is logged in"


def visitor(session: Any) -> None:
    session["seen"] = None


def nothing(session: Any) -> None:
    session.set_test_cookie()
    session.delete_test_cookie()


def large(session: Any) -> None:
    session["text"] = "compressible " * 1000


def bomb(session: Any) -> None:
    session["text"] = "0" * 3_000_000


def until_closed(session: Any) -> None:
    session.set_expiry(0)


def for_a_minute(session: Any) -> None:
    session.set_expiry(60)


def until_tomorrow(session: Any) -> None:
    session.set_expiry(timedelta(days=1))


def until_yesterday(session: Any) -> None:
    session.set_expiry(timedelta(days=-1))


def huge(session: Any) -> None:
    session["cart"] = [{"count": 2**64}]


def main(directory: str, *cases: str) -> None:
    """Saves the sessions of the cases."""
    settings.configure(
        SECRET_KEY=os.environ["SECRET_KEY"],
        SESSION_FILE_PATH=directory,
        SESSION_ENGINE="django.contrib.sessions.backends.file",
        SESSION_COOKIE_NAME=os.environ.get("COOKIE_NAME", "sessionid"),
        USE_TZ=os.environ.get("USE_TZ", "1") == "1",
    )
    from django.contrib.sessions.backends.file import (  # type: ignore[import-untyped]
        SessionStore,
    )

    changed = time.time() - float(os.environ.get("AGE", "0"))
    for case in cases:
        session = SessionStore()
        globals()[case](session)
        session.create()
        os.utime(session._key_to_file(), (changed, changed))
        print(case, session.session_key)


if __name__ == "__main__":
    main(*sys.argv[1:])
