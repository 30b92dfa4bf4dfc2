# SPDX-License-Identifier: MIT
"""A save to an existing session on a disk that is full, or nearly."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter

from Peers.bench import Bench, NotTried, Row
from Peers.peers import SUITE, Missing

SMALL, LARGE = 200, 20_000


def measure(bench: Bench) -> Row:
    """Counts the sessions that are neither old nor new afterwards, and the wrong answers."""
    pages = range(9) if bench.is_long else (0, 2)
    states = [
        state
        for size in (SMALL, LARGE)
        for state in run_on_a_small_disk(bench, size, [str(free) for free in pages])
    ]
    if not states:
        raise NotTried("no save on a full disk")
    outcomes = Counter(state["found"] for state in states)
    lost = sum(count for found, count in outcomes.items() if found not in ("old", "new"))
    untrue = sum(state["told"] == "ok" and state["found"] != "new" for state in states)
    broken = sum(state["afterwards"] != "loaded" for state in states)
    said = Counter(state["told"] for state in states if state["found"] != "new")
    bad = [f"{found} {n}" for found, n in sorted(outcomes.items()) if found not in ("old", "new")]
    text = f"{', '.join(bad) or 'damaged 0'} of {len(states)} saves; said ok unsaved {untrue}"
    return {
        "text": text,
        "saves": len(states),
        "damaged": lost,
        "said ok unsaved": untrue,
        "unusable with room again": broken,
        "outcomes": dict(outcomes),
        "told when not saved": dict(said),
        "states": states,
    }


def run_on_a_small_disk(bench: Bench, size: int, pages: list[str]) -> list[dict[str, str]]:
    """The outcomes on a tmpfs of 64 KB, mounted in a mount namespace of its own."""
    place = bench.directory().parent
    mount = 'mount -t tmpfs -o size=64k tmpfs "$0"'
    unshare = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    # By itself first: what fails beyond it is the store's, or this suite's, fault.
    done = run([*unshare, "sh", "-c", mount, str(place)])
    if done.returncode != 0:
        raise Missing(f"no small tmpfs: {done.stderr.strip()[-200:]}")
    module = [sys.executable, "-m", "Peers.full_disk"]
    arguments = [bench.peer.key, str(place), str(bench.seed), str(SMALL), str(size), *pages]
    done = run([*unshare, "sh", "-c", f'{mount} && exec "$@"', str(place), *module, *arguments])
    if done.returncode != 0:
        raise RuntimeError(f"on a small disk: {done.stderr.strip()[-1000:]}")
    states: list[dict[str, str]] = json.loads(done.stdout)
    return states


def run(command: list[str]) -> subprocess.CompletedProcess[str]:
    """Runs a command that finds this suite's modules."""
    return subprocess.run(
        command,
        env={**os.environ, "PYTHONPATH": str(SUITE)},
        capture_output=True,
        text=True,
        check=False,
    )
