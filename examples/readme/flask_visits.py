# SPDX-License-Identifier: MIT
"""Counts a visitor's visits under Flask, in the same sessions as visits.c of the C binding."""

from flask import Flask, session
from session3.flask import Session3SessionInterface
from session3.store.DirectorySessionStore import DirectorySessionStore

app = Flask(__name__)
app.config.update(SESSION_COOKIE_NAME="session3", SESSION_COOKIE_SAMESITE="Lax")
app.session_interface = Session3SessionInterface(
    DirectorySessionStore("sessions", create=True), idle_timeout=30 * 60, lifetime=12 * 3600
)


@app.route("/")
def visit() -> str:
    session["visits"] = session.get("visits", 0) + 1
    return f"visit {session['visits']}\n"
