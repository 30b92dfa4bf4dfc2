# SPDX-License-Identifier: MIT
"""What a page changes when no header can leave any more: in a body that is sent, in a websocket."""

from __future__ import annotations

from typing import Any

import pytest
from python_stores import ListedStore
from session3.errors import InvalidArgumentError, UnstorableError
from session3.manager import Manager
from web_requests import begin, stored_id


@pytest.fixture
def manager(store: Any) -> Manager:
    return Manager(store)


def test_a_late_logout_ends_the_session(manager: Manager) -> None:
    request, session = begin(manager, stored_id(manager, x=1))
    request.finish_successful()
    session["late"] = True
    session.expire()
    assert list(manager.store) == []
    request.finish_successful()
    assert list(manager.store) == []


def test_a_late_logout_everywhere_ends_all_sessions(manager: Manager) -> None:
    for _ in range(2):
        request, session = begin(manager)
        session.user = "ada"
        request.finish_successful()
    others = set(manager.store) - {session.id}
    late, session = begin(manager, session.id)
    late.finish_successful()
    session["late"] = True
    session.expire_user_sessions(others_only=True)
    assert others.isdisjoint(manager.store)
    late.finish_successful()
    assert others.isdisjoint(manager.store)
    assert dict(begin(manager, session.id)[1]) == {"late": True}
    session.expire_user_sessions()
    assert list(manager.store) == []
    late.finish_successful()
    assert list(manager.store) == []


def test_what_is_put_into_an_ended_session_late_is_told(
    manager: Manager, caplog: pytest.LogCaptureFixture
) -> None:
    for end in ("clear", "expire"):
        request, session = begin(manager, stored_id(manager, x=1))
        getattr(session, end)()
        request.finish_successful()
        assert request.set_cookie is not None
        session["late"] = True
        request.finish_successful()
        assert "a session is not stored" in caplog.text
        assert list(manager.store) == []
        caplog.clear()


@pytest.mark.parametrize("change", ["user", "item", "clear"])
def test_a_session_that_was_deleted_meanwhile_has_nothing_to_store_late(
    manager: Manager, change: str, caplog: pytest.LogCaptureFixture
) -> None:
    for end in ("finish_successful", "finish_failed"):
        request, session = begin(manager)
        session.user = "ada"
        session["x"] = 1
        request.finish_successful()
        late, session = begin(manager, session.id)
        if change == "user":
            session.user = "grace"
        elif change == "item":
            session["x"] = 2
        else:
            session.clear()
        manager.store.delete_session(session.id)
        late.finish_successful()
        getattr(late, end)()
    assert list(manager.store) == []
    assert caplog.text == ""


@pytest.mark.parametrize("items", [{}, {"theme": "dark"}])
def test_a_late_logout_without_a_new_id(manager: Manager, items: dict[str, str]) -> None:
    request, session = begin(manager)
    session.user = "ada"
    session.update(items)
    request.finish_successful()
    session.user = None
    request.finish_successful()
    assert list(manager.store) == ([session.id] if items else [])
    if items:
        assert begin(manager, session.id)[1].user is None


def test_where_no_header_can_leave_all_but_a_login_is_stored(
    manager: Manager, caplog: pytest.LogCaptureFixture
) -> None:
    here, there = stored_id(manager, x=1), stored_id(manager, x=1)
    request, session = begin(manager, here)
    session["x"] = 2
    session.renew_id()
    request.finish_without_response()
    assert dict(begin(manager, here)[1]) == {"x": 2}
    request, session = begin(manager, here)
    session.user = "mallory"
    with pytest.raises(InvalidArgumentError, match="the user changed"):
        request.finish_without_response()
    request, session = begin(manager, there)
    session.expire()
    request.finish_without_response()
    assert list(manager.store) == [here]
    assert caplog.text == ""
    request, session = begin(manager)
    session["x"] = 1
    request.finish_without_response()
    assert list(manager.store) == [here]
    assert "a session is not stored" in caplog.text


def test_a_late_clear_leaves_nothing(manager: Manager) -> None:
    request, session = begin(manager)
    session.user = "ada"
    session["x"] = 1
    request.finish_successful()
    session.clear()
    request.finish_successful()
    assert list(manager.store) == []


