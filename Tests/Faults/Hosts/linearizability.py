# SPDX-License-Identifier: MIT
"""Whether what clients were told of one session can have happened one after another.

The algorithm is that of Wing and Gong, with Lowe's memoisation and just-in-time order: events are
walked through in the order of time; when a call returns, it must have taken effect at some point
since it began, and so may have any other that was under way. All sets of what may have happened are
kept, each with the state it leads to; if none is left, the history is not linearizable. A call that
never returned, since its client was killed, stays under way for ever: it may yet have happened.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

OPERATIONS = (
    *("create", "load", "save fail", "save merge", "increment", "consume", "delete", "has"),
    "renew",
)
OK, NOT_FOUND, EXISTS, GONE, CONFLICT = 0, 1, -7, -8, -9


class Content(NamedTuple):
    """All that a session holds."""

    incarnation: int
    shared: int
    counted: int = 0
    own: tuple[int, ...] = (0,) * 6
    tokens: int = 15


State = Content | None
"""Of one id: a session, or none."""


class Call(NamedTuple):
    """What one client did to one session, and what it was told; `end` is None if it was killed."""

    client: int
    operation: str
    start: int
    end: int | None
    status: int = OK
    value: int = 0
    result: int = 0
    before: Content | None = None
    after: Content | None = None


def effect(state: State, call: Call) -> tuple[int, State]:
    """What a call must be told in a state, and the state after it."""
    if call.operation == "create":
        return (OK, Content(call.value, call.value)) if state is None else (EXISTS, state)
    if call.operation in ("save fail", "save merge", "renew"):
        assert call.before is not None
        if state is None or state.incarnation != call.before.incarnation:
            return GONE, state
        if call.operation == "renew":
            return OK, None
        if call.operation == "save merge":
            own = (*state.own[: call.client], call.value, *state.own[call.client + 1 :])
            return OK, state._replace(own=own)
        is_as_loaded = state == call.before
        return (OK, state._replace(shared=call.value)) if is_as_loaded else (CONFLICT, state)
    if state is None:
        return (GONE if call.operation == "increment" else NOT_FOUND), None
    if call.operation == "increment":
        return OK, state._replace(counted=state.counted + 1)
    if call.operation == "consume":
        bit = 1 << call.value
        is_there = state.tokens & bit
        return (OK, state._replace(tokens=state.tokens - bit)) if is_there else (NOT_FOUND, state)
    return OK, None if call.operation == "delete" else state


def step(state: State, call: Call) -> list[State]:
    """The state after a call; none if it can't have been told what it was told in this state."""
    status, new = effect(state, call)
    if call.end is None:
        return [new] if status == OK else []
    if status != call.status:
        return []
    if status == OK and call.operation == "increment" and new and new.counted != call.result:
        return []
    shown = state if call.operation == "renew" else new
    if status == OK and call.after is not None and call.after != shown:
        return []
    return [new]


Configuration = tuple[State, frozenset[int]]
"""A state, and the calls under way that have taken effect already."""


def ways_to(
    last: int, configurations: set[Configuration], under_way: set[int], calls: list[Call]
) -> set[Configuration]:
    """What may have happened once the call `last` has returned."""
    found: set[Configuration] = set()
    seen = set(configurations)
    todo = list(configurations)
    while todo:
        state, done = todo.pop()
        if last in done:
            found.add((state, done - {last}))
            continue
        for number in under_way - done:
            for new in step(state, calls[number]):
                configuration = new, done | {number}
                if configuration not in seen:
                    seen.add(configuration)
                    todo.append(configuration)
    return found


class NotLinearizableError(AssertionError):
    """No order of the calls explains what they were told."""


def check(history: Iterable[Call], state: State = None) -> int:
    """Checks what was done to one session, which began in a state; how many calls that were."""
    calls = sorted(history, key=lambda call: call.start)
    events = [(call.start, 0, number) for number, call in enumerate(calls)]
    events += [(call.end, 1, number) for number, call in enumerate(calls) if call.end is not None]
    configurations: set[Configuration] = {(state, frozenset())}
    under_way: set[int] = set()
    for _, is_end, number in sorted(events):
        if not is_end:
            under_way.add(number)
            continue
        before = configurations
        configurations = ways_to(number, before, under_way, calls)
        under_way.remove(number)
        if not configurations:
            others = [calls[other] for other in sorted(under_way)]
            states = [state for state, _ in before]
            raise NotLinearizableError(
                f"{calls[number]} can't be in any of {states}, with {others} under way, "
                f"of the history\n{told(calls)}"
            )
    return len(calls)


def told(history: Iterable[Call]) -> str:
    """A history, a line for each call in the order of their beginnings, in nanoseconds."""
    calls = sorted(history, key=lambda call: call.start)
    lines = []
    for call in calls:
        start, end = (None if t is None else t - calls[0].start for t in (call.start, call.end))
        contents = tuple(call.before or ()), tuple(call.after or ())
        parts = (call.client, call.operation, call.status, call.value, call.result, *contents)
        lines.append(f"{start}..{end}: " + " ".join(map(str, parts)))
    return "\n".join(lines)


def overlapping(history: Iterable[Call]) -> int:
    """How many calls began while another was under way."""
    count, latest = 0, 0.0
    for call in sorted(history, key=lambda call: call.start):
        count += call.start < latest
        latest = max(latest, call.start if call.end is None else call.end)
    return count
