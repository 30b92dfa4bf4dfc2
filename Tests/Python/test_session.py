# SPDX-License-Identifier: MIT
"""A session in memory: its fields, ages, and what it says of itself."""

from __future__ import annotations

import copy
import io
import pickle
import sys
import time
from types import SimpleNamespace
from typing import Any

import pytest
from session3.errors import InvalidArgumentError
from session3.Session import Session

ID = "S3cr3tS3cr3tS3cr3tS3cr"


def test_a_session_is_made_outside_a_request() -> None:
    before = time.time()
    session = Session()
    assert session.id is None
    assert session.user is None
    assert session.get_remote_address() is None
    assert before <= session.get_creation_time() == session.get_access_time() <= time.time()
    assert session._form_tokens == []
    assert session._csrf_token is None


def quixote_with(request: Any, publisher: Any = True) -> Any:
    return SimpleNamespace(get_publisher=lambda: publisher, get_request=lambda: request)


def test_a_session_notes_the_address_of_the_request(monkeypatch: pytest.MonkeyPatch) -> None:
    request = SimpleNamespace(get_environ={"REMOTE_ADDR": "192.0.2.7"}.get)
    monkeypatch.setitem(sys.modules, "quixote", quixote_with(request))
    assert Session().get_remote_address() == "192.0.2.7"


@pytest.mark.parametrize("publisher", [None, True])
def test_without_an_active_request_there_is_no_address(
    monkeypatch: pytest.MonkeyPatch, publisher: Any
) -> None:
    monkeypatch.setitem(sys.modules, "quixote", quixote_with(None, publisher))
    assert Session().get_remote_address() is None


def test_the_user_is_set_and_got() -> None:
    session = Session("id")
    session.set_user("alice")
    assert session.get_user() == session.user == "alice"


def test_has_info_is_the_user() -> None:
    session = Session("id")
    assert not session.has_info()
    session.user = "alice"
    assert session.has_info() == "alice"


def test_ages_are_seconds_to_now_or_to_a_given_time() -> None:
    session = Session("id")
    session._creation_time, session._access_time = 100.0, 150.0
    assert session.get_creation_age(200) == 100
    assert session.get_access_age(200) == 50
    assert session.get_access_age() >= time.time() - 151


def test_the_access_time_is_noted_at_a_resolution() -> None:
    session = Session("id")
    session._access_time = recent = time.time() - 5
    session._set_access_time(3600)
    assert session._access_time == recent
    session._set_access_time(1)
    assert session._access_time > recent


def test_what_a_session_says_of_itself_has_its_user_but_neither_id_nor_tokens() -> None:
    session = Session(ID)
    session.user = "alice"
    session.color = "red"  # type: ignore[attr-defined]
    tokens = [session.create_form_token(), session.get_csrf_token()]
    dump = io.StringIO()
    session.dump(dump)
    for text in (repr(session), str(session), f"{session}", dump.getvalue()):
        assert "alice" in text
        assert not any(secret in text for secret in (ID, *tokens))
    assert "color: str" in dump.getvalue()
    assert "red" not in dump.getvalue()


def test_a_session_without_a_user_says_so() -> None:
    assert "no user" in str(Session(ID))
    assert "no user" in repr(Session(ID))


def test_dump_writes_to_the_standard_output_without_a_file(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Session("id").dump(header=False, deep=False)
    assert capsys.readouterr().out.startswith("  user None\n")


def test_a_new_session_is_dirty_and_a_saved_one_is_not(store: Any) -> None:
    session = Session("id")
    assert session.is_dirty()
    store.save_session(session)
    assert not session.is_dirty()
    assert not store.load_session("id").is_dirty()


@pytest.mark.parametrize(
    "change",
    [
        lambda session: session.set_user("bob"),
        lambda session: session.create_form_token(),
        lambda session: session.get_csrf_token(),
        lambda session: setattr(session, "_remote_address", "::1"),
        lambda session: session.cart.append(1),
        lambda session: delattr(session, "cart"),
        lambda session: setattr(session, "id", "another"),
        lambda session: session._set_access_time(-1),
    ],
)
def test_any_change_makes_a_session_dirty(store: Any, change: Any) -> None:
    session = Session("id")
    session.cart = []  # type: ignore[attr-defined]
    store.save_session(session)
    loaded = store.load_session("id")
    change(loaded)
    assert loaded.is_dirty()


def test_what_the_package_remembers_is_no_attribute(store: Any) -> None:
    store.save_session(Session("id"))
    loaded = store.load_session("id")
    own = {"id", "user", "_remote_address", "_creation_time", "_access_time"}
    assert set(vars(loaded)) == own | {"_form_tokens", "_csrf_token"}


def test_an_attribute_with_the_name_of_a_method_is_refused(store: Any) -> None:
    session = Session("id")
    session.dump = 5  # type: ignore[assignment,method-assign]
    with pytest.raises(InvalidArgumentError, match="dump"):
        store.save_session(session)


@pytest.mark.parametrize(
    "twin_of",
    [copy.copy, copy.deepcopy, lambda session: pickle.loads(pickle.dumps(session))],
    ids=["copy", "deepcopy", "pickle"],
)
def test_a_copy_knows_what_it_was_loaded_as(store: Any, twin_of: Any) -> None:
    store.save_session(Session("id"))
    twin = twin_of(store.load_session("id"))
    assert not twin.is_dirty()
    other = store.load_session("id")
    other.theirs = 1
    store.save_session(other)
    twin.ours = 2
    store.save_session(twin)
    assert twin.theirs == 1
