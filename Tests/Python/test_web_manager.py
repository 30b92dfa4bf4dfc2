# SPDX-License-Identifier: MIT
"""session3.manager, which the adapters stand on: what their pages do not show."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any
from unittest.mock import Mock

import pytest
from python_stores import ListedStore
from session3.errors import BusyError, GoneError, InvalidArgumentError, UnstorableError
from session3.manager import Manager
from session3.policy import CookiePolicy, ManagerPolicy
from session3.Session import Session
from session3.web import WebSession
from web_requests import begin, stored_id

Opened = Callable[..., Any]


@pytest.fixture
def manager(store: Any) -> Manager:
    return Manager(store)


def test_the_session_of_a_store_of_another_class_is_a_web_session(open_store: Opened) -> None:
    store = open_store(session_class=Session)
    manager = Manager(store)
    id = stored_id(manager, theme="dark")
    plain = store.load_session(id)
    assert plain.theme == "dark"
    plain.theme = "light"
    store.save_session(plain)
    _, session = begin(manager, id)
    assert type(session) is WebSession
    assert dict(session) == {"theme": "light"}


def test_keys_are_stored_as_they_are(manager: Manager) -> None:
    items = {".dotted": 1, "..twice": 2, "": 3, "user": 4, "save": 5, "data": 6, "клю\0ч": 7}
    id = stored_id(manager, **items)
    assert dict(begin(manager, id)[1]) == items


def test_attributes_of_the_object_are_not_stored(manager: Manager) -> None:
    request, session = begin(manager)
    session.theme = {1, 2}
    session["x"] = 1
    request.finish_successful()
    assert dict(begin(manager, session.id)[1]) == {"x": 1}
    assert not hasattr(begin(manager, session.id)[1], "theme")


@pytest.mark.parametrize("key", [1, None, ("a",), b"bytes"])
def test_a_key_that_is_no_text_is_refused(manager: Manager, key: Any) -> None:
    request, session = begin(manager)
    session[key] = 1
    with pytest.raises(UnstorableError):
        request.finish_successful()
    assert request.set_cookie is None
    assert list(manager.store) == []


def test_a_mixture_of_keys_is_refused(manager: Manager) -> None:
    request, session = begin(manager)
    session.update({"a": 1, 2: 2})
    with pytest.raises(UnstorableError, match="names of attributes must be str"):
        request.finish_successful()


def test_a_visitor_whose_login_meets_a_logout_gets_another_session(manager: Manager) -> None:
    id = stored_id(manager, cart=["tea"])
    request, session = begin(manager, id)
    manager.store.delete_session(id)
    session.user = "ada"
    request.finish_successful()
    assert request.set_cookie is not None
    assert session.id != id
    assert list(manager.store) == [session.id]


def test_a_user_who_was_logged_out_by_force_is_not_brought_back(manager: Manager) -> None:
    request, session = begin(manager)
    session.user = "ada"
    request.finish_successful()
    late, session = begin(manager, session.id)
    manager.store.delete_session(session.id)
    session.user = "grace"
    late.finish_successful()
    assert late.set_cookie is None
    assert list(manager.store) == []


def test_a_failed_request_after_a_login_sets_no_cookie(manager: Manager) -> None:
    id = stored_id(manager, x=1)
    request, session = begin(manager, id)
    session.user = "ada"
    session.expire()
    assert request.set_cookie is not None
    request.finish_failed()
    assert request.set_cookie is None
    assert list(manager.store) == [id]


def test_a_finished_request_takes_no_more_wishes(manager: Manager) -> None:
    request, session = begin(manager)
    session["x"] = 1
    request.finish_successful()
    with pytest.raises(InvalidArgumentError, match="the id can't change"):
        session.renew_id()
    request.finish_failed()
    for wish in (session.expire, session.renew_id, session.expire_user_sessions):
        with pytest.raises(InvalidArgumentError, match="the request is finished"):
            wish()


def test_a_session_without_a_request_says_so() -> None:
    with pytest.raises(InvalidArgumentError, match="belongs to no request"):
        WebSession().expire()


def test_an_expired_session_leaves_nothing_to_what_comes_after_it(manager: Manager) -> None:
    request, session = begin(manager)
    session.user = "ada"
    session.set_persistent(True)
    session["cart"] = ["tea"]
    session.create_form_token()
    session.get_csrf_token()
    request.finish_successful()
    before = session.id

    request, session = begin(manager, before)
    session.expire()
    assert (session.is_new, session.id, session.user, dict(session)) == (True, None, None, {})
    assert (session.get_persistent(), session.get_login_time()) == (None, None)
    session["message"] = "bye"
    request.finish_successful()
    assert list(manager.store) == [session.id]
    assert session.id != before
    after = begin(manager, session.id)[1]
    assert (dict(after), after.user, after.get_persistent()) == ({"message": "bye"}, None, None)
    assert (after._form_tokens, after._csrf_token) == ([], None)


def test_an_expired_session_is_deleted_whoever_changed_it_meanwhile(manager: Manager) -> None:
    id = stored_id(manager, x=1)
    request, session = begin(manager, id)
    other, theirs = begin(manager, id)
    theirs["meanwhile"] = True
    other.finish_successful()
    session.expire()
    request.finish_successful()
    assert list(manager.store) == []


def test_an_expired_cookie_is_told_from_an_unknown_one(open_store: Opened) -> None:
    now = 1_800_000_000.0
    manager = Manager(open_store(clock=lambda: now), ManagerPolicy(idle_timeout=60))
    id = stored_id(manager, x=1)
    assert not begin(manager, id)[0].has_expired_cookie()
    assert not begin(manager, "unknown")[0].has_expired_cookie()
    assert not begin(manager)[0].has_expired_cookie()
    now += 61
    request, session = begin(manager, id)
    assert request.has_expired_cookie()
    assert session.is_new


def test_a_lifetime_is_counted_from_the_login(open_store: Opened) -> None:
    now = 1_800_000_000.0
    manager = Manager(open_store(clock=lambda: now), ManagerPolicy(lifetime=100))
    id = stored_id(manager, x=1)
    now += 90
    request, session = begin(manager, id)
    session.user = "ada"
    request.finish_successful()
    now += 90
    assert begin(manager, session.id)[1].user == "ada"
    now += 11
    assert begin(manager, session.id)[1].user is None


def test_a_persistent_cookie_is_sent_again_after_a_tenth_of_its_time(open_store: Opened) -> None:
    now = 1_800_000_000.0
    policy = ManagerPolicy(persistent=True, persistent_timeout=1000)
    manager = Manager(open_store(clock=lambda: now), policy)
    id = stored_id(manager, x=1)
    for passed, is_sent in ((99, False), (2, True), (99, False), (2, True)):
        now += passed
        request, _ = begin(manager, id)
        request.finish_successful()
        assert (request.set_cookie is not None) == is_sent


def test_a_cookie_that_browsers_would_drop_is_refused_at_once(store: Any) -> None:
    with pytest.raises(InvalidArgumentError):
        Manager(store, ManagerPolicy(cookie=CookiePolicy(same_site="none")))


def test_the_first_cookie_that_stands_for_a_session_wins(manager: Manager) -> None:
    id = stored_id(manager, x=1)
    header = f"session3=planted; other=1; session3={id}; session3=also-planted"
    session = manager.start_request(header).session
    assert session is not None
    assert session.id == id


def test_no_increment_of_requests_at_once_is_lost(manager: Manager) -> None:
    request, session = begin(manager)
    assert [session.increment("hits"), session.increment("hits", 2)] == [1, 3]
    request.finish_successful()
    requests = [begin(manager, session.id) for _ in range(3)]
    assert [session.increment("hits") for _, session in requests] == [4, 5, 6]
    requests[1][1]["other"] = True
    for request, _ in requests:
        request.finish_successful()
    assert dict(begin(manager, session.id)[1]) == {"hits": 6, "other": True}


def test_an_increment_of_text_is_refused(manager: Manager) -> None:
    new = begin(manager)[1]
    new.update(hits="many", flag=True)
    for key, delta in (("hits", 1), ("flag", 1), ("visits", 1.5)):
        with pytest.raises(TypeError, match=repr(key)):
            new.increment(key, delta)
    assert dict(new) == {"hits": "many", "flag": True}
    session = begin(manager, stored_id(manager, hits="many"))[1]
    with pytest.raises(TypeError):
        session.increment("hits")
    manager.store.delete_session(session.id)
    with pytest.raises(GoneError):
        session.increment("hits")


def test_a_form_token_passes_once(manager: Manager) -> None:
    request, session = begin(manager)
    token = session.create_form_token()
    assert not session.consume_form_token(token)
    request.finish_successful()
    requests = [begin(manager, session.id) for _ in range(3)]
    assert [session.consume_form_token(token) for _, session in requests] == [True, False, False]
    for request, _ in requests:
        request.finish_successful()
    assert not begin(manager, session.id)[1].has_form_token(token)


def test_a_csrf_token_is_checked(manager: Manager) -> None:
    request, session = begin(manager)
    assert not session.check_csrf_token("")
    assert not session.check_csrf_token(None)
    token = session.get_csrf_token()
    request.finish_successful()
    session = begin(manager, session.id)[1]
    assert session.check_csrf_token(token)
    for wrong in ("", token[:-1], token + "x", None, token.encode()):
        assert not session.check_csrf_token(wrong)


class Slotted(WebSession):
    """As a program may have one."""

    __slots__ = ("cart",)
    cart: Any


@pytest.mark.parametrize("twin", [copy.deepcopy, lambda s: pickle.loads(pickle.dumps(s))])
def test_a_copy_has_all_but_the_request(twin: Callable[[Any], Any]) -> None:
    manager = Manager(ListedStore(), session_class=Slotted)
    _, session = begin(manager)
    session["x"], session.user, session.cart = 1, "ada", [5]
    session.set_persistent(True)
    made = twin(session)
    assert (dict(made), made.user, made.cart) == ({"x": 1}, "ada", [5])
    assert made.get_persistent() is True
    with pytest.raises(InvalidArgumentError, match="no request"):
        made.expire()


def test_a_store_written_in_python_does_as_well() -> None:
    manager = Manager(ListedStore())
    request, session = begin(manager)
    session["x"] = 1
    request.finish_successful()
    first = session.id
    assert request.set_cookie is not None

    request, session = begin(manager, first)
    assert dict(session) == {"x": 1}
    session.user = "ada"
    request.finish_successful()
    assert list(manager.store.kept) == [session.id] != [first]  # type: ignore[attr-defined]

    request, session = begin(manager, session.id)
    session.expire()
    request.finish_successful()
    assert manager.store.kept == {}  # type: ignore[attr-defined]


def test_a_logout_that_the_store_refuses_is_tried_again(manager: Manager) -> None:
    request, session = begin(manager, stored_id(manager, x=1))
    delete, manager.store.delete_session = (  # type: ignore[method-assign]
        manager.store.delete_session,
        Mock(side_effect=BusyError("held")),
    )
    session.expire()
    session["x"] = 2
    with pytest.raises(BusyError):
        request.finish_successful()
    manager.store.delete_session = delete  # type: ignore[method-assign]
    request.finish_successful()
    assert list(manager.store) == [session.id]


def test_a_clear_forgets_a_visitors_tokens(manager: Manager) -> None:
    request, session = begin(manager)
    token, csrf_token = session.create_form_token(), session.get_csrf_token()
    request.finish_successful()
    request, session = begin(manager, session.id)
    session.clear()
    assert not session.has_form_token(token)
    assert not session.check_csrf_token(csrf_token)
    request.finish_successful()
    assert list(manager.store) == []


def test_the_session_after_a_logout_notes_the_address(manager: Manager) -> None:
    id = stored_id(manager, x=1)
    request = manager.start_request(f"session3={id}", "192.0.2.7")
    session = request.session
    assert session is not None
    session.expire()
    session["y"] = 1
    request.finish_successful()
    assert session.id not in (None, id)
    assert begin(manager, session.id)[1].get_remote_address() == "192.0.2.7"


def test_a_logout_elsewhere_spares_this_session_under_the_id_that_it_got_meanwhile(
    manager: Manager,
) -> None:
    for _ in range(2):
        request, session = begin(manager)
        session.user = "ada"
        request.finish_successful()
    request, here = begin(manager, session.id)
    meanwhile, same = begin(manager, session.id)
    meanwhile.renew_id()
    meanwhile.finish_successful()
    assert same.id != session.id
    here.expire_user_sessions(others_only=True)
    request.finish_successful()
    assert list(manager.store) == [same.id]
