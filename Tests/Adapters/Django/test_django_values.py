# SPDX-License-Identifier: MIT
"""What a session of Django's may hold."""

from __future__ import annotations

import datetime
import enum
import uuid
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.utils.safestring import mark_safe  # type: ignore[import-untyped]
from django_sessions import again, content, files, stored
from session3.django import SessionStore


class Size(str, enum.Enum):
    LARGE = "large"


@pytest.mark.parametrize(
    "value",
    [
        *({1, 2}, Decimal("1.5"), datetime.date(2026, 1, 1), datetime.datetime(2026, 1, 1)),
        *(uuid.uuid4(), Size.LARGE, mark_safe("<b>"), {1: "one"}, object(), 2**64),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_value_that_does_not_travel_is_refused_by_its_place(
    value: Any, django_directory: Path
) -> None:
    session = stored(a=1)
    session["cart"] = [{"price": value}]
    with pytest.raises(TypeError, match=r"cart\[0\]\.price"):
        session.save()
    assert content(session) == {"a": 1}
    with pytest.raises(TypeError, match=r"cart\[0\]\.price"):
        session.cycle_key()
    assert content(session) == {"a": 1}
    with pytest.raises(TypeError, match=r"cart\[0\]\.price"):
        session.create()
    assert files(django_directory) == {session.session_key}
    session["cart"] = []
    session.save()
    assert content(session) == {"a": 1, "cart": []}


@pytest.mark.usefixtures("django_directory")
def test_keys_that_are_no_text_are_refused() -> None:
    for key in (1, None, mark_safe("k")):
        session = SessionStore()
        session[key] = 1
        with pytest.raises(TypeError):
            session.save()


def test_times_and_bytes_and_tuples_travel(django_directory: Path) -> None:
    moment = datetime.datetime(2026, 1, 1, 12, 30, tzinfo=datetime.timezone.utc)
    session = stored(at=moment, raw=b"\0\xff", pair=("a", 1), deep={"a": [{"b": None}]})
    expected = {"at": moment, "raw": b"\0\xff", "pair": ["a", 1], "deep": {"a": [{"b": None}]}}
    assert content(session) == expected
    assert again(session)["at"].tzinfo is not None
