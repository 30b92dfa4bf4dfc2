# SPDX-License-Identifier: MIT
"""How fast the library is meant to be: ratios, and limits, in cases of the suite."""

from __future__ import annotations

from contenders import BARE, OURS, OURS_IN_PYTHON, REPLACED, REPLACED_WITH_NAMES
from goal_kinds import Goal, Limit
from rows import Case
from startup import startup_fact
from sweeps import memory_fact
from updates import OWN, lost_fact

PHP, SESSION3, CACHELIB, DJANGO = "PHP, files", "Session3", "cachelib, files", "Django, files"
SQLITE, REDIS = "SQLite, WAL", "Redis"


def against_peers(operation: str, name: str, peers: dict[str, float]) -> list[Goal]:
    """How many times as fast as each."""
    return [
        Goal(f"{operation}, {name}", "operations", operation, name, peer, limit, is_ahead=True)
        for peer, limit in peers.items()
    ]


def against_bare(limits: dict[str, float]) -> list[Goal]:
    """At most so many times the system calls alone."""
    return [
        Goal(f"{operation}, {OURS}", "operations", operation, OURS, BARE, limit)
        for operation, limit in limits.items()
    ]


def on_a_disk(operation: str, others: dict[str, float], *, is_ahead: bool = False) -> list[Goal]:
    """Of a synced one; memory has nothing to sync."""
    return [
        Goal(
            f"{operation}, synced",
            "synced",
            operation,
            OURS,
            other,
            limit,
            is_ahead=is_ahead,
            place="ext4",
        )
        for other, limit in others.items()
    ]


def on_one_session(operation: str, other: str, limit: float, other_operation: str = "") -> Goal:
    """What 8 processes do in a second, by what they do of the other."""
    return Goal(
        f"{operation}, 8 processes on one session",
        "processes",
        operation,
        OURS,
        other,
        limit,
        is_ahead=True,
        processes=8,
        sessions=1,
        other_operation=other_operation,
    )


SWEEP = "sweeps, 1 of {} expired"
SOME, ALL = SWEEP.format(100), SWEEP.format(1)
MILLION = 1_000_000


def sweep_memory(part: str, sessions: int) -> str:
    """What a sweep is told to take at most."""
    return memory_fact(OURS, Case(part, "sweep", "{place}", sessions=sessions))


OPERATIONS = [
    *against_bare(
        {
            "load": 1.25,
            "resave": 1.25,
            "request": 1.25,
            "create": 1.2,
            "touch": 1.15,
            "has": 1.15,
            "delete": 1.15,
        }
    ),
    *against_peers("load", OURS, {PHP: 2, SESSION3: 5, SQLITE: 1}),
    *against_peers("resave", OURS, {PHP: 2.2, SESSION3: 6, CACHELIB: 14}),
    *against_peers("request", OURS, {PHP: 1.5, SESSION3: 6, DJANGO: 30, REDIS: 4}),
    *against_peers("create", OURS, {PHP: 1.2}),
    *against_peers("touch", OURS, {PHP: 5}),
    *on_a_disk("resave", {BARE: 1.1}),
    *on_a_disk("resave", {REPLACED: 2, REPLACED_WITH_NAMES: 2}, is_ahead=True),
    *against_peers("request", OURS_IN_PYTHON, {SESSION3: 4, CACHELIB: 8, DJANGO: 18}),
    *against_peers("load", OURS_IN_PYTHON, {SESSION3: 2.5, CACHELIB: 2.4}),
    Goal("load, Python", "operations", "load", OURS_IN_PYTHON, OURS, 2.5),
]
SWEEPS: list[Goal | Limit] = [
    Goal("sweep of some", SOME, "sweep", OURS, BARE, 1.2),
    Goal("sweep of some", SOME, "sweep", OURS, PHP, 1, sessions=100_000),
    Limit(
        "memory of a sweep of some of 1,000,000",
        sweep_memory(SOME, MILLION),
        1.1,
        "of that of some of 100,000",
        sweep_memory(SOME, 100_000),
    ),
    # A batch of old sessions, or most of one, is in memory at once in both.
    Limit(
        "memory of a sweep of some of 1,000,000",
        sweep_memory(SOME, MILLION),
        1.1,
        "of that of all of 100,000",
        sweep_memory(ALL, 100_000),
    ),
    Goal("sweep of all", ALL, "sweep", OURS, BARE, 1.6),
    Goal("sweep of all", ALL, "sweep", OURS, PHP, 1),
]
ONE_SESSION: list[Goal | Limit] = [
    on_one_session("request", BARE, 0.8),
    on_one_session("request", BARE, 0.8, "increment"),
    on_one_session("request", PHP, 2),
    on_one_session("increment", BARE, 0.8),
    on_one_session("increment", PHP, 2),
    Limit("increments lost", lost_fact("{place}", OURS), 0, "lost"),
    Limit("updates of an attribute each lost", lost_fact("{place}", OURS, OWN), 0, "lost"),
]
GROWTH = [
    *(
        Goal(
            f"{operation}, a million sessions",
            "growth",
            operation,
            OURS,
            OURS,
            1.3,
            sessions=MILLION,
            other_sessions=1000,
        )
        for operation in ("load", "resave")
    ),
    *(
        Goal(
            f"{operation}, a million sessions",
            "growth",
            operation,
            OURS,
            REDIS,
            4,
            is_ahead=True,
            sessions=MILLION,
        )
        for operation in ("load", "request")
    ),
]
COSTS = [
    Limit("start-up", startup_fact("ms", "{place}", OURS), 1, "ms"),
    Limit("start-up", startup_fact("KiB resident", "{place}", OURS), 1000, "KiB resident"),
    Limit("load", "allocations, load", 4, "allocations"),
    Limit("resave", "allocations, resave", 4, "allocations"),
]
GOALS: list[Goal | Limit] = [*OPERATIONS, *SWEEPS, *ONE_SESSION, *GROWTH, *COSTS]
