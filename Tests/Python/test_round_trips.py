# SPDX-License-Identifier: MIT
"""Whatever can be stored comes back, for made-up values and sessions."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from session3.DictSession import DictSession
from session3.Session import Session
from session3.store.VolatileSessionStore import VolatileSessionStore

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(allow_nan=False),
    TEXT,
    st.binary(),
    st.datetimes(timezones=st.just(datetime.timezone.utc)),
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner), max_leaves=8
)
FREE = {"id", "user", "data", "_remote_address", "_creation_time", "_access_time"}
FREE |= {"_form_tokens", "_csrf_token", *dir(DictSession)}
NAMES = TEXT.filter(lambda name: name not in FREE)
TOKENS = st.lists(TEXT, max_size=32, unique=True)


@pytest.fixture(scope="module")
def memory() -> Iterator[VolatileSessionStore]:
    with VolatileSessionStore() as store:
        yield store


def assert_same(ours: Any, theirs: Any) -> None:
    """Equal, and True is not 1."""
    assert type(ours) is type(theirs)
    assert ours == theirs
    if isinstance(ours, dict):
        assert list(ours) == list(theirs)
        for key in ours:
            assert_same(ours[key], theirs[key])
    if isinstance(ours, list):
        for one, other in zip(ours, theirs):
            assert_same(one, other)


@given(value=VALUES)
def test_a_value_comes_back(memory: VolatileSessionStore, value: Any) -> None:
    session = Session("id")
    session.value = value  # type: ignore[attr-defined]
    memory.save_session(session)
    assert_same(value, memory.load_session("id", strict=True).value)


@given(
    user=VALUES,
    address=st.none() | TEXT,
    csrf_token=st.none() | TEXT,
    tokens=TOKENS,
    attributes=st.dictionaries(NAMES, VALUES),
)
def test_a_session_comes_back(
    memory: VolatileSessionStore,
    user: Any,
    address: str | None,
    csrf_token: str | None,
    tokens: list[str],
    attributes: dict[str, Any],
) -> None:
    session = Session("id")
    session.user = user
    session._remote_address = address
    session._csrf_token = csrf_token
    session._form_tokens = tokens
    vars(session).update(attributes)
    memory.save_session(session)
    twin = memory.load_session("id", strict=True)
    # Attributes are stored in the order of their names.
    assert_same(dict(sorted(vars(session).items())), dict(sorted(vars(twin).items())))
    assert not twin.is_dirty()
    assert not session.is_dirty()


@given(
    items=st.dictionaries(TEXT, VALUES),
    attributes=st.dictionaries(NAMES.filter(lambda name: name[:1] != "."), VALUES),
)
def test_a_dict_session_comes_back(items: dict[str, Any], attributes: dict[str, Any]) -> None:
    with VolatileSessionStore(session_class=DictSession) as store:
        session = DictSession("id")
        session.update(items)
        vars(session).update(attributes)
        store.save_session(session)
        twin = store.load_session("id", strict=True)
        assert_same(dict(sorted(session.data.items())), dict(sorted(twin.data.items())))
        for name, value in attributes.items():
            assert_same(value, vars(twin)[name])


@given(
    base=st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 3)),
    ours=st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 3)),
    theirs=st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 3)),
)
def test_a_merge_keeps_what_either_changed(
    base: dict[str, int], ours: dict[str, int], theirs: dict[str, int]
) -> None:
    with VolatileSessionStore(session_class=DictSession) as store:
        first = DictSession("id")
        first.update(base)
        store.save_session(first)
        mine, their = store.load_session("id"), store.load_session("id")
        for session, items in ((their, theirs), (mine, ours)):
            session.clear()
            session.update(items)
            store.save_session(session)
        expected = {}
        for key in "abcdef":
            chosen = ours if ours.get(key) != base.get(key) else theirs
            if key in chosen:
                expected[key] = chosen[key]
        assert dict(store.load_session("id")) == expected
        # A session that was not changed was not saved, so it holds what it was loaded with.
        assert dict(mine) == (base if ours == base else expected)
