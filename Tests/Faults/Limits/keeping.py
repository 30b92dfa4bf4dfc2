# SPDX-License-Identifier: MIT
"""Hosts that must hold no more in the end than in the beginning."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from limited import Limited


@contextmanager
def keeping_descriptors(host: Limited) -> Iterator[None]:
    """In which a host must close what it opens."""
    before = host.descriptors
    yield
    assert host.descriptors == before


@contextmanager
def steady_host(directory: Path) -> Iterator[Limited]:
    """A host with a store open, which must close what it opens from here on."""
    with Limited() as host:
        host.ok("open", directory)
        with keeping_descriptors(host):
            yield host
