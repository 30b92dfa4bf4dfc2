# SPDX-License-Identifier: MIT
"""How Sphinx makes the documentation site; scripts/docs runs it."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from django.conf import settings  # type: ignore[import-untyped]
from sphinx.application import Sphinx

root = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(root / "docs/extensions"), str(root / "bindings/python")]
os.environ.setdefault("SESSION3_LIBRARY", str(root / "build/libsession3.so"))

project = "libsession3"
author = "the authors of libsession3"
copyright = author
_version = re.search(r"project\(session3 VERSION (\S+)", (root / "CMakeLists.txt").read_text())
assert _version is not None
release = version = _version[1]

extensions = ["myst_parser", "breathe", "sphinx.ext.autodoc", "repository_files", "c_names"]
exclude_patterns = ["extensions", "plots"]
highlight_language = "none"
nitpicky = True
# What is described elsewhere: C's own types, Python's standard library, and what is no name of the
# interface but looks like one.
nitpick_ignore = [
    *(("c:identifier", name) for name in ("size_t", "int32_t", "int64_t", "uint32_t", "uint64_t")),
    *(
        ("c:identifier", f"SESSION3_{name}")
        for name in ("0", "DIRECTORY", "LIBRARY", "OPTIONS", "SECRET_KEY", "SWIFT_OPTIMIZATION")
    ),
]
nitpick_ignore_regex = [
    ("py:class", r"(collections|datetime|django|flask|logging|os|starlette|wsgiref)\..*"),
]

myst_heading_anchors = 4
myst_enable_extensions = ["deflist"]

breathe_projects = {"libsession3": str(root / "build/docs/doxygen/xml")}
breathe_default_project = "libsession3"
breathe_domain_by_extension = {"h": "c"}
breathe_show_include = False
breathe_show_define_initializer = True

# Django's modules ask for them when they are read.
settings.configure()
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
# What is imported for type checkers alone.
autodoc_type_aliases = {"WSGIApplication": "wsgiref.types.WSGIApplication"}
autodoc_default_options = {"members": True, "show-inheritance": True}

repository_pages = {
    "CHANGELOG.md": "changelog",
    "SECURITY.md": "security",
    "bindings/php/README.md": "guides/php",
    "bindings/python/README.md": "guides/python",
}

html_theme = "furo"
html_title = f"libsession3 {version}"
# A hundred columns of code fit into a page.
html_theme_options = {"light_css_variables": {"code-font-size": "0.75rem"}}
html_copy_source = False
html_show_sphinx = False


def public_bases(_: Sphinx, _name: str, _class: type, _options: object, bases: list[type]) -> None:
    """Shows those from whom a class has what others may use, in the place of private bases."""

    def is_private(base: type) -> bool:
        return base.__name__.startswith("_") or "._" in base.__module__

    while private := next(filter(is_private, bases), None):
        at = bases.index(private)
        bases[at : at + 1] = [base for base in private.__bases__ if base not in bases]


def setup(app: Sphinx) -> None:
    app.connect("autodoc-process-bases", public_bases)
