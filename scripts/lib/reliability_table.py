# SPDX-License-Identifier: MIT
"""The README's tables of reliability, from what scripts/prove and scripts/peers wrote.

usage: reliability_table.py [--check | --publish [BUILD]]

Puts the tables between the marks of README.md, from docs/proof.json and docs/peers.json. With
--publish it takes into these first what scripts/prove and scripts/peers left in BUILD, by default
build: the methods that ran, and the peers as a whole. With --check it changes nothing, and fails if
the README says something else.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def row(*cells: str) -> str:
    """A line of a Markdown table."""
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def table(headings: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    return "\n".join(
        [row(*headings), row(*["---"] * len(headings)), *(row(*cells) for cells in rows)]
    )


def figure(name: str, value: Any) -> str:
    """`1,234 kills`, or `kernel: 6.1`."""
    if isinstance(value, float):
        return f"{value:,.1f} {name}"
    return f"{value:,} {name}" if isinstance(value, int) else f"{name}: {value}"


def outcome_of(method: dict[str, Any]) -> str:
    """`12 passed, 0 failed; 3 not run`"""
    not_run = sum(group["tests"] for group in method["not_run"])
    return "; ".join(
        [
            f"{method['passed']} passed, {method['failed']} failed",
            *([f"{not_run} not run"] if not_run else []),
            *(["only a part asked for"] if method.get("is_cut") else []),
        ]
    )


def proof_table(proof: dict[str, Any]) -> str:
    """What was tried, and what came of it."""
    rows = []
    for method in proof["methods"].values():
        figures = ", ".join(figure(*pair) for pair in method["figures"].items())
        run = method["run"]
        rows.append(
            [
                *(method["title"], figures, outcome_of(method)),
                f"{run['scale']}, {run['date']}, {run['commit']}",
            ]
        )
    return table(["method", "figures", "tests", "run"], rows)


def peers_table(peers: dict[str, Any]) -> str:
    """The same faults on each store."""
    keys = list(peers["peers"])
    rows = [
        [fault["title"], *(fault["rows"][key]["text"] for key in keys)] for fault in peers["faults"]
    ]
    cells = table(["fault", *(peers["peers"][key] for key in keys)], rows)
    return "\n\n".join([cells, *told_of_run(peers)])


def told_of_run(peers: dict[str, Any]) -> list[str]:
    """When the table was made, of what, and who is not in it; nothing if the file does not say."""
    if "run" not in peers:
        return []
    run = peers["run"]
    versions = ", ".join(" ".join(each) for each in peers["versions"].items())
    missing = "".join(f"; no {name}: {reason}" for name, reason in peers["left out"].items())
    return [f"Measured on {run['date']} at {run['commit']}, {run['scale']}: {versions}{missing}."]


TABLES = {"proof": proof_table, "peers": peers_table}


def fill(text: str) -> str:
    """The README with its tables."""
    for name, make in TABLES.items():
        content = make(json.loads((ROOT / "docs" / f"{name}.json").read_text()))
        begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->"
        if text.count(begin) != 1 or text.count(end) != 1:
            raise SystemExit(f"README.md has not one place for the table of {name}")
        head, rest = text.split(begin)
        text = head + begin + content + "\n" + end + rest.split(end)[1]
    return text


def publish(build: Path) -> None:
    """Takes new results into docs."""
    proof, peers = build / "proof.json", build / "peers.json"
    if proof.exists():
        kept = ROOT / "docs" / "proof.json"
        old = json.loads(kept.read_text())["methods"]
        new = json.loads(proof.read_text())["methods"]
        # A new method goes behind those that docs knows.
        kept.write_text(json.dumps({"methods": {**old, **new}}, indent=2) + "\n")
    if peers.exists():
        shutil.copy(peers, ROOT / "docs" / "peers.json")


def main() -> None:
    """Fills the README in, or checks it."""
    arguments = sys.argv[1:]
    if arguments[:1] == ["--publish"]:
        publish(Path(*arguments[1:]) if arguments[1:] else ROOT / "build")
    path = ROOT / "README.md"
    before = path.read_text()
    after = fill(before)
    if arguments != ["--check"]:
        path.write_text(after)
    elif after != before:
        raise SystemExit("README.md's tables are not those of docs/: run reliability_table.py")


if __name__ == "__main__":
    main()
