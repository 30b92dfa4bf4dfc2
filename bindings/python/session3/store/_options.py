# SPDX-License-Identifier: MIT
"""Options of stores as the library wants them: there 0 stands for the default."""

from __future__ import annotations

from session3._ffi import SYNC_MODES
from session3.errors import InvalidArgumentError
from session3.store._handle import microseconds, unsigned


def payload_limit(maximum: int | None) -> int:
    """The largest payload, in bytes."""
    if maximum is None:
        return 0
    limit = unsigned(maximum, 64, "maximum_payload")
    if limit == 0:
        raise InvalidArgumentError("maximum_payload must be positive")
    return limit


def renewal_age(seconds: float) -> int:
    """The age from which a save renews the access time; 0 seconds mean always."""
    return microseconds(seconds, "access_resolution") or -1


def patience(seconds: float) -> int:
    """How long a call waits for a lock; 0 seconds mean not at all."""
    return microseconds(seconds, "lock_timeout") or -1


def mode(permissions: int | None, what: str) -> int:
    """Permissions of files."""
    return 0 if permissions is None else unsigned(permissions, 32, what)


def sync_mode(name: str | None) -> int:
    """The number of a sync mode."""
    if name not in SYNC_MODES:
        raise InvalidArgumentError('sync must be "none", "data" or None')
    return SYNC_MODES[name]
