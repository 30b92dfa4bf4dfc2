# SPDX-License-Identifier: MIT
"""Runs the benchmarks: scripts/bench."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import quick
from contenders import BUILD, CONTENDERS, ROOT
from parts import PARTS
from places import NoPlace, Place, ext4, tmpfs
from rich.console import Console
from rich.markdown import Markdown
from rich.table import Table
from rows import Results
from runs import Run
from tables import markdown

# Room for a million sessions of a block each, in directories of five contenders.
IMAGE_MEGABYTES = 40_000


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--parts", type=names_of(list(PARTS)), default=list(PARTS))
    parser.add_argument("--places", type=names_of(["tmpfs", "ext4"]), default=["tmpfs", "ext4"])
    parser.add_argument("--only", type=names_of(list(CONTENDERS), ";"), default=list(CONTENDERS))
    parser.add_argument("--output", type=Path, default=BUILD / "bench.json")
    parser.add_argument("--quick", action="store_true", help="compare with recorded.json")
    parser.add_argument("--record", action="store_true", help="write recorded.json anew")
    return parser.parse_args()


class names_of:
    """Parses names that are separated by commas; argparse says so of others."""

    def __init__(self, known: list[str], separator: str = ",") -> None:
        self.known = known
        self.separator = separator

    def __call__(self, text: str) -> list[str]:
        names = [name.strip() for name in text.split(self.separator)]
        if unknown := [name for name in names if name not in self.known]:
            raise argparse.ArgumentTypeError(f"{unknown[0]!r} is none of: {'; '.join(self.known)}")
        return names


def machine() -> dict[str, str]:
    """Where and when."""
    commit = subprocess.run(
        ["git", "-C", str(ROOT), "describe", "--always", "--dirty"],
        capture_output=True,
        text=True,
        check=False,
    )
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "commit": commit.stdout.strip(),
        "kernel": platform.release(),
        "cores": str(os.cpu_count()),
    }


@contextmanager
def place_of(kind: str) -> Iterator[Place]:
    """The file system of a name."""
    with ext4(BUILD / "bench.image", IMAGE_MEGABYTES) if kind == "ext4" else tmpfs() as place:
        yield place


def compare(asked: argparse.Namespace, console: Console) -> int:
    """The quick run."""
    if not asked.record:
        quick.recorded()
    figures = quick.counted()
    for kind in asked.places:
        try:
            with place_of(kind) as place:
                figures |= quick.measured(place)
        except NoPlace as reason:
            console.print(f"not run: {reason}")
    if asked.record:
        quick.record(figures)
    rows, worse = quick.compared(figures)
    table = Table("figure", "now", "recorded", "noise", "")
    for row in rows:
        table.add_row(*row)
    console.print(table)
    for name in worse:
        console.print(f"worse: {name}")
    return 1 if worse else 0


def main() -> None:
    """Measures, prints, writes."""
    asked = arguments()
    console = Console()
    if asked.quick or asked.record:
        sys.exit(compare(asked, console))
    results = Results(machine())
    for kind in asked.places:
        try:
            with place_of(kind) as place:
                for part in asked.parts:
                    console.print(f"{place.name}: {part}")
                    PARTS[part](Run(place, asked.rounds, results, asked.only))
                    write(results, asked.output)
        except NoPlace as reason:
            results.left_out.append(str(reason))
    console.print(Markdown(write(results, asked.output)))


def write(results: Results, output: Path) -> str:
    """Writes what was measured so far: a run takes hours, and may be cut off.

    Returns the table, in Markdown.
    """
    output.write_text(json.dumps(results.as_json(), indent=1) + "\n")
    text = markdown(results)
    output.with_suffix(".md").write_text(text)
    return text


if __name__ == "__main__":
    main()
