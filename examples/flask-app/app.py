# SPDX-License-Identifier: MIT
"""A shop with a login, a cart and a logout. Any name logs in: passwords are the site's affair."""

import os
from typing import cast

import flask
from flask import Flask, abort, redirect, render_template_string, request
from session3.flask import FlaskSession, Session3SessionInterface
from session3.store.DirectorySessionStore import DirectorySessionStore
from werkzeug.wrappers import Response

DAY = 24 * 3600  # in seconds

app = Flask(__name__)
app.config.update(SESSION_COOKIE_NAME="session3", SESSION_COOKIE_SAMESITE="Lax")
app.permanent_session_lifetime = 30 * DAY
app.config.from_prefixed_env()  # FLASK_SESSION_COOKIE_SECURE=true on a site that has HTTPS
store = DirectorySessionStore(os.environ.get("SESSIONS", "sessions"), create=True)
app.session_interface = Session3SessionInterface(store, idle_timeout=30 * 60, lifetime=30 * DAY)

# flask.session is this, for the type checker: a dict, and user, expire() and the like.
session = cast(FlaskSession, flask.session)

PAGE = """<!doctype html><title>Shop</title>
{% macro form(action) %}<form method="post" action="/{{ action }}">{{ caller() }}
<input type="hidden" name="token" value="{{ token }}"><button>{{ action }}</button></form>
{% endmacro %}
{% if session.user %}
<p>{{ session.user }} has {{ session["cart"] | default([]) | join(", ") or "nothing" }}</p>
{% call form("cart") %}<input name="item">{% endcall %}
{% call form("logout") %}{% endcall %}
{% else %}
{% call form("login") %}<input name="user"><input type="checkbox" name="remember">{% endcall %}
{% endif %}"""


@app.before_request
def refuse_foreign_forms() -> None:
    """A form must be one of ours. Who has no session yet has nothing to lose, and no token."""
    token = request.form.get("token", "")
    if request.method == "POST" and not session.is_new and not session.check_csrf_token(token):
        abort(403)


@app.get("/")
def home() -> str:
    token = session.get_csrf_token() if session.has_info() else ""
    return render_template_string(PAGE, token=token)


@app.post("/login")
def login() -> Response:
    # First nobody: who logs in again would be no change, and keep the id.
    session.set_user(None)
    session.set_user(request.form["user"] or abort(400))
    session.permanent = "remember" in request.form
    return redirect("/", 303)


@app.post("/cart")
def add_to_cart() -> Response:
    session["cart"] = [*session.get("cart", []), request.form["item"]]
    return redirect("/", 303)


@app.post("/logout")
def logout() -> Response:
    session.expire()
    return redirect("/", 303)
