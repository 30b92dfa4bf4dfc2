# SPDX-License-Identifier: MIT
"""Runs the benchmarks: scripts/bench."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import quick
from contenders import BUILD, CONTENDERS, OURS, OURS_IN_PYTHON
from machines import description
from parts import PARTS
from places import NoPlace, Place, ext4, tmpfs
from rich.console import Console
from rich.markdown import Markdown
from rich.table import Table
from rows import Results
from runs import Run
from tables import goals, markdown
from updates import OWN, lost_fact

# Room for a million sessions of a block each, in directories of five contenders.
IMAGE_MEGABYTES = 40_000
# From which on a median and its spread say something.
FEWEST_ROUNDS = 9


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=FEWEST_ROUNDS)
    parser.add_argument("--parts", type=names_of(list(PARTS)), default=list(PARTS))
    parser.add_argument("--places", type=names_of(["tmpfs", "ext4"]), default=["tmpfs", "ext4"])
    parser.add_argument("--only", type=names_of(list(CONTENDERS), ";"), default=list(CONTENDERS))
    parser.add_argument("--output", type=Path, default=BUILD / "bench.json")
    parser.add_argument("--quick", action="store_true", help="compare with recorded.json")
    parser.add_argument("--record", action="store_true", help="write recorded.json anew")
    asked = parser.parse_args()
    if (asked.quick or asked.record) and asked.rounds != FEWEST_ROUNDS:
        parser.error("--quick and --record have rounds of their own")
    if asked.rounds < FEWEST_ROUNDS:
        print(f"less than {FEWEST_ROUNDS} rounds: no figures to be told", file=sys.stderr)
    return asked


def names_of(known: Sequence[str], separator: str = ",") -> Callable[[str], list[str]]:
    """Parses names that are separated; argparse says so of others."""

    def parse(text: str) -> list[str]:
        names = [name.strip() for name in text.split(separator)]
        if unknown := [name for name in names if name not in known]:
            raise argparse.ArgumentTypeError(f"{unknown[0]!r} is none of: {'; '.join(known)}")
        return names

    return parse


@contextmanager
def place_of(kind: str) -> Iterator[Place]:
    """The file system of a name."""
    with ext4(BUILD / "bench.image", IMAGE_MEGABYTES) if kind == "ext4" else tmpfs() as place:
        yield place


def compare(asked: argparse.Namespace, console: Console) -> int:
    """The quick run."""
    if not quick.recorded().figures and not asked.record:
        raise SystemExit("nothing was recorded yet: scripts/bench --record on a quiet machine")
    figures = quick.counted()
    for kind in asked.places:
        try:
            with place_of(kind) as place:
                figures |= quick.measured(place)
        except NoPlace as reason:
            console.print(f"not run: {reason}")
    if asked.record:
        quick.record(figures)
    rows, worse = quick.compared(figures, quick.recorded().figures)
    table = Table("figure", "now", "recorded", "noise", "")
    for row in rows:
        table.add_row(*row)
    console.print(table)
    for name in worse:
        console.print(f"worse: {name}")
    return 1 if worse else 0


def compare_all(asked: argparse.Namespace, console: Console) -> int:
    """The whole run."""
    results = Results(description() | {"rounds": str(asked.rounds)})
    for kind in asked.places:
        try:
            with place_of(kind) as place:
                for part in asked.parts:
                    console.print(f"{place.name}: {part}")
                    PARTS[part](Run(place, asked.rounds, results, asked.only))
                    write(results, asked.output)
        except NoPlace as reason:
            results.left_out.append(str(reason))
    write(results, asked.output)
    console.print(Markdown("\n".join(goals(results))))
    told = faults(results)
    for fault in told:
        console.print(f"fault: {fault}")
    return 1 if told else 0


def write(results: Results, output: Path) -> None:
    """Writes what was measured so far: a run takes an hour, and may be cut off."""
    output.write_text(json.dumps(results.as_json(), indent=1) + "\n")
    output.with_suffix(".md").write_text(markdown(results))


def faults(results: Results) -> list[str]:
    """What our own did not do, and what it lost that it promises to keep."""
    ours = (OURS, OURS_IN_PYTHON)
    # A machine may be too small.
    refused = [
        told for told in results.left_out if told.startswith(ours) and ": no room for" not in told
    ]
    lost = [
        f"{results.facts[fact]} {fact}"
        for place in results.places()
        for name in ours
        for fact in (lost_fact(place, name), lost_fact(place, name, OWN))
        if results.facts.get(fact, 0) != 0
    ]
    return refused + lost


def main() -> None:
    """Measures, prints, writes."""
    asked = arguments()
    run = compare if asked.quick or asked.record else compare_all
    sys.exit(run(asked, Console()))


if __name__ == "__main__":
    main()
