# SPDX-License-Identifier: MIT
"""What the parts of a run work with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

from asking import Refused, Worker
from contenders import CONTENDERS, Contender
from measuring import BATCH_NS, BATCH_OF_MANY_NS, Group, interleaved
from places import Place
from rows import Case, Results

SESSIONS = 1000
# How many short batches stand for a long one.
TURNS = BATCH_OF_MANY_NS // BATCH_NS
# A file of one block, its inode and its name; in a database it is less. What pads a session is in
# two slots.
BYTES_EACH = 5500


NOTE = "note, "


def version_fact(name: str) -> str:
    """What a contender's version is called."""
    return f"version, {name}"


@dataclass
class Run:
    """What the parts work with."""

    place: Place
    rounds: int
    results: Results
    names: Sequence[str]
    """The contenders that were asked for."""

    @contextmanager
    def groups(
        self, sync: str, padding: int = 0, processes: int = 1, sessions: int = SESSIONS
    ) -> Iterator[dict[str, Group]]:
        """The contenders that know a mode, with sessions in a directory each."""
        found: dict[str, Group] = {}
        with ExitStack() as stack:
            for contender in self.contenders(sync):
                if sessions * (BYTES_EACH + 2 * padding) > self.place.room():
                    reason = f"no room for {sessions:,} sessions in {self.place.name}"
                    self.leave_out(contender.name, reason)
                    continue
                directory = self.place.directory()
                # After its workers ended: a stack goes backwards.
                stack.callback(self.place.remove, directory)
                started = contender.started(directory, sync, padding, processes)
                try:
                    workers = stack.enter_context(started)
                    self.note(contender, workers[0])
                    workers[0].ask("fill", 0, sessions)
                    for number, worker in enumerate(workers):
                        each = sessions // processes
                        worker.ask("range", number * each, each)
                except Refused as reason:
                    self.leave_out(contender.name, reason)
                    continue
                found[contender.name] = Group(workers, directory)
            self.place.settle()
            yield found

    def contenders(self, sync: str) -> list[Contender]:
        """Those that can run here."""
        found = []
        for name in self.names:
            reason = CONTENDERS[name].why_not()
            if reason is not None:
                self.leave_out(name, reason)
            elif sync in CONTENDERS[name].syncs:
                found.append(CONTENDERS[name])
        return found

    def note(self, contender: Contender, worker: Worker) -> None:
        """What was measured, and what is not equal of it."""
        told = worker.ask("info")
        self.results.facts[version_fact(contender.name)] = told["version"]
        for operation, note in told.get("notes", {}).items():
            self.results.facts[f"{NOTE}{contender.name}, {operation}"] = note

    def leave_out(self, what: str, reason: object) -> None:
        """Says it once."""
        told = f"{what}: {reason}"
        if told not in self.results.left_out:
            self.results.left_out.append(told)

    def measure(self, cases: Sequence[Case], groups: Mapping[str, Group]) -> None:
        """Rounds of some cases."""
        self.measure_beside([(case, groups) for case in cases])

    def measure_beside(self, stations: Sequence[tuple[Case, Mapping[str, Group]]]) -> None:
        """Rounds of some cases, each of which has groups of its own."""
        batches = [group.batch_ns for _, groups in stations for group in groups.values()]
        rounds = self.rounds * (TURNS if max(batches, default=0) <= BATCH_NS else 1)
        self.results.rows += interleaved(stations, rounds, self.results.left_out)

    def only(self, names: Iterable[str]) -> Run:
        """The same for some of the contenders that were asked for."""
        wanted = set(names)
        return replace(self, names=[name for name in self.names if name in wanted])
