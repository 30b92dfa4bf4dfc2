# SPDX-License-Identifier: MIT
"""All faults on all peers: python -m Peers.table, as scripts/peers runs it."""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from places import BUILD
from rich.console import Console
from rich.table import Table

from Peers.bench import Bench, Row
from Peers.faults import FAULTS, Fault
from Peers.peers import PEERS, Missing, Peer, make_virtual_environment, versions


@dataclass
class Run:
    """The faults and peers of one run, and what was measured."""

    peers: list[Peer]
    faults: list[Fault]
    seed: int
    is_long: bool
    rows: dict[str, dict[str, Row]] = field(default_factory=dict)

    def measure(self, place: Path, console: Console) -> None:
        """Measures every cell."""
        for peer in self.peers:
            for fault in self.faults:
                row = self.cell(peer, fault, place / fault.key)
                self.rows.setdefault(fault.key, {})[peer.key] = row
                console.print(f"{peer.title}: {fault.title}: {row['text']}", markup=False)

    def cell(self, peer: Peer, fault: Fault, place: Path) -> Row:
        """One fault on one peer."""
        try:
            return fault.measure(Bench(peer, place, self.seed, self.is_long))
        except Missing as missing:
            return {"text": "not run", "reason": str(missing)}
        except Exception as error:
            # The other cells are worth having.
            return {"text": "could not be measured", "reason": f"{type(error).__name__}: {error}"}

    def as_json(self) -> dict[str, Any]:
        """What build/peers.json holds."""
        return {
            "scale": "long" if self.is_long else "short",
            "seed": self.seed,
            "versions": versions(),
            "peers": {peer.key: peer.title for peer in self.peers},
            "notes": {peer.key: peer.note for peer in self.peers},
            "faults": [
                {"key": fault.key, "title": fault.title, "rows": self.rows[fault.key]}
                for fault in self.faults
            ],
        }

    def as_table(self) -> Table:
        """For people."""
        table = Table(title="The same faults on each", show_lines=True)
        table.add_column("fault")
        for peer in self.peers:
            table.add_column(peer.title)
        for fault in self.faults:
            rows = self.rows[fault.key]
            table.add_row(fault.title, *(rows[peer.key]["text"] for peer in self.peers))
        return table


def main() -> None:
    """Runs what was asked for."""
    parser = argparse.ArgumentParser(prog="scripts/peers", description=__doc__)
    parser.add_argument("--short", action="store_true", help="small counts")
    parser.add_argument("--only", default=",".join(PEERS), metavar="PEER,...", help="which peers")
    parser.add_argument("--faults", metavar="FAULT,...", help="which faults")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**31))
    parser.add_argument("--output", type=Path, default=BUILD / "peers.json", metavar="FILE")
    options = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(f"seed {options.seed}")
    try:
        make_virtual_environment()
    except Missing as missing:
        console.print(f"not to be had: {missing}", markup=False)
    peers = []
    for key in options.only.split(","):
        if reason := PEERS[key].why_not():
            console.print(f"not run: {PEERS[key].title}: {reason}", markup=False)
        else:
            peers.append(PEERS[key])
    wanted = options.faults.split(",") if options.faults else [fault.key for fault in FAULTS]
    faults = [fault for fault in FAULTS if fault.key in wanted]
    run = Run(peers, faults, options.seed, not options.short)
    with tempfile.TemporaryDirectory(prefix="peers-") as place:
        run.measure(Path(place), console)
    options.output.write_text(json.dumps(run.as_json(), indent=2) + "\n")
    console.print(run.as_table())


if __name__ == "__main__":
    main()
