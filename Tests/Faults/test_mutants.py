# SPDX-License-Identifier: MIT
"""A check that can't fail proves nothing: with a rule taken out of the library, the suite says so.

Each rule of Mutants/*.toml, taken out, must make each of its checks fail, with the words of the
definition; with all rules in force the same check on the same library must pass. In the long form
also its slow checks: tests of this suite, that is a second method.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from mutant_library import library_of
from mutants import Check, Mutant, all_mutants, check_fits, sources
from places import BUILD, ROOT, environment
from proof import RecordProperty

pytestmark = pytest.mark.method("mutants")

MUTANTS = all_mutants()
TESTS = ROOT / "Tests"
# Without these nothing would be proved.
INDISPENSABLE = {
    *("no_lock", "no_unlock_before_close", "wrong_slot_written", "checksum_not_checked"),
    *("no_recheck_after_the_lock", "no_size_check_after_create", "deletion_without_lock"),
    *("save_recreates", "no_second_read", "merge_takes_theirs", "incarnation_ignored"),
}
# What cmocka prints of tests that began, and of those that passed.
GOOD_LINE = re.compile(r"\[ (RUN  |     OK) ")
# pytest shows the source of a test that failed, which holds its words in any case; what was found
# stands behind an E.
FOUND = re.compile(r"E(\s|$)")
PYTEST = ["-m", "pytest", "-p", "no:cacheprovider", "-qx", "-rs", "--show-capture=no"]


@dataclass(frozen=True)
class CheckResult:
    """How a check went."""

    has_passed: bool
    skipped: str
    """Why nothing ran; empty if something did."""
    told: str
    """What it found and printed."""


RunCheck = Callable[[str, str], CheckResult]


@dataclass(frozen=True)
class Case:
    """A mutant and one of its checks."""

    mutant: Mutant
    check: Check
    is_first: bool

    def __str__(self) -> str:
        if self.is_first:
            return self.mutant.name
        return f"{self.mutant.name}-{self.check.run.rpartition('::')[2]}"


CASES = [
    Case(mutant, check, check is mutant.checks[0]) for mutant in MUTANTS for check in mutant.checks
]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """In the short form the first check of each mutant alone, which takes a second."""
    if "case" in metafunc.fixturenames:
        is_long = metafunc.config.getoption("--scale") == "long"
        metafunc.parametrize("case", [c for c in CASES if is_long or c.is_first], ids=str)


@pytest.fixture(scope="module")
def library() -> Path:
    """The library with all mutants in it."""
    if shutil.which("swiftc") is None:
        pytest.skip("no Swift compiler to build the mutants with")
    return library_of(MUTANTS)


@pytest.fixture(scope="module")
def run(library: Path) -> RunCheck:
    """Runs a check on the library without a rule; "" for all rules in force, which is done once."""
    sound: dict[str, CheckResult] = {}

    def run_once(check: str, rule: str) -> CheckResult:
        if rule:
            return result_of(check, library, rule)
        if check not in sound:
            sound[check] = result_of(check, library, rule)
        return sound[check]

    return run_once


@pytest.fixture(scope="module")
def caught_slowly() -> set[str]:
    """The mutants that a second method has caught until now."""
    return set()


def result_of(check: str, library: Path, rule: str) -> CheckResult:
    """Runs a program of Tests/ABI, or a test that pytest finds below Tests."""
    is_program = "::" not in check
    program = BUILD / "Tests" / "ABI" / check
    if is_program and not program.exists():
        pytest.skip(f"{check} is not built")
    variables = environment(
        SESSION3_LIBRARY=str(library), LD_LIBRARY_PATH=str(library.parent), SESSION3_BROKEN=rule
    )
    done = subprocess.run(
        [str(program)] if is_program else [sys.executable, *PYTEST, str(TESTS / check)],
        cwd=ROOT,
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=900,
    )
    told = told_by_program if is_program else told_by_pytest
    skipped = "" if is_program else why_nothing_ran(done.stdout)
    return CheckResult(done.returncode == 0, skipped, told(done.stdout))


def told_by_program(output: str) -> str:
    """What a program of Tests/ABI prints but for tests that are well."""
    return "\n".join(line for line in output.splitlines() if not GOOD_LINE.match(line))


def told_by_pytest(output: str) -> str:
    """What a test found, without its source and its name."""
    return "\n".join(line for line in output.splitlines() if FOUND.match(line))


def why_nothing_ran(output: str) -> str:
    """The reasons of the tests that were skipped, if all were."""
    if re.search(r"^\d+ (passed|failed|error)", output, re.M):
        return ""
    reasons = re.findall(r"^SKIPPED \[\d+\] (.+)$", output, re.M)
    return "; ".join(reasons) or output[-300:]


def test_every_mutant_changes_a_text_that_is_there_once() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)
    originals = sources()
    for mutant in MUTANTS:
        check_fits(mutant, originals)


def test_the_mutants_without_which_nothing_is_proved_are_defined() -> None:
    assert {mutant.name for mutant in MUTANTS} >= INDISPENSABLE


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


def test_what_a_check_must_say_is_not_looked_for_in_its_source() -> None:
    printed = """
____________________ test_of_words[is_lost] ____________________
    def test_of_words() -> None:
>       assert found == saved, "is lost"
E       AssertionError: 1 of 2 gone
E       assert 1 == 2
Tests/test_of_words.py:7: AssertionError
==================== short test summary info ====================
FAILED Tests/test_of_words.py::test_of_words[is_lost] - is lost
"""
    assert told_by_pytest(printed).splitlines() == [
        "E       AssertionError: 1 of 2 gone",
        "E       assert 1 == 2",
    ]


def test_a_check_whose_tests_were_all_skipped_did_not_run() -> None:
    reason = "SKIPPED [2] Tests/test_of_words.py:7: not root"
    assert why_nothing_ran(f"ss\n{reason}\n2 skipped in 0.01s") == reason.partition("] ")[2]
    assert why_nothing_ran(f"s.\n{reason}\n1 passed, 1 skipped in 0.01s") == ""
    assert why_nothing_ran("no tests ran in 0.01s") != ""


def test_a_rule_that_is_taken_out_is_noticed(
    case: Case, run: RunCheck, caught_slowly: set[str], record_property: RecordProperty
) -> None:
    mutant, check = case.mutant, case.check
    check_fits(mutant, sources())
    sound = run(check.run, "")
    if sound.skipped:
        pytest.skip(sound.skipped)
    assert sound.has_passed, f"{check.run} fails with all rules in force:\n{sound.told}"
    broken = run(check.run, mutant.name)
    is_caught = not broken.has_passed and re.search(check.saying, broken.told) is not None
    if case.is_first:
        record_property("mutants", 1)
        record_property("caught", int(is_caught))
        record_property("survived", int(not is_caught))
    if check.is_slow:
        is_new = is_caught and mutant.name not in caught_slowly
        record_property("mutants caught by a second method", int(is_new))
        caught_slowly |= {mutant.name} if is_caught else set()
    assert is_caught, (
        f"without the rule: {mutant.rule}\n{check.run} did not say {check.saying!r}:\n{broken.told}"
    )
