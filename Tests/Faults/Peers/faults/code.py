# SPDX-License-Identifier: MIT
"""A session's file holds bytes that run code if they are unpickled or unserialized."""

from __future__ import annotations

import os
import pickle
import struct
from pathlib import Path

from Peers.bench import Bench, NotTried, Row, look
from Peers.child import word
from Peers.peers import Peer


class Touching:
    """Pickles as a call that makes a file."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[object, tuple[str, int, int]]:
        return os.open, (str(self.marker), os.O_CREAT | os.O_WRONLY, 0o600)


def measure(bench: Bench) -> Row:
    """Whether loading such a file made the marker."""
    with bench.workers(2) as (writer, reader):
        id = writer.must("create")["id"]
        path = Path(writer.must("path", word(id))["path"])
        marker = path.parent.parent / "marker"
        path.write_bytes(stored(bench.peer, path.read_bytes(), marker))
        outcome, _ = look(reader, id)
    ran = marker.exists()
    if outcome == "no answer" and not ran:
        raise NotTried("the load did not answer")
    text = "ran" if ran else "did not run"
    if ran and bench.peer.adapter == "php":
        text = "ran a method of a class of the program's"
    return {"text": text, "ran": ran, "load": outcome}


def stored(peer: Peer, before: bytes, marker: Path) -> bytes:
    """The file's new content: a pickle behind the header that the store expects, or PHP's own."""
    evil = pickle.dumps(Touching(marker))
    if peer.key == "php":
        text = str(marker)
        thing = f'O:8:"Touching":1:{{s:4:"path";s:{len(text)}:"{text}";}}'
        return b"n|i:0;t|" + thing.encode()
    if peer.key == "cachelib":
        return struct.pack("I", 0) + evil
    if peer.is_ours:
        # Its first sector stays, so that the file is still looked into.
        return before[:512] + evil.ljust(len(before) - 512, b"\0")
    return evil
