# SPDX-License-Identifier: MIT
"""Pickles put together from opcodes."""

from __future__ import annotations

import pickle


def text(value: str) -> bytes:
    """Pushes a short text."""
    return pickle.SHORT_BINUNICODE + bytes([len(value)]) + value.encode()


def named(module: str, name: str) -> bytes:
    """Pushes a class or function."""
    return text(module) + text(name) + pickle.STACK_GLOBAL


def call(function: bytes, *arguments: bytes) -> bytes:
    """Calls a function."""
    return function + pickle.MARK + b"".join(arguments) + pickle.TUPLE + pickle.REDUCE
