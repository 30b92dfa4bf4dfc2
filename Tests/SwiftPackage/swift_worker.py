# SPDX-License-Identifier: MIT
"""A Swift host that obeys, and the values that it speaks of."""

from __future__ import annotations

import base64
import json
import struct
import subprocess
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def to_swift(value: Any) -> dict[str, Any]:
    """A Python value as the worker takes it: with its type, numbers as text."""
    if value is None:
        return {"null": True}
    if isinstance(value, bool):
        return {"bool": value}
    if isinstance(value, int):
        return {"int" if value < 2**63 else "uint": str(value)}
    if isinstance(value, float):
        return {"double": f"{struct.unpack('>Q', struct.pack('>d', value))[0]:x}"}
    if isinstance(value, str):
        return {"text": value}
    if isinstance(value, bytes):
        return {"binary": base64.b64encode(value).decode()}
    if isinstance(value, datetime):
        microseconds = (value - EPOCH) // timedelta(microseconds=1)
        return {"timestamp": [microseconds // 10**6, microseconds % 10**6 * 1000]}
    if isinstance(value, list):
        return {"array": [to_swift(element) for element in value]}
    return {"map": [[key, to_swift(element)] for key, element in value.items()]}


def from_swift(told: dict[str, Any]) -> Any:
    """A value of the worker's in Python."""
    [(kind, value)] = told.items()
    if kind == "null":
        return None
    if kind in ("int", "uint"):
        return int(value)
    if kind == "double":
        return struct.unpack(">d", bytes.fromhex(value.zfill(16)))[0]
    if kind == "binary":
        return base64.b64decode(value)
    if kind == "timestamp":
        seconds, nanoseconds = value
        return EPOCH + timedelta(seconds=seconds, microseconds=nanoseconds // 1000)
    if kind == "array":
        return [from_swift(element) for element in value]
    if kind == "map":
        return {key: from_swift(element) for key, element in value}
    return value


class SwiftError(Exception):
    """A StoreError of the worker's."""

    def __init__(self, told: dict[str, Any]) -> None:
        super().__init__(told["text"])
        self.code: str = told["code"]
        self.status: int = told["status"]
        self.errno: int = told["systemErrno"]
        self.operation: str | None = told.get("operation")
        self.attribute: str | None = told.get("attribute")


class Worker:
    """A process of the worker."""

    def __init__(self, program: Path) -> None:
        self.process = subprocess.Popen(
            [str(program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.close()
        assert self.process.wait() == 0

    def do(self, verb: str, **arguments: Any) -> dict[str, Any]:
        """Has it do something, and answers what it says; a failure is raised."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"verb": verb, **arguments}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"the worker ended at {verb!r}: {self.process.wait()}"
        reply: dict[str, Any] = json.loads(line)
        if "error" in reply:
            raise SwiftError(reply["error"])
        answer: dict[str, Any] = reply["ok"]
        return answer

    def set(self, key: str, value: Any) -> None:
        """Sets an attribute of the session that it is at."""
        self.do("set", key=key, value=to_swift(value))

    @property
    def attributes(self) -> dict[str, Any]:
        """Those of the session that it is at."""
        return {key: from_swift(value) for key, value in self.do("show")["attributes"]}

    @property
    def user(self) -> Any:
        """That of the session that it is at."""
        told = self.do("show").get("user")
        return None if told is None else from_swift(told)
