# SPDX-License-Identifier: MIT
"""One user for all hosts of a session: what Django's login is for others, and theirs for Django."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user  # type: ignore[import-untyped]
from django.http import HttpRequest  # type: ignore[import-untyped]
from django.test import override_settings  # type: ignore[import-untyped]
from django_project import Browser, make_user, other_host
from django_sessions import again, content, stored
from repository import ROOT
from session3.django import SessionStore

VISITS = ROOT / "build" / "examples" / "readme" / "readme_visits"


def visit_in_c(directory: Path, key: str | None) -> list[str]:
    """Id, user and number of visits, as the C program of the README tells them."""
    done = subprocess.run(
        [VISITS],
        cwd=directory.parent,
        env={**os.environ, "SESSION": key or ""},
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.split()


def logged_in_elsewhere(directory: Path, user: Any, **items: Any) -> SessionStore:
    """A session in which another host logged somebody in."""
    with other_host(directory) as other:
        session = other.session_class()
        session.user = user
        session.update(items)
        other.create_session(session)
    return SessionStore(session.id)


def user_of(session: SessionStore) -> Any:
    """Whom Django takes the session's user for."""
    request = HttpRequest()
    request.session = session
    return get_user(request)


@pytest.mark.usefixtures("django_directory")
class TestALoginByDjango:
    def test_is_the_user_for_others(self, django_directory: Path) -> None:
        ada = make_user()
        browser = Browser()
        before = time.time()
        assert browser.log_in().status_code == 200
        with other_host(django_directory) as other:
            session = other.load_session(browser.key)
            assert session.user == str(ada.pk)
            assert "_auth_user_id" not in session
            assert session["_auth_user_backend"] == "django.contrib.auth.backends.ModelBackend"
            assert abs(session.get_login_time() - before) < 60
        assert browser.get().json()["session"]["_auth_user_id"] == str(ada.pk)

    def test_is_the_user_for_c(self, django_directory: Path) -> None:
        ada = make_user()
        browser = Browser()
        browser.log_in()
        assert visit_in_c(django_directory, browser.key) == [browser.key, str(ada.pk), "1"]
        assert browser.get().json()["session"]["visits"] == 1
        assert visit_in_c(django_directory, browser.key) == [browser.key, str(ada.pk), "2"]

    def test_ends_what_was_known_before_it(self, django_directory: Path) -> None:
        make_user()
        browser = Browser()
        browser.post("/set", key="a", value="1")
        with other_host(django_directory) as other:
            session = other.load_session(browser.key)
            form, csrf = session.create_form_token(), session.get_csrf_token()
            other.save_session(session)
            assert session.get_login_time() is None
            browser.log_in()
            after = other.load_session(browser.key)
            assert after.id != session.id
            assert not after.has_form_token(form)
            assert after.get_csrf_token() != csrf
            assert after["a"] == "1"

    def test_leaves_the_tokens_of_a_user_who_stays(self, django_directory: Path) -> None:
        make_user()
        browser = Browser()
        browser.log_in()
        with other_host(django_directory) as other:
            session = other.load_session(browser.key)
            form, csrf = session.create_form_token(), session.get_csrf_token()
            other.save_session(session)
            browser.post("/set", key="a", value="1")
            browser.post("/password", password="another")
            after = other.load_session(browser.key)
            assert after["a"] == "1"
            assert after.has_form_token(form)
            assert after.get_csrf_token() == csrf
            assert after.get_login_time() == session.get_login_time()

    def test_is_over_for_all_by_a_logout_of_one(self, django_directory: Path) -> None:
        make_user()
        browser = Browser()
        browser.log_in()
        with other_host(django_directory) as other:
            other.delete_session(browser.key)
            page = browser.get()
            assert page.json()["user"] == ""
            browser.log_in()
            key = browser.key
            browser.post("/logout")
            assert other.load_session(key) is None


