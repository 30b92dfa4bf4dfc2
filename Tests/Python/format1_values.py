# SPDX-License-Identifier: MIT
"""Values for the golden files: every boundary of every MessagePack form, and loose forms."""

from __future__ import annotations

from format1_messagepack import Timestamp, Value

_EDGES = (0, 1, 127, 128, 255, 256, 65535, 65536, 2**32 - 1, 2**32, 2**53, 2**53 + 1)
_NEGATIVE_EDGES = (-1, -32, -33, -128, -129, -32768, -32769, -(2**31), -(2**31) - 1, -(2**63))
INTEGERS: dict[str, Value] = {
    str(number): number for number in (*_EDGES, 2**63 - 1, 2**63, 2**64 - 1, *_NEGATIVE_EDGES)
}

DOUBLES: dict[str, Value] = {
    text: float(text)
    for text in (
        *("0.0", "-0.0", "1.0", "1.5", "0.1", "-2.5e-05", "5e-324", "1.7976931348623157e308"),
        *("nan", "inf", "-inf"),
    )
}

LENGTHS: dict[str, Value] = {
    **{f"text of {count}": "x" * count for count in (0, 31, 32, 255, 256)},
    **{f"binary of {count}": b"\xc1" * count for count in (0, 1, 255, 256)},
    **{f"array of {count}": [None] * count for count in (0, 15, 16, 17)},
    **{
        f"map of {count}": {f"key {number}": number for number in range(count)}
        for count in (0, 15, 16)
    },
    "k" * 31: 31,
    "k" * 32: 32,
    "k" * 256: 256,
}

LONG_LENGTHS: dict[str, Value] = {
    "text": "x" * 65536,
    "binary": b"\0" * 65536,
    "array": [False] * 65536,
}

TEXTS: dict[str, Value] = {
    "two bytes": "\x80\u07ff",
    "three bytes": "\u0800\ud7ff\ue000\uffff",
    "four bytes": "\U00010000\U0010ffff",
    "NUL": "\0a\0",
    "composed": "\u00e9",
    "decomposed": "e\u0301",
    "\u00e9": "a key, composed",
    "e\u0301": "the same key to the eye",
    "\U0001f36a": "beyond the first plane",
    "\uff21": "before it by bytes, behind it in UTF-16",
}

TIMES: dict[str, Value] = {
    "1970": Timestamp(0, 0),
    "2026": Timestamp(1767323045, 0),
    "2026 with microseconds": Timestamp(1767323045, 678901000),
    "last of 32 bits": Timestamp(2**32 - 1, 0),
    "first of 33 bits": Timestamp(2**32, 0),
    "last of 34 bits": Timestamp(2**34 - 1, 999999000),
    "first of 35 bits": Timestamp(2**34, 0),
    "before 1970": Timestamp(-1, 0),
    "just before 1970": Timestamp(-1, 999999000),
    "first of the calendar": Timestamp(-62135596800, 0),
    "last of the calendar": Timestamp(253402300799, 999999000),
}

FINE_TIMES: dict[str, Value] = {
    "2026": Timestamp(1767323045, 123456789),
    "last of 34 bits": Timestamp(2**34 - 1, 999999999),
    "just before 1970": Timestamp(-1, 999999999),
    "one nanosecond": Timestamp(0, 1),
    "nested": [{"at": Timestamp(1767323045, 1)}],
}

EXTREME_TIMES: dict[str, Value] = {
    "first": Timestamp(-(2**63), 0),
    "last": Timestamp(2**63 - 1, 999999999),
}

NAMES: dict[str, Value] = {
    name: name
    for name in (
        *("", " ", "id", "user", "attributes", "data", "form_tokens", "_form_tokens"),
        *("_csrf_token", "__class__", "__dict__", "save_session", "a/b", "a\nb", "$int"),
    )
}

NILS: dict[str, Value] = {"nil": None, "nested": [None, {"nil": None}], "false": False}


def _nested(levels: int, as_maps: bool) -> Value:
    value: Value = "the bottom"
    for _ in range(levels):
        value = {"down": value} if as_maps else [value]
    return value


DEEP: dict[str, Value] = {"arrays": _nested(32, False), "maps": _nested(32, True)}
TOO_DEEP = {"arrays": b"\x91" * 33 + b"\xc0", "maps": b"\x81\xa1k" * 33 + b"\xc0"}

# A map of 32 bits, keys in forms of 8, 16 and 32 bits, and in no order.
LOOSE_PAYLOAD = (
    b"\xdf\x00\x00\x00\x03"
    b"\xd9\x04user\xdb\x00\x00\x00\x03ada"
    b"\xda\x00\x0bform_tokens\xdd\x00\x00\x00\x01\xd9\x01t"
    b"\xdb\x00\x00\x00\x0aattributes\xde\x00\x13"
    b"\xa1a\xcc\x01" + b"\xa1b\xcd\x00\x01" + b"\xa1c\xce\x00\x00\x00\x01"
    b"\xa1d\xcf\x00\x00\x00\x00\x00\x00\x00\x01"
    b"\xa1e\xd0\x01" + b"\xa1f\xd1\xff\xff" + b"\xa1g\xd2\xff\xff\xff\xff"
    b"\xa1h\xd3\xff\xff\xff\xff\xff\xff\xff\xff"
    b"\xa1i\xd3\x00\x00\x00\x00\x00\x00\x00\xff"
    b"\xa1j\xca\x3f\xc0\x00\x00"
    b"\xa1k\xc5\x00\x01\xff" + b"\xa1l\xc6\x00\x00\x00\x01\xff"
    b"\xa1m\xdc\x00\x01\xcc\x02" + b"\xa1n\xdf\x00\x00\x00\x01\xd9\x01x\xcc\x03"
    b"\xa1o\xd7\xff\x00\x00\x00\x00\x00\x00\x00\x01"
    b"\xa1p\xc7\x0c\xff\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02"
    b"\xa1q\xc7\x04\xff\x00\x00\x00\x03" + b"\xa1r\xc8\x00\x08\xff\x00\x00\x00\x04\x00\x00\x00\x04"
    b"\xa1s\xc9\x00\x00\x00\x0c\xff\x00\x00\x00\x05\xff\xff\xff\xff\xff\xff\xff\xff"
)
LOOSE_SESSION: dict[str, Value] = {
    "attributes": {
        **dict.fromkeys("abcde", 1),
        **dict.fromkeys("fgh", -1),
        "i": 255,
        "j": 1.5,
        "k": b"\xff",
        "l": b"\xff",
        "m": [2],
        "n": {"x": 3},
        "o": Timestamp(1, 0),
        "p": Timestamp(2, 0),
        "q": Timestamp(3, 0),
        "r": Timestamp(4, 1),
        "s": Timestamp(-1, 5),
    },
    "form_tokens": ["t"],
    "user": "ada",
}

UNSORTED_PAYLOAD = b"\x82\xa4user\x01\xaaattributes\x83\xa1b\x01\xa0\x02\xa1a\x82\xa1y\x03\xa1x\x04"
UNSORTED_SESSION: dict[str, Value] = {
    "attributes": {"": 2, "a": {"y": 3, "x": 4}, "b": 1},
    "user": 1,
}
