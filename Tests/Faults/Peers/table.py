# SPDX-License-Identifier: MIT
"""All faults on all peers: python -m Peers.table, as scripts/peers runs it."""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from places import BUILD
from proof import run_of
from rich.console import Console
from rich.table import Table

from Peers.bench import Bench, NotTried, Row
from Peers.faults import FAULTS, Fault
from Peers.peers import PEERS, Missing, Peer, make_virtual_environment, versions

NOT_MEASURED = "not measured"


@dataclass
class Run:
    """The faults and peers of one run, and what was measured."""

    peers: list[Peer]
    faults: list[Fault]
    seed: int
    is_long: bool
    left_out: dict[str, str] = field(default_factory=dict)
    """The peers that can't run here, and why."""
    rows: dict[str, dict[str, Row]] = field(default_factory=dict)

    def measure(self, place: Path, console: Console) -> None:
        """Measures every cell."""
        for peer in self.peers:
            for fault in self.faults:
                row = self.cell(peer, fault, place / fault.key)
                self.rows.setdefault(fault.key, {})[peer.key] = row
                reason = f" ({row['reason']})" if "reason" in row else ""
                console.print(f"{peer.title}: {fault.title}: {row['text']}{reason}", markup=False)

    def cell(self, peer: Peer, fault: Fault, place: Path) -> Row:
        """One fault on one peer."""
        try:
            return fault.measure(Bench(peer, place, self.seed, self.is_long))
        except Missing as missing:
            return {"text": "not run", "reason": str(missing)}
        except NotTried as nothing:
            return {"text": NOT_MEASURED, "reason": str(nothing)}
        except Exception as error:
            # The other cells are worth having.
            return {"text": NOT_MEASURED, "reason": f"{type(error).__name__}: {error}"}

    def not_measured(self) -> int:
        """How many cells say nothing, though their peers can run here."""
        rows = [row for rows in self.rows.values() for row in rows.values()]
        return sum(row["text"] == NOT_MEASURED for row in rows)

    def as_json(self) -> dict[str, Any]:
        """What build/peers.json holds."""
        return {
            "run": run_of("long" if self.is_long else "short"),
            "seed": self.seed,
            "versions": versions(),
            "peers": {peer.key: peer.title for peer in self.peers},
            "left out": self.left_out,
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
    parser.add_argument(
        "--only", type=among(PEERS), default=[*PEERS], metavar="PEER,...", help=", ".join(PEERS)
    )
    names = [fault.key for fault in FAULTS]
    parser.add_argument(
        "--faults", type=among(names), default=names, metavar="FAULT,...", help=", ".join(names)
    )
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**31))
    parser.add_argument("--output", type=Path, default=BUILD / "peers.json", metavar="FILE")
    options = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(f"seed {options.seed}")
    try:
        make_virtual_environment()
    except Missing as missing:
        console.print(f"not to be had: {missing}", markup=False)
    reasons = {key: PEERS[key].why_not() for key in options.only}
    left_out = {key: reason for key, reason in reasons.items() if reason}
    for key, reason in left_out.items():
        console.print(f"not run: {PEERS[key].title}: {reason}", markup=False)
    peers = [PEERS[key] for key in options.only if key not in left_out]
    if not peers:
        sys.exit("scripts/peers: none of the peers can run here")
    faults = [fault for fault in FAULTS if fault.key in options.faults]
    run = Run(peers, faults, options.seed, not options.short, left_out)
    with tempfile.TemporaryDirectory(prefix="peers-") as place:
        run.measure(Path(place), console)
    options.output.write_text(json.dumps(run.as_json(), indent=2) + "\n")
    console.print(run.as_table())
    if count := run.not_measured():
        sys.exit(f"scripts/peers: {count} cells could not be measured; the reasons are above")


def among(known: Collection[str]) -> Callable[[str], list[str]]:
    """Reads names of those that are known, separated by commas; answers them in their order."""

    def names(text: str) -> list[str]:
        told = text.split(",")
        for name in told:
            if name not in known:
                raise argparse.ArgumentTypeError(f"no {name!r}; there are {', '.join(known)}")
        return [name for name in known if name in told]

    return names


if __name__ == "__main__":
    main()
