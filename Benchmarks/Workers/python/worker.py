# SPDX-License-Identifier: MIT
"""Measures one store: python worker.py STORE DIRECTORY SYNC SIZE

The protocol is in Benchmarks/README.md. The ids of a batch, and what it holds loaded, are made
before the clock runs; what it stored is checked after.
"""

from __future__ import annotations

import importlib
import json
import platform
import sys
import time
from collections.abc import Iterable
from typing import Any

from adapters.adapter import Adapter
from batch import NEW, Batch, Walk
from workload import chosen_slots, new_slots, session_id

ADAPTERS = {
    "libsession3": "libsession3.Libsession3",
    "session3": "session3_store.Session3Store",
    "django": "django_file.DjangoFile",
    "cachelib": "cachelib_file.CachelibFile",
    "beaker": "beaker_file.BeakerFile",
}
REQUESTS = (
    "info",
    "fill",
    "range",
    "plan",
    "go",
    "run",
    "sample",
    "sweep",
    "update",
    "count",
)
EXISTING = ("load", "resave", "unchanged", "request", "increment", "touch", "has")
FILL_AT_ONCE = 10_000


def make_adapter(name: str, directory: str, sync: str, size: str) -> Adapter:
    """The adapter of a store."""
    module, _, kind = ADAPTERS[name].partition(".")
    adapter_class = getattr(importlib.import_module(f"adapters.{module}"), kind)
    adapter: Adapter = adapter_class(directory, sync, int(size))
    return adapter


class Worker:
    """The requests; each is a method whose name the line begins with."""

    def __init__(self, name: str, adapter: Adapter) -> None:
        self.name = name
        self.adapter = adapter
        self.slots = range(0)
        self.planned: Batch | Walk | None = None

    def info(self) -> dict[str, Any]:
        versions = self.adapter.versions()
        return {
            "name": self.name,
            "version": versions[self.adapter.packages[0]],
            "title": self.adapter.title,
            "versions": {**versions, "Python": platform.python_version()},
            "notes": self.adapter.notes,
        }

    def fill(self, first: str, count: str) -> dict[str, Any]:
        nanoseconds, end = 0, int(first) + int(count)
        for start in range(int(first), end, FILL_AT_ONCE):
            slots = range(start, min(start + FILL_AT_ONCE, end))
            batch = Batch(self.adapter, "create", [session_id(slot) for slot in slots])
            nanoseconds += batch.run().nanoseconds
            batch.check()
        return {"ns": nanoseconds}

    def range(self, first: str, count: str) -> dict[str, Any]:
        self.slots = range(int(first), int(first) + int(count))
        return {}

    def plan(self, operation: str, count: str, seed: str) -> dict[str, Any]:
        # Also where the new plan fails: `go` must not do the one before.
        self.planned = None
        # Who goes by a plan most often isn't alone.
        self.planned = self._batch(operation, int(count), int(seed), is_shared=True)
        return {}

    def go(self) -> dict[str, Any]:
        batch, self.planned = self.planned, None
        if batch is None:
            raise ValueError("nothing is planned")
        span = batch.run()
        batch.check()
        return span._asdict()

    def run(self, operation: str, count: str, seed: str) -> dict[str, Any]:
        batch = self._batch(operation, int(count), int(seed))
        span = batch.run()
        batch.check()
        return {"ns": span.nanoseconds}

    def sample(self, operation: str, count: str, seed: str) -> dict[str, Any]:
        batch = self._batch(operation, int(count), int(seed))
        taken = batch.sample()
        batch.check()
        return {"ns": taken}

    def sweep(self, seconds: str) -> dict[str, Any]:
        nanoseconds, deleted = self.adapter.sweep(float(seconds))
        return {"ns": nanoseconds, "deleted": deleted}

    def update(self, attribute: str, count: str, microseconds: str) -> dict[str, Any]:
        id, pause = session_id(self.slots.start), int(microseconds) / 1e6
        start = time.perf_counter_ns()
        for _ in range(int(count)):
            self.adapter.update(id, attribute, pause)
        return {"ns": time.perf_counter_ns() - start}

    def count(self, slot: str, attribute: str) -> dict[str, Any]:
        session = self.adapter.hold(session_id(int(slot)))
        return {"count": self.adapter.get(session, attribute)}

    def _batch(
        self, operation: str, count: int, seed: int, *, is_shared: bool = False
    ) -> Batch | Walk:
        slots: Iterable[int]
        if operation == "iterate":
            return Walk(self.adapter, len(self.slots))
        if operation in NEW:
            slots = new_slots(count, seed)
        elif operation not in EXISTING:
            raise ValueError(f"no operation {operation}")
        elif not self.slots:
            raise ValueError("no range was chosen")
        else:
            slots = chosen_slots(self.slots, count, seed)
        ids = [session_id(slot) for slot in slots]
        return Batch(self.adapter, operation, ids, is_shared=is_shared)


def describe(error: Exception) -> dict[str, str]:
    """An error as an answer."""
    return {"error": f"{type(error).__name__}: {error}"[:300]}


def main() -> None:
    """Answers until the input ends; with an error only, if the store can't be had."""
    # Quixote makes sys.stdout its log.
    output = sys.stdout
    worker, failure = None, {}
    try:
        worker = Worker(sys.argv[1], make_adapter(*sys.argv[1:]))
    except Exception as error:
        failure = describe(error)
    for line in sys.stdin:
        try:
            request, *words = line.split()
            if worker is not None and request not in REQUESTS:
                raise ValueError(f"no request {request}")
            answer = failure if worker is None else getattr(worker, request)(*words)
        except Exception as error:
            answer = describe(error)
        output.write(json.dumps(answer) + "\n")
        output.flush()


if __name__ == "__main__":
    main()
