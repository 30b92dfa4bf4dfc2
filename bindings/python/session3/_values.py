# SPDX-License-Identifier: MIT
"""What an attribute may hold, and its MessagePack form.

Storable is what comes back equal, for this host and for others: None, bool, int from -2**63 to
2**64 - 1, float, str, bytes, an aware datetime, and lists, tuples (they come back as lists) and
dicts with str keys of these, at most 32 deep. Types are compared exactly: msgspec would turn an
enum, a subclass or a dataclass into something else without a word.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

import msgspec

from session3.errors import UnstorableError

MAXIMUM_DEPTH = 32

SCALARS = frozenset({type(None), bool, int, float, str, bytes})
_TEXT = frozenset({str})

_encode = msgspec.msgpack.Encoder().encode


def is_text(values: Any) -> bool:
    """Whether all of an iterable are of type str."""
    return _TEXT.issuperset(map(type, values))


def encode(content: dict[str, Any], attributes: Mapping[str, Any]) -> bytes:
    """The MessagePack of ``content``, of which ``attributes`` and "user" are checked first.

    Bytes are canonical if the keys of ``content`` and of its attributes are sorted.
    """
    user = content.get("user")
    if is_storable(attributes, MAXIMUM_DEPTH + 1) and (
        type(user) in SCALARS or is_storable(user, MAXIMUM_DEPTH)
    ):
        try:
            return _encode(content)
        except (OverflowError, ValueError):
            # An int beyond 64 bits or text that is no Unicode: too dear to look for beforehand.
            pass
    raise _fault(content, attributes)


def encode_value(value: Any, name: str) -> bytes:
    """The MessagePack of one value; ``name`` stands for it in an error."""
    if type(value) in SCALARS or is_storable(value, MAXIMUM_DEPTH):
        try:
            return _encode(value)
        except (OverflowError, ValueError):
            pass
    raise UnstorableError(_find(value, name, 0) or f"{name}: can't be stored")


def encoding(value: Any) -> bytes | None:
    """The MessagePack of one value; None if it can't be stored."""
    try:
        return encode_value(value, "")
    except UnstorableError:
        return None


def is_storable(value: Any, room: int) -> bool:
    """Whether a value that is no scalar is storable, ``room`` levels deep."""
    kind = type(value)
    if kind is dict:
        if room == 0:
            return False
        for key, item in value.items():
            if type(key) is not str:
                return False
            if type(item) not in SCALARS and not is_storable(item, room - 1):
                return False
        return True
    if kind is list or kind is tuple:
        if room == 0:
            return False
        for item in value:
            if type(item) not in SCALARS and not is_storable(item, room - 1):
                return False
        return True
    return kind is datetime and _time_fault(value) is None


def _time_fault(value: datetime) -> str | None:
    if value.utcoffset() is None:
        return "a datetime without a time zone can't be stored"
    try:
        value.astimezone(timezone.utc)
    except OverflowError:
        return "a datetime beyond the years 1 to 9999 of UTC can't be stored"
    return None


def _fault(content: Mapping[str, Any], attributes: Mapping[str, Any]) -> UnstorableError:
    """The error of the first value that can't be stored."""
    found = _find(content.get("user"), "user", 0)
    for name, value in attributes.items():
        if found:
            break
        found = _text_fault(name, "the name of an attribute") or _find(value, step("", name), 0)
    for field in ("csrf_token", "remote_address", "form_tokens"):
        found = found or _find(content.get(field), f"_{field}", 0)
    return UnstorableError(found or "the session can't be stored")


def _find(value: Any, path: str, depth: int) -> str | None:
    """Path and cause of the first part of a value that can't be stored."""
    kind = type(value)
    if kind is int:
        fits = -(2**63) <= value < 2**64
        return None if fits else f"{path}: an int beyond 64 bits can't be stored"
    if kind is str:
        return _text_fault(value, path)
    if kind is datetime:
        cause = _time_fault(value)
        return cause and f"{path}: {cause}"
    if kind in SCALARS:
        return None
    if kind not in (list, tuple, dict):
        return f"{path}: {_name(kind)} can't be stored"
    if depth == MAXIMUM_DEPTH:
        return f"{path}: nested deeper than {MAXIMUM_DEPTH}, or in a cycle"
    if kind is dict:
        return _find_in_dict(value, path, depth)
    found = (_find(item, f"{path}[{index}]", depth + 1) for index, item in enumerate(value))
    return next(filter(None, found), None)


def _find_in_dict(value: dict[Any, Any], path: str, depth: int) -> str | None:
    for key, item in value.items():
        found = _text_fault(key, f"a key of {path}") or _find(item, step(path, key), depth + 1)
        if found:
            return found
    return None


def _text_fault(text: Any, path: str) -> str | None:
    if type(text) is not str:
        return f"{path}: {_name(type(text))} can't be stored, only a str"
    try:
        text.encode()
    except UnicodeEncodeError:
        return f"{path}: text with a lone surrogate can't be stored"
    return None


def step(path: str, key: str) -> str:
    """The path of what is under a key of what is at a path."""
    if key.isidentifier():
        return f"{path}.{key}" if path else key
    return f"{path}[{key!r}]"


def _name(kind: type) -> str:
    module = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
    return f"a value of type {module}{kind.__qualname__}"
