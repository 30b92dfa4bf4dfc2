# SPDX-License-Identifier: MIT
"""The session that is stored, and which slots a batch works on; the same in all workers."""

from __future__ import annotations

from typing import Any

USER = "ada.lovelace"
REMOTE_ADDRESS = "192.0.2.17"

_MASK = (1 << 64) - 1
_SEED_SLOTS = 1 << 20
_FIRST_NEW_SLOT = 1 << 32


def attributes(size: int) -> dict[str, Any]:
    """The attributes of a session with so many bytes of padding."""
    values: dict[str, Any] = {
        "theme": "dark",
        "language": "en-GB",
        "page": "/shop/basket?step=2",
        "referrer": "https://example.com/",
        "visits": 17,
        "cart_total": 12999,
        "last_order": 1760000000,
        "ratio": 0.75,
        "recent": [101, 202, 303, 404, 505],
        "address": {"street": "12 St James's Square", "city": "London", "country": "GB"},
    }
    if size > 0:
        values["padding"] = "x" * size
    return values


def page(number: int) -> str:
    """What the i-th operation of a batch sets `page` to."""
    return f"/shop/item/{1000 + number % 9000}"


def mix(number: int) -> int:
    """splitmix64's output function of a state that has taken `number` + 1 steps."""
    z = (number + 1) * 0x9E3779B97F4A7C15 & _MASK
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & _MASK
    z = (z ^ z >> 27) * 0x94D049BB133111EB & _MASK
    return z ^ z >> 31


def session_id(slot: int) -> str:
    """The id of a slot's session."""
    return f"{mix(slot):016x}{slot & 0xFFFFFF:06x}"


def chosen_slots(slots: range, count: int, seed: int) -> list[int]:
    """The slots of the range that a batch works on, in its order."""
    first = seed * _SEED_SLOTS
    return [slots.start + mix(first + number) % len(slots) for number in range(count)]


def new_slots(count: int, seed: int) -> range:
    """The slots that a batch creates or deletes."""
    first = _FIRST_NEW_SLOT + seed * _SEED_SLOTS
    return range(first, first + count)
