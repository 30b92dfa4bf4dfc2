# SPDX-License-Identifier: MIT
"""Watches, during a whole test run, that no session's id gets out."""

from __future__ import annotations

from servers import Site


class Watch:
    """Every id that a session has had, and that none of them is in what the servers show."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.ids: set[str] = set()
        self.texts = 0

    def learn(self) -> None:
        self.ids |= {file.name for file in self.site.session_files()}

    def check(self, text: str) -> None:
        self.learn()
        self.texts += 1
        assert not any(id in text for id in self.ids), "an id is to be seen"
