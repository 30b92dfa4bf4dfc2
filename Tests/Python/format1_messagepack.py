# SPDX-License-Identifier: MIT
"""Canonical MessagePack by sections 3 and 4 of docs/format.md, and by nothing else.

Values are None, bool, int, float, str, bytes, Timestamp, list, and dict with str keys.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import NamedTuple, Union

MAXIMUM_DEPTH = 32


class Malformed(ValueError):
    """The bytes are no valid payload, or the value cannot be stored."""


class Timestamp(NamedTuple):
    seconds: int
    nanoseconds: int


Value = Union[None, bool, int, float, str, bytes, Timestamp, list["Value"], dict[str, "Value"]]


class Decoder:
    """A cursor over bytes; takes any valid form."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.offset = 0

    def take(self, count: int) -> bytes:
        if count > len(self.data) - self.offset:
            raise Malformed(f"truncated at {self.offset}")
        part = self.data[self.offset : self.offset + count]
        self.offset += count
        return part

    def number(self, form: str) -> int:
        number: int = struct.unpack(">" + form, self.take(struct.calcsize(">" + form)))[0]
        return number

    def value(self, depth: int = 0) -> Value:
        """The next value, inside `depth` arrays and maps."""
        lead = self.number("B")
        if lead <= 0x7F:
            return lead
        if lead >= 0xE0:
            return lead - 0x100
        if lead <= 0x8F:
            return self.map(lead & 0x0F, depth)
        if lead <= 0x9F:
            return self.array(lead & 0x0F, depth)
        if lead <= 0xBF:
            return self.text(lead & 0x1F)
        if lead in SCALARS:
            return SCALARS[lead]
        if lead in NUMBERS:
            number: int | float = struct.unpack(
                ">" + NUMBERS[lead], self.take(struct.calcsize(">" + NUMBERS[lead]))
            )[0]
            return number
        if lead in SIZED:
            kind, form = SIZED[lead]
            return self.sized(kind, self.number(form), depth)
        if lead in FIXED_EXTENSIONS:
            return self.timestamp(FIXED_EXTENSIONS[lead])
        raise Malformed(f"unused byte {lead:#x}")

    def sized(self, kind: str, length: int, depth: int) -> Value:
        if kind == "binary":
            return self.take(length)
        if kind == "text":
            return self.text(length)
        if kind == "array":
            return self.array(length, depth)
        if kind == "map":
            return self.map(length, depth)
        return self.timestamp(length)

    def text(self, length: int) -> str:
        try:
            return self.take(length).decode("utf-8", "strict")
        except UnicodeDecodeError as error:
            raise Malformed("text that is not UTF-8") from error

    def array(self, count: int, depth: int) -> Value:
        if depth >= MAXIMUM_DEPTH:
            raise Malformed("too deep")
        return [self.value(depth + 1) for _ in range(count)]

    def map(self, count: int, depth: int) -> dict[str, Value]:
        if depth >= MAXIMUM_DEPTH:
            raise Malformed("too deep")
        return self.entries(count, lambda _: self.value(depth + 1))

    def entries(self, count: int, value: Callable[[str], Value]) -> dict[str, Value]:
        """The entries of a map, each value read by `value`, which is told the key."""
        entries: dict[str, Value] = {}
        for _ in range(count):
            key = self.value(MAXIMUM_DEPTH)
            if not isinstance(key, str):
                raise Malformed("a key that is no text")
            if key in entries:
                raise Malformed("a key twice")
            entries[key] = value(key)
        return entries

    def timestamp(self, length: int) -> Timestamp:
        if self.number("b") != -1:
            raise Malformed("unknown extension")
        if length == 4:
            return Timestamp(self.number("I"), 0)
        if length == 8:
            word = self.number("Q")
            time = Timestamp(word & (1 << 34) - 1, word >> 34)
        elif length == 12:
            nanoseconds = self.number("I")
            time = Timestamp(self.number("q"), nanoseconds)
        else:
            raise Malformed("a timestamp of another length")
        if time.nanoseconds > 999_999_999:
            raise Malformed("nanoseconds of a second or more")
        return time

    def map_head(self) -> int:
        """How many entries the map has that must begin here."""
        lead = self.number("B")
        if 0x80 <= lead <= 0x8F:
            return lead & 0x0F
        if lead == 0xDE:
            return self.number("H")
        if lead == 0xDF:
            return self.number("I")
        raise Malformed("no map")

    def end(self) -> None:
        if self.offset != len(self.data):
            raise Malformed("bytes follow")