@pytest.mark.usefixtures("django_directory")
class TestALoginByAnotherHost:
    def test_is_shown_but_not_trusted(self, django_directory: Path) -> None:
        ada = make_user()
        session = logged_in_elsewhere(django_directory, str(ada.pk), cart=["tea"])
        assert session["_auth_user_id"] == str(ada.pk)
        assert user_of(session).is_anonymous
        # Nothing was flushed, and nothing is to be saved.
        assert not session.modified
        assert content(session) == {"_auth_user_id": str(ada.pk), "cart": ["tea"]}

    @pytest.mark.parametrize("user", ["alice", "", b"\xff", {"name": "ada"}, 1.5, True, [1]])
    def test_of_somebody_unknown_to_django_is_hidden_and_kept(
        self, user: Any, django_directory: Path
    ) -> None:
        session = logged_in_elsewhere(django_directory, user, cart=["tea"])
        assert user_of(session).is_anonymous
        assert dict(session.items()) == {"cart": ["tea"]}
        session["cart"] = ["pot"]
        session.save()
        session.cycle_key()
        with other_host(django_directory) as other:
            stored = other.load_session(session.session_key)
            assert (stored.user, stored["cart"]) == (user, ["pot"])

    def test_of_somebody_else_ends_that_of_django(self, django_directory: Path) -> None:
        make_user()
        bob = make_user("bob")
        browser = Browser()
        browser.log_in()
        with other_host(django_directory) as other:
            session = other.load_session(browser.key)
            session.set_user(str(bob.pk))
            other.save_session(session)
            assert browser.get().json()["user"] == ""
            assert other.load_session(session.id) is None

    def test_gives_way_to_one_by_django(self, django_directory: Path) -> None:
        ada, bob = make_user(), make_user("bob")
        for user in (ada.pk, bob.pk, "alice"):
            session = logged_in_elsewhere(django_directory, str(user), cart=["tea"])
            browser = Browser()
            browser.client.cookies["session3"] = session.session_key
            assert browser.log_in().status_code == 200
            assert browser.key != session.session_key
            assert not session.exists(session.session_key)
            page = browser.get().json()
            assert page["user"] == "ada"
            # Django was not shown that somebody was there before.
            assert ("cart" in page["session"]) == (user == "alice")

    def test_that_ended_leaves_nobody(self, django_directory: Path) -> None:
        session = logged_in_elsewhere(django_directory, "1")
        with other_host(django_directory) as other:
            for user in (None, "2", None):
                session.update({"_auth_user_id": user})
                session.save()
                after = other.load_session(session.session_key)
                assert (after.user, after.get_login_time() is None) == (user, user is None)
                session = again(session)
                session.pop("_auth_user_id", None)
                session.save()
                after = other.load_session(session.session_key)
                assert (after.user, after.get_login_time()) == (None, None)


def test_a_site_without_users_of_its_own_is_shown_those_of_others(django_directory: Path) -> None:
    with override_settings(AUTH_USER_MODEL="missing.User"):
        session = logged_in_elsewhere(django_directory, "alice", a=1)
        assert dict(session.items()) == {"_auth_user_id": "alice", "a": 1}
        session.pop("_auth_user_id")
        session.save()
    with other_host(django_directory) as other:
        assert other.load_session(session.session_key).user is None


def test_an_attribute_called_like_djangos_user_logs_nobody_in(django_directory: Path) -> None:
    session = logged_in_elsewhere(django_directory, None, _auth_user_id="1", a=1)
    assert dict(session.items()) == {"a": 1}
    session["a"] = 2
    session.save()
    with other_host(django_directory) as other:
        theirs = other.load_session(session.session_key)
        assert (theirs.user, theirs["_auth_user_id"], theirs["a"]) == (None, "1", 2)


def test_the_keys_of_django_are_the_attributes_of_others(django_directory: Path) -> None:
    items = {"cart": ["tea"], "_messages": "[]", "items": 1, "user": 2, "id": 3, "data": 4}
    session = stored(**items)
    assert content(session) == items
    with other_host(django_directory) as other:
        theirs = other.load_session(session.session_key)
        assert (dict(theirs), theirs.user) == (items, None)
        theirs["cart"].append("pot")
        other.save_session(theirs)
    assert again(session)["cart"] == ["tea", "pot"]


def test_a_session_keeps_what_django_has_no_word_for(django_directory: Path) -> None:
    with other_host(django_directory) as other:
        theirs = other.session_class()
        theirs._remote_address = "192.0.2.1"
        token = theirs.create_form_token()
        other.create_session(theirs)
        session = SessionStore(theirs.id)
        session["a"] = 1
        session.save()
        after = other.load_session(theirs.id)
        assert after.get_remote_address() == "192.0.2.1"
        assert after.has_form_token(token)
        assert after.get_creation_time() == theirs.get_creation_time()
