# SPDX-License-Identifier: MIT
"""Django's file sessions: signed JSON, one file each, under the cookie's name and the key.

The signature is checked as Django's ``signing.loads`` does; neither Django nor a project's settings
are needed for that.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
import time
import zlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from session3 import _payload
from session3.migrate._files import OldDirectory, OldFile
from session3.migrate._framework_session import framework_session
from session3.migrate._outcome import (
    ExpiredError,
    NotTakenError,
    OtherFileError,
    RefusedError,
    UnknownIDError,
    UnreadableError,
)
from session3.Session import Session

KEY = re.compile(r"[a-z0-9]{32}\Z")
"""At the end of a file's name."""
SIGNED = re.compile(rb"\.?[A-Za-z0-9_-]+:[A-Za-z0-9]+:[A-Za-z0-9_-]+")

# As Django derives it from its setting SECRET_KEY, for the class SessionStore.
_SALT = b"django.contrib.sessions.SessionStoresigner"


class DjangoSessions:
    """Reads a directory that ``django.contrib.sessions.backends.file`` wrote, since Django 3.1."""

    def __init__(
        self,
        old: OldDirectory,
        secret_keys: Sequence[str],
        cookie_name: str,
        cookie_age: int,
        maximum: int,
    ) -> None:
        """Arguments are the directory; Django's settings SECRET_KEY and SECRET_KEY_FALLBACKS,
        SESSION_COOKIE_NAME, SESSION_COOKIE_AGE in seconds; and the bytes that a session may
        have."""
        self._old = old
        self._keys = [hashlib.sha256(_SALT + key.encode()).digest() for key in secret_keys]
        self._prefix = cookie_name
        self._age = cookie_age
        self._maximum = maximum

    def id_of(self, name: str) -> str:
        """The key that a file is of. The directory may be one for all kinds of files."""
        key = KEY.search(name)
        if key is None:
            raise OtherFileError("no session's name")
        if name[: key.start()] != self._prefix:
            raise self._of_another_name(name)
        return key[0]

    def session(self, session_id: str, file: OldFile) -> Session:
        """The session that a file holds."""
        items = self._items(self._verified(file.data))
        expiry = items.get("_session_expiry")
        if _expires(expiry, file.modified, self._age) <= time.time():
            raise ExpiredError("expired")
        session = framework_session(session_id, items, "_auth_user_id", file.modified)
        if expiry is not None:
            _payload.reserve(session, _payload.PERSISTENT, expiry != 0)
        return session

    def _of_another_name(self, name: str) -> NotTakenError:
        """What a file is that ends like a session's: one of ours, if it is signed with our key."""
        try:
            self.session("", self._old.read(name))
        except NotTakenError:
            # Another project's or program's, or one that has expired since the cookie's name was
            # changed.
            return OtherFileError("no session's name")
        return UnknownIDError("of another SESSION_COOKIE_NAME? (see --cookie-name)")

    def _verified(self, data: bytes) -> bytes:
        """What was signed, without the time of signing."""
        if SIGNED.fullmatch(data) is None:
            raise UnreadableError("not what Django 3.1 or later writes")
        signed, _, signature = data.rpartition(b":")
        for key in self._keys:
            digest = hmac.new(key, signed, "sha256").digest()
            expected = base64.urlsafe_b64encode(digest).rstrip(b"=")
            if hmac.compare_digest(expected, signature):
                return signed.partition(b":")[0]
        raise RefusedError("signed with another secret key, or changed since")

    def _items(self, encoded: bytes) -> dict[str, Any]:
        is_compressed = encoded[:1] == b"."
        try:
            text = base64.urlsafe_b64decode(encoded.lstrip(b".") + b"===")
            if is_compressed:
                text = self._decompressed(text)
            items = json.loads(text.decode("latin-1"))
        except (binascii.Error, zlib.error, ValueError):
            raise UnreadableError("signed, but no JSON: another serializer?") from None
        except RecursionError:
            raise RefusedError("nested too deep") from None
        if type(items) is not dict:
            raise RefusedError("signed JSON of something else than a session")
        return items

    def _decompressed(self, data: bytes) -> bytes:
        stream = zlib.decompressobj()
        text = stream.decompress(data, self._maximum)
        if stream.unconsumed_tail:
            raise RefusedError(f"larger than {self._maximum} bytes")
        return text


def _expires(expiry: Any, modified: float, age: int) -> float:
    """When a session ends, in seconds since 1970, as ``set_expiry`` has it."""
    try:
        if isinstance(expiry, str):
            return datetime.fromisoformat(expiry).timestamp()
        if expiry is None or type(expiry) in (int, float):
            return modified + (expiry or age)
    except (ValueError, OverflowError, OSError):
        pass
    raise RefusedError("no time", "_session_expiry")
