# SPDX-License-Identifier: MIT
"""Cookie headers that are safe to hand to Quixote."""

from __future__ import annotations

import re

MAXIMUM_HEADER = 8192
"""As much of a header is looked at, in characters."""

_WORD = r'[^\x00-\x20\x7f";\\]'
_PAIR = re.compile(rf'(?:(?!=){_WORD})+ ?= ?(?:{_WORD}*(?: {_WORD}+)*|"[^\x00-\x1f\x7f";\\]*")')


def tame(header: str) -> str:
    r"""The well-formed cookies of a request's Cookie header, and nothing else.

    Quixote's own parser takes a time that doubles with each backslash behind an open quote: 60
    characters of one request stop a process for good. A program that no careful proxy stands in
    front of hands it what this function answers::

        class ShopPublisher(Publisher):
            def process(self, stdin, env):
                env["HTTP_COOKIE"] = tame(env.get("HTTP_COOKIE", ""))
                return super().process(stdin, env)
    """
    if len(header) > MAXIMUM_HEADER:
        end = header.rfind(";", 0, MAXIMUM_HEADER + 1)
        header = header[: max(end, 0)]
    pairs = (part.strip(" \t") for part in header.split(";"))
    return "; ".join(pair for pair in pairs if _PAIR.fullmatch(pair))
