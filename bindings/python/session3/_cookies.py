# SPDX-License-Identifier: MIT
"""Cookies of requests, and which ones browsers keep, as the library knows them."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from session3 import _structs
from session3._ffi import (
    COOKIE_PARTITIONED,
    COOKIE_SCRIPTABLE,
    COOKIE_SECURE,
    DONE,
    SAME_SITE,
    lib,
    new_error,
)
from session3.errors import InvalidArgumentError

if TYPE_CHECKING:
    from session3.policy import CookiePolicy

MAXIMUM_IDS = 4
"""Of several cookies of one name so many ids are looked up: a browser sends one or two."""


def values(header: str, name: str) -> Iterator[bytes]:
    """The values of all cookies of a name in a Cookie header, one after another."""
    text, key = header.encode("latin-1", "replace"), name.encode("utf-8", "replace")
    position, length = ctypes.c_size_t(), ctypes.c_size_t()
    value, error = ctypes.c_void_p(), ctypes.byref(new_error())
    outs = (ctypes.byref(position), ctypes.byref(value), ctypes.byref(length), error)
    while lib.session3_cookie_next(text, len(text), key, len(key), *outs) != DONE:
        yield ctypes.string_at(value.value, length.value) if value.value else b""


def ids(header: str, name: str) -> list[str]:
    """The first values of a cookie that have the form of an id."""
    found: list[str] = []
    for value in values(header, name):
        if lib.session3_id_is_valid(value, len(value)):
            found.append(value.decode("ascii"))
            if len(found) == MAXIMUM_IDS:
                break
    return found


def check(
    *,
    name: str,
    path: str,
    domain: str | None,
    secure: bool,
    http_only: bool,
    same_site: str | None,
    partitioned: bool,
) -> _structs.CookiePolicy:
    """A cookie as the library has it; an InvalidArgumentError says why browsers would drop it."""
    if same_site not in SAME_SITE:
        raise InvalidArgumentError('same_site must be "lax", "strict", "none" or None')
    texts = [None if text is None else _bytes(text) for text in (name, path, domain)]
    flags = COOKIE_SECURE if secure else 0
    flags |= 0 if http_only else COOKIE_SCRIPTABLE
    flags |= COOKIE_PARTITIONED if partitioned else 0
    policy = _structs.CookiePolicy(
        size=ctypes.sizeof(_structs.CookiePolicy),
        flags=flags,
        same_site=SAME_SITE[same_site],
        name=texts[0],
        name_length=len(texts[0] or b""),
        path=texts[1],
        path_length=len(texts[1] or b""),
        domain=texts[2],
        domain_length=len(texts[2] or b""),
    )
    lib.session3_cookie_check(ctypes.byref(policy), ctypes.byref(new_error()))
    return policy


class Cookie:
    """A cookie that browsers take, as Set-Cookie headers give and revoke it. What its policy leaves
    open is as the library has it: called "session3", for all paths, HttpOnly, not Secure."""

    def __init__(self, policy: CookiePolicy) -> None:
        self.name = "session3" if policy.name is None else policy.name
        self._policy = check(
            name=self.name,
            path="/" if policy.path is None else policy.path,
            domain=policy.domain,
            secure=bool(policy.secure),
            http_only=policy.http_only is not False,
            same_site=policy.same_site,
            partitioned=policy.partitioned,
        )

    def giving(self, id: str, seconds: float | None, now: float) -> str:
        """The header's value that gives a browser an id for so long; None: until it is closed."""
        key = id.encode("ascii")
        lifetime = 0 if seconds is None else round(seconds * 1_000_000)
        return self._write(lib.session3_cookie_set, key, len(key), lifetime, round(now * 1_000_000))

    def revoking(self) -> str:
        """The header's value that makes a browser forget the id."""
        return self._write(lib.session3_cookie_revoke)

    def _write(self, function: Any, *arguments: Any) -> str:
        header = _structs.Buffer(size=ctypes.sizeof(_structs.Buffer))
        error = ctypes.byref(new_error())
        function(ctypes.byref(self._policy), *arguments, ctypes.byref(header), error)
        try:
            return ctypes.string_at(header.data or 0, header.length).decode("ascii")
        finally:
            lib.session3_buffer_dispose(ctypes.byref(header))


def _bytes(text: str) -> bytes:
    if not isinstance(text, str):
        raise InvalidArgumentError(f"a cookie is described by str, not {type(text).__name__}")
    return text.encode("utf-8", "surrogatepass")
