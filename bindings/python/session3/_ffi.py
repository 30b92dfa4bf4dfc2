# SPDX-License-Identifier: MIT
"""The functions of libsession3 that this package calls, with their prototypes."""

from __future__ import annotations

import ctypes
from ctypes import POINTER, c_bool, c_char_p, c_double, c_int64, c_size_t, c_uint32, c_void_p
from typing import Any

from session3 import _load, errors
from session3._structs import (
    Buffer,
    CookiePolicy,
    DirectoryOptions,
    Error,
    MemoryOptions,
    Snapshot,
    Statistics,
    StoreInfo,
    Value,
)

OK = 0
NOT_FOUND = 1
DONE = 2
TOO_SMALL = -16

RESURRECT = 0x100
POLICIES = {None: 0, "merge": 1, "overwrite": 2, "fail": 3}
SYNC_MODES = {None: 0, "none": 1, "data": 2}
DIRECTORY_CREATE = 1
DIRECTORY_ALLOW_NETWORK = 2
DIRECTORY_ALLOW_WORLD_WRITABLE = 4
COOKIE_SECURE = 1
COOKIE_SCRIPTABLE = 2
COOKIE_PARTITIONED = 4
COOKIE_HEADER_MAXIMUM = 8192
SAME_SITE = {"lax": 1, "strict": 2, "none": 3, None: 4}


class Status(ctypes.c_int32):
    """session3_status; a subclass, so that the table tells it from a mere number."""


_ERROR = POINTER(Error)
_OUT = POINTER(c_void_p)
_COUNT = POINTER(ctypes.c_uint64)

PROTOTYPES: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "session3_buffer_dispose": (None, (POINTER(Buffer),)),
    "session3_id_generate": (Status, (c_char_p, _ERROR)),
    "session3_id_is_valid": (c_bool, (c_char_p, c_size_t)),
    "session3_value_parse": (Status, (c_void_p, c_size_t, POINTER(Value), _ERROR)),
    "session3_store_open_directory": (
        Status,
        (c_char_p, c_size_t, POINTER(DirectoryOptions), _OUT, _ERROR),
    ),
    "session3_store_open_memory": (Status, (POINTER(MemoryOptions), _OUT, _ERROR)),
    "session3_store_free": (None, (c_void_p,)),
    "session3_store_get_info": (Status, (c_void_p, POINTER(StoreInfo), _ERROR)),
    "session3_store_get_statistics": (Status, (c_void_p, POINTER(Statistics), _ERROR)),
    "session3_store_setup": (Status, (c_void_p, _ERROR)),
    "session3_store_delete": (Status, (c_void_p, c_char_p, c_size_t, _ERROR)),
    "session3_store_has": (Status, (c_void_p, c_char_p, c_size_t, _ERROR)),
    "session3_store_load": (Status, (c_void_p, c_char_p, c_size_t, _OUT, _ERROR)),
    "session3_store_delete_unchanged": (Status, (c_void_p, c_void_p, _ERROR)),
    "session3_session_payload": (Status, (c_void_p, _OUT, POINTER(c_size_t), _ERROR)),
    "session3_session_free": (None, (c_void_p,)),
    "session3_store_touch": (Status, (c_void_p, c_char_p, c_size_t, _ERROR)),
    "session3_store_set_access_time": (
        Status,
        (c_void_p, c_char_p, c_size_t, c_int64, _ERROR),
    ),
    "session3_store_increment": (
        Status,
        (c_void_p, c_char_p, c_size_t, c_char_p, c_size_t, c_int64, POINTER(c_int64), _ERROR),
    ),
    "session3_store_consume_form_token": (
        Status,
        (c_void_p, c_char_p, c_size_t, c_char_p, c_size_t, _ERROR),
    ),
    "session3_store_short_hash": (Status, (c_void_p, c_char_p, c_size_t, c_char_p, _ERROR)),
    "session3_store_delete_user_sessions": (
        Status,
        (c_void_p, POINTER(Value), c_char_p, c_size_t, _COUNT, _ERROR),
    ),
    "session3_store_delete_old_sessions": (Status, (c_void_p, c_double, _COUNT, _COUNT, _ERROR)),
    "session3_store_iterate": (Status, (c_void_p, _OUT, _ERROR)),
    "session3_iterator_free": (None, (c_void_p,)),
    "session3_store_load_encoded": (
        Status,
        (
            *(c_void_p, c_char_p, c_size_t, POINTER(Snapshot)),
            *(c_void_p, c_size_t, POINTER(c_size_t), _ERROR),
        ),
    ),
    "session3_store_save_encoded": (
        Status,
        (
            *(c_void_p, c_char_p, c_size_t, POINTER(Snapshot), c_void_p, c_size_t),
            *(c_void_p, c_size_t, c_uint32, POINTER(Buffer), _ERROR),
        ),
    ),
    "session3_store_create_encoded": (
        Status,
        (
            *(c_void_p, c_char_p, c_size_t, POINTER(Snapshot)),
            *(c_void_p, c_size_t, POINTER(Buffer), _ERROR),
        ),
    ),
    "session3_store_renew_encoded": (
        Status,
        (
            *(c_void_p, c_char_p, c_size_t, POINTER(Snapshot), c_void_p, c_size_t),
            *(c_void_p, c_size_t, c_uint32, c_char_p, POINTER(Buffer), _ERROR),
        ),
    ),
    "session3_store_delete_encoded": (
        Status,
        (c_void_p, c_char_p, c_size_t, POINTER(Snapshot), _ERROR),
    ),
    "session3_store_delete_user_sessions_encoded": (
        Status,
        (c_void_p, c_void_p, c_size_t, POINTER(Snapshot), _COUNT, _ERROR),
    ),
    "session3_cookie_check": (Status, (POINTER(CookiePolicy), _ERROR)),
    "session3_cookie_set": (
        Status,
        (
            *(POINTER(CookiePolicy), c_char_p, c_size_t, c_int64, c_int64),
            *(POINTER(Buffer), _ERROR),
        ),
    ),
    "session3_cookie_revoke": (Status, (POINTER(CookiePolicy), POINTER(Buffer), _ERROR)),
    "session3_cookie_next": (
        Status,
        (
            *(c_char_p, c_size_t, c_char_p, c_size_t),
            *(POINTER(c_size_t), _OUT, POINTER(c_size_t), _ERROR),
        ),
    ),
    "session3_iterator_next_id": (Status, (c_void_p, c_char_p, _ERROR)),
}


