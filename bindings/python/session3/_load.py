# SPDX-License-Identifier: MIT
"""Finds libsession3 and checks that it is the one this package was written for."""

from __future__ import annotations

import ctypes
import ctypes.util
import os
from collections.abc import Iterator
from pathlib import Path

import session3
from session3 import _structs

VERSION = (0, 1)
"""Major and minor version of the ABI; until 1.0 a minor version may change it."""

SONAME = "libsession3.so.0"
VARIABLE = "SESSION3_LIBRARY"


def load() -> ctypes.CDLL:
    """The library; an ImportError tells everything that was tried."""
    tried = []
    for origin, name in _candidates():
        if name is None:
            tried.append(f"{origin}: nothing found")
            continue
        try:
            library = ctypes.CDLL(name)
            verify(library)
        except OSError as error:
            tried.append(f"{origin}: {error}")
        except ImportError as error:
            tried.append(f"{origin}: {name}: {error}")
        else:
            return library
    raise ImportError("libsession3 can't be loaded:\n" + "".join(f"  - {t}\n" for t in tried))


def _candidates() -> Iterator[tuple[str, str | None]]:
    named = os.environ.get(VARIABLE)
    if named:
        yield f"{VARIABLE}={named}, which is tried alone", named
        return
    for place in session3.__path__:  # two of them in an editable installation
        yield "the package's own copy", str(Path(place) / SONAME)
    yield "the loader's search path", SONAME
    yield "ctypes.util.find_library", ctypes.util.find_library("session3")


def verify(library: ctypes.CDLL) -> None:
    """Raises ImportError unless version and struct sizes are those of this package."""
    try:
        tell = library.session3_version
    except AttributeError:
        raise ImportError("it has no session3_version: another library") from None
    tell.argtypes = (ctypes.POINTER(_structs.VersionInfo), ctypes.POINTER(_structs.Error))
    tell.restype = ctypes.c_int32
    info = _structs.VersionInfo(size=ctypes.sizeof(_structs.VersionInfo))
    status = tell(info, None)
    if status != 0:
        raise ImportError(f"session3_version answered {status}")
    if (info.major, info.minor) != VERSION:
        wanted = ".".join(map(str, VERSION))
        raise ImportError(f"its version is {info.major}.{info.minor}.{info.patch}, not {wanted}")
    for field, struct in _structs.SIZES.items():
        told, ours = getattr(info, field), ctypes.sizeof(struct)
        if told != ours:
            raise ImportError(f"its {field} is {told}, not {ours}")
