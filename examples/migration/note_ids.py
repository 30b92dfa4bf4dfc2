# SPDX-License-Identifier: MIT
"""Notes the ids of sessions while an application with Flask-Session runs."""

import os

from flask import Flask, Response, session


def note_ids(app: Flask, path: str) -> None:
    """Writes each id once to a file that only its owner can read."""
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    noted: set[str] = set()

    @app.after_request
    def note(response: Response) -> Response:
        session_id = getattr(session, "sid", None)
        if session and session_id and session_id not in noted:
            noted.add(session_id)
            os.write(file, f"{session_id}\n".encode())
        return response
