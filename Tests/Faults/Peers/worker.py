# SPDX-License-Identifier: MIT
"""Drives one store: python -m Peers.worker ADAPTER DIRECTORY

Reads requests, a line of words each, ids in hexadecimal and "-" for an empty word; answers each
with a line of JSON. What an operation raises is an answer, too.
"""

from __future__ import annotations

import importlib
import json
import logging
import os
import random
import signal
import sys
import time
from collections import Counter
from typing import Any

from Peers.adapters.adapter import Adapter

# Saves of a child before its life is in danger: the first ones of a process take longer.
WARM = 3

ADAPTERS = {
    "quixote": "quixote_sessions.QuixoteSessions",
    "django": "django_file.DjangoFile",
    "cachelib": "cachelib_file.CachelibFile",
}


def make_adapter(name: str, directory: str) -> Adapter:
    """The adapter of a name."""
    module, _, kind = ADAPTERS[name].partition(".")
    adapter: Adapter = getattr(importlib.import_module(f"Peers.adapters.{module}"), kind)(directory)
    return adapter


def id_of(word: str) -> str:
    """An id as the protocol carries it; any bytes."""
    return "" if word == "-" else bytes.fromhex(word).decode("utf-8", "surrogateescape")


class Worker:
    """The operations; each is a method whose name the request begins with."""

    def __init__(self, adapter: Adapter) -> None:
        self.adapter = adapter
        self.held: Any = None
        self.random = random.Random(0)

    def create(self) -> dict[str, Any]:
        return {"id": self.adapter.create()}

    def path(self, id: str) -> dict[str, Any]:
        return {"path": self.adapter.path(id_of(id))}

    def peek(self, id: str) -> dict[str, Any]:
        session = self.adapter.load(id_of(id))
        return {"values": None if session is None else self.adapter.values(session)}

    def load(self, id: str) -> dict[str, Any]:
        self.held = self.adapter.load(id_of(id))
        return {"values": None if self.held is None else self.adapter.values(self.held)}

    def save(self, key: str, value: str) -> dict[str, Any]:
        self.adapter.put(self.held, key, value)
        return {"saved": self.adapter.save(self.held)}

    def delete(self, id: str) -> dict[str, Any]:
        self.adapter.delete(id_of(id))
        return {}

    def sweep(self, seconds: str) -> dict[str, Any]:
        self.adapter.sweep(float(seconds))
        return {}

    def visit(self, cookie: str) -> dict[str, Any]:
        return {"id": self.adapter.visit(id_of(cookie))}

    def count(self, id: str, key: str, times: str, pause: str, way: str) -> dict[str, Any]:
        """Adds one, so many times; counts what was acknowledged and what raised."""
        acknowledged, raised, longest = 0, Counter[str](), 0.0
        begin = time.monotonic()
        for _ in range(int(times)):
            start = time.monotonic()
            try:
                if way == "save":
                    acknowledged += self.add(id_of(id), key, float(pause))
                else:
                    self.adapter.count(id_of(id), key, way, float(pause))
                    acknowledged += 1
            except Exception as error:
                raised[type(error).__name__] += 1
            longest = max(longest, time.monotonic() - start)
        seconds = time.monotonic() - begin
        return {
            "acknowledged": acknowledged,
            "raised": raised,
            "seconds": seconds,
            "longest": longest,
        }

    def add(self, id: str, key: str, pause: float) -> bool:
        session = self.adapter.load(id)
        if session is None:
            raise LookupError("no such session")
        number = self.adapter.values(session).get(key, 0)
        time.sleep(pause)
        self.adapter.put(session, key, number + 1)
        return self.adapter.save(session)

    def kill(self, id: str, base: str, delay: str) -> dict[str, Any]:
        """Forks a child that saves in a loop, kills it; tells the last save it acknowledged."""
        with open(base, encoding="ascii") as file:
            text = file.read()
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            self._write_for_ever(id_of(id), text, writer)
        os.close(writer)
        begun = os.read(reader, 1)
        time.sleep(float(delay))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        with os.fdopen(reader, "rb") as file_of_acknowledged:
            lines = (begun + file_of_acknowledged.read()).split(b"\n")
        return {"acknowledged": int(lines[-2])}

    def _write_for_ever(self, id: str, text: str, writer: int) -> None:
        session, number = self.adapter.load(id), 0
        while True:
            number += 1
            turn = number % len(text)
            self.adapter.put(session, "payload", f"{number}:{text[turn:]}{text[:turn]}")
            if self.adapter.save(session) and number >= WARM:
                # The first line says that there is something to kill.
                os.write(writer, b"%d\n" % number)

    def refresh(self, rounds: str, seconds: str) -> dict[str, Any]:
        """A session turns old between load and save, so many times, while others sweep."""
        found = Counter[str]()
        for _ in range(int(rounds)):
            id = self.adapter.create_long_ago(float(seconds))
            try:
                found[self._refresh(id, float(seconds))] += 1
            except Exception as error:
                found[f"raised {type(error).__name__}"] += 1
            self._delete_if_there(id)
        return {"found": found}

    def _refresh(self, id: str, seconds: float) -> str:
        session = self.adapter.load(id)
        if session is None:
            return "not loaded"
        self.adapter.put(session, "n", 1)
        try:
            self.adapter.age(id, seconds)
        except FileNotFoundError:
            return "not loaded"
        # Sometimes not at all, so that the sweep is in the midst of it.
        if self.random.random() < 0.5:
            time.sleep(self.random.uniform(0, 0.0003))
        if not self.adapter.save(session):
            return "refused"
        after = self.adapter.load(id)
        if after is None:
            return "gone"
        return "kept" if self.adapter.values(after).get("n") == 1 else "old"

    def _delete_if_there(self, id: str) -> None:
        if os.path.exists(self.adapter.path(id)):
            try:
                self.adapter.delete(id)
            except Exception:
                logging.info("swept meanwhile")

    def sweeps(self, seconds: str, duration: str) -> dict[str, Any]:
        """Sweeps for some seconds without a pause."""
        end = time.monotonic() + float(duration)
        done, raised = 0, Counter[str]()
        while time.monotonic() < end:
            try:
                self.adapter.sweep(float(seconds))
                done += 1
            except Exception as error:
                raised[type(error).__name__] += 1
        return {"done": done, "raised": raised}


def main() -> None:
    """Answers until the input ends."""
    logging.disable()
    # Quixote makes sys.stdout its log.
    output = sys.stdout
    worker = Worker(make_adapter(*sys.argv[1:]))
    for line in sys.stdin:
        operation, *words = line.split()
        try:
            answer = getattr(worker, operation)(*words)
        except Exception as error:
            answer = {"raised": type(error).__name__, "message": str(error)[:200]}
        output.write(json.dumps(answer) + "\n")
        output.flush()


if __name__ == "__main__":
    main()
