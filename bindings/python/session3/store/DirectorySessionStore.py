# SPDX-License-Identifier: MIT
"""Sessions in the files of a directory, one file each, shared live with other processes."""

from __future__ import annotations

import ctypes
import logging
import os
from collections.abc import Callable

from session3 import _structs
from session3._ffi import (
    DIRECTORY_ALLOW_NETWORK,
    DIRECTORY_ALLOW_WORLD_WRITABLE,
    DIRECTORY_CREATE,
    lib,
)
from session3.Session import Session
from session3.store import _options
from session3.store._handle import c_clock, c_log, log, open_handle
from session3.store._native import NativeSessionStore, policy_flag


class DirectorySessionStore(NativeSessionStore):
    """Keeps sessions in a directory, for any number of processes in C, Swift and Python.

    * ``create``: make the directory (not its parents) if it is missing
    * ``session_class``: what a session is loaded as; ``__init__`` is not called then
    * ``file_mode``, ``directory_mode``: permissions, by default 0600 and 0700
    * ``sync``: "none" (a power cut may lose the last seconds), "data" (it loses nothing that was
      saved), or None: as the directory was set up, "none" for a new one
    * ``lock_timeout``: seconds that a save waits for another's, then BusyError; 0: not at all
    * ``maximum_payload``: the largest session in bytes, by default 1 MiB
    * ``save_policy``: of saves that name none, see ``save_session``
    * ``access_resolution``: seconds; a save that changes nothing renews the access time only if
      that is older
    * ``allow_network``: open a directory on NFS or SMB, whose locks were not proven
    * ``allow_world_writable``: open a directory that anybody may write to, and so plant sessions
      in; an InsecureError without
    * ``logger``: where the store tells what went wrong, and what its sweeps did, at most ten
      messages of a level in a second, and never an id; None: nowhere. It must not use the store.
    * ``clock``: tells seconds since 1970, for tests; a new session then takes its creation time
      from it, too
    """

    is_multiprocess_safe = True

    def __init__(
        self,
        directory: str | bytes | os.PathLike[str] | os.PathLike[bytes],
        create: bool = False,
        *,
        session_class: type[Session] = Session,
        file_mode: int | None = None,
        directory_mode: int | None = None,
        sync: str | None = None,
        lock_timeout: float = 5.0,
        maximum_payload: int | None = None,
        save_policy: str = "merge",
        access_resolution: float = 1.0,
        allow_network: bool = False,
        allow_world_writable: bool = False,
        logger: logging.Logger | None = log,
        clock: Callable[[], float] | None = None,
    ) -> None:
        path = os.path.abspath(os.fsencode(directory))
        c = c_clock(clock)
        c_logger, level = c_log(logger)
        flags = DIRECTORY_CREATE if create else 0
        flags |= DIRECTORY_ALLOW_NETWORK if allow_network else 0
        flags |= DIRECTORY_ALLOW_WORLD_WRITABLE if allow_world_writable else 0
        options = _structs.DirectoryOptions(
            size=ctypes.sizeof(_structs.DirectoryOptions),
            flags=flags,
            file_mode=_options.mode(file_mode, "file_mode"),
            directory_mode=_options.mode(directory_mode, "directory_mode"),
            sync=_options.sync_mode(sync),
            policy=policy_flag(save_policy),
            lock_timeout_us=_options.patience(lock_timeout),
            maximum_payload=_options.payload_limit(maximum_payload),
            access_resolution_us=_options.renewal_age(access_resolution),
            clock=c,
            log=c_logger,
            log_level=level,
        )
        handle = open_handle(
            lib.session3_store_open_directory,
            *(path, len(path), ctypes.byref(options)),
            callbacks=(c, c_logger),
        )
        self.directory = os.fsdecode(path)
        status = os.stat(path)
        place = ("directory", status.st_dev, status.st_ino)
        super().__init__(handle, place, session_class, clock=clock, logger=logger)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} at {id(self):x}: {self.directory}>"
