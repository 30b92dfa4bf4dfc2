# SPDX-License-Identifier: MIT
"""What a program for Session3 makes its own: classes of sessions, and of what is in them."""

from __future__ import annotations

from typing import Any

from session3.DictSession import DictSession
from session3.Session import Session


class CartSession(Session):
    """A session with an attribute of its own."""

    def __init__(self, id: str | None) -> None:
        Session.__init__(self, id)
        self.cart: list[Any] = []


class CartDictSession(DictSession):
    """A dict with an attribute of its own."""

    def __init__(self, id: str | None) -> None:
        DictSession.__init__(self, id)
        self.theme = "dark"


class Customer:
    """Who is logged in."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.visits = 3


class SlottedCustomer:
    """The same without a __dict__."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name
