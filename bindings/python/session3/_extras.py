# SPDX-License-Identifier: MIT
"""What a module says that lacks the packages of its extra."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def extra(name: str, module: str) -> Iterator[None]:
    """Around what a module imports from the packages that an extra brings."""
    try:
        yield
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        told = f"{module} needs {package}: pip install 'libsession3[{name}]'"
        raise ModuleNotFoundError(told, name=error.name, path=error.path) from error
