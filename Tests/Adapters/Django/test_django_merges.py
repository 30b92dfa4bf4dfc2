# SPDX-License-Identifier: MIT
"""Requests that change one session of Django's at a time."""

from __future__ import annotations

import pytest
from django_sessions import again, content, stored
from session3.django import get_store

pytestmark = pytest.mark.usefixtures("django_directory")


def test_two_requests_that_change_different_keys_both_keep_their_change() -> None:
    session = stored(a=0, b=0, gone=0)
    first, second = again(session), again(session)
    first["a"] = 1
    second["b"] = 2
    del second["gone"]
    second["new"] = 3
    first.save()
    second.save()
    assert content(session) == dict(second.items()) == {"a": 1, "b": 2, "new": 3}


def test_a_second_save_in_one_request_takes_nothing_back_that_others_stored() -> None:
    session = stored(a=0)
    first, second = again(session), again(session)
    second["a"] = 0
    first["others"] = 1
    first.save()
    second["own"] = 2
    second.save()
    second["own"] = 3
    second.save()
    assert content(session) == {"a": 0, "others": 1, "own": 3}


def test_a_value_that_the_page_holds_over_a_merge_is_still_the_sessions() -> None:
    session = stored(cart=["tea"])
    first, second = again(session), again(session)
    cart = second["cart"]
    cart.append("pot")
    first["others"] = 1
    first.save()
    second.save()
    assert second["others"] == 1
    cart.append("cup")
    second.save()
    assert content(session) == {"cart": ["tea", "pot", "cup"], "others": 1}


def test_a_cleared_session_loses_what_it_had_not_what_others_add() -> None:
    session = stored(a=1)
    loaded, not_loaded = again(session), again(session)
    assert loaded["a"] == 1
    loaded.clear()
    other = again(session)
    other["others"] = 2
    other.save()
    loaded.save()
    assert content(session) == {"others": 2}
    not_loaded.clear()
    not_loaded["b"] = 3
    not_loaded.save()
    assert content(session) == {"b": 3}


def test_looking_at_what_is_stored_keeps_what_is_not_saved_yet() -> None:
    session = stored(a=1)
    first, second = again(session), again(session)
    first["mine"] = 1
    second["others"] = 2
    second.save()
    assert first.load() == {"a": 1, "others": 2}
    first.save()
    assert content(session) == {"a": 1, "mine": 1, "others": 2}


def test_what_was_counted_in_the_store_no_save_takes_back() -> None:
    session = stored(visits=1)
    late = again(session)
    late["a"] = 1
    assert get_store().increment(session.session_key, "visits") == 2
    late.save()
    assert content(session) == dict(late.items()) == {"a": 1, "visits": 2}
