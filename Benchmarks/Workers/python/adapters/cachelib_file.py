# SPDX-License-Identifier: MIT
"""cachelib's FileSystemCache, with sessions as its values, as Flask-Session uses it."""

from __future__ import annotations

from typing import Any, ClassVar

from cachelib.file import FileSystemCache
from workload import REMOTE_ADDRESS, USER

from adapters.adapter import Adapter

# Flask's lifetime of a permanent session.
LIFETIME = 31 * 24 * 3600


class CachelibFile(Adapter):
    """get, set, has and delete."""

    title = "cachelib, FileSystemCache"
    packages = ("cachelib",)
    notes: ClassVar[dict[str, str]] = {
        "increment": "inc() is a get and a set; its manual calls it atomic in other caches alone",
    }

    def __init__(self, directory: str, sync: str, size: int) -> None:
        super().__init__(directory, sync, size)
        # No threshold: by the default, more than 500 sessions would push each other out.
        self.cache: Any = FileSystemCache(directory, threshold=0, default_timeout=LIFETIME)

    def create(self, id: str) -> None:
        values = {"user": USER, "remote_address": REMOTE_ADDRESS, **self.attributes}
        self._save(id, values)

    def _save(self, id: str, values: dict[str, Any]) -> None:
        if not self.cache.set(id, values):
            raise OSError("the cache did not store it")

    def load(self, id: str) -> None:
        self.cache.get(id)["visits"]

    def hold(self, id: str) -> Any:
        values = self.cache.get(id)
        if values is None:
            raise LookupError("no such session")
        return id, values

    def resave(self, session: Any) -> None:
        id, values = session
        values["visits"] += 1
        self._save(id, values)

    def unchanged(self, session: Any) -> None:
        self._save(*session)

    def get(self, session: Any, attribute: str) -> int:
        return super().get(session[1], attribute)

    def put(self, session: Any, attribute: str, value: int) -> None:
        super().put(session[1], attribute, value)

    def request(self, id: str, page: str) -> None:
        values = self.cache.get(id)
        values["visits"] += 1
        values["page"] = page
        self._save(id, values)

    def has(self, id: str) -> None:
        if not self.cache.has(id):
            raise LookupError("no such session")

    def delete(self, target: Any) -> None:
        if not self.cache.delete(target):
            raise OSError("the cache did not delete it")

    def read(self, id: str) -> dict[str, Any] | None:
        values: dict[str, Any] | None = self.cache.get(id)
        return values
