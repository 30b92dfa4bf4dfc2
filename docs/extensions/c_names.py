# SPDX-License-Identifier: MIT
"""Names of the C interface become links to their descriptions.

The headers say ``SESSION3_E_GONE`` and ``session3_store_save`` as plain words, and so do pages, as
code. One that is nowhere described is a warning.
"""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes  # type: ignore[import-untyped]
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

# No beginnings of names (session3_request_finish...), and no files.
NAME = re.compile(r"\b((?:session3|s3|SESSION3|S3)_\w*[A-Za-z0-9])\b(?!\.\.|…|\.h|/)(\(\))?")
REFERENCE = "reference/c/"


class CNames(SphinxTransform):
    """Links names: in the reference all, elsewhere those that are code."""

    # Behind those of Breathe and MyST, before Sphinx looks for what links mean.
    default_priority = 880

    def apply(self, **_: Any) -> None:
        is_reference = self.env.docname.startswith(REFERENCE)
        if is_reference:
            self._mend()
        for text in (*self.document.findall(nodes.Text),):
            if is_within(text, nodes.reference, addnodes.pending_xref, addnodes.desc_signature):
                continue
            if isinstance(text.parent, nodes.literal):
                if match := NAME.fullmatch(text):
                    text.parent.replace_self(self._link(match, text.parent.deepcopy()))
            elif is_reference and not is_within(text, nodes.title, nodes.literal_block):
                self._link_words(text)

    def _mend(self) -> None:
        """What Breathe leaves undone: it knows no language of programs in comments, and shows what
        one comment says of several functions as Sphinx's own field names."""
        for program in self.document.findall(nodes.literal_block):
            program.setdefault("language", "c")
        for name in self.document.findall(nodes.field_name):
            name[:] = [nodes.strong("", name.astext().removeprefix("param "))]

    def _link_words(self, text: nodes.Text) -> None:
        parts: list[nodes.Node] = []
        end = 0
        for match in NAME.finditer(text):
            parts.append(nodes.Text(text[end : match.start()]))
            parts.append(self._link(match, nodes.literal("", match[0])))
            end = match.end()
        if parts:
            text.parent.replace(text, [*parts, nodes.Text(text[end:])])

    def _link(self, match: re.Match[str], shown: nodes.Node) -> addnodes.pending_xref:
        about = {"refdomain": "c", "reftype": "identifier", "reftarget": match[1]}
        return addnodes.pending_xref("", shown, refexplicit=True, refdoc=self.env.docname, **about)


def is_within(node: nodes.Node, *kinds: type[nodes.Node]) -> bool:
    while node := node.parent:
        if isinstance(node, kinds):
            return True
    return False


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_transform(CNames)
    return {"parallel_read_safe": True, "env_version": 1}
