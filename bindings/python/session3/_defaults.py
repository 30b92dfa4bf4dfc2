# SPDX-License-Identifier: MIT
"""Attributes that a class of sessions begins with, for sessions that another host began."""

from __future__ import annotations

from typing import Any

from session3 import _payload, _values
from session3.Session import Session


class Defaults:
    """What ``__init__`` of a class sets.

    A default that is the same each time is stored only after the program changed it: who looks at a
    session of another host must not write to it. One that differs each time, a token or a time,
    is stored with the next save.
    """

    def __init__(self, session_class: type[Session]) -> None:
        self.session_class = session_class
        first, second = self._make(), self._make()
        self.keys = first.keys()
        self._constant = {}
        for key, value in first.items():
            encoded = _values.encoding(value)
            if encoded is not None and encoded == _values.encoding(second.get(key)):
                self._constant[key] = encoded

    def fill(self, attributes: dict[str, Any]) -> dict[str, bytes]:
        """Adds what is missing; the constant ones of that are returned, encoded."""
        missing = self.keys - attributes.keys()
        if not missing:
            return {}
        fresh = self._make()
        attributes.update({key: fresh[key] for key in missing & fresh.keys()})
        return {key: self._constant[key] for key in missing & self._constant.keys()}

    def _make(self) -> dict[str, Any]:
        return _payload.packed(self.session_class(None))[0]


def adopt(session: Session, defaults: Defaults) -> Session:
    """A session that a store loaded as an instance of the class, with all attributes of it."""
    stored = _payload.stored_of(session)
    if stored is None:
        return session
    kind = defaults.session_class
    if isinstance(session, kind):
        if not defaults.keys or defaults.keys <= _payload.packed(session)[0].keys():
            return session
        kind = type(session)
    return _payload.twin(session, kind, stored, defaults)
