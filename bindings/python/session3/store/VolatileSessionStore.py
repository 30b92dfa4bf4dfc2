# SPDX-License-Identifier: MIT
"""Sessions in the memory of one process: for tests and tools."""

from __future__ import annotations

import ctypes
import logging
import os
from collections.abc import Callable

from session3 import _structs
from session3._ffi import lib
from session3.Session import Session
from session3.store import _options
from session3.store._handle import c_clock, c_log, log, open_handle
from session3.store._native import NativeSessionStore, policy_flag


class VolatileSessionStore(NativeSessionStore):
    """Keeps sessions in this process' memory; a child after fork has a copy of its own.

    Options are those of DirectorySessionStore.
    """

    is_multiprocess_safe = False

    def __init__(
        self,
        *,
        session_class: type[Session] = Session,
        maximum_payload: int | None = None,
        save_policy: str = "merge",
        access_resolution: float = 1.0,
        logger: logging.Logger | None = log,
        clock: Callable[[], float] | None = None,
    ) -> None:
        c = c_clock(clock)
        c_logger, level = c_log(logger)
        options = _structs.MemoryOptions(
            size=ctypes.sizeof(_structs.MemoryOptions),
            policy=policy_flag(save_policy),
            maximum_payload=_options.payload_limit(maximum_payload),
            access_resolution_us=_options.renewal_age(access_resolution),
            clock=c,
            log=c_logger,
            log_level=level,
        )
        handle = open_handle(
            lib.session3_store_open_memory, ctypes.byref(options), callbacks=(c, c_logger)
        )
        super().__init__(handle, os.urandom(16), session_class, clock=clock, logger=logger)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} at {id(self):x}>"
