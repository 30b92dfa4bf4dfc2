# SPDX-License-Identifier: MIT
"""What a class of sessions has that decides how its sessions become payloads."""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from session3.Session import Session

STATE = frozenset(
    {
        *("id", "user", "_remote_address", "_creation_time", "_access_time"),
        *("_form_tokens", "_csrf_token"),
    }
)
"""Instance attributes that have a place of their own in the stored form."""


class Layout(NamedTuple):
    """What a class of sessions has beside its ``__dict__``."""

    kind: type[Session]
    slots: tuple[str, ...]
    taken: frozenset[str]
    """Names that an attribute may not have: a method's."""
    hidden: frozenset[str]
    """Stored keys that don't become attributes."""
    translates: bool
    """Whether attributes have another form in the session than in the store."""
    is_plain: bool
    """Whether a session of ours is its ``__dict__``, as it is, and nobody sees it set."""


def as_it_is(_session: Any, attributes: dict[str, Any]) -> dict[str, Any]:
    """What a class has as ``_session3_pack`` and ``_session3_unpack`` if it translates nothing."""
    return attributes


def _make_layout(kind: type[Session]) -> Layout:
    members = [(name, m) for c in kind.__mro__ for name, m in vars(c).items()]
    slots = [name for name, m in members if isinstance(m, types.MemberDescriptorType)]
    methods = (types.FunctionType, classmethod, staticmethod)
    taken = frozenset(name for name, m in members if isinstance(m, methods))
    hide = getattr(kind, "_session3_hidden", frozenset)
    own_slots = tuple(name for name in slots if not name.startswith("_session3_"))
    ways = (getattr(kind, f"_session3_{way}", as_it_is) for way in ("pack", "unpack"))
    translates = any(way is not as_it_is for way in ways)
    return Layout(
        kind=kind,
        slots=own_slots,
        taken=taken,
        hidden=hide(taken | STATE),
        translates=translates,
        is_plain=(
            "_session3_stored" in slots
            and not own_slots
            and not translates
            and kind.__setattr__ is object.__setattr__
        ),
    )


def layout_of(kind: type[Session]) -> Layout:
    """The layout of a class, made once and kept with it."""
    layout: Layout | None = getattr(kind, "_session3_layout", None)
    if layout is None or layout.kind is not kind:
        layout = kind._session3_layout = _make_layout(kind)
    return layout
