# SPDX-License-Identifier: MIT
"""What a store must hold after operations of which some were refused: the oracle of the limits.

An operation that went well changed its session, a refused one nothing; in between, nothing is
allowed.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from errno import ENOMEM
from pathlib import Path

from limited import E_NOMEM, OK, Answer, Limited

Session = tuple[int, int, int]


@dataclass(frozen=True)
class Change:
    """What an operation makes of a session: None for no session."""

    id: str
    after: Session | None
    is_renewal: bool = False
    """Whether the session gets another id, which the library makes."""


NO_CHANGE = Change("", None)


class Ledger:
    """Sessions as they were acknowledged: number, blob length, hits."""

    def __init__(self, directory: Path, refusals: Collection[int]) -> None:
        """`refusals`: the errnos that an operation may be refused with."""
        self.directory, self.refusals = directory, refusals
        self.sessions: dict[str, Session] = {}
        self.done = self.refused = 0
        self._next = 0
        self._amid = NO_CHANGE

    @staticmethod
    def set_up(directory: Path, *refusals: int) -> Ledger:
        """Makes a store and its first sessions, by a process without limits."""
        ledger = Ledger(directory, refusals)
        with Limited() as host:
            host.ok("open", directory, "create")
            ledger._stock(host)
        return ledger

    def _stock(self, host: Limited) -> None:
        """Makes as many sessions as a play needs."""
        while len(self.sessions) < 3:
            self._next += 1
            host.ok("create", f"s{self._next}", self._next, 100)
            self.sessions[f"s{self._next}"] = (self._next, 100, 0)

    def judge(self, answer: Answer) -> bool:
        """Whether an operation went well; if not, it was refused in one of the ways allowed."""
        if answer.status == OK:
            self.done += 1
            return True
        # Want of memory has a status of its own; it excuses nothing where there is enough.
        is_allowed = answer.status == E_NOMEM and ENOMEM in self.refusals
        assert is_allowed or answer.failed_by(*self.refusals), answer
        self.refused += 1
        return False

    def change(
        self, host: Limited, id: str, after: Session | None, command: str, *words: object
    ) -> bool:
        """An operation that makes a session this; whether it went well."""
        self._amid = Change(id, after)
        answer = host(command, *words)
        self._amid = NO_CHANGE
        is_done = self.judge(answer)
        if is_done:
            self.sessions.pop(id, None)
            if after:
                self.sessions[id] = after
        return is_done

    def create(self, host: Limited, size: int = 100) -> None:
        self._next += 1
        id = f"s{self._next}"
        self.change(host, id, (self._next, size, 0), "create", id, self._next, size)

    def save(self, host: Limited, id: str, size: int = 100) -> None:
        n, _, hits = self.sessions[id]
        if self.judge(host("hold", id)):
            self.change(host, id, (n + 1, size, hits), "save", n + 1, size)

    def increment(self, host: Limited, id: str) -> None:
        n, size, hits = self.sessions[id]
        self.change(host, id, (n, size, hits + 1), "increment", id)

    def renew(self, host: Limited, id: str) -> None:
        self._amid = Change(id, None, is_renewal=True)
        answer = host("renew", id)
        self._amid = NO_CHANGE
        if self.judge(answer):
            self.sessions[answer.told] = self.sessions.pop(id)

    def delete(self, host: Limited, id: str) -> None:
        self.change(host, id, None, "delete", id)

    def play(self, host: Limited, growth: int = 3000) -> None:
        """Each operation once, on sessions that there are."""
        first, second = sorted(self.sessions)[:2]
        self.create(host)
        self.create(host, growth)
        for _ in range(2):
            self.save(host, first)
            self.increment(host, first)
        self.judge(host("load", first))
        self.judge(host("has", first))
        self.judge(host("touch", first))
        self.judge(host("sweep", 3_600_000_000))
        self.judge(host("iterate"))
        self.save(host, first, growth)
        self.renew(host, first)
        self.delete(host, second)

    def settle(self, found: Mapping[str, Session]) -> None:
        """After a host died: what it was amid is done or not, and all else is as acknowledged."""
        amid, self._amid = self._amid, NO_CHANGE
        before = self.sessions.get(amid.id)
        new = {id: found[id] for id in found if id != amid.id and id not in self.sessions}
        others = {id: found[id] for id in found if id != amid.id and id not in new}
        assert others == {id: self.sessions[id] for id in self.sessions if id != amid.id}
        if amid.is_renewal:
            # By its old id, its new one, or both.
            assert amid.id in found or new
            assert list(new.values()) in ([], [before])
            assert found.get(amid.id, before) == before
        else:
            assert new == {}
            assert found.get(amid.id) in (before, amid.after)
        self.sessions = dict(found)

    def check(self) -> None:
        """By a process without limits: all is as acknowledged, nothing else is there, and the next
        operation works."""
        names = sorted(os.listdir(self.directory))
        assert names == sorted([".session3", *self.sessions])
        with Limited() as host:
            host.ok("open", self.directory)
            for id, session in self.sessions.items():
                assert host.loaded(id) == session, id
            assert host.ok("iterate").words == [len(self.sessions), 0]
            for id, (n, size, hits) in self.sessions.items():
                host.ok("increment", id)
                self.sessions[id] = (n, size, hits + 1)
            self._stock(host)
