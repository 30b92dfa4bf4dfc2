# SPDX-License-Identifier: MIT
"""Comparing a token takes the same instructions wherever it is wrong, so that time tells nobody how
much of it was right."""

from __future__ import annotations

import functools
import subprocess
import sys
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from places import environment, program
from proof import RecordProperty

pytestmark = pytest.mark.method("security")

LENGTH = 22


@dataclass(frozen=True)
class Comparison:
    """What programs/token_steps.c prints."""

    kind: str
    token: int
    position: int
    """Of the wrong byte; -1 in a token that is right."""
    is_found: bool
    steps: int
    path: str
    """A hash of where the instructions lay."""


@functools.cache
def comparisons() -> list[Comparison]:
    run = subprocess.run(
        [program("token_steps")],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if run.returncode in (3, 4):
        pytest.skip("processes can't be traced here, or the processor is of another kind")
    assert run.returncode == 0, run
    made = []
    for line in run.stdout.splitlines():
        kind, token, position, found, steps, path = line.split()
        made.append(Comparison(kind, int(token), int(position), found == "1", int(steps), path))
    return made


@pytest.mark.parametrize(
    ("kind", "positions"), [("csrf", range(0, LENGTH, 3)), ("form", range(0, LENGTH, 7))]
)
def test_a_wrong_token_takes_the_same_instructions_wherever_it_is_wrong(
    kind: str, positions: range, record_property: RecordProperty
) -> None:
    wrong = [seen for seen in comparisons() if seen.kind == kind and seen.position >= 0]
    assert {seen.position for seen in wrong} == set(positions)
    assert (positions[0], positions[-1]) == (0, LENGTH - 1)
    assert not [seen for seen in wrong if seen.is_found]
    assert len({(seen.steps, seen.path) for seen in wrong}) == 1
    record_property("wrong tokens compared", len(wrong))


def test_a_right_token_takes_as_many_instructions_whichever_it_is() -> None:
    right = [seen for seen in comparisons() if seen.kind == "form" and seen.position < 0]
    assert [(seen.token, seen.is_found) for seen in right] == [(1, True), (2, True), (3, True)]
    assert len({seen.steps for seen in right}) == 1


def test_the_count_finds_a_comparison_that_ends_at_the_first_difference() -> None:
    careless = [seen for seen in comparisons() if seen.kind == "careless" and seen.position >= 0]
    steps = [seen.steps for seen in careless]
    assert steps == sorted(steps)
    assert len(set(steps)) == len(steps) > 4


Compared = list[tuple[Any, Any]]


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> Compared:
    """What Python's sessions have compared by compare_digest, and with what."""
    from session3 import Session as module

    seen: Compared = []
    compare = module.compare_digest  # type: ignore[attr-defined]

    def note(given: Any, known: Any) -> bool:
        seen.append((given, known))
        return bool(compare(given, known))

    monkeypatch.setattr(module, "compare_digest", note)
    return seen


def test_python_compares_by_compare_digest_and_all_tokens(compared: Compared) -> None:
    from session3.Session import Session

    session = Session("alice")
    tokens = [session.create_form_token() for _ in range(5)]
    for given in (tokens[0], tokens[4], "no token"):
        compared.clear()
        assert session.has_form_token(given) == (given in tokens)
        assert [known.decode() for _, known in compared] == tokens


def test_python_compares_the_csrf_token_by_compare_digest(
    compared: Compared, monkeypatch: pytest.MonkeyPatch
) -> None:
    from session3.Session import Session

    session = Session("alice")
    token = session.get_csrf_token()
    for given in (token, f"{token[:-1]}!", f"!{token[1:]}", "no token"):
        compared.clear()
        fields = {"csrf_token": given}
        request = SimpleNamespace(get_method=lambda: "POST", get_field=fields.get)
        quixote = SimpleNamespace(get_publisher=lambda: True, get_request=lambda to=request: to)
        monkeypatch.setitem(sys.modules, "quixote", quixote)
        assert session.valid_csrf_token() == (given == token)
        assert compared == [(given.encode(), token.encode())]
