# SPDX-License-Identifier: MIT
"""Ids outside the grammar are unknown to who looks, and a ValueError to who writes."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from session3.errors import InvalidArgumentError
from session3.Session import Session

BAD = {
    "a path upwards": "../x",
    "an absolute path": "/etc/passwd",
    "empty": "",
    "129 characters": "a" * 129,
    "a NUL inside": "a\0b",
    "a leading dot": ".session3",
    "a dot": ".",
    "a slash": "a/b",
    "a space": "a b",
    "a newline": "abc\n",
    "a percent sign": "a%2fb",
    "not ASCII": "ä",
    "looks like ASCII": "\uff41",
    "a lone surrogate": "\ud800",
}
GOOD = ["a", "-", "_", "0", "--", "a" * 128, "AZaz09_-"]

bad_ids = pytest.mark.parametrize("id", BAD.values(), ids=BAD.keys())
not_text = pytest.mark.parametrize("id", [None, 5, b"id", ["id"], True, object()])


def contents(directory: Path) -> set[str]:
    return set(os.listdir(directory)) if directory.exists() else set()


@bad_ids
def test_a_bad_id_is_not_found(store: Any, directory: Path, id: str) -> None:
    before = contents(directory)
    assert store.load_session(id) is None
    assert store.load_session(id, "default") == "default"
    assert store.load_session(id, strict=True) is None
    assert store.has_session(id) is False
    assert contents(directory) == before


@not_text
def test_what_is_no_text_is_not_found(store: Any, id: Any) -> None:
    assert store.load_session(id, "default") == "default"
    assert store.has_session(id) is False


WRITES: dict[str, Callable[[Any, Any], Any]] = {
    "save": lambda store, id: store.save_session(Session(id)),
    "delete": lambda store, id: store.delete_session(id),
    "delete a session": lambda store, id: store.delete_session(Session(id)),
    "touch": lambda store, id: store.touch(id),
    "set_access_time": lambda store, id: store.set_access_time(id, 5.0),
    "increment": lambda store, id: store.increment(id, "n"),
    "consume_form_token": lambda store, id: store.consume_form_token(id, "token"),
}
CREATE = {"create": lambda store, id: store.create_session(Session(id))}


@bad_ids
@pytest.mark.parametrize("write", [*WRITES.values(), *CREATE.values()], ids=[*WRITES, *CREATE])
def test_writing_to_a_bad_id_is_a_value_error(
    store: Any, directory: Path, id: str, write: Callable[[Any, Any], Any]
) -> None:
    before = contents(directory)
    with pytest.raises(ValueError, match=r".") as caught:
        write(store, id)
    assert isinstance(caught.value, InvalidArgumentError)
    assert len(id) < 3 or id not in str(caught.value)
    assert contents(directory) == before


@not_text
@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())
def test_writing_to_what_is_no_text_is_a_value_error(
    store: Any, id: Any, write: Callable[[Any, Any], Any]
) -> None:
    with pytest.raises(ValueError, match="id"):
        write(store, id)


@pytest.mark.parametrize("id", GOOD)
def test_a_good_id_names_a_session(store: Any, id: str) -> None:
    store.save_session(Session(id))
    assert store.has_session(id)
    assert store.load_session(id).id == id
    assert list(store) == [id]
    assert store.delete_session(id)
