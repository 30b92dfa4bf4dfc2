# SPDX-License-Identifier: MIT
"""What a pickle tells, as values that can be stored."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal, InvalidOperation
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

from session3._values import MAXIMUM_DEPTH, SCALARS, encode_value, step
from session3.errors import UnstorableError
from session3.migrate._outcome import SHOWN, NotAllowedError, RefusedError
from session3.migrate._pickles import (
    ByteText,
    Elements,
    EncodedText,
    Instance,
    Name,
    Pairs,
    Pickled,
)


class Conversion:
    """What is taken of pickles, by the options of a migration.

    * ``maximum``: bytes that a session may have
    * ``converts``: whether values that have no counterpart become the nearest that has one
    * ``allowed``: the program's own classes, ``package.module.Class``; their instances are taken
      for what attributes they have
    """

    def __init__(
        self, maximum: int, converts: bool = False, allowed: frozenset[str] = frozenset()
    ) -> None:
        self.maximum = maximum
        self.converts = converts
        self.allowed = allowed

    def run(self, pickled: Pickled, build: Callable[[Converter], Any]) -> Any:
        """What ``build`` makes of a pickle's value.

        NotAllowedError if the pickle names a function or class that is not allowed, also where its
        value doesn't hold it: unpickling would call it all the same.
        """
        strange = [name for name in pickled.names if not self._knows(name)]
        try:
            built = build(Converter(self))
        except NotAllowedError:
            raise
        except RefusedError:
            if not strange:
                raise
        if strange:
            raise NotAllowedError(f"{strange[0]} is not allowed")
        return built

    def _knows(self, name: Name) -> bool:
        return str(name) in self.allowed or (name.module, name.name) in _KNOWN


class Converter:
    """Turns the objects of one pickle into values, as long as these are small enough: what a pickle
    names twice counts twice."""

    def __init__(self, conversion: Conversion) -> None:
        self._conversion = conversion
        self._room = conversion.maximum

    def value(self, found: Any, path: str, depth: int = 0) -> Any:
        """A value that the store can judge. RefusedError names the path within the session."""
        kind = type(found)
        if kind in SCALARS:
            self._spend(len(found) if kind in (str, bytes) else 0)
            return _storable(found, path)
        if kind is ByteText:
            self._spend(len(found.raw))
            return _text(found.raw)
        if kind is EncodedText:
            self._spend(len(found.text))
            return _latin_1(found.text, path)
        if kind is Name:
            raise NotAllowedError(f"{found} is not allowed", path)
        if depth == MAXIMUM_DEPTH:
            raise RefusedError(f"nested deeper than {MAXIMUM_DEPTH}, or in a cycle", path)
        self._spend(0)
        if kind in (list, tuple):
            return self._list(found, path, depth)
        if kind is Pairs:
            return self.items(found.items, path, depth)
        if kind is Elements:
            return self._sorted(found, path, depth)
        return self._instance(found, path, depth)

    def items(self, pairs: Iterable[tuple[Any, Any]], path: str, depth: int = 0) -> dict[str, Any]:
        """A dict of values, whose keys must be text."""
        items = {}
        for raw, item in pairs:
            key = self._key(raw, path)
            items[key] = self.value(item, place(path, key), depth + 1)
        return items

    def state(self, instance: Instance, path: str) -> dict[str, Any]:
        """The attributes of an instance, not converted: those of ``__dict__`` and of slots."""
        if instance.arguments or instance.items or instance.elements:
            raise RefusedError(f"an instance of {instance.name} that is more than attributes", path)
        self._spend(len(instance.states))
        attributes = {}
        for state in instance.states:
            for part in state if type(state) is tuple and len(state) == 2 else (state,):
                if type(part) is Pairs:
                    attributes.update({self._key(raw, path): item for raw, item in part.items})
                elif part is not None:
                    raise RefusedError(f"an instance of {instance.name} without attributes", path)
        return attributes

    def _spend(self, length: int) -> None:
        self._room -= 1 + length
        if self._room < 0:
            raise RefusedError(f"larger than {self._conversion.maximum} bytes")

    def _key(self, raw: Any, path: str) -> str:
        where = f"a key of {path}" if path else "the name of an attribute"
        key = self.value(raw, where) if type(raw) in (str, ByteText) else None
        if type(key) is not str:
            raise RefusedError("a key that is no str can't be stored", path)
        return key

    def _list(self, found: Any, path: str, depth: int) -> list[Any]:
        return [self.value(item, f"{path}[{i}]", depth + 1) for i, item in enumerate(found)]

    def _sorted(self, found: Elements, path: str, depth: int) -> list[Any]:
        self._offer("a set", "a sorted list", path)
        try:
            return sorted(self._list(found.elements, path, depth))
        except TypeError:
            raise RefusedError("a set that can't be sorted", path) from None

    def _instance(self, found: Instance, path: str, depth: int) -> Any:
        name = found.name
        convert = _CONVERTED.get((name.module, name.name))
        if convert is not None:
            try:
                _expect_as_written(found, convert)
                return convert(self, found, path, depth)
            except (ValueError, TypeError, OverflowError, InvalidOperation):
                raise RefusedError(f"a {name} that Python doesn't write", path) from None
        if str(name) not in self._conversion.allowed:
            raise NotAllowedError(f"{name} is not allowed", path)
        state = self.state(found, path)
        return {key: self.value(item, place(path, key), depth + 1) for key, item in state.items()}

    def _offer(self, what: str, becomes: str, path: str) -> None:
        """Refuses what is only stored where it may become something else."""
        if not self._conversion.converts:
            raise RefusedError(f"{what} can't be stored (--convert makes it {becomes})", path)

    def _datetime(self, found: Instance, path: str, _depth: int) -> datetime:
        raw, *zones = found.arguments
        moment = datetime(_raw(raw, 10), *map(_time_zone, zones))  # type: ignore[arg-type]
        if moment.utcoffset() is None:
            self._offer("a datetime without a time zone", "one of UTC", path)
            moment = moment.replace(tzinfo=timezone.utc)
        _storable(moment, path)
        return moment

    def _date(self, found: Instance, path: str, _depth: int) -> str:
        self._offer("a date", "text", path)
        (raw,) = found.arguments
        return date(_raw(raw, 4)).isoformat()  # type: ignore[call-arg,arg-type]

    def _time(self, found: Instance, path: str, _depth: int) -> str:
        self._offer("a time", "text", path)
        raw, *zones = found.arguments
        moment = time(_raw(raw, 6), *map(_time_zone, zones))  # type: ignore[arg-type]
        return moment.isoformat()

    def _decimal(self, found: Instance, path: str, _depth: int) -> str:
        self._offer("a Decimal", "text", path)
        (raw,) = found.arguments
        text = self.value(raw, path)
        if type(text) is not str:
            raise TypeError
        return str(Decimal(text))

    def _uuid(self, found: Instance, path: str, _depth: int) -> str:
        self._offer("a UUID", "text", path)
        number = self.state(found, path).get("int")
        if type(number) is not int:
            raise TypeError
        return str(uuid.UUID(int=number))

    def _bytes(self, found: Instance, path: str, depth: int) -> bytes:
        self._offer("a bytearray", "bytes", path)
        if len(found.arguments) == 2:
            raw, encoding = found.arguments
            if type(raw) is not str or encoding != "latin-1":
                raise TypeError
            raw = EncodedText(raw)
        else:
            (raw,) = found.arguments or (b"",)
        made = self.value(raw, path, depth) if type(raw) in (bytes, EncodedText) else None
        if type(made) is not bytes:
            raise TypeError
        return made

    def _dict(self, found: Instance, path: str, depth: int) -> dict[str, Any]:
        self._offer(f"a {found.name.name}", "a dict", path)
        if found.name.name == "OrderedDict":
            pairs = chain(_listed_pairs(found.arguments), found.items)
            return self.items(pairs, path, depth)
        if [type(argument) for argument in found.arguments] not in ([], [Name], [type(None)]):
            raise TypeError
        return self.items(found.items, path, depth)


def place(path: str, key: str) -> str:
    """The path of what is under a key of what is at a path, as far as it is shown: one is made for
    each value, and a key may be as long as the session."""
    return step(path, key)[: SHOWN + 1]


def _storable(found: Any, path: str) -> Any:
    """A value, if the store takes it. Where the store refuses one, it looks for it by making the
    path of each that is before it, which takes long if a key is."""
    kind = type(found)
    if kind is int or kind is datetime or (kind is str and not found.isascii()):
        try:
            encode_value(found, "")
        except UnstorableError as error:
            raise RefusedError(error.message.rpartition(": ")[2], path) from None
    return found


def _expect_as_written(found: Instance, convert: _Convert) -> None:
    """A TypeError for what Python doesn't write of such an instance: to take it for the rest alone
    would be to lose something without a word."""
    is_stray = (
        found.elements
        or (found.states and convert is not Converter._uuid)
        or (found.items and convert is not Converter._dict)
    )
    if is_stray:
        raise TypeError


def _listed_pairs(arguments: tuple[Any, ...]) -> Iterator[tuple[Any, Any]]:
    """What Python 2's OrderedDict is made of; no copy, since one may be held by itself."""
    (pairs,) = arguments or ([],)
    if type(pairs) is not list:
        raise TypeError
    for pair in pairs:
        if type(pair) not in (list, tuple):
            raise TypeError
        key, item = pair
        yield key, item