@pytest.mark.parametrize("is_native", [True, False])
def test_what_is_stored_late_is_where_a_login_begins(store: Any, is_native: bool) -> None:
    manager = Manager(store if is_native else ListedStore())
    request, session = begin(manager)
    session["x"], session.user = 1, "ada"
    request.finish_successful()
    request, session = begin(manager, session.id)
    session.user = None
    request.finish_without_response()
    assert begin(manager, session.id)[1].user is None
    for user in ("ada", "bob"):
        session.user = user
        with pytest.raises(InvalidArgumentError, match="the user changed"):
            session.expire_user_sessions()
    with pytest.raises(InvalidArgumentError, match="the user changed"):
        request.finish_successful()
    assert begin(manager, session.id)[1].user is None


@pytest.mark.parametrize("is_native", [True, False])
@pytest.mark.parametrize("way", ["late", "at the end", "without a response"])
def test_after_a_logout_that_emptied_the_session_nobody_logs_in(
    store: Any, is_native: bool, way: str
) -> None:
    manager = Manager(store if is_native else ListedStore())
    for _ in range(2):
        request, session = begin(manager)
        session.user = "ada"
        request.finish_successful()
    request, session = begin(manager, session.id)
    if way == "late":
        request.finish_successful()
    session.clear()
    if way == "without a response":
        request.finish_without_response()
    else:
        request.finish_successful()
    session.user = "ada"
    with pytest.raises(InvalidArgumentError, match="the user changed"):
        session.expire_user_sessions()
    assert len(list(manager.store)) == 1


@pytest.mark.parametrize("is_native", [True, False])
def test_nobody_logs_in_late_whatever_the_store(store: Any, is_native: bool) -> None:
    manager = Manager(store if is_native else ListedStore())
    request, session = begin(manager, stored_id(manager, x=1))
    session["x"] = 2
    request.finish_successful()
    session.user = "bob"
    with pytest.raises(InvalidArgumentError, match="the user changed"):
        session.expire_user_sessions()
    with pytest.raises(InvalidArgumentError, match="the user changed"):
        request.finish_successful()
    assert begin(manager, session.id)[1].user is None


def test_what_is_put_in_after_a_late_clear_is_told(
    manager: Manager, caplog: pytest.LogCaptureFixture
) -> None:
    request, session = begin(manager, stored_id(manager, x=1))
    request.finish_successful()
    session.clear()
    request.finish_successful()
    assert list(manager.store) == []
    session["y"] = 1
    request.finish_successful()
    assert list(manager.store) == []
    assert "a session is not stored" in caplog.text


def test_a_late_error_is_told_once(manager: Manager, caplog: pytest.LogCaptureFixture) -> None:
    request, session = begin(manager, stored_id(manager, x=1))
    request.finish_successful()
    session["x"] = {1, 2}
    with pytest.raises(UnstorableError):
        request.finish_successful()
    request.finish_failed()
    assert caplog.text == ""


def test_a_late_login_is_refused_also_in_a_session_without_items(manager: Manager) -> None:
    request, session = begin(manager)
    session.get_csrf_token()
    request.finish_successful()
    session.user = "mallory"
    with pytest.raises(InvalidArgumentError, match="the user changed"):
        request.finish_successful()
    assert begin(manager, session.id)[1].user is None


def test_whom_a_page_sets_late_is_not_logged_out(manager: Manager) -> None:
    bobs, session = begin(manager)
    session.user = "bob"
    bobs.finish_successful()
    for user in (None, "ada"):
        request, late = begin(manager)
        late["theme"], late.user = "dark", user
        request.finish_successful()
        late.user = "bob"
        with pytest.raises(InvalidArgumentError, match="the user changed"):
            late.expire_user_sessions()
        assert session.id in manager.store


def test_what_is_put_in_after_a_late_logout_of_a_lost_session_is_told(
    manager: Manager, caplog: pytest.LogCaptureFixture
) -> None:
    request, session = begin(manager, stored_id(manager, x=1))
    session["x"] = 2
    manager.store.delete_session(session.id)
    request.finish_successful()
    session.expire()
    session["n"] = 1
    request.finish_successful()
    assert "a session is not stored" in caplog.text


def test_a_late_logout_leaves_neither_tokens_nor_the_time_of_the_login(manager: Manager) -> None:
    request, session = begin(manager)
    session.user = "ada"
    session["theme"] = "dark"
    session.get_csrf_token()
    session.create_form_token()
    request.finish_successful()
    session.user = None
    request.finish_successful()
    left = begin(manager, session.id)[1]
    assert dict(left) == {"theme": "dark"}
    assert (left.user, left.get_login_time()) == (None, None)
    assert (left._csrf_token, left._form_tokens) == (None, [])
