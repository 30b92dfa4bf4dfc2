# SPDX-License-Identifier: MIT
"""What a fault is measured with: one peer, fresh directories, a seed, a scale."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from Peers.child import Child, NoAnswer, word
from Peers.peers import Peer

Row = dict[str, Any]


class NotTried(Exception):
    """A fault did not come about, so that nothing can be said of what it does."""


# Seconds after which a load or a save is said not to have answered.
PATIENCE = 5.0


@dataclass
class Bench:
    """One peer in one run."""

    peer: Peer
    root: Path
    seed: int
    is_long: bool
    random: random.Random = field(init=False)
    _numbers: Iterator[int] = field(default_factory=itertools.count, init=False)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)

    def scaled(self, short: int, long: int) -> int:
        """How often, in this form."""
        return long if self.is_long else short

    def directory(self) -> Path:
        """A directory that no store has used."""
        path = self.root / f"{self.peer.key}-{next(self._numbers)}" / "sessions"
        path.parent.mkdir(parents=True)
        return path

    @contextmanager
    def workers(self, count: int, directory: Path | None = None) -> Iterator[list[Child]]:
        """Workers on one directory, a new one if none is named; each has answered once."""
        directory = self.directory() if directory is None else directory
        with ExitStack() as stack:
            children = [stack.enter_context(self.peer.start(directory)) for _ in range(count)]
            for child in children:
                child.must("path", word("a" * 32))
            yield children

    def random_text(self, size: int) -> str:
        """Text that no compression makes much smaller."""
        letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
        return "".join(self.random.choices(letters, k=size))


def of(count: int, tried: int, what: str = "") -> str:
    """`3 of 1,000 saves`; of nothing at all there is nothing to say."""
    if tried <= 0:
        raise NotTried(f"{count} of {tried} {what}".rstrip())
    return f"{count:,} of {tried:,} {what}".rstrip()


def look(child: Child, id: str, limit: float = PATIENCE) -> tuple[str, dict[str, Any]]:
    """How a load ends: "loaded" with the values, "none", "failed: X" or "no answer"."""
    try:
        answer = child.ask("peek", word(id), limit=limit)
    except NoAnswer:
        return "no answer", {}
    if "values" not in answer:
        return f"failed: {answer['raised']}", {}
    return ("none", {}) if answer["values"] is None else ("loaded", answer["values"])


def told(answer: dict[str, Any]) -> str:
    """What the caller of a save was told: "ok", "false" or "failed: X"."""
    if "saved" in answer:
        return "ok" if answer["saved"] else "false"
    return f"failed: {answer['raised']}"
