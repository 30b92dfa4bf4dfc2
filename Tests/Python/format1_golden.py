# SPDX-License-Identifier: MIT
"""The golden files of Tests/Fixtures: where they are, and how golden.json writes values down.

JSON has no bytes, times, NaN, or integers that every host reads alike. So null, booleans, text,
arrays and integers up to 2**53 stand for themselves, and an object is one of

    {"$int": "18446744073709551615"}      an integer beyond 2**53
    {"$double": "1.5"}                    also "nan", "inf", "-inf", "-0.0"
    {"$bytes": "00ff"}                    binary, in hexadecimal
    {"$time": [1767323045, 678901000]}    seconds and nanoseconds
    {"$map": [["key", value], ...]}       a map, in order
    {"$repeat": [unit, 3]}                text, binary or an array, so many times
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

from format1_messagepack import Timestamp, Value

FIXTURES = Path(__file__).resolve().parents[1] / "Fixtures"
GOOD, BAD, STORES = FIXTURES / "good", FIXTURES / "bad", FIXTURES / "store"
INDEX = "golden.json"


def index(directory: Path) -> list[dict[str, Any]]:
    """The entries of a directory's golden.json."""
    entries: list[dict[str, Any]] = json.loads((directory / INDEX).read_text())
    return entries


def name_of(entry: dict[str, Any]) -> str:
    """What a test of this entry is called."""
    return str(entry["file"]).split(".")[0]


def to_json(value: Value) -> Any:
    """A value in the notation of golden.json."""
    if isinstance(value, Timestamp):
        return {"$time": list(value)}
    if isinstance(value, (str, bytes, list)):
        return _repeat(value) or _sequence(value)
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return value if abs(value) <= 1 << 53 else {"$int": str(value)}
    if isinstance(value, float):
        return {"$double": repr(value)}
    return {"$map": [[key, to_json(item)] for key, item in value.items()]}


def _sequence(value: str | bytes | list[Value]) -> Any:
    if isinstance(value, bytes):
        return {"$bytes": value.hex()}
    return value if isinstance(value, str) else [to_json(item) for item in value]


def _repeat(value: str | bytes | list[Value]) -> Any:
    for size in (1, 256):
        unit, count = value[:size], len(value) // size
        if count > 64 and unit * count == value:
            return {"$repeat": [_sequence(unit), count]}
    return None


def from_json(value: Any) -> Value:
    """The value that the notation of golden.json stands for."""
    if isinstance(value, list):
        return [from_json(item) for item in value]
    if not isinstance(value, dict):
        return cast("Value", value)
    [(tag, body)] = value.items()
    if tag == "$int":
        return int(body)
    if tag == "$double":
        return float(body)
    if tag == "$bytes":
        return bytes.fromhex(body)
    if tag == "$time":
        return Timestamp(*body)
    if tag == "$map":
        return {key: from_json(item) for key, item in body}
    assert tag == "$repeat", tag
    unit, count = body
    return cast("Value", from_json(unit) * count)


def payload_of(notation: Any) -> dict[str, Value]:
    """The fields of a payload in the notation of golden.json."""
    payload = from_json(notation)
    assert isinstance(payload, dict)
    return payload
