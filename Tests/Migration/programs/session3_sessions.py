# SPDX-License-Identifier: MIT
"""Fills a directory by Session3 3.4.1: python -m session3_sessions DIRECTORY CASE...

Each case is one session; what its function returns is its id.
"""

from __future__ import annotations

import collections
import datetime
import decimal
import enum
import os
import sys
import uuid
import zoneinfo
from typing import Any

import session3.Session
import shop
from session3.DictSession import DictSession
from session3.store.DirectorySessionStore import DirectorySessionStore

CREATED, ACCESSED = 1700000000.123456, 1700003600.5


class _Request:
    def get_environ(self, _name: str) -> str:
        return "10.0.0.1"


class Colour(enum.Enum):
    """Nothing that another language knows."""

    RED = 1


def _session(kind: Any, session_id: str) -> Any:
    session = kind(session_id)
    session._creation_time, session._access_time = CREATED, ACCESSED
    return session


def plain() -> Any:
    session = _session(session3.Session.Session, "plain-0123456789")
    session.set_user("alice")
    session._form_tokens = ["first", "second"]
    session.cart = [{"name": "tea", "price": 3.5}, ("pot", None, True)]
    session.raw = b"\xff\x00"
    session.seen = datetime.datetime(2024, 5, 6, 7, 8, 9, 10, datetime.timezone.utc)
    session.local = datetime.datetime(2024, 5, 6, 7, 8, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin"))
    return session


def visitor() -> Any:
    return _session(session3.Session.Session, "visitor-0123456789")


def mapping() -> Any:
    session = _session(DictSession, "mapping-0123456789")
    session.set_user("bob")
    session["cart"] = ["tea"]
    session[".dotted"] = 1
    session.theme = "dark"
    return session


def own() -> Any:
    session = _session(shop.CartSession, "own-0123456789")
    session.cart.append("tea")
    return session


def own_mapping() -> Any:
    session = _session(shop.CartDictSession, "own-mapping-0123456789")
    session["a"] = 1
    return session


def customer() -> Any:
    session = _session(session3.Session.Session, "customer-0123456789")
    session.set_user(shop.Customer("carol"))
    session.slotted = shop.SlottedCustomer("dave")
    return session


def other_id() -> Any:
    return _session(session3.Session.Session, "with.dots+and/slashes".replace("/", "%"))


def _holding(case: str) -> Any:
    session = _session(session3.Session.Session, f"holding-{case}")
    session.cart = [{"price": VALUES[case]}]
    return session


VALUES: dict[str, Any] = {
    "set": {"b", "a"},
    "frozenset": frozenset({2, 1}),
    "decimal": decimal.Decimal("3.50"),
    "uuid": uuid.UUID(int=5),
    "date": datetime.date(2024, 5, 6),
    "time": datetime.time(7, 8, 9),
    "naive": datetime.datetime(2024, 5, 6, 7, 8, 9),
    "ordered": collections.OrderedDict(b=1, a=2),
    "default": collections.defaultdict(list, a=[1]),
    "bytearray": bytearray(b"\xff"),
    "nested_set": {frozenset({2, 1})},
    "mixed_set": {1, "a"},
    "enum": Colour.RED,
    "own_value": shop.Customer("erin"),
    "int_keys": {1: "a"},
    "huge": 2**70,
    "surrogate": "\ud800",
    "timedelta": datetime.timedelta(1),
    "complex": 1j,
    "counter": collections.Counter("aa"),
    "function": os.getpid,
    "class": dict,
}


def main(directory: str, *cases: str) -> None:
    """Saves the sessions of the cases."""
    store = DirectorySessionStore(directory, create=True)
    protocol = os.environ.get("PROTOCOL")
    if protocol is not None:
        store.pickle_protocol = int(protocol)  # type: ignore[attr-defined]
    for case in cases:
        session = _holding(case) if case in VALUES else globals()[case]()
        store.save_session(session)
        os.utime(os.path.join(directory, session.id), (ACCESSED + 1, ACCESSED + 1))


if __name__ == "__main__":
    # As in a request: a new session asks it for the address.
    session3.Session.get_request = _Request  # type: ignore[attr-defined]
    assert session3.__version__ == "3.4.1"
    main(*sys.argv[1:])
