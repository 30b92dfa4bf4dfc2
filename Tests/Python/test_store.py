# SPDX-License-Identifier: MIT
"""What every store does with one session."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from session3.errors import (
    ExistsError,
    GoneError,
    InvalidArgumentError,
    RangeError,
    UnstorableError,
    ValueTypeError,
)
from session3.Session import Session
from session3.store.SessionStore import SessionStore


def content(session: Any) -> dict[str, Any]:
    """All but the access time, which the file system notes by a clock of its own."""
    return {name: value for name, value in vars(session).items() if name != "_access_time"}


def test_a_saved_session_is_loaded_with_all_it_had(store: Any) -> None:
    session = Session("id")
    session.user = {"name": "alice", "roles": ["admin"]}
    session._remote_address = "192.0.2.7"
    session._own = 1  # type: ignore[attr-defined]
    session.create_form_token()
    session.get_csrf_token()
    store.save_session(session)
    twin = store.load_session("id")
    assert twin is not session
    assert content(twin) == content(session)


def test_a_missing_session_is_the_default(store: Any) -> None:
    assert store.load_session("missing") is None
    assert store.load_session("missing", "other") == "other"
    assert store.load_session("missing", strict=True) is None


def test_loading_calls_no_init_and_makes_the_class_of_the_store(
    open_store: Callable[..., Any],
) -> None:
    class Own(Session):
        def __init__(self, id: str | None = None) -> None:
            super().__init__(id)
            self.made = True

    store = open_store(session_class=Own)
    session = Own("id")
    session.made = False
    store.save_session(session)
    loaded = store.load_session("id")
    assert type(loaded) is Own
    assert loaded.made is False


def test_slots_of_a_subclass_are_saved(open_store: Callable[..., Any]) -> None:
    class Slotted(Session):
        __slots__ = ("__private", "color", "unset")

        def paint(self, color: str) -> None:
            self.color = color
            self.__private = color.upper()

        def private(self) -> str:
            return self.__private

    store = open_store(session_class=Slotted)
    session = Slotted("id")
    session.paint("red")
    store.save_session(session)
    loaded = store.load_session("id")
    assert (loaded.color, loaded.private()) == ("red", "RED")
    assert not hasattr(loaded, "unset")


def test_a_deleted_attribute_is_gone(store: Any) -> None:
    session = Session("id")
    session.a = session.b = 1  # type: ignore[attr-defined]
    store.save_session(session)
    del session.a  # type: ignore[attr-defined]
    store.save_session(session)
    assert not hasattr(store.load_session("id"), "a")
    assert store.load_session("id").b == 1


def test_times_come_back_to_the_microsecond(store: Any) -> None:
    session = Session("id")
    session._creation_time = 1_700_000_000.123456
    store.save_session(session)
    loaded = store.load_session("id")
    assert loaded._creation_time == session._creation_time == 1_700_000_000.123456
    assert time.time() - 60 < loaded._access_time < time.time() + 60
    assert time.time() - 60 < session._access_time < time.time() + 60


def test_create_gives_an_id_and_refuses_a_taken_one(store: Any) -> None:
    session = Session()
    session.user = "alice"
    store.create_session(session)
    assert session.id is not None
    assert re.fullmatch(r"[A-Za-z0-9_-]{22}", session.id)
    assert store.load_session(session.id).user == "alice"
    with pytest.raises(ExistsError):
        store.create_session(Session(session.id))
    assert store.load_session(session.id).user == "alice"


def test_create_refuses_a_session_that_the_store_knows(store: Any) -> None:
    session = Session("id")
    store.create_session(session)
    store.delete_session("id")
    with pytest.raises(InvalidArgumentError, match="not new"):
        store.create_session(session)
    assert not store.has_session("id")


def test_a_failed_create_gives_no_id(store: Any) -> None:
    session = Session()
    session.user = object()
    with pytest.raises(UnstorableError):
        store.create_session(session)
    assert session.id is None


def test_delete_takes_a_session_or_an_id_and_tells_whether_there_was_one(store: Any) -> None:
    session = Session("id")
    store.save_session(session)
    assert store.delete_session(session) is True
    assert store.delete_session(session) is False
    store.save_session(Session("id"))
    assert store.delete_session("id") is True
    assert store.load_session("id") is None


def test_has_session_is_a_bool(store: Any) -> None:
    assert store.has_session("id") is False
    store.save_session(Session("id"))
    assert store.has_session("id") is True


def test_touch_renews_the_access_time(store: Any) -> None:
    store.save_session(Session("id"))
    store.set_access_time("id", time.time() + 1)
    session = Session("old")
    session._creation_time = 1000.0
    store.save_session(session)
    store.set_access_time("old", 2000.5)
    assert store.load_session("old")._access_time == 2000.5
    store.touch("old")
    assert store.load_session("old")._access_time > time.time() - 60


@pytest.mark.parametrize(
    "call",
    [
        lambda store: store.touch("missing"),
        lambda store: store.set_access_time("missing", 5),
        lambda store: store.increment("missing", "n"),
    ],
    ids=["touch", "set_access_time", "increment"],
)
def test_a_missing_session_is_a_key_error(store: Any, call: Callable[[Any], None]) -> None:
    with pytest.raises(KeyError) as caught:
        call(store)
    assert isinstance(caught.value, GoneError)
    assert not store.has_session("missing")


def test_increment_counts_from_zero_and_back(store: Any) -> None:
    store.save_session(Session("id"))
    assert store.increment("id", "hits") == 1
    assert store.increment("id", "hits", 41) == 42
    assert store.increment("id", "hits", -50) == -8
    assert store.load_session("id").hits == -8


def test_increment_refuses_what_is_no_int(store: Any) -> None:
    session = Session("id")
    session.name = "x"  # type: ignore[attr-defined]
    session.rate = 1.0  # type: ignore[attr-defined]
    session.most = 2**63 - 1  # type: ignore[attr-defined]
    store.save_session(session)
    with pytest.raises(ValueTypeError):
        store.increment("id", "name")
    with pytest.raises(ValueTypeError):
        store.increment("id", "rate")
    with pytest.raises(RangeError):
        store.increment("id", "most")
    with pytest.raises(TypeError):
        store.increment("id", "name", 1.5)
    for key in (5, "\ud800"):
        with pytest.raises(UnstorableError):
            store.increment("id", key)
    assert content(store.load_session("id")) == content(session)


def test_only_sessions_are_saved(store: Any) -> None:
    for other in (None, object(), {"id": "x"}):
        with pytest.raises(TypeError, match="no session3 Session"):
            store.save_session(other)
        with pytest.raises(TypeError, match="no session3 Session"):
            store.create_session(other)


def test_attributes_that_would_shadow_state_or_methods_stay_stored(
    open_store: Callable[..., Any],
) -> None:
    class Plain(Session):
        """Takes what another host stored under names that are a Session's own."""

        def _session3_pack(self, own: dict[str, Any]) -> dict[str, Any]:
            return {**own, "user": 1, "id": 2, "dump": 3, "_form_tokens": 4}

    store = open_store()
    store.save_session(Plain("id"))
    loaded = store.load_session("id")
    assert (loaded.user, loaded.id, loaded._form_tokens) == (None, "id", [])
    assert callable(loaded.dump)
    assert not loaded.is_dirty()
    loaded.user = "alice"
    store.save_session(loaded)

    class Raw(Session):
        """Shows what is stored as it is."""

        def _session3_unpack(self, attributes: dict[str, Any]) -> dict[str, Any]:
            return {"seen": attributes}

        @classmethod
        def _session3_hidden(cls, names: Any) -> frozenset[str]:
            return frozenset()

    store.session_class = Raw
    assert store.load_session("id").seen == {"user": 1, "id": 2, "dump": 3, "_form_tokens": 4}


def test_the_library_s_stores_are_session_stores(store: Any) -> None:
    assert isinstance(store, SessionStore)
    store.transaction_start()
    store.transaction_commit(None)
    store.transaction_abort(None)
    store.setup()
    store.setup()


def test_a_session_goes_from_store_to_store(store: Any, open_store: Callable[..., Any]) -> None:
    from session3.store.VolatileSessionStore import VolatileSessionStore

    session = Session("id")
    session.a = 1  # type: ignore[attr-defined]
    store.save_session(session)
    with VolatileSessionStore() as other:
        other.save_session(session)
        assert other.load_session("id").a == 1
