# SPDX-License-Identifier: MIT
"""What a request may do, and whether it comes from a form of ours."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from demo_session import DemoSession
from pages import FOREIGN_FORM
from publisher import RefusedError
from quixote import (  # type: ignore[import-untyped]
    get_param,
    get_request,
    get_response,
    get_session,
    get_session_manager,
)
from quixote.directory import export  # type: ignore[import-untyped]
from quixote.errors import MethodNotAllowedError  # type: ignore[import-untyped]

READING = ("GET", "HEAD")


def show(path: str) -> Callable[[Callable[[Any], bytes]], Callable[[Any], bytes]]:
    """A method that makes a page."""

    def decorate(method: Callable[[Any], bytes]) -> Callable[[Any], bytes]:
        @wraps(method)
        def answer(self: Any) -> bytes:
            check_method(*READING)
            return method(self)

        export(answer, name=path)
        return answer

    return decorate


def action(path: str, then: str = "/") -> Callable[[Callable[[Any], None]], Callable[[Any], str]]:
    """A method that a form's POST calls; the browser is sent on to another page."""

    def decorate(method: Callable[[Any], None]) -> Callable[[Any], str]:
        @wraps(method)
        def answer(self: Any) -> str:
            check_method("POST")
            check_form(get_session())
            # What was meant for a session that has expired is not done for a stranger: the home
            # page says so.
            if path != "login" and get_session_manager().has_expired_cookie():
                return see_other("/")
            method(self)
            return see_other(then)

        export(answer, name=path)
        return answer

    return decorate


def check_method(*allowed: str) -> None:
    """Refuses other methods."""
    if get_request().get_method() not in allowed:
        raise MethodNotAllowedError(list(allowed))


def check_form(session: DemoSession) -> None:
    """Refuses a form that another site made the browser send.

    A stored session has a token, which no other site can know. A visitor whose session is not
    stored has none, so that a login or a first change is protected by two other things: browsers
    send no SameSite=Lax cookie with another site's POST, so it can change no session that is
    stored; and they say in Origin whose page it was. Both hold for all forms here.
    """
    request = get_request()
    origin = request.get_header("Origin")
    host = request.get_server()
    # Behind a proxy that speaks TLS the page's scheme is not the one that arrives here.
    if origin is not None and origin not in (f"http://{host}", f"https://{host}"):
        raise RefusedError(403, FOREIGN_FORM)
    if session.id is not None and not session.valid_csrf_token():
        raise RefusedError(403, FOREIGN_FORM)


def text_field(name: str) -> str:
    """What a form says in a field; empty if nothing, or if it sent a file."""
    value = get_param(name, "")
    return value if isinstance(value, str) else ""


def see_other(path: str) -> str:
    """Sends the browser on to a page of ours, with a GET."""
    response = get_response()
    response.set_status(303)
    response.set_header("Location", path)
    response.set_content_type("text/plain")
    return f"See {path}"
