# SPDX-License-Identifier: MIT
"""cachelib's FileSystemCache, with sessions as its values; ids and cookies are the host's."""

from __future__ import annotations

import secrets
import struct
import time
from typing import Any

from cachelib.file import FileSystemCache

from Peers.adapters.adapter import KEYS

MAXIMUM_AGE = 3600


class CachelibFile:
    """get, set and delete."""

    def __init__(self, directory: str) -> None:
        # No threshold: by the default, more than 500 sessions would push each other out.
        self.cache: Any = FileSystemCache(directory, threshold=0, default_timeout=MAXIMUM_AGE)

    def create(self) -> str:
        id = secrets.token_hex(16)
        assert self.cache.add(id, {"n": 0})
        return id

    def create_long_ago(self, seconds: float) -> str:
        return self.create()

    def path(self, id: str) -> str:
        return str(self.cache._get_filename(id))

    def load(self, id: str) -> Any:
        values = self.cache.get(id)
        return (id, values) if values is not None else None

    def values(self, session: Any) -> dict[str, Any]:
        return {key: value for key, value in session[1].items() if key in KEYS}

    def put(self, session: Any, key: str, value: Any) -> None:
        session[1][key] = value

    def save(self, session: Any) -> bool:
        return bool(self.cache.set(*session))

    def count(self, id: str, key: str, way: str, pause: float) -> None:
        raise ValueError(f"no way {way}")

    def delete(self, id: str) -> None:
        self.cache.delete(id)

    def sweep(self, seconds: float) -> None:
        # The step of set() that removes what has expired, once there are more than the threshold.
        assert seconds == MAXIMUM_AGE
        self.cache._remove_expired(time.time())

    def age(self, id: str, seconds: float) -> None:
        with open(self.path(id), "r+b") as file:
            (expires,) = struct.unpack("I", file.read(4))
            file.seek(0)
            file.write(struct.pack("I", expires - int(seconds)))

    def visit(self, cookie: str) -> str | None:
        raise NotImplementedError("no ids and no cookies: the host's duty")
