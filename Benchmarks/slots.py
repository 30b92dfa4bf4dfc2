# SPDX-License-Identifier: MIT
"""Which session a slot's is."""

from __future__ import annotations


def id_of(slot: int) -> str:
    """The session of a slot: splitmix64 (Steele, Lea, Flood 2014)."""
    mask = (1 << 64) - 1
    value = (slot + 1) * 0x9E3779B97F4A7C15 & mask
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9 & mask
    value = (value ^ value >> 27) * 0x94D049BB133111EB & mask
    return f"{value ^ value >> 31:016x}{slot & 0xFFFFFF:06x}"
