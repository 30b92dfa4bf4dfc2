# SPDX-License-Identifier: MIT
"""The faults, in the order of the table; each measures one peer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from Peers.bench import Bench, Row
from Peers.faults import code, deletion, disk, foreign, kills, sweeps, updates, zero


@dataclass(frozen=True)
class Fault:
    """A row of the table."""

    key: str
    title: str
    measure: Callable[[Bench], Row]


FAULTS = (
    Fault("updates", "One counter, 8 processes", updates.measure_counter),
    Fault("attributes", "Own attribute each, 8 processes", updates.measure_attributes),
    Fault("deletion", "Save after a deletion by another", deletion.measure),
    Fault("disk", "Save on a full disk", disk.measure),
    Fault("kills", "kill -9 in a loop of saves", kills.measure),
    Fault("zero", "Zero-byte file", zero.measure),
    Fault("foreign", "Foreign ids", foreign.measure),
    Fault("sweeps", "Sweep beside a refresh", sweeps.measure),
    Fault("code", "Code in stored bytes", code.measure),
)
