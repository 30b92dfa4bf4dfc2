# SPDX-License-Identifier: MIT
"""Pickles put together from opcodes."""

from __future__ import annotations

import pickle
import struct


def text(value: str) -> bytes:
    """Pushes a short text."""
    return pickle.SHORT_BINUNICODE + bytes([len(value)]) + value.encode()


def long_text(value: str) -> bytes:
    """Pushes a text of any length."""
    raw = value.encode()
    return pickle.BINUNICODE + struct.pack("<I", len(raw)) + raw


def put(index: int) -> bytes:
    """Notes down in the memo what is uppermost, and drops it."""
    return pickle.BINPUT + bytes([index]) + pickle.POP


def get(index: int) -> bytes:
    """Pushes what the memo has."""
    return pickle.BINGET + bytes([index])


def list_of(items: bytes) -> bytes:
    """Pushes a list of what some opcodes push."""
    return pickle.EMPTY_LIST + pickle.MARK + items + pickle.APPENDS


def named(module: str, name: str) -> bytes:
    """Pushes a class or function."""
    return text(module) + text(name) + pickle.STACK_GLOBAL


def call(function: bytes, *arguments: bytes) -> bytes:
    """Calls a function."""
    return function + pickle.MARK + b"".join(arguments) + pickle.TUPLE + pickle.REDUCE
