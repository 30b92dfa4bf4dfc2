# SPDX-License-Identifier: MIT
"""A loads, B deletes, A saves: is the session back?"""

from __future__ import annotations

from collections import Counter

from Peers.bench import Bench, Row, look, of, told
from Peers.child import NoAnswer, word


def measure(bench: Bench) -> Row:
    """Counts the sessions that are back, and the deletions that had to wait for A."""
    rounds = bench.scaled(10, 100)
    deleted, back, waited, answers = 0, 0, 0, Counter[str]()
    with bench.workers(3) as (a, b, reader):
        for _ in range(rounds):
            id = a.must("create")["id"]
            assert a.must("load", word(id))["values"] is not None
            b.tell("delete", word(id))
            try:
                deletion, is_waiting = b.answer(0.05), False
            except NoAnswer:
                deletion, is_waiting = {}, True
            answers[told(a.ask("save", "n", "1"))] += 1
            if is_waiting:
                waited += 1
                deletion = b.answer()
            # Who was not deleted is not back.
            if "raised" in deletion:
                continue
            deleted += 1
            back += look(reader, id)[0] == "loaded"
    text = f"back {of(back, deleted)}"
    if waited:
        text += f", the deletion waited for the other request in {waited}"
    else:
        text += f"; the save {', '.join(answers)}"
    return {
        "text": text,
        "rounds": rounds,
        "deleted": deleted,
        "back": back,
        "waited": waited,
        "save told": dict(answers),
    }
