# SPDX-License-Identifier: MIT
"""A DictSession's items and attributes are stored one by one, and apart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from session3.DictSession import DictSession
from session3.errors import InvalidArgumentError, UnstorableError
from session3.Session import Session


class Shop(DictSession):
    theme = "light"


@pytest.fixture
def shop(open_store: Callable[..., Any]) -> Any:
    return open_store(session_class=Shop)


def test_it_is_a_session_and_a_mapping() -> None:
    session = DictSession("id")
    session["a"] = 1
    session.user = "alice"
    assert dict(session) == {"a": 1}
    assert session.get("b", 2) == 2
    assert session.has_info() == "alice"
    assert isinstance(session, Session)


def test_items_and_attributes_come_back_apart(shop: Any) -> None:
    session = Shop("id")
    session["theme"] = "an item"
    session.theme = "dark"
    session.user = "alice"
    session["user"] = "no user of ours"
    session[".hidden"] = 1
    session["..more"] = 2
    session[""] = 3
    session["."] = 4
    shop.save_session(session)
    twin = shop.load_session("id")
    assert type(twin) is Shop
    assert twin.data == session.data
    assert twin.theme == "dark"
    assert twin.user == "alice"


def test_other_hosts_see_items_under_their_keys_and_attributes_behind_a_dot(
    open_store: Callable[..., Any],
) -> None:
    shop = open_store(session_class=Shop)
    session = Shop("id")
    session["cart"] = ["x"]
    session[".y"] = 1
    session.theme = "dark"
    shop.save_session(session)
    shop.session_class = Session
    seen = vars(shop.load_session("id"))
    assert {key: seen[key] for key in ("cart", "..y", ".theme")} == {
        "cart": ["x"],
        "..y": 1,
        ".theme": "dark",
    }


def test_an_empty_one_comes_back_empty(shop: Any) -> None:
    shop.save_session(Shop("id"))
    assert shop.load_session("id").data == {}


def test_items_merge_one_by_one(shop: Any) -> None:
    session = Shop("id")
    session.update(a=1, b=1, c=1)
    shop.save_session(session)
    mine, theirs = shop.load_session("id"), shop.load_session("id")
    theirs["a"] = 2
    del theirs["c"]
    shop.save_session(theirs)
    mine["b"] = 3
    mine["new"] = 4
    shop.save_session(mine)
    assert dict(mine) == {"a": 2, "b": 3, "new": 4}
    assert dict(shop.load_session("id")) == dict(mine)


def test_a_counter_of_the_store_is_an_item(shop: Any) -> None:
    shop.save_session(Shop("id"))
    assert shop.increment("id", "hits", 2) == 2
    assert shop.load_session("id")["hits"] == 2


@pytest.mark.parametrize("key", [1, None, ("a",), b"a"])
def test_a_key_that_is_no_str_is_refused(shop: Any, key: Any) -> None:
    session = Shop("id")
    session[key] = 1
    with pytest.raises(UnstorableError, match="must be str"):
        shop.save_session(session)


def test_an_attribute_that_begins_with_a_dot_is_refused(shop: Any) -> None:
    session = Shop("id")
    setattr(session, ".x", 1)
    with pytest.raises(InvalidArgumentError, match="dot"):
        shop.save_session(session)


def test_the_error_names_the_item(shop: Any) -> None:
    session = Shop("id")
    session["cart"] = [{1}]
    with pytest.raises(UnstorableError, match=r"^cart\[0\]: a value of type set"):
        shop.save_session(session)


def test_attributes_of_others_that_would_shadow_a_method_stay_stored(
    open_store: Callable[..., Any],
) -> None:
    store = open_store()
    session = Session("id")
    vars(session).update({".data": 1, ".update": 2, ".user": 3, "update": 4})
    store.save_session(session)
    store.session_class = Shop
    loaded = store.load_session("id")
    assert dict(loaded) == {"update": 4}
    assert loaded.user is None
    loaded.update(a=1)
    store.save_session(loaded)
    store.session_class = Session
    seen = vars(store.load_session("id"))
    assert (seen[".data"], seen[".update"], seen[".user"], seen["a"]) == (1, 2, 3, 1)


def test_a_copy_knows_what_it_was_loaded_as(shop: Any) -> None:
    session = Shop("id")
    session["a"] = 1
    shop.save_session(session)
    twin = shop.load_session("id").copy()
    assert dict(twin) == {"a": 1}
    assert not twin.is_dirty()
