# SPDX-License-Identifier: MIT
"""A session's file has become empty, as a power cut or a full disk leaves it."""

from __future__ import annotations

import os

from Peers.bench import PATIENCE, Bench, Row, look, told
from Peers.child import NoAnswer, word


def measure(bench: Bench) -> Row:
    """How a load ends, and whether the save of a session that was loaded before heals it."""
    directory = bench.directory()
    with bench.workers(2, directory) as (writer, reader):
        empty = writer.must("create")["id"]
        os.truncate(writer.must("path", word(empty))["path"], 0)
        load, _ = look(reader, empty)
        id = writer.must("create")["id"]
        path = writer.must("path", word(id))["path"]
        assert writer.must("load", word(id))["values"] is not None
        os.truncate(path, 0)
        try:
            save = told(writer.ask("save", "n", "2", limit=PATIENCE))
        except NoAnswer:
            save = "no answer"
        size = os.stat(path).st_size if os.path.exists(path) else None
    with bench.workers(1, directory) as (after,):
        healed, _ = look(after, id)
    loads = {"no answer": f"no answer in {PATIENCE:g} s", "none": "not found"}
    return {
        "text": f"load: {loads.get(load, load)}; save of one loaded before: {save}, then "
        f"{loads.get(healed, healed)}",
        "load": load,
        "save": save,
        "load after save": healed,
        "size after save": size,
    }