def check(status: int, _function: Any, arguments: tuple[Any, ...]) -> int:
    """Passes an answer on and raises a failure: the errcheck of all that return a status.

    The last argument is always ``byref`` of an Error.
    """
    if status >= OK:
        return status
    raise failure(status, arguments[-1]._obj)


def failure(status: int, error: Error) -> errors.Session3Error:
    """What to raise for a negative status."""
    kind = errors.OF_STATUS.get(status, errors.Session3Error)
    message = error.message.decode("utf-8", "replace") or f"status {status}"
    return kind(message, status, error.system_errno or None)


def _bind(library: ctypes.CDLL) -> ctypes.CDLL:
    for name, (restype, argtypes) in PROTOTYPES.items():
        try:
            function = getattr(library, name)
        except AttributeError:
            raise ImportError(f"libsession3 has no {name}") from None
        function.argtypes = argtypes
        if restype is Status:
            function.restype = ctypes.c_int32
            function.errcheck = check
        else:
            function.restype = restype
    return library


lib = _bind(_load.load())


def bare(name: str) -> Any:
    """A function of the library that checks and converts nothing, for what every request calls.

    It is handed bytes, ``byref`` and ``from_param`` of the types that PROTOTYPES tells, which are
    made once and not with each call, and answers its status also where that is a failure.
    """
    function = lib[name]
    function.restype = ctypes.c_int32
    return function


class _Sizes(dict[int, Any]):
    """Sizes as ``bare`` functions take them, by number: those of most payloads are there."""

    def __missing__(self, number: int) -> Any:
        return c_size_t.from_param(number)


sizes = _Sizes((number, c_size_t.from_param(number)) for number in range(1024))


def new_error() -> Error:
    """An Error as every call wants it."""
    return Error(size=ctypes.sizeof(Error))
