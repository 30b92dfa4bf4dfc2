# SPDX-License-Identifier: MIT
"""The tables of "Whose word is what" in docs/guides/frameworks.md, as the page has them."""

from __future__ import annotations

import re

from repository import ROOT

PAGE = (ROOT / "docs" / "guides" / "frameworks.md").read_text()

Table = dict[str, dict[str, str]]


def tables() -> tuple[Table, Table]:
    """Cells by the first of their row, then by the head of their column."""
    section = PAGE.split("\n## Whose word is what\n")[1].split("\n## ")[0]
    words, keys = map(table, re.findall(r"(?:^\|.*\|$\n?)+", section, re.MULTILINE))
    return words, keys


def table(text: str) -> dict[str, dict[str, str]]:
    lines = [[cell.strip() for cell in line[1:-1].split("|")] for line in text.splitlines()]
    (_, *head), _, *rows = lines
    assert {len(row) for row in rows} == {len(lines[0])}
    assert len({row[0] for row in rows}) == len(rows)
    return {first: dict(zip(head, cells)) for first, *cells in rows}


WORDS, KEYS = tables()


def words_of(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)