SCALARS: dict[int, Value] = {0xC0: None, 0xC2: False, 0xC3: True}
NUMBERS = dict(enumerate("fdBHIQbhiq", 0xCA))
SIZED = {
    lead: (kind, form)
    for first, kind, forms in [
        (0xC4, "binary", "BHI"),
        (0xC7, "extension", "BHI"),
        (0xD9, "text", "BHI"),
        (0xDC, "array", "HI"),
        (0xDE, "map", "HI"),
    ]
    for lead, form in enumerate(forms, first)
}
FIXED_EXTENSIONS = {0xD4: 1, 0xD5: 2, 0xD6: 4, 0xD7: 8, 0xD8: 16}


def encode(value: Value, depth: int = 0) -> bytes:
    """The canonical bytes of a value that stands inside `depth` arrays and maps."""
    if value is None:
        return b"\xc0"
    if isinstance(value, bool):
        return b"\xc3" if value else b"\xc2"
    if isinstance(value, int):
        return encode_int(value)
    if isinstance(value, float):
        return b"\xcb" + struct.pack(">d", value)
    if isinstance(value, str):
        data = value.encode("utf-8", "strict")
        head = bytes([0xA0 | len(data)]) if len(data) <= 31 else length(len(data), 0xD9, "BHI")
        return head + data
    if isinstance(value, bytes):
        return length(len(value), 0xC4, "BHI") + value
    if isinstance(value, Timestamp):
        return encode_timestamp(value)
    if depth >= MAXIMUM_DEPTH:
        raise Malformed("too deep")
    if isinstance(value, list):
        head = bytes([0x90 | len(value)]) if len(value) <= 15 else length(len(value), 0xDC, "HI")
        return head + b"".join(encode(item, depth + 1) for item in value)
    return encode_map({key: encode(item, depth + 1) for key, item in value.items()})


def encode_map(entries: dict[str, bytes]) -> bytes:
    """A map of encoded values, in the order of the dict."""
    count = len(entries)
    head = bytes([0x80 | count]) if count <= 15 else length(count, 0xDE, "HI")
    return head + b"".join(encode(key) + item for key, item in entries.items())


def encode_sorted(entries: dict[str, bytes]) -> bytes:
    """A map of encoded values, in ascending order of the keys' bytes."""
    return encode_map(dict(sorted(entries.items(), key=lambda entry: entry[0].encode())))


def encode_int(value: int) -> bytes:
    if -32 <= value <= 127:
        return struct.pack("b", value)
    first, forms = (0xCC, "BHIQ") if value >= 0 else (0xD0, "bhiq")
    for lead, form in enumerate(forms, first):
        try:
            return bytes([lead]) + struct.pack(">" + form, value)
        except struct.error:
            continue
    raise Malformed(f"{value} is beyond 64 bits")


def encode_timestamp(time: Timestamp) -> bytes:
    seconds, nanoseconds = time
    if nanoseconds == 0 and 0 <= seconds < 1 << 32:
        return b"\xd6\xff" + struct.pack(">I", seconds)
    if 0 <= seconds < 1 << 34:
        return b"\xd7\xff" + struct.pack(">Q", nanoseconds << 34 | seconds)
    return b"\xc7\x0c\xff" + struct.pack(">Iq", nanoseconds, seconds)


def length(count: int, first: int, forms: str) -> bytes:
    """A length in the first of the forms that fits, whose lead bytes count up from `first`."""
    for lead, form in enumerate(forms, first):
        if count < 1 << 8 * struct.calcsize(form):
            return struct.pack(">B" + form, lead, count)
    raise Malformed(f"a length of {count}")
