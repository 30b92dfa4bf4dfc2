# SPDX-License-Identifier: MIT
"""A session turns old between load and save, while another process sweeps."""

from __future__ import annotations

from collections import Counter

from Peers.bench import Bench, NotTried, Row, of
from Peers.child import word

MAXIMUM_AGE = 3600


def measure(bench: Bench) -> Row:
    """Counts the acknowledged saves whose session the sweep took all the same."""
    rounds = bench.scaled(200, 5_000)
    directory = bench.directory()
    with bench.workers(2, directory) as (visitor, sweeper):
        sweeper.must("path", word("a" * 32))
        visitor.tell("refresh", rounds, MAXIMUM_AGE + 60)
        swept, raised = 0, Counter[str]()
        while True:
            sweeps = sweeper.must("sweeps", MAXIMUM_AGE, 0.25)
            swept += sweeps["done"]
            raised += Counter(sweeps["raised"])
            answer = visitor.poll()
            if answer is not None:
                break
    if not swept:
        raise NotTried(f"no sweep came to its end: {dict(raised)}")
    found: dict[str, int] = answer["found"]
    acknowledged = sum(found.get(name, 0) for name in ("kept", "old", "gone"))
    refused = rounds - acknowledged - found.get("not loaded", 0)
    text = f"gone {of(found.get('gone', 0), acknowledged, 'acknowledged')}"
    if refused:
        text += f", {refused:,} saves refused"
    return {
        "text": text,
        "rounds": rounds,
        "acknowledged": acknowledged,
        "gone": found.get("gone", 0),
        "refused": refused,
        "found": found,
        "sweeps": swept,
    }
