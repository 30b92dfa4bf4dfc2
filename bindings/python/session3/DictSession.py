# SPDX-License-Identifier: MIT
"""A session that is a dictionary, too."""

from __future__ import annotations

from collections import UserDict
from collections.abc import Mapping, Set
from copy import copy
from typing import TYPE_CHECKING, Any

from session3.errors import InvalidArgumentError, UnstorableError
from session3.Session import Session

if TYPE_CHECKING:
    from typing_extensions import Self


class DictSession(UserDict, Session):  # type: ignore[type-arg]
    """A session that is used like a dict. Items and attributes are apart.

    Stored, an item is one attribute under its key: what C sees as attribute ``cart`` is
    ``session["cart"]``. An attribute of the instance, ``session.theme``, is stored under its name
    behind a dot, ``.theme``; an item whose key begins with a dot gets one more dot in front.
    """

    def __init__(self, id: str | None = None) -> None:
        Session.__init__(self, id)
        UserDict.__init__(self)

    # UserDict's would make sessions of dicts, and reach past a subclass' __setitem__.

    def __or__(self, other: Any) -> Any:
        return dict(self) | dict(other) if isinstance(other, Mapping) else NotImplemented

    def __ror__(self, other: Any) -> Any:
        return dict(other) | dict(self) if isinstance(other, Mapping) else NotImplemented

    def __ior__(self, other: Any) -> Self:
        self.update(other)
        return self

    def __copy__(self) -> DictSession:
        twin: DictSession = super().__copy__()
        for name in ("_session3_stored", "_session3_reserved"):
            if hasattr(self, name):
                setattr(twin, name, copy(getattr(self, name)))
        return twin

    def _session3_pack(self, own: dict[str, Any]) -> dict[str, Any]:
        items = own.pop("data", {})
        stored = {}
        for key, value in items.items():
            if type(key) is not str:
                raise UnstorableError(f"the keys of a DictSession must be str, not {type(key)}")
            stored[f".{key}" if key[:1] == "." else key] = value
        for name, value in own.items():
            if name[:1] == ".":
                raise InvalidArgumentError("an attribute's name must not begin with a dot")
            stored[f".{name}"] = value
        return stored

    def _session3_unpack(self, attributes: dict[str, Any]) -> dict[str, Any]:
        own: dict[str, Any] = {}
        items = {}
        for key, value in attributes.items():
            if key[:1] != ".":
                items[key] = value
            elif key[:2] == "..":
                items[key[1:]] = value
            else:
                own[key[1:]] = value
        own["data"] = items
        return own

    @classmethod
    def _session3_hidden(cls, names: Set[str]) -> frozenset[str]:
        return frozenset(f".{name}" for name in {*names, "data"})
