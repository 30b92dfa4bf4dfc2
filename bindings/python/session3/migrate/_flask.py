# SPDX-License-Identifier: MIT
"""Flask-Session's files by cachelib: a time of expiry and a pickled dict, one file each.

A file's name is a hash of the session's id, and the id is in no file: only ids that are known from
elsewhere can be found again.
"""

from __future__ import annotations

import hashlib
import re
import struct
import time
from collections.abc import Iterable
from typing import Any

from session3 import _payload
from session3.migrate._files import OldFile
from session3.migrate._framework_session import framework_session
from session3.migrate._outcome import (
    ExpiredError,
    NotTakenError,
    OtherFileError,
    OwnFileError,
    RefusedError,
    UnknownIDError,
    UnreadableError,
)
from session3.migrate._pickles import Pairs, Pickled, read_pickle
from session3.migrate._values import Conversion
from session3.Session import Session

HASHED = re.compile(r"[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{128}")
_HASHES = {32: "md5", 40: "sha1", 64: "sha256", 128: "sha512"}
"""cachelib's hash_method, by the length of a name; md5 before cachelib 0.16, sha256 since."""

_COUNT = "__wz_cache_count"
_TIME = struct.Struct("=I")


class FlaskSessions:
    """Reads a directory that Flask-Session wrote, by cachelib's or Werkzeug's FileSystemCache."""

    def __init__(self, conversion: Conversion, key_prefix: str, ids: Iterable[str]) -> None:
        """``key_prefix`` is Flask-Session's SESSION_KEY_PREFIX; ``ids`` are those that are
        known."""
        self._conversion = conversion
        self._ids = {
            _hashed(algorithm, key_prefix + session_id): session_id
            for session_id in ids
            for algorithm in _HASHES.values()
        }

    def id_of(self, name: str) -> str:
        """The id that a file is of."""
        if HASHED.fullmatch(name) is None:
            raise OtherFileError("no session's name")
        if name == _hashed(_HASHES[len(name)], _COUNT):
            raise OwnFileError("the cache's count of its files")
        if name not in self._ids:
            raise UnknownIDError("its id is in no file, only a hash of it (see --ids)")
        return self._ids[name]

    def session(self, session_id: str, file: OldFile) -> Session:
        """The session that a file holds."""
        expires, pickled = _parts(file.data)
        if expires != 0 and expires < time.time():
            raise ExpiredError("expired")
        items = self._conversion.run(
            pickled, lambda converter: converter.items(_expect_dict(pickled.value).items, "", -1)
        )
        persistent = items.pop("_permanent", None)
        session = framework_session(session_id, items, "_user_id", file.modified)
        if persistent is not None:
            _payload.reserve(session, _payload.PERSISTENT, bool(persistent))
        return session


def _hashed(algorithm: str, key: str) -> str:
    return hashlib.new(algorithm, key.encode(), usedforsecurity=False).hexdigest()


def _parts(data: bytes) -> tuple[float, Pickled]:
    """When a session expires, 0 for never, and its pickle.

    The time is a number of four bytes since cachelib 0.7, and a pickle of its own before.
    """
    try:
        if len(data) > _TIME.size:
            return _TIME.unpack_from(data)[0], read_pickle(data, _TIME.size)
        raise UnreadableError("no time of expiry")
    except NotTakenError as error:
        try:
            first = read_pickle(data)
            return _number(first.value), read_pickle(data, first.end)
        except NotTakenError:
            raise error from None


def _number(value: Any) -> float:
    if type(value) not in (int, float) or not 0 <= value < 2**63:
        raise UnreadableError("no time of expiry")
    return float(value)


def _expect_dict(value: Any) -> Pairs:
    if type(value) is not Pairs:
        raise RefusedError("a pickle of something else than a session")
    return value
