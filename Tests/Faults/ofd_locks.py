# SPDX-License-Identifier: MIT
"""Locks as the library takes them: of a whole file, by an open file description (fcntl(2))."""

from __future__ import annotations

import fcntl
import os
import struct

# struct flock: l_type, l_whence, l_start, l_len, l_pid.
_FLOCK = "hhqqi4x"
_WHOLE_FILE = struct.pack(_FLOCK, fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)


def lock(descriptor: int) -> None:
    """Takes an exclusive lock, until the descriptor is closed."""
    fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, _WHOLE_FILE)


def is_locked(descriptor: int) -> bool:
    """Whether another one's lock, of whatever kind, is in the way of an exclusive one."""
    answer = fcntl.fcntl(descriptor, fcntl.F_OFD_GETLK, _WHOLE_FILE)
    return bool(struct.unpack(_FLOCK, answer)[0] != fcntl.F_UNLCK)
