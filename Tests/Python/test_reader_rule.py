# SPDX-License-Identifier: MIT
"""The rule by which readers need no lock, in every order in which they can meet writers."""

from __future__ import annotations

import pytest
from reader_rule import Rule, both_slots, likely_slot, one_reading, wrong_answers


@pytest.mark.parametrize("rule", [both_slots, likely_slot])
@pytest.mark.parametrize(("saves", "crashes"), [(3, 0), (3, 1), (4, 1)])
def test_a_reader_never_answers_what_was_saved_over_before_it_began(
    rule: Rule, saves: int, crashes: int
) -> None:
    assert wrong_answers(rule, saves, crashes) == 0


def test_one_reading_would_not_do() -> None:
    assert wrong_answers(one_reading, 3, 0) > 0
