# SPDX-License-Identifier: MIT
"""What is wrong after an operation that met a fault.

Each session must be as it was before, or as it is after the operation without a fault, in agreement
with the status that the caller was told.
"""

from __future__ import annotations

import oracle
from operations import E_EXISTS, NAMED, NOT_FOUND, TARGET, UNNAMED
from proof import RecordProperty
from trials import Subject, View, run_plainly, view

# As much of what is wrong is printed.
LINES = 40


def hand_in(wrong: list[str], record_property: RecordProperty) -> None:
    """Counts all that is wrong, of which there must be nothing."""
    record_property("wrong states", len(wrong))
    assert not wrong, "\n".join(wrong[:LINES])


def contents_wrong(
    subject: Subject,
    state: oracle.State,
    status: int | None,
    *,
    may_stray: bool = False,
    is_cut: bool = False,
) -> list[str]:
    """Where sessions are neither old nor new, or not what the status says.

    `status`: None where nobody was told, or where it is not known by the header. `may_stray`:
    whether a session of a new id may be there all the same. `is_cut`: whether a write may have
    come halfway, which counts as an access.
    """
    found, wrong = view(state, subject.template), []
    is_untold = status is None or (status < 0 and subject.operation.in_parts)
    for id in sorted(subject.changed()):
        old, new = subject.before.get(id), subject.after.get(id)
        if is_untold or (may_stray and id == UNNAMED):
            fine = [old, new, (old[0], True, old[2])] if is_cut and old else [old, new]
        else:
            fine = [new if status is not None and status >= 0 else old]
        if found.get(id) not in fine:
            was, due = str(found.get(id)), f"{status}; old {old}, new {new}"
            wrong.append(f"{id} is {was:.100} after {due:.200}")
    if is_lost_on_the_way(subject, found):
        wrong.append(f"{TARGET} is lost between its old id and its new one")
    unnamed = [id for id in state.sessions if id not in NAMED]
    if len(unnamed) > (UNNAMED in subject.after):
        wrong.append(f"sessions of new ids: {unnamed}")
    allowed = {id: [state.payload(id)] for id in [*subject.changed(), *unnamed]}
    return wrong + oracle.deviations(state, allowed, subject.untouched)


def is_lost_on_the_way(subject: Subject, found: View) -> bool:
    """Whether an operation that gives a session another id left it under neither."""
    is_moved = TARGET in subject.before and TARGET not in subject.after
    return is_moved and UNNAMED in subject.after and found.keys().isdisjoint((TARGET, UNNAMED))


def wrong_again(subject: Subject, state: oracle.State) -> list[str]:
    """What goes wrong when the operation is run again, without a fault, on what was left."""
    if subject.template and TARGET not in state.sessions:
        return []
    is_done = view(state, subject.template) == subject.after
    fine = (subject.answer.status, *((NOT_FOUND, E_EXISTS) if is_done else ()))
    answer = run_plainly(subject)
    return [] if answer and answer.status in fine else [f"run again it answers {answer}"]
