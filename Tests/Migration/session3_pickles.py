# SPDX-License-Identifier: MIT
"""Pickles of sessions with a state of one's choice, as Session3 would write them."""

from __future__ import annotations

import pickle
from typing import Any


def session_pickle(state: dict[str, Any], name: str = "session3.Session Session") -> bytes:
    """A pickle of a session with this state; values are anything that can be pickled."""
    module, _, kind = name.partition(" ")
    head = pickle.PROTO + b"\x02" + pickle.GLOBAL + f"{module}\n{kind}\n".encode()
    body = pickle.dumps(state, 2)[2:-1]
    return head + pickle.EMPTY_TUPLE + pickle.NEWOBJ + body + pickle.BUILD + pickle.STOP
