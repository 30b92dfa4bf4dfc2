# SPDX-License-Identifier: MIT
"""All code of the pages is run: it comes from files that the build compiles or tests run, or is run
here as it stands."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from commands import here, run_commands
from pages import ROOT, Block, blocks_of, environment, pages

# Folders whose programs the build compiles, or tests run.
BUILT = ("Sources", "Tests", "bindings", "examples", "include")

# Pages whose code is run by a test of their own, which knows what it takes. Above each block stands
# `<!-- example: FILE -->`, or `<!-- run: NAME -->` by a name that this test knows.
ELSEWHERE = {
    "bindings/php/README.md": "Tests/PHP/test_guide.py",
    "docs/binding-guide.md": "Tests/PHP/test_guide.py",
    "docs/guides/django.md": "Tests/Adapters/Django/test_django_guide.py",
    "docs/guides/install.md": "Tests/Install/test_guide.py",
    "docs/guides/migration.md": "Tests/Migration/test_guide.py",
}

# What the text around a block says of names that it uses.
EXPLAINED = {
    "bindings/python/README.md": """
from quixote.directory import Directory as Root
from session3.Session import Session
from session3.store.DirectorySessionStore import DirectorySessionStore
with DirectorySessionStore("/var/lib/shop/sessions", create=True) as _store:
    _known = Session()
    _known.cart = []
    t = _known.create_form_token()
    _store.create_session(_known)
    cookie_value = _known.id
""",
}


def plain(language: str) -> list[Block]:
    """The blocks that are no directive, of one language."""
    return [block for block in blocks_of(*own_pages()) if block.info == language]


def own_pages() -> list[Path]:
    """Those whose code is run here."""
    return [page for page in pages() if str(page.relative_to(ROOT)) not in ELSEWHERE]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for place in ("var/lib/shop", "srv/shop"):
        (tmp_path / place).mkdir(parents=True)
    return tmp_path


def test_each_block_is_of_a_language_that_is_run() -> None:
    """C, Swift and settings come from files; a block without a language is no code."""
    others = {
        block.name: block.info
        for block in blocks_of(*own_pages())
        if not block.directive and block.info not in ("", "python", "sh")
    }
    assert others == {}


@pytest.mark.parametrize("page", ELSEWHERE)
def test_each_block_of_a_page_that_is_run_elsewhere_is_known_there(page: str) -> None:
    test = (ROOT / ELSEWHERE[page]).read_text()
    assert Path(page).name in test
    known = {node.value for node in ast.walk(ast.parse(test)) if isinstance(node, ast.Constant)}
    for block in blocks_of(ROOT / page):
        kind, name = block.mark
        if kind == "example":
            assert Path(name).parts[0] in BUILT, block.name
            assert block.text in (ROOT / name).read_text(), block.name
        elif not block.directive:
            assert kind == "run", f"{block.name}: no mark says what runs it"
            assert name in known, f"{block.name}: {name} is no name that its test knows"


def test_each_page_that_installs_by_pip_tells_where_the_wheel_is_from() -> None:
    for page in {block.page for block in blocks_of(*pages()) if "libsession3[" in block.text}:
        assert "](install.md" in page.read_text(), page


def test_each_excerpt_is_of_a_file_that_is_built_or_run() -> None:
    for block in blocks_of(*pages()):
        if block.directive == "literalinclude":
            assert block.source.is_file(), block.name
            assert block.source.relative_to(ROOT).parts[0] in BUILT, block.name
            assert block.options.get("language"), block.name
            # Numbers of lines rot; texts that are gone are warnings of Sphinx.
            assert "lines" not in block.options, block.name


@pytest.mark.parametrize("block", plain("python"), ids=lambda block: block.name)
def test_a_python_program_runs(block: Block, folder: Path) -> None:
    page = str(block.page.relative_to(ROOT))
    program = here(EXPLAINED.get(page, "") + block.text, folder)
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "page", sorted({block.page for block in plain("sh")}), ids=lambda page: str(page.name)
)
def test_the_commands_of_a_page_run_one_after_another(page: Path, folder: Path) -> None:
    run_commands(page, folder)
