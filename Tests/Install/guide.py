# SPDX-License-Identifier: MIT
"""The commands of docs/guides/install.md, by which all is built and installed here."""

from __future__ import annotations

import re
import sys

from places import ROOT

sys.path.append(str(ROOT / "Tests" / "Docs"))

from pages import DOCS, programs_of

PAGE = DOCS / "guides" / "install.md"
GUIDE = PAGE.read_text()
BLOCKS = dict(programs_of(PAGE))


def commands(name: str) -> list[str]:
    """The lines of a block."""
    return BLOCKS[name].replace("\\\n", "").splitlines()


def command(start: str) -> str:
    """The one command within the text that begins so."""
    codes: list[str] = re.findall(r"(?<!`)`([^`\n]+)`(?!`)", GUIDE)
    [found] = {code for code in codes if code.startswith(start)}
    return found
