# SPDX-License-Identifier: MIT
"""Links from pages to files of the repository that are no pages: each leads to the file's text.

A page says ``[the header](../include/session3.h)``, which also works where it is read beside the
sources. A folder stands for the README.md in it; a file that a page includes stands for that page
(``repository_pages``). An excerpt by ``literalinclude`` is headed by its file's name, which leads
to its first line there.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes  # type: ignore[import-untyped]
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

LANGUAGES = {
    ".c": "c", ".h": "c", ".json": "json", ".md": "markdown", ".py": "python", ".swift": "swift",
    ".toml": "toml", ".txt": "text", "": "bash",
}  # fmt: skip

log = logging.getLogger(__name__)


class FileLinks(SphinxTransform):
    """Turns links to the repository's files into links to their texts."""

    # Before Sphinx looks for files to download, and MyST for pages.
    default_priority = 100

    def apply(self, **_: Any) -> None:
        links = (*self.document.findall(addnodes.pending_xref),)
        for link in (*links, *self.document.findall(addnodes.download_reference)):
            if link.get("reftype") == "myst" and (place := self._place(link)) is not None:
                link.replace_self(self._reference(link, *place))
        for block in (*self.document.findall(nodes.literal_block),):
            if "source" in block and not isinstance(block.parent, nodes.container):
                self._head(block)

    def _place(self, link: nodes.Element) -> tuple[Path, str] | None:
        """The file that a link means, if it is none of this folder's, and the part of it."""
        target, _, part = link["reftarget"].partition("#")
        if link.get("refdomain") == "doc":
            # MyST has taken it for a page, whose name it is, relative to the pages' folder.
            path, part = Path(self.env.srcdir, f"{target}.md"), link.get("reftargetid") or ""
        else:
            path = Path(self.env.doc2path(self.env.docname)).parent / target
        path = path.resolve()
        if not target or path.is_relative_to(self.env.srcdir) or not path.exists():
            return None
        if path.is_dir():
            path /= "README.md"
        if not path.is_relative_to(root(self.env)) or not path.is_file():
            log.warning("no file of the repository: %s", target, location=link)
            return None
        return path, part

    def _reference(self, link: nodes.Element, path: Path, part: str) -> nodes.Element:
        name = path.relative_to(root(self.env)).as_posix()
        page = self.config.repository_pages.get(name)
        if page is not None:
            return addnodes.pending_xref(
                "", *link.children, refdomain="doc", reftype="myst", reftarget=page,
                reftargetid=part, refdoc=self.env.docname, refexplicit=True,
            )  # fmt: skip
        return nodes.reference("", "", *link.children, internal=True, refuri=self._uri(name))

    def _uri(self, name: str, line: int = 0) -> str:
        linked_files(self.env).setdefault(self.env.docname, set()).add(name)
        up = posixpath.relpath(page_of(name), posixpath.dirname(self.env.docname) or ".")
        return f"{up}.html" + (f"#line-{line}" if line else "")

    def _head(self, block: nodes.literal_block) -> None:
        path = Path(block["source"]).resolve()
        if not path.is_relative_to(root(self.env)) or path.is_relative_to(self.env.srcdir):
            return
        name = path.relative_to(root(self.env)).as_posix()
        line = first_line(path.read_text().splitlines(), block.astext().splitlines())
        if not line:
            log.warning("no such lines in one piece: %s", name, location=block)
        title = nodes.reference("", name, internal=True, refuri=self._uri(name, line))
        box = nodes.container("", literal_block=True, classes=["literal-block-wrapper"])
        block.replace_self(box)
        box += nodes.caption("", "", title)
        box += block


def first_line(text: Sequence[str], part: Sequence[str]) -> int:
    """The line, from 1, at which a part of a text begins, however indented; 0 if nowhere."""
    lines, wanted = [line.strip() for line in text], [line.strip() for line in part]
    for start in range(len(lines) - len(wanted) + 1):
        if lines[start : start + len(wanted)] == wanted:
            return start + 1
    return 0


def root(env: BuildEnvironment) -> Path:
    return Path(env.srcdir).resolve().parent


def page_of(name: str) -> str:
    return f"files/{name}"


def linked_files(env: BuildEnvironment) -> dict[str, set[str]]:
    """The files that pages link to, by page."""
    if not hasattr(env, "repository_files"):
        env.repository_files = {}  # type: ignore[attr-defined]
    found: dict[str, set[str]] = env.repository_files  # type: ignore[attr-defined]
    return found


def purge(_: Sphinx, env: BuildEnvironment, docname: str) -> None:
    linked_files(env).pop(docname, None)


def pages(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """A page for each file that is linked to."""
    highlighter = app.builder.highlighter  # type: ignore[attr-defined]
    for name in sorted(set().union(*linked_files(app.env).values())):
        path = root(app.env) / name
        body = highlighter.highlight_block(
            path.read_text(), LANGUAGES.get(path.suffix, "none"), lineanchors="line"
        )
        context = {"title": name, "body": f"<h1>{escape(name)}</h1>\n{body}"}
        yield page_of(name), context, "page.html"


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_config_value("repository_pages", {}, "env", types=frozenset({dict}))
    app.add_transform(FileLinks)
    app.connect("env-purge-doc", purge)
    app.connect("html-collect-pages", pages)
    return {"parallel_read_safe": False, "env_version": 1}
