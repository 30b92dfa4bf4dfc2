# SPDX-License-Identifier: MIT
"""So many operations of one kind: prepared, timed and checked."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from adapters.adapter import Adapter
from workload import page

CHANGING = ("visits", "page")
NEW = ("create", "delete")
COUNTING = ("resave", "request", "increment")


class Wrong(Exception):
    """An operation did not do what it was to do, though it did not say so."""


class Span(NamedTuple):
    """Nanoseconds of CLOCK_MONOTONIC, which is perf_counter's clock on Linux."""

    start: int
    end: int

    @property
    def nanoseconds(self) -> int:
        """How long it was."""
        return self.end - self.start


class Batch:
    """An operation on so many sessions: what it is called with, made before.

    Where others may change the same sessions meanwhile, it is shared, and the check knows less.
    """

    def __init__(
        self, adapter: Adapter, operation: str, ids: list[str], *, is_shared: bool = False
    ) -> None:
        self.adapter = adapter
        self.operation = operation
        self.ids = ids
        self.is_shared = is_shared
        self.before = {} if is_shared or operation in NEW else self._read_ends()
        self.columns: tuple[Iterable[Any], ...] = (ids,)
        if operation == "request":
            self.columns = (ids, [page(number) for number in range(len(ids))])
        elif operation in ("resave", "unchanged"):
            held = {id: adapter.hold(id) for id in set(ids)}
            self.columns = ([held[id] for id in ids],)
        elif operation == "delete":
            self.columns = ([adapter.to_delete(id) for id in ids],)

    def run(self) -> Span:
        """When it began and ended."""
        step: Callable[..., None] = getattr(self.adapter, self.operation)
        # Consumed in C: a call of the adapter is all that the loop costs.
        calls = map(step, *self.columns)
        start = time.perf_counter_ns()
        deque(calls, maxlen=0)
        return Span(start, time.perf_counter_ns())

    def sample(self) -> list[int]:
        """Nanoseconds of each."""
        step: Callable[..., None] = getattr(self.adapter, self.operation)
        clock, taken = time.perf_counter_ns, []
        for arguments in zip(*self.columns):
            start = clock()
            step(*arguments)
            taken.append(clock() - start)
        return taken

    def check(self) -> None:
        """Raises if the first or the last session is not as the operation leaves it."""
        for id in self._ends():
            found = self.adapter.read(id)
            if self.operation == "delete":
                if found is not None:
                    raise Wrong("a deleted session is still there")
                continue
            if found is None:
                raise Wrong("a session is gone")
            expected = self._expected(id, found)
            wrong = [name for name in expected if found.get(name) != expected[name]]
            if wrong or found.keys() != expected.keys():
                raise Wrong(
                    f"a session is not what was stored: {', '.join(wrong) or 'it has more'}"
                )

    def _ends(self) -> set[str]:
        return {*self.ids[:1], *self.ids[-1:]}

    def _read_ends(self) -> dict[str, dict[str, Any]]:
        """The sessions that the check looks at, as they are before; unknown ones are left out."""
        read = {id: self.adapter.read(id) for id in self._ends()}
        return {id: session for id, session in read.items() if session is not None}

    def _expected(self, id: str, found: dict[str, Any]) -> dict[str, Any]:
        """What a session is after the batch."""
        expected = self.adapter.expected()
        if self.operation == "create":
            return expected
        # Others may have changed a shared one meanwhile: what is found is good.
        known = found if self.is_shared else self.before[id]
        expected.update({name: known.get(name) for name in CHANGING})
        if not self.is_shared and self.operation in COUNTING:
            expected["visits"] += self.ids.count(id)
        if not self.is_shared and self.operation == "request":
            expected["page"] = page(len(self.ids) - 1 - self.ids[::-1].index(id))
        return expected


class Walk:
    """A walk over all sessions, in the place of a batch."""

    def __init__(self, adapter: Adapter, fewest: int) -> None:
        self.adapter = adapter
        self.fewest = fewest
        self.walked = 0

    def run(self) -> Span:
        """When it began and ended."""
        start = time.perf_counter_ns()
        self.walked = self.adapter.iterate()
        return Span(start, time.perf_counter_ns())

    def sample(self) -> list[int]:
        """Nanoseconds of the one walk."""
        return [self.run().nanoseconds]

    def check(self) -> None:
        """Raises if sessions were left out."""
        if self.walked < self.fewest:
            raise Wrong(f"a walk found {self.walked} of at least {self.fewest} sessions")
