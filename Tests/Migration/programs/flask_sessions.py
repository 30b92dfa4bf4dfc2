# SPDX-License-Identifier: MIT
"""Fills a directory by Flask-Session: python -m flask_sessions DIRECTORY CASE...

Prints each case with the id that the browser's cookie has.
"""

from __future__ import annotations

import datetime
import importlib
import os
import sys
from typing import Any

from flask import Flask, session


def login() -> None:
    session["_user_id"] = "17"
    session["_fresh"] = True
    session["_flashes"] = [("message", "hello")]
    session["csrf_token"] = "0f" * 20
    session["cart"] = [{"name": "tea", "seen": datetime.datetime.now(datetime.timezone.utc)}]


def passing() -> None:
    session["cart"] = []
    session.permanent = False


def sets() -> None:
    session["tags"] = {"b", "a"}


def main(directory: str, *cases: str) -> None:
    """Makes a request for each of the cases."""
    app = Flask("old")
    app.config.update(_configuration(directory))
    app.permanent_session_lifetime = datetime.timedelta(seconds=float(os.environ.get("LIFE", 99)))
    from flask_session import Session  # type: ignore[import-not-found]

    Session(app)
    if "NOTE_IDS" in os.environ:
        sys.path.insert(0, os.environ["NOTE_IDS"])
        importlib.import_module("note_ids").note_ids(app, os.environ["IDS"])

    @app.get("/<case>")
    def page(case: str) -> str:
        globals()[case]()
        return str(session.sid)  # type: ignore[attr-defined]

    for case in cases:
        client: Any = app.test_client()
        told = client.get(f"/{case}").text
        # Again, with the cookie: the same session.
        assert client.get(f"/{case}").text == told
        cookie = client.get_cookie("session")
        assert cookie.value == told
        print(case, told)


def _configuration(directory: str) -> dict[str, Any]:
    import flask_session

    if getattr(flask_session, "__version__", "") < "0.7":
        return {"SESSION_TYPE": "filesystem", "SESSION_FILE_DIR": directory}
    from cachelib.file import FileSystemCache

    return {"SESSION_TYPE": "cachelib", "SESSION_CACHELIB": FileSystemCache(directory)}


if __name__ == "__main__":
    main(*sys.argv[1:])
