# SPDX-License-Identifier: MIT
"""A model of a session file's two slots: every order in which a reader and writers can meet.

A slot is as many words as a write may be seen in, each with the revision and the number of the
save that wrote it; a slot is good if all of its words are of one save. Writers come one after
another, as the lock has it, and write their words in any order; one of them may crash. A reader
sees the words in any order, beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

WORDS = 2
READINGS = 3

Word = tuple[int, int]
Slots = tuple[tuple[Word, ...], tuple[Word, ...]]
Place = tuple[int, int]
Rule = Callable[[Slots], tuple[int | None, bool]]
"""Which slot of a reading counts, and whether the answer holds only if it comes twice."""

NOTHING: Word = (0, 0)
PLACES = frozenset((slot, word) for slot in range(2) for word in range(WORDS))
UNREAD: Slots = ((NOTHING,) * WORDS, (NOTHING,) * WORDS)


def is_good(slot: tuple[Word, ...]) -> bool:
    """Whether a checksum would be right."""
    return slot[0] != NOTHING and len(set(slot)) == 1


def is_torn(slot: tuple[Word, ...]) -> bool:
    """Whether a slot is neither good nor empty."""
    return not is_good(slot) and set(slot) != {NOTHING}


def newest(slots: Slots) -> int | None:
    """The good slot of the higher revision."""
    good = [index for index in range(2) if is_good(slots[index])]
    return max(good, key=lambda index: (slots[index][0][0], -index), default=None)


def both_slots(slots: Slots) -> tuple[int | None, bool]:
    """docs/format.md, section 5, rules 4 and 5."""
    return newest(slots), any(map(is_torn, slots))


def likely_slot(slots: Slots) -> tuple[int | None, bool]:
    """The same, without a look into the other slot where that is of the revision before."""
    likely = 0 if slots[0][0][0] >= slots[1][0][0] else 1
    is_next = slots[likely][0][0] == slots[1 - likely][0][0] + 1
    return (likely, False) if is_next and is_good(slots[likely]) else both_slots(slots)


def one_reading(slots: Slots) -> tuple[int | None, bool]:
    """What is not enough."""
    return newest(slots), False


@dataclass(frozen=True)
class Reader:
    """A reader that has begun."""

    floor: int
    """The save that was complete when it began: it must not answer an older one."""
    missing: frozenset[Place] = PLACES
    seen: Slots = UNREAD
    before: int | None = None
    """The revision that the reading before found."""
    reading: int = 1


@dataclass(frozen=True)
class State:
    """Of the file and of all who use it."""

    slots: Slots
    saves: int
    """That are still to come."""
    crashes: int
    number: int = 1
    """Of the save that began last."""
    complete: int = 1
    """The save that returned last."""
    writing: tuple[int, Word, frozenset[int]] | None = None
    """Into which slot, what, and which of its words are missing."""
    reader: Reader | None = None


def with_word(slots: Slots, place: Place, word: Word) -> Slots:
    """Slots with one word replaced."""
    changed = [list(slot) for slot in slots]
    changed[place[0]][place[1]] = word
    return tuple(changed[0]), tuple(changed[1])


def writes(state: State) -> Iterator[State]:
    """What writers may do next."""
    if state.writing is None:
        if state.saves > 0:
            base = newest(state.slots)
            assert base is not None
            number = state.number + 1
            word = (state.slots[base][0][0] + 1, number)
            writing = (1 - base, word, frozenset(range(WORDS)))
            yield replace(state, saves=state.saves - 1, number=number, writing=writing)
        return
    slot, word, missing = state.writing
    for index in missing:
        slots, rest = with_word(state.slots, (slot, index), word), missing - {index}
        if rest:
            yield replace(state, slots=slots, writing=(slot, word, rest))
        else:
            yield replace(state, slots=slots, writing=None, complete=word[1])
    if state.crashes > 0:
        yield replace(state, crashes=state.crashes - 1, writing=None)


def wrong_answers(rule: Rule, saves: int, crashes: int) -> int:
    """How often a reader answers a state that was not the newest at any time of its call."""
    first: Slots = (((1, 1),) * WORDS, (NOTHING,) * WORDS)
    pending, wrong = [State(first, saves, crashes)], 0
    seen = set(pending)
    while pending:
        state = pending.pop()
        followers = list(writes(state))
        if state.reader is None:
            followers.append(replace(state, reader=Reader(state.complete)))
        else:
            for reader in reads(state.reader, state.slots):
                answer = answer_of(rule, reader)
                if answer is None:
                    followers += [replace(state, reader=after(rule, reader))]
                else:
                    wrong += answer < reader.floor
        fresh = [follower for follower in followers if follower not in seen]
        seen.update(fresh)
        pending += fresh
    return wrong


def reads(reader: Reader, slots: Slots) -> Iterator[Reader]:
    """What a reader may see next."""
    for place in reader.missing:
        word = slots[place[0]][place[1]]
        seen = with_word(reader.seen, place, word)
        yield replace(reader, missing=reader.missing - {place}, seen=seen)


def answer_of(rule: Rule, reader: Reader) -> int | None:
    """The save that a reader answers, if it has seen enough."""
    if reader.missing:
        return None
    slot, must_come_twice = rule(reader.seen)
    if slot is None or (must_come_twice and reader.seen[slot][0][0] != reader.before):
        return None
    return reader.seen[slot][0][1]


def after(rule: Rule, reader: Reader) -> Reader:
    """A reader that goes on, or reads again; after its last reading it waits for the lock."""
    if reader.missing or reader.reading == READINGS:
        return reader
    slot, _ = rule(reader.seen)
    before = None if slot is None else reader.seen[slot][0][0]
    return Reader(reader.floor, before=before, reading=reader.reading + 1)
