# SPDX-License-Identifier: MIT
"""A check that can't fail proves nothing: with a rule taken out of the library, the suite says so.

Each rule of Mutants/*.toml, taken out, must make each of its checks fail, with the words of the
definition; with all rules in force the same check on the same library must pass.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from mutant_library import library_of
from mutants import Check, Mutant, all_mutants, check_fits, sources
from places import BUILD, ROOT, environment

pytestmark = pytest.mark.method("mutants")

MUTANTS = all_mutants()
TESTS = ROOT / "Tests"
# What cmocka prints of tests that began, and of those that passed.
GOOD_LINE = re.compile(r"\[ (RUN  |     OK) ")


@dataclass(frozen=True)
class Outcome:
    """How a check went."""

    has_passed: bool
    has_run: bool
    told: str


Run = Callable[[str, str], Outcome]


@pytest.fixture(scope="module")
def library() -> Path:
    """The library with all mutants in it."""
    if shutil.which("swiftc") is None:
        pytest.skip("no Swift compiler to build the mutants with")
    return library_of(MUTANTS)


@pytest.fixture(scope="module")
def run(library: Path) -> Run:
    """Runs a check on the library without a rule; "" for all rules in force, which is done once."""
    sound: dict[str, Outcome] = {}

    def run_once(check: str, rule: str) -> Outcome:
        if rule:
            return outcome_of(check, library, rule)
        if check not in sound:
            sound[check] = outcome_of(check, library, rule)
        return sound[check]

    return run_once


def outcome_of(check: str, library: Path, rule: str) -> Outcome:
    """Runs a program of Tests/ABI, or a test that pytest finds below Tests."""
    is_program = "::" not in check
    program = BUILD / "Tests" / "ABI" / check
    if is_program and not program.exists():
        pytest.skip(f"{check} is not built")
    pytest_words = ["-m", "pytest", "-p", "no:cacheprovider", "-qx", str(TESTS / check)]
    variables = environment(
        SESSION3_LIBRARY=str(library), LD_LIBRARY_PATH=str(library.parent), SESSION3_BROKEN=rule
    )
    done = subprocess.run(
        [str(program)] if is_program else [sys.executable, *pytest_words],
        cwd=ROOT,
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=900,
    )
    lines = [line for line in done.stdout.splitlines() if not GOOD_LINE.match(line)]
    has_run = is_program or re.search(r"^\d+ (passed|failed)", done.stdout, re.M) is not None
    return Outcome(done.returncode == 0, has_run, "\n".join(lines))


def test_every_mutant_changes_a_text_that_is_there_once() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)
    originals = sources()
    for mutant in MUTANTS:
        check_fits(mutant, originals)


def test_every_check_of_a_mutant_is_there() -> None:
    for mutant in MUTANTS:
        assert mutant.checks, mutant.name
        assert not mutant.checks[0].is_slow, mutant.name
        for check in mutant.checks:
            path, _, test = check.run.partition("::")
            if test:
                assert f"def {test}(" in (TESTS / path).read_text(), check.run
            else:
                assert [*(TESTS / "ABI").rglob(f"{path}.c")], check.run


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_rule_that_is_taken_out_is_noticed(
    mutant: Mutant, run: Run, is_long: bool, record_property: Callable[[str, object], None]
) -> None:
    check_fits(mutant, sources())
    record_property("mutants", 1)
    unnoticed = [
        f"{check.run} did not say {check.saying!r}:\n{broken.told}"
        for check, broken in outcomes(mutant, run, is_long)
        if broken.has_passed or not re.search(check.saying, broken.told)
    ]
    record_property("caught", int(not unnoticed))
    record_property("survived", int(bool(unnoticed)))
    assert not unnoticed, "\n".join([f"without the rule: {mutant.rule}", *unnoticed])


def outcomes(mutant: Mutant, run: Run, is_long: bool) -> Iterator[tuple[Check, Outcome]]:
    """Runs the checks of a mutant; in the short form the first alone. Those that can't run here are
    passed over: the first, which needs nothing but the library, is always run."""
    checks = mutant.checks if is_long else mutant.checks[:1]
    for check in checks:
        sound = run(check.run, "")
        assert sound.has_passed, f"{check.run} fails with all rules in force:\n{sound.told}"
        if sound.has_run:
            yield check, run(check.run, mutant.name)
