# SPDX-License-Identifier: MIT
"""Takes over the sessions of a directory, one by one."""

from __future__ import annotations

import signal
from collections.abc import Iterable
from types import FrameType
from typing import Any

from session3.migrate._files import OldDirectory
from session3.migrate._outcome import NotTakenError, Outcome
from session3.migrate._report import Report
from session3.migrate._sources import Source
from session3.migrate._writer import Target


class Interruption:
    """Notes that somebody wants the program to end; asked twice, it ends at once.

    Between two sessions it ends without leaving anything unfinished.
    """

    _SIGNALS = (signal.SIGINT, signal.SIGTERM)

    def __init__(self) -> None:
        self.is_asked = False
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Interruption:
        self._before = {number: signal.signal(number, self._note) for number in self._SIGNALS}
        return self

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self.is_asked = True
        signal.signal(number, signal.SIG_DFL)

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)


def migrate(
    old: OldDirectory,
    names: Iterable[str],
    source: Source,
    target: Target,
    report: Report,
    interruption: Interruption,
) -> None:
    """Takes over what the files of these names hold. A failure of the target ends it."""
    for name in names:
        if interruption.is_asked:
            report.is_interrupted = True
            return
        session_id: str | None = None
        path = ""
        try:
            session_id = source.id_of(name)
            outcome = target.add(source.session(session_id, old.read(name)))
            cause = "left alone"
        except NotTakenError as error:
            outcome, cause, path = error.outcome, error.cause, error.path
        except (MemoryError, RecursionError) as error:
            # One file, be it as large as --maximum-size lets it, must not keep the others.
            outcome, cause = Outcome.REFUSED, _exhausted(error)
        if outcome in (Outcome.MIGRATED, Outcome.PRESENT):
            report.counts[outcome] += 1
        else:
            known = None if session_id is None else target.short_hash(session_id)
            report.add(outcome, cause, path, old.inode(name), known)


def _exhausted(error: MemoryError | RecursionError) -> str:
    return "more memory than there is" if isinstance(error, MemoryError) else "nested too deep"
