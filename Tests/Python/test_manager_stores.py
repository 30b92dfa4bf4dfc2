# SPDX-License-Identifier: MIT
"""What the session manager asks of stores, on those of the library and on one in Python."""

from __future__ import annotations

import copy
import pickle
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import test_manager
from quixote_clock import FakeClock
from quixote_site import Site, site
from session3.DictSession import DictSession
from session3.errors import ConflictError, GoneError, InvalidArgumentError
from session3.Session import Session
from session3.SessionManager import SessionManager
from session3.store.SessionStore import SessionStore


class OldStore(SessionStore):
    """A store as programs wrote one for Session3."""

    def __init__(self) -> None:
        self.kept: dict[str, dict[str, Any]] = {}

    def load_session(self, id: Any, default: Any = None) -> Any:
        if id not in self.kept:
            return default
        session = Session.__new__(Session)
        vars(session).update(self.kept[id])
        return session

    def save_session(self, session: Any) -> None:
        self.kept[session.id] = {**vars(session), "_form_tokens": list(session._form_tokens)}

    def delete_session(self, session: Any) -> None:
        del self.kept[session.id]

    def __iter__(self) -> Iterator[str]:
        return iter(list(self.kept))


@pytest.fixture(params=["library", "python"])
def any_store(request: pytest.FixtureRequest, store: Any) -> Any:
    return store if request.param == "library" else OldStore()


def a_session(store: Any, **attributes: Any) -> Any:
    """A stored session, as it is loaded."""
    session = Session()
    session.set_user("alice")
    vars(session).update(attributes)
    store.create_session(session)
    return store.load_session(session.id)


def test_a_renewed_session_has_another_id_and_the_same_content(any_store: Any) -> None:
    session = a_session(any_store, cart=["tea"])
    old, created = session.id, session.get_creation_time()
    session.theme = "dark"
    any_store.renew_session(session)
    assert session.id != old
    assert any_store.load_session(old) is None
    assert list(any_store) == [session.id]
    found = any_store.load_session(session.id)
    assert (found.user, found.cart, found.theme) == ("alice", ["tea"], "dark")
    assert found.get_creation_time() == created


def test_an_id_of_the_program_s_own_is_taken(any_store: Any) -> None:
    session = a_session(any_store, cart=["tea"])
    any_store.renew_session(session, "chosen")
    assert (session.id, list(any_store)) == ("chosen", ["chosen"])
    assert any_store.load_session("chosen").cart == ["tea"]


def test_a_session_that_was_deleted_is_not_renewed(any_store: Any) -> None:
    session = a_session(any_store)
    old = session.id
    any_store.delete_session(any_store.load_session(old))
    for id in (None, "chosen"):
        with pytest.raises(GoneError):
            any_store.renew_session(session, id)
        assert session.id == old
    assert list(any_store) == []


def test_a_renewal_merges_what_others_saved(store: Any) -> None:
    session = a_session(store)
    other = store.load_session(session.id)
    other.cart = ["tea"]
    store.save_session(other)
    session.theme = "dark"
    store.renew_session(session)
    assert session.cart == ["tea"]
    found = store.load_session(session.id)
    assert (found.cart, found.theme) == (["tea"], "dark")
    session.theme = "light"
    store.save_session(session)
    assert store.load_session(session.id).theme == "light"


def test_a_copy_that_was_loaded_before_saves_to_the_renewed_session(store: Any) -> None:
    session = a_session(store)
    late = store.load_session(session.id)
    old = session.id
    store.renew_session(session)
    late.cart = ["tea"]
    store.save_session(late)
    assert late.id == old
    assert not store.has_session(old)
    assert store.load_session(session.id).cart == ["tea"]


def test_a_new_session_has_no_id_to_renew(store: Any) -> None:
    for session in (Session(), Session("never-saved")):
        with pytest.raises(InvalidArgumentError):
            store.renew_session(session)
    assert list(store) == []


