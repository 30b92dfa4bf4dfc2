# SPDX-License-Identifier: MIT
"""The pages of the documentation as they are written, and the code in them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PACKAGE = ROOT / "bindings/python"
# Above a block: the file that it is of, or the name by which the page's own test runs it.
MARK = re.compile(r"<!-- (example|run): (\S+) -->\n?")
LIBRARY = Path(os.environ.setdefault("SESSION3_LIBRARY", str(ROOT / "build/libsession3.so")))


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    page: Path
    line: int
    info: str
    """What stands behind the fence."""
    text: str
    above: str = ""
    """The comment right above the fence."""

    @property
    def name(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    @property
    def mark(self) -> tuple[str, str]:
        """Its kind, `example` or `run`, and its file or name; both empty where there is none."""
        found = MARK.fullmatch(self.above)
        return (found[1], found[2]) if found else ("", "")

    @property
    def directive(self) -> str:
        """The directive that the block is; empty for plain code."""
        return self.info.partition("}")[0][1:] if self.info.startswith("{") else ""

    @property
    def argument(self) -> str:
        return self.info.partition("}")[2].strip()

    @property
    def options(self) -> dict[str, str]:
        """Those of a directive."""
        pairs = (line[1:].partition(":") for line in self.text.splitlines() if line[:1] == ":")
        return {name: value.strip() for name, _, value in pairs}

    @property
    def source(self) -> Path:
        """The file that a directive names."""
        return (self.page.parent / self.argument).resolve()


def pages() -> list[Path]:
    """What the site is made of: the pages of docs, and the files that these include whole."""
    own = sorted(DOCS.rglob("*.md"))
    included = [block.source for block in blocks_of(*own) if block.directive == "include"]
    # What scripts/docs makes is of a test that belongs to its maker.
    return own + [path for path in included if not path.is_relative_to(ROOT / "build")]


def blocks_of(*paths: Path) -> Iterator[Block]:
    """All fenced blocks of pages."""
    for path in paths:
        above = ""
        for token in MarkdownIt("commonmark").parse(path.read_text()):
            if token.type == "fence":
                assert token.map is not None
                yield Block(path, token.map[0] + 1, token.info.strip(), token.content, above)
            above = token.content if token.type == "html_block" else ""


def programs_of(page: Path) -> list[tuple[str, str]]:
    """The blocks that the page's own test runs, by their names."""
    marked = ((*block.mark, block.text) for block in blocks_of(page))
    return [(name, text) for kind, name, text in marked if kind == "run"]


def environment(**more: str) -> dict[str, str]:
    """For programs that a page shows: the package and the library of this repository."""
    search = os.pathsep.join([str(PACKAGE), *filter(None, [os.environ.get("PYTHONPATH")])])
    return {**os.environ, "PYTHONPATH": search, "PYTHONDONTWRITEBYTECODE": "1", **more}
