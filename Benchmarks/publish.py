# SPDX-License-Identifier: MIT
"""Puts the tables and plots of the last run into docs/: python Benchmarks/publish.py."""

from __future__ import annotations

import json
import shutil

from contenders import BUILD, ROOT
from rows import Results
from tables import markdown

PAGE = ROOT / "docs" / "benchmarks.md"
PLOTS = ROOT / "docs" / "plots"
# Of all that were drawn: what each shows, and its operation.
SHOWN = {
    "processes": ("What several processes do in a second, each on sessions of its own.", "request"),
    "sessions": ("What the number of sessions costs.", "load"),
    "latency": ("How long the slowest take.", "request"),
}


def main() -> None:
    """Writes the page, and copies the plots that are on it."""
    results = Results.of_json(json.loads((BUILD / "bench.json").read_text()))
    shutil.rmtree(PLOTS, ignore_errors=True)
    PLOTS.mkdir()
    lines = ["", "## Plots", ""]
    for name, (caption, operation) in SHOWN.items():
        lines += [caption, ""]
        for place in results.places():
            plot = BUILD / f"bench-{name}-{place}-{operation}.svg"
            shutil.copy(plot, PLOTS / plot.name)
            lines += [f"![{operation} on {place}]({PLOTS.name}/{plot.name})", ""]
    PAGE.write_text(markdown(results).rstrip("\n") + "\n" + "\n".join(lines))


if __name__ == "__main__":
    main()
