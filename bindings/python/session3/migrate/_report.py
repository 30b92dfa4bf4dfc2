# SPDX-License-Identifier: MIT
"""What a migration tells at its end: no id, and no stored value."""

from __future__ import annotations

import json
import shlex
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

from session3.migrate._outcome import LOST, Outcome, printable

_SHOWN = 5
"""Files of one cause that the text names; the JSON has all."""


class Left(NamedTuple):
    """A file whose session was not taken over."""

    outcome: Outcome
    cause: str
    path: str
    """The place within the session."""
    inode: int
    session: str | None
    """The short hash of its id, which the store's messages call it by."""

    def __str__(self) -> str:
        named = "" if self.session is None else f", session {self.session}"
        return f"inode {self.inode}{named}" + (f": {self.path}" if self.path else "")


class Report:
    """Counts files by what became of them, and keeps those that were lost."""

    def __init__(self, old: str, new: str, kind: str, is_dry: bool) -> None:
        self.counts: Counter[Outcome] = Counter()
        self.left: list[Left] = []
        self.is_interrupted = False
        self.failure: str | None = None
        """What ended it."""
        self._old, self._new, self._kind = old, new, kind
        self._is_dry = is_dry

    @property
    def is_complete(self) -> bool:
        """Whether all sessions were taken over, or are there, or expired."""
        is_ended = self.is_interrupted or self.failure is not None
        return not (self.left or is_ended or self.is_of_others)

    @property
    def is_of_others(self) -> bool:
        """Whether there are files, and none that could be a session's: who goes on to start the
        new servers, trusting in the status, would log everybody out."""
        return 0 < self.counts[Outcome.OTHER] == sum(self.counts.values())

    def add(self, outcome: Outcome, cause: str, path: str, inode: int, session: str | None) -> None:
        """Notes what became of a file."""
        self.counts[outcome] += 1
        if outcome in LOST:
            self.left.append(Left(outcome, cause, path, inode, session))

    def text(self) -> str:
        """For who ran it."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield f"{printable(self._old)} ({self._kind} sessions) to {printable(self._new)}"
        if self._is_dry:
            yield "A dry run: nothing was written, and what is counted as migrated would be."
        for outcome in Outcome:
            if self.counts[outcome] or outcome is Outcome.MIGRATED:
                yield f"{self.counts[outcome]:9,}  {outcome.value}"
                yield from self._causes(outcome)
        if self.is_interrupted:
            yield "Interrupted: the same command goes on with what is left."
        elif self.failure is not None:
            yield f"Ended by a failure: {self.failure}"
        elif self.is_of_others:
            option = " and --cookie-name" if self._kind == "django" else ""
            yield f"No file is a session's of this kind: see --from{option}."
        if self.left:
            # A command that shows less than the path would not find it.
            is_shown = printable(self._old) == self._old
            old = shlex.quote(self._old) if is_shown else "OLD"
            yield f"find {old} -inum INODE names a file; its name may be the session's id."

    def _causes(self, outcome: Outcome) -> Iterator[str]:
        by_cause: defaultdict[str, list[Left]] = defaultdict(list)
        for left in self.left:
            if left.outcome is outcome:
                by_cause[left.cause].append(left)
        for cause, files in sorted(by_cause.items(), key=lambda item: -len(item[1])):
            yield f"{len(files):15,}  {cause}"
            for left in files[:_SHOWN]:
                yield f"{'':17}{left}"
            if len(files) > _SHOWN:
                yield f"{'':17}and {len(files) - _SHOWN:,} more (--report names all)"

    def json(self) -> str:
        """For programs."""
        return json.dumps(
            {
                "old": self._old,
                "new": self._new,
                "kind": self._kind,
                "dry_run": self._is_dry,
                "interrupted": self.is_interrupted,
                "failure": self.failure,
                "counts": {outcome.name.lower(): self.counts[outcome] for outcome in Outcome},
                "left": [_told(left) for left in self.left],
            },
            indent=2,
        )


def _told(left: Left) -> dict[str, Any]:
    return {**left._asdict(), "outcome": left.outcome.name.lower()}
