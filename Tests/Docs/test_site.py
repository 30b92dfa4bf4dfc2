# SPDX-License-Identifier: MIT
"""The site is made without a warning, and all of its links lead somewhere."""

from __future__ import annotations

import importlib.util
import pkgutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from lxml import html
from pages import DOCS, PACKAGE, ROOT, blocks_of, pages


@cache
def parsed(path: Path) -> html.HtmlElement:
    return html.fromstring(path.read_bytes())


@cache
def anchors(path: Path) -> frozenset[str]:
    names = parsed(path).xpath("//@id | //a/@name")
    assert isinstance(names, list)
    return frozenset(map(str, names))


def links(page: Path) -> list[str]:
    found = parsed(page).xpath("//a/@href | //img/@src | //link/@href | //script/@src")
    assert isinstance(found, list)
    return [str(link) for link in found]


def broken(page: Path) -> list[str]:
    """The links of a page that lead nowhere, within the site."""
    lost = []
    for link in links(page):
        url = urlsplit(link)
        if url.scheme or url.netloc:
            continue
        target = (page.parent / unquote(url.path)).resolve() if url.path else page
        if not target.is_file() or (
            url.fragment
            and target.suffix == ".html"
            and unquote(url.fragment) not in anchors(target)
        ):
            lost.append(link)
    return lost


def test_scripts_docs_makes_the_site_without_a_warning(site: Path) -> None:
    assert (site / "index.html").is_file()


def test_every_link_within_the_site_leads_somewhere(site: Path) -> None:
    lost = {
        str(page.relative_to(site)): missing
        for page in site.rglob("*.html")
        if (missing := broken(page))
    }
    assert lost == {}


def test_no_row_of_a_table_is_taken_for_a_paragraph(site: Path) -> None:
    rows = {
        str(page.relative_to(site)): text
        for page in site.rglob("*.html")
        for paragraph in parsed(page).iter("p")
        if (text := paragraph.text_content().strip()).startswith("|")
    }
    assert rows == {}


def test_each_page_is_one_of_the_menu(site: Path) -> None:
    index = parsed(site / "index.html")
    menu = index.xpath("//div[contains(@class, 'sidebar-tree')]//a/@href")
    assert isinstance(menu, list)
    shown = Counter(str(link).removesuffix(".html") for link in menu)
    written = {
        path.relative_to(DOCS).with_suffix("").as_posix()
        for path in pages()
        if DOCS in path.parents
    }
    assert {*shown} - {"#"} == written - {"index"}
    assert max(shown.values()) == 1


def public_modules() -> list[str]:
    """What may be imported, or run, under a name of its own."""
    found = pkgutil.walk_packages([str(PACKAGE / "session3")], "session3.")
    names = [module.name for module in found if "._" not in module.name]
    return ["session3.__main__", *(name for name in names if name != "session3.store")]


@pytest.mark.parametrize("module", public_modules())
def test_each_public_module_of_the_package_has_a_page(module: str) -> None:
    page = f"reference/python/{module}"
    assert f".. automodule:: {module}\n" in (DOCS / f"{page}.md").read_text()


def test_each_page_of_a_module_has_its_module() -> None:
    for path in (DOCS / "reference/python").glob("*.md"):
        module = path.name.removesuffix(".md")
        assert importlib.util.find_spec(module) is not None, module


def prose(page: Path) -> Iterator[tuple[int, str]]:
    """The lines of a page, with their numbers, but for code and tables."""
    is_code = False
    for number, line in enumerate(page.read_text().splitlines(), start=1):
        is_fence = line.lstrip().startswith("```")
        is_code ^= is_fence
        if not is_code and not is_fence and not line.startswith("|"):
            yield number, line


def test_no_line_of_prose_is_longer_than_110_characters() -> None:
    long = [
        f"{page.relative_to(ROOT)}:{number}"
        for page in {*pages()} - {DOCS / "benchmarks.md"}
        for number, line in prose(page)
        if len(line) > 110
    ]
    assert long == []


def test_nothing_that_is_generated_is_committed() -> None:
    tracked = subprocess.run(
        ["git", "-C", ROOT, "ls-files", "--", "docs"], capture_output=True, text=True, check=False
    )
    if tracked.returncode != 0:
        pytest.skip("no git repository")
    suffixes = {Path(name).suffix for name in tracked.stdout.splitlines()}
    assert suffixes <= {"", ".md", ".py", ".svg", ".json"}


def test_every_directive_is_one_that_these_tests_know() -> None:
    known = {"", "doxygenfile", "eval-rst", "include", "literalinclude", "toctree", "swift"}
    assert {block.directive for block in blocks_of(*pages())} <= known
