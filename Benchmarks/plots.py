# SPDX-License-Identifier: MIT
"""Draws what build/bench.json holds, as SVG: python plots.py FILE.

In build/venv-bench, which has matplotlib: the tests' environment does without.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import matplotlib  # type: ignore[import-not-found]
from matplotlib import pyplot
from rows import PERCENTILES, Results, Row

matplotlib.use("svg")
# The same picture has the same bytes.
matplotlib.rcParams["svg.hashsalt"] = "session3"
# Letters as letters: a quarter of the bytes that their outlines take.
matplotlib.rcParams["svg.fonttype"] = "none"


def lines(
    path: Path,
    title: str,
    labels: tuple[str, str],
    series: dict[str, list[tuple[float, float]]],
) -> None:
    """One picture: a line for each contender."""
    figure, axes = pyplot.subplots(figsize=(8, 5), layout="constrained")
    for name, points in series.items():
        # Each of few points, or a curve of many.
        marker = "." if len(points) < 10 else ""
        axes.plot(*zip(*sorted(points), strict=True), marker=marker, label=name)
    axes.set(title=title, xlabel=labels[0], ylabel=labels[1])
    axes.set(xscale="log", yscale="log")
    axes.grid(alpha=0.3)
    axes.legend(fontsize="small")
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)


def series(
    rows: Iterable[Row], point: Callable[[Row], tuple[float, float]]
) -> dict[str, list[tuple[float, float]]]:
    """A point for each row, by contender."""
    found: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        found.setdefault(row.contender, []).append(point(row))
    return found


def throughput(row: Row) -> tuple[float, float]:
    """Operations in a second, by the number of processes."""
    return row.case.processes, 1e9 / row.median


def cost(row: Row) -> tuple[float, float]:
    """Microseconds, by the number of sessions."""
    return row.case.sessions, row.median / 1000


def draw(results: Results, base: Path) -> None:
    """All pictures that the results have rows for."""
    for kind in dict.fromkeys(case.place for case in results.cases()):
        for operation in ("load", "request"):
            for name, picture in PICTURES.items():
                path = base.with_name(f"{base.stem}-{name}-{kind}-{operation}.svg")
                picture(results, kind, operation, path)


def draw_processes(results: Results, kind: str, operation: str, path: Path) -> None:
    """What several processes do in a second."""
    alone = rows_of(results, "operations", kind, operation)
    many = rows_of(results, "processes", kind, operation)
    shown = [row for row in (*alone, *many) if row.case.padding == 0 and row.case.sessions > 1]
    if many:
        title = f"{operation}, {kind}: processes on sessions of their own"
        lines(path, title, ("processes", "operations in a second"), series(shown, throughput))


def draw_growth(results: Results, kind: str, operation: str, path: Path) -> None:
    """What the number of sessions costs."""
    if grown := rows_of(results, "growth", kind, operation):
        title = f"{operation}, {kind}: sessions in the store"
        lines(path, title, ("sessions", "microseconds"), series(grown, cost))


def draw_latencies(results: Results, kind: str, operation: str, path: Path) -> None:
    """How long the slowest of a hundred, and of a thousand, take."""
    prefix = f"{kind}, {operation}, "
    timed = {
        name.removeprefix(prefix): [
            (1 / (1 - percent / 100), ns / 1000)
            for percent, ns in zip(PERCENTILES, told, strict=True)
            if percent < 100
        ]
        for name, told in results.latencies.items()
        if name.startswith(prefix)
    }
    if timed:
        title = f"{operation}, {kind}: single operations"
        lines(path, title, ("the slowest of so many", "microseconds"), timed)


PICTURES = {
    "processes": draw_processes,
    "sessions": draw_growth,
    "latency": draw_latencies,
}


def rows_of(results: Results, part: str, kind: str, operation: str) -> list[Row]:
    """The rows of a part of the run."""
    wanted = (part, kind, operation)
    return [
        row for row in results.rows if (row.case.part, row.case.place, row.case.operation) == wanted
    ]


if __name__ == "__main__":
    source = Path(sys.argv[1])
    draw(Results.of_json(json.loads(source.read_text())), source)
