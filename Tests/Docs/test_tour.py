# SPDX-License-Identifier: MIT
"""The tour shows the source as it is, and speaks of what is there."""

from __future__ import annotations

import re
from pathlib import Path

from lxml import html
from pages import DOCS, ROOT, blocks_of

TOUR = DOCS / "tour.md"
EXCERPTS = [block for block in blocks_of(TOUR) if block.directive == "literalinclude"]


def shown(site: Path) -> list[tuple[str, str, str]]:
    """File, link and text of each excerpt on the page."""
    page = html.parse(site / "tour.html").getroot()
    found = []
    for box in page.find_class("literal-block-wrapper"):
        links = box.xpath(".//div[@class='code-block-caption']//a[contains(@class, 'internal')]")
        texts = box.xpath(".//pre")
        assert isinstance(links, list)
        assert isinstance(texts, list)
        link, text = links[0], texts[0]
        assert isinstance(link, html.HtmlElement)
        assert isinstance(text, html.HtmlElement)
        found.append((link.text_content(), str(link.get("href")), text.text_content()))
    return found


def test_each_excerpt_is_there_and_is_one_screen(site: Path) -> None:
    excerpts = shown(site)
    assert len(excerpts) == len(EXCERPTS) >= 8
    for file, _, text in excerpts:
        assert 3 <= len(text.splitlines()) <= 45, file


def test_each_excerpt_stands_in_its_file_and_leads_there(site: Path) -> None:
    for (file, link, text), block in zip(shown(site), EXCERPTS):
        assert ROOT / file == block.source
        source = [line.strip() for line in block.source.read_text().splitlines()]
        lines = [line.strip() for line in text.strip("\n").splitlines()]
        starts = [i for i in range(len(source)) if source[i : i + len(lines)] == lines]
        assert len(starts) == 1, file
        assert link == f"files/{file}.html#line-{starts[0] + 1}"


def test_the_floors_are_visited_in_the_order_of_the_house() -> None:
    floors = [block.source.relative_to(ROOT).parts for block in EXCERPTS]
    down = [part for parts in floors for part in parts[2:3] if parts[0] == "Sources"]
    first_visits = list(dict.fromkeys(floor for floor in down if not floor.endswith(".c")))
    assert first_visits == ["CInterface", "Manager", "Model", "Stores", "System"]
    assert floors[0][0] == "include"


def test_every_name_that_it_speaks_of_is_in_the_source() -> None:
    files = [*(ROOT / "Sources").rglob("*.*"), *(ROOT / "include").rglob("*.h")]
    source = "\n".join(path.read_text() for path in files if path.is_file())
    words = set(re.findall(r"`([A-Za-z_]\w*)`", TOUR.read_text()))
    # Of Alice's cart, of the kernel, and of this library's own floors.
    others = {"theme", "cart", "openat", "fstat", "pread", "close", "MessagePack", "memcmp"}
    assert others < words
    lost = {word for word in words - others if re.search(rf"\b{word}\b", source) is None}
    assert lost <= {"CInterface", "Manager", "Stores", "Model", "System", "CSession3System"}
