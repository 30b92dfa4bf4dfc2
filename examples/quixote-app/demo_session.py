# SPDX-License-Identifier: MIT
"""The application's session: Session3's TestSession, with a counter, and kept if it is assigned."""

from __future__ import annotations

from typing import Any

from session3.Session import Session

ITEMS = ("tea", "honey", "bread")

# What every session has; all else is the application's, or another program's.
_STATE = frozenset(vars(Session()))


class DemoSession(Session):
    """A session that is worth keeping if somebody is logged in, or if it was assigned.

    Each item of the cart is an attribute of its own, so that two servers that add at once merge,
    and so that the store can count each up.
    """

    # Of the class: a session where nobody counted stores no counter.
    counter: Any = 0
    keep: Any = False

    def has_info(self) -> bool:
        """Session3's rule, and what was assigned."""
        return self.user is not None or self.keep is True

    def attributes(self) -> dict[str, Any]:
        """What the application and other programs put into the session, by key."""
        return {key: value for key, value in vars(self).items() if key not in _STATE}

    def count_up(self, key: str) -> None:
        """Adds 1 to an attribute, in memory; a TypeError if it is no number."""
        setattr(self, key, getattr(self, key, 0) + 1)


def cart_key(item: str) -> str:
    """The attribute that counts an item."""
    return f"cart.{item}"


def is_count(value: Any) -> bool:
    """Whether an attribute is a number; another program may have put anything there."""
    return type(value) is int
