# SPDX-License-Identifier: MIT
"""Ids that the store never issued: one of the right form, and ones that mean other files."""

from __future__ import annotations

import shutil
from pathlib import Path

from Peers.bench import Bench, Row, look, of
from Peers.child import NoAnswer, word
from Peers.peers import STRICT_PHP

HOSTS_DUTY = "the host's duty"
NEVER_ISSUED = "0123456789abcdef0123456789abcdef"


def measure(bench: Bench) -> Row:
    """Each id as a cookie, where the peer has any, and in a load."""
    row = measure_once(bench)
    if bench.peer.adapter == "php":
        strict = Bench(STRICT_PHP, bench.root / "strict", bench.seed, bench.is_long)
        row["use_strict_mode 1"] = measure_once(strict)
        row["text"] = (
            f"use_strict_mode 0: {row['text']}; use_strict_mode 1: "
            f"{row['use_strict_mode 1']['text']}"
        )
    return row


def measure_once(bench: Bench) -> Row:
    """By one configuration."""
    directory = bench.directory()
    with bench.workers(1, directory) as (worker,):
        id = worker.must("create")["id"]
        planted = directory.parent / "planted"
        shutil.copy(worker.must("path", word(id))["path"], planted)
    row: Row = {"never issued": visited(bench, directory, NEVER_ISSUED)}
    ids = {
        "../x": "../planted",
        "absolute": str(planted),
        "NUL": "a\0b",
        "10,000 characters": "a" * 10_000,
        "empty": "",
    }
    before = snapshot(directory)
    row["cookies"] = {name: visited(bench, directory, id) for name, id in ids.items()}
    with bench.workers(1, directory) as (worker,):
        row["loads"] = {name: look(worker, id)[0] for name, id in ids.items()}
    row["changed outside"] = len(snapshot(directory) ^ before)
    row["read outside"] = sum(
        "loaded" in (row["loads"][name], row["cookies"][name]) for name in ("../x", "absolute")
    )
    for layer in ("cookies", "loads"):
        row[f"failed {layer}"] = sum(
            outcome.startswith(("failed", "no answer")) for outcome in row[layer].values()
        )
    row["requests"] = sum(outcome != HOSTS_DUTY for outcome in row["cookies"].values())
    requests = (
        f"failed requests {of(row['failed cookies'], row['requests'])}"
        if bench.peer.has_cookies
        else f"requests: {HOSTS_DUTY}"
    )
    row["text"] = (
        f"never issued: {row['never issued']}; malformed: {requests}, "
        f"failed loads {of(row['failed loads'], len(ids))}; outside the directory: read "
        f"{row['read outside']} of 2, changed {row['changed outside']}"
    )
    return row


def visited(bench: Bench, directory: Path, cookie: str) -> str:
    """ "refused" if the browser has another id then, "adopted" if this, "loaded" if it was one."""
    if not bench.peer.has_cookies:
        return HOSTS_DUTY
    # In a process of its own, as PHP's requests begin.
    with bench.peer.start(directory) as worker:
        try:
            answer = worker.ask("visit", word(cookie))
        except NoAnswer:
            return "no answer"
    if "raised" in answer:
        return f"failed: {answer['raised']}"
    return "adopted" if answer["id"] == cookie else "refused"


def snapshot(directory: Path) -> set[tuple[str, bytes]]:
    """The files beside the directory, where no store should look."""
    beside = directory.parent
    return {(entry.name, entry.read_bytes()) for entry in beside.iterdir() if entry.is_file()}