def test_of_two_renewals_at_once_one_wins(directory_store: Any) -> None:
    for _ in range(20):
        first = a_session(directory_store)
        second = directory_store.load_session(first.id)
        gone: list[GoneError] = []

        def renew(session: Any, gone: list[GoneError] = gone) -> None:
            try:
                directory_store.renew_session(session)
            except GoneError as error:
                gone.append(error)

        threads = [threading.Thread(target=renew, args=(s,)) for s in (first, second)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(gone) == 1
        assert len(list(directory_store)) == 1
        directory_store.delete_user_sessions("alice")


def test_a_session_is_deleted_if_nobody_changed_it(store: Any) -> None:
    session = a_session(store)
    other = store.load_session(session.id)
    other.cart = ["tea"]
    store.save_session(other)
    with pytest.raises(ConflictError):
        store.delete_unchanged(session)
    assert store.load_session(session.id).cart == ["tea"]
    assert store.delete_unchanged(other) is True
    assert store.delete_unchanged(other) is False
    with pytest.raises(InvalidArgumentError):
        store.delete_unchanged(Session("never-saved"))


def test_one_that_was_made_again_is_another_session(store: Any) -> None:
    session = a_session(store)
    store.delete_session(session.id)
    again = Session(session.id)
    again.set_user("bob")
    store.save_session(again)
    with pytest.raises(ConflictError):
        store.delete_unchanged(session)


def test_a_store_in_python_deletes_whatever_is_there() -> None:
    store = OldStore()
    session = a_session(store)
    assert store.delete_unchanged(session) is True
    assert store.delete_unchanged(session) is False


def test_an_update_meets_a_logout(any_store: Any) -> None:
    session = a_session(any_store)
    session.cart = ["tea"]
    any_store.update_session(session)
    assert any_store.load_session(session.id).cart == ["tea"]
    any_store.delete_session(any_store.load_session(session.id))
    session.cart = ["late"]
    with pytest.raises(GoneError):
        any_store.update_session(session)


def test_a_store_tells_its_time(open_store: Any) -> None:
    assert open_store(clock=FakeClock(5.0)).now() == 5.0
    assert abs(OldStore().now() - open_store().now()) < 60


@pytest.mark.parametrize("kind", [Session, DictSession])
def test_marks_of_the_manager_survive_stores_and_pickles(open_store: Any, kind: Any) -> None:
    store = open_store(session_class=kind)
    session = kind()
    session.set_user("alice")
    session.set_persistent(True)
    store.create_session(session)
    loaded = store.load_session(session.id)
    for twin in (loaded, copy.copy(loaded), copy.deepcopy(loaded)):
        assert twin.get_persistent() is True
    assert pickle.loads(pickle.dumps(loaded)).get_persistent() is True
    loaded.set_persistent(None)
    store.save_session(loaded)
    assert store.load_session(session.id).get_persistent() is None


def test_two_copies_do_not_share_the_marks(store: Any) -> None:
    session = Session()
    session.set_persistent(True)
    twin = copy.copy(session)
    twin.set_persistent(False)
    assert session.get_persistent() is True


Check = Callable[[Site], None]

PLAIN_STORE_TOO: list[Check] = [
    test_manager.test_a_visitor_without_information_is_not_stored,
    test_manager.test_a_login_is_stored_and_its_cookie_set,
    test_manager.test_an_id_stays_over_requests_and_is_set_once,
    test_manager.test_a_login_gives_a_session_another_id_and_the_old_one_dies,
    test_manager.test_the_same_user_once_more_keeps_the_id,
    test_manager.test_a_logout_deletes_the_session_and_revokes_the_cookie,
    test_manager.test_a_user_that_is_taken_away_ends_the_session,
    test_manager.test_a_failed_page_keeps_nothing,
    test_manager.test_a_failed_page_logs_nobody_out,
    test_manager.test_a_page_that_answers_by_a_publish_error_went_well,
    test_manager.test_an_explicit_new_id_keeps_everything_else,
    test_manager.test_a_change_of_user_forgets_the_tokens_of_before,
    test_manager.test_logging_out_and_in_within_one_request_gives_a_living_cookie,
    test_manager.test_a_new_session_leaves_the_old_one_as_it_is_stored,
    test_manager.test_log_out_everywhere,
    test_manager.test_log_out_everywhere_else,
]


@pytest.mark.parametrize("check", PLAIN_STORE_TOO, ids=lambda check: check.__name__)
def test_on_a_store_that_is_written_in_python(check: Check) -> None:
    with site(SessionManager(OldStore())) as shop:
        test_manager.add_pages(shop)
        check(shop)