_ZONE = re.compile(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*")


def _text(raw: bytes) -> str | bytes:
    """Python 2's str: text if it can be."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw


def _latin_1(text: str, path: str) -> bytes:
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        raise RefusedError("bytes that Python doesn't write", path) from None


def _raw(found: Any, length: int) -> bytes:
    raw = found.raw if type(found) is ByteText else found
    if type(raw) is EncodedText and len(raw.text) == length:
        raw = raw.text.encode("latin-1")
    if type(raw) is not bytes or len(raw) != length:
        raise ValueError
    return raw


def _time_zone(found: Any) -> tzinfo:
    """The time zone that a call would return."""
    name = _called(found)
    if name == "datetime.timezone":
        delta, *label = found.arguments
        if label and type(label[0]) is not str:
            raise TypeError
        return timezone(_duration(delta), *label)
    if name == "zoneinfo.ZoneInfo._unpickle":
        key, is_cached = found.arguments
        if type(is_cached) in (bool, int) and type(key) is str and _ZONE.fullmatch(key):
            try:
                return ZoneInfo(key)
            except (OSError, KeyError):
                raise ValueError from None
    raise TypeError


def _called(found: Any) -> str:
    """What a call is of that was given arguments alone."""
    if type(found) is not Instance or found.states or found.items or found.elements:
        raise TypeError
    return str(found.name)


def _duration(found: Any) -> timedelta:
    if _called(found) != "datetime.timedelta":
        raise TypeError
    if any(type(part) is not int for part in found.arguments):
        raise TypeError
    return timedelta(*found.arguments)


_Convert = Callable[[Converter, Instance, str, int], Any]
_CONVERTED: Mapping[tuple[str, str], _Convert] = {
    ("datetime", "datetime"): Converter._datetime,
    ("datetime", "date"): Converter._date,
    ("datetime", "time"): Converter._time,
    ("decimal", "Decimal"): Converter._decimal,
    ("uuid", "UUID"): Converter._uuid,
    ("builtins", "bytearray"): Converter._bytes,
    ("collections", "OrderedDict"): Converter._dict,
    ("collections", "defaultdict"): Converter._dict,
}

_KNOWN = frozenset(
    {
        *_CONVERTED,
        *(("datetime", "timezone"), ("datetime", "timedelta"), ("zoneinfo", "ZoneInfo")),
        *(("copyreg", "__newobj__"), ("copyreg", "_reconstructor"), ("_codecs", "encode")),
        *(("builtins", name) for name in ("set", "frozenset", "bytes", "object", "getattr")),
        # What a defaultdict makes.
        *(("builtins", name) for name in ("list", "dict", "int", "float", "str")),
        *(("session3.Session", "Session"), ("session3.DictSession", "DictSession")),
        *(("session2.Session", "Session"), ("session2.DictSession", "DictSession")),
        ("quixote.session", "Session"),
    }
)
"""What pickles of sessions name, beside the program's own classes."""
