# SPDX-License-Identifier: MIT
"""What frameworks and their extensions keep in a session is stored as docs/guides/frameworks.md
says.

The table is read from the page: a key that nothing here knows fails.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings  # type: ignore[import-untyped]
from django_project import Browser, clean_database, make_user, use_directory
from django_site.views import visited
from flask import Flask, flash
from flask_login import LoginManager, UserMixin, login_user  # type: ignore[import-untyped]
from session3.store.DirectorySessionStore import DirectorySessionStore
from visits import Act, Browsing, Prepare, visit_flask, visit_wsgi
from word_tables import KEYS, words_of

Attributes = list[dict[str, Any]]


class Member(UserMixin):  # type: ignore[misc]
    """A user who is no more than a name."""

    id = "ada"


def by_flask(store: DirectorySessionStore, act: Act, prepare: Prepare = None) -> Attributes:
    def visit(store: DirectorySessionStore, act: Act, id: str) -> tuple[str, Any]:
        return visit_flask(store, act, id, prepare)

    browsing = Browsing(store, visit)
    browsing.visit(act)
    return [browsing.stored["attributes"]]


def flash_by_flask(store: DirectorySessionStore) -> Attributes:
    return by_flask(store, lambda _: flash("saved", "info"))


def log_in_by_flask_login(store: DirectorySessionStore) -> Attributes:
    def prepare(app: Flask) -> None:
        LoginManager(app).user_loader(lambda _: Member())

    return by_flask(store, lambda _: login_user(Member()), prepare)


def by_django(store: DirectorySessionStore, *acts: Callable[[Browser], Any]) -> Attributes:
    """What is stored after each page of a browser."""
    clean_database()
    make_user()
    browser, found = Browser(), []
    with use_directory(Path(store.directory)):
        for act in acts:
            assert act(browser).status_code == 200
            found.append(dict(store.load_session(browser.key)))
    return found


def log_in_by_django(store: DirectorySessionStore) -> Attributes:
    return by_django(store, lambda browser: browser.log_in())


def set_expiry_of_django(store: DirectorySessionStore) -> Attributes:
    def set_time(browser: Browser) -> Any:
        def happen(request: Any, **_: Any) -> None:
            request.session.set_expiry(datetime(2100, 1, 1, tzinfo=timezone.utc))

        visited.connect(happen)
        try:
            return browser.get("/visit")
        finally:
            visited.disconnect(happen)

    return by_django(store, lambda browser: browser.post("/expiry", seconds="600"), set_time)


def send_message_of_django(store: DirectorySessionStore) -> Attributes:
    return by_django(store, lambda browser: browser.get("/greet"))


def make_token_of_django(store: DirectorySessionStore) -> Attributes:
    assert settings.CSRF_USE_SESSIONS
    return by_django(store, lambda browser: browser.get("/token"))


# Flask-WTF is no dependency of the tests: nothing here says under which key it keeps its token.
LEFT_OUT = ("`csrf_token`", "Flask-WTF")

BY_WHOM: dict[tuple[str, str], Callable[[DirectorySessionStore], Attributes]] = {
    ("`_flashes`", "Flask's `flash`"): flash_by_flask,
    ("`_fresh`, `_id`", "Flask-Login"): log_in_by_flask_login,
    ("`_auth_user_backend`, `_auth_user_hash`", "Django's login"): log_in_by_django,
    ("`_session_expiry`", "Django's `set_expiry`"): set_expiry_of_django,
    ("`_messages`", "Django's messages"): send_message_of_django,
    ("`_csrftoken`", "Django with `CSRF_USE_SESSIONS`"): make_token_of_django,
}
OF_A_DICT_SESSION = ("keys behind a dot", "attributes of a DictSession object")


def is_pairs(value: Any) -> bool:
    return type(value) is list and all(type(pair) is list and len(pair) == 2 for pair in value)


TYPES: dict[str, Callable[[Any], bool]] = {
    "an array of pairs": is_pairs,
    "a bool": lambda value: type(value) is bool,
    "text": lambda value: type(value) is str,
    "an integer of seconds": lambda value: type(value) is int,
}


def test_no_key_of_the_table_is_unknown() -> None:
    assert {(key, row["whose"]) for key, row in KEYS.items()} == {
        *BY_WHOM,
        LEFT_OUT,
        OF_A_DICT_SESSION,
    }
    for row in KEYS.values():
        assert list(row) == ["whose", "what others see"]


@pytest.mark.parametrize(("row", "whose"), BY_WHOM)
def test_a_key_is_stored_by_whose_it_is_with_the_type_that_others_see(
    row: str, whose: str, shared: DirectorySessionStore
) -> None:
    keys = words_of(row)
    types = KEYS[row]["what others see"].split(". ")[0].split("; ")
    found = BY_WHOM[row, whose](shared)
    for key, kinds in zip(keys, types if len(types) > 1 else types * len(keys)):
        values = [attributes[key] for attributes in found]
        for kind in kinds.split(", or "):
            # One for each type that there may be.
            assert len([value for value in values if TYPES[kind](value)]) == 1, (key, kind)
        assert len(values) == len(kinds.split(", or "))


def test_a_dot_stands_before_the_attributes_of_a_dict_session(
    shared: DirectorySessionStore,
) -> None:
    told = KEYS[OF_A_DICT_SESSION[0]]["what others see"]
    assert told == "`.theme` is `session.theme` there; its item `.x` is stored as `..x`"
    browsing = Browsing(shared, visit_wsgi)
    session: Any = browsing.loaded
    session.theme = "dark"
    session[".x"] = 2
    shared.save_session(session)
    assert browsing.stored["attributes"] == {"x": 1, ".theme": "dark", "..x": 2}
    assert browsing.tell("session['.theme']") == "dark"


def test_an_attribute_called_csrf_token_is_apart_from_the_stored_one(
    shared: DirectorySessionStore,
) -> None:
    told = KEYS[LEFT_OUT[0]]["what others see"]
    assert told == "an attribute, apart from the stored `csrf_token`"
    browsing = Browsing(shared, visit_flask)
    browsing.do("session['csrf_token'] = 'of a form'")
    made = browsing.tell("session.get_csrf_token()")
    assert browsing.stored["csrf_token"] == made
    assert browsing.stored["attributes"]["csrf_token"] == "of a form"
