# SPDX-License-Identifier: MIT
"""Form tokens pass once; the csrf token is the session's."""

from __future__ import annotations

import re
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from session3.Session import Session


def test_a_form_token_is_128_bits_of_base64url() -> None:
    session = Session("id")
    token = session.create_form_token()
    assert re.fullmatch(r"[A-Za-z0-9_-]{22}", token)
    assert session.has_form_token(token)
    session.remove_form_token(token)
    assert not session.has_form_token(token)


def test_the_oldest_of_33_tokens_is_forgotten() -> None:
    session = Session("id")
    tokens = [session.create_form_token() for _ in range(33)]
    assert session._form_tokens == tokens[1:]
    assert not session.has_form_token(tokens[0])


def test_a_subclass_may_keep_fewer_tokens() -> None:
    class Frugal(Session):
        MAX_FORM_TOKENS = 2

    session = Frugal("id")
    tokens = [session.create_form_token() for _ in range(5)]
    assert session._form_tokens == tokens[-2:]


@pytest.mark.parametrize("token", ["", "x", None, 5, b"x", "\ud800", "ünï"])
def test_what_is_no_token_is_not_remembered(token: Any) -> None:
    session = Session("id")
    session.create_form_token()
    assert not session.has_form_token(token)


def test_forgetting_an_unknown_token_is_an_error() -> None:
    with pytest.raises(ValueError, match="no such form token"):
        Session("id").remove_form_token("x")


def test_a_token_passes_once_in_the_store(store: Any) -> None:
    session = Session("id")
    token = session.create_form_token()
    store.save_session(session)
    assert store.consume_form_token("id", token) is True
    assert store.consume_form_token("id", token) is False
    assert not store.load_session("id").has_form_token(token)


def test_a_consumed_token_stays_consumed_when_a_loaded_session_is_saved(store: Any) -> None:
    session = Session("id")
    token, other = session.create_form_token(), session.create_form_token()
    store.save_session(session)
    loaded = store.load_session("id")
    store.consume_form_token("id", token)
    fresh = loaded.create_form_token()
    store.save_session(loaded)
    assert loaded._form_tokens == [other, fresh]
    assert store.load_session("id")._form_tokens == [other, fresh]


@pytest.mark.parametrize("token", ["", "x", None, 5, "\ud800"])
def test_an_unknown_token_does_not_pass(store: Any, token: Any) -> None:
    session = Session("id")
    session.create_form_token()
    store.save_session(session)
    assert store.consume_form_token("id", token) is False


def test_no_token_passes_without_a_session(store: Any) -> None:
    assert store.consume_form_token("missing", "token") is False


def test_the_csrf_token_is_made_once_and_stored(store: Any) -> None:
    session = Session("id")
    token = session.get_csrf_token()
    assert re.fullmatch(r"[A-Za-z0-9_-]{22}", token)
    assert session.get_csrf_token() == token
    store.save_session(session)
    assert store.load_session("id").get_csrf_token() == token


def test_an_empty_csrf_token_of_another_host_is_replaced(store: Any) -> None:
    session = Session("id")
    session._csrf_token = ""
    store.save_session(session)
    loaded = store.load_session("id")
    assert loaded._csrf_token == ""
    assert len(loaded.get_csrf_token()) == 22


def post(fields: dict[str, Any], method: str = "POST") -> Any:
    request = SimpleNamespace(
        get_method=lambda: method, get_field=fields.get, get_environ=lambda name: None
    )
    return SimpleNamespace(get_publisher=lambda: True, get_request=lambda: request)


def is_valid(monkeypatch: pytest.MonkeyPatch, session: Session, quixote: Any, *name: str) -> bool:
    monkeypatch.setitem(sys.modules, "quixote", quixote)
    return session.valid_csrf_token(*name)


def test_a_post_with_the_csrf_token_is_valid(monkeypatch: pytest.MonkeyPatch) -> None:
    session = Session("id")
    token = session.get_csrf_token()
    assert is_valid(monkeypatch, session, post({"csrf_token": token}))
    assert is_valid(monkeypatch, session, post({"csrf_token": ["x", token]}))
    assert is_valid(monkeypatch, session, post({"mine": token}), "mine")


@pytest.mark.parametrize("value", [None, "", "x", "ü", [], 5])
def test_a_post_without_the_csrf_token_is_not(monkeypatch: pytest.MonkeyPatch, value: Any) -> None:
    session = Session("id")
    session.get_csrf_token()
    assert not is_valid(monkeypatch, session, post({"csrf_token": value}))


def test_another_method_is_not_valid(monkeypatch: pytest.MonkeyPatch) -> None:
    session = Session("id")
    token = session.get_csrf_token()
    assert not is_valid(monkeypatch, session, post({"csrf_token": token}, "GET"))


@pytest.mark.parametrize("known", [None, ""])
def test_a_session_without_a_token_validates_nothing(
    monkeypatch: pytest.MonkeyPatch, known: Any
) -> None:
    session = Session("id")
    session._csrf_token = known
    assert not is_valid(monkeypatch, session, post({"csrf_token": ""}))


def test_outside_a_request_nothing_is_valid() -> None:
    session = Session("id")
    session.get_csrf_token()
    assert not session.valid_csrf_token()


def test_another_user_has_none_of_the_tokens_of_before() -> None:
    session = Session()
    for user in ("alice", "bob", None, "alice"):
        csrf_token, form_token = session.get_csrf_token(), session.create_form_token()
        session.set_user(user)
        assert session.get_csrf_token() != csrf_token
        assert not session.has_form_token(form_token)


def test_the_same_user_keeps_the_tokens() -> None:
    session = Session()
    session.set_user("alice")
    csrf_token, form_token = session.get_csrf_token(), session.create_form_token()
    session.set_user("alice")
    assert session.get_csrf_token() == csrf_token
    assert session.has_form_token(form_token)
