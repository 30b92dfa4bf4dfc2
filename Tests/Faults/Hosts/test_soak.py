# SPDX-License-Identifier: MIT
"""Millions of mixed operations with a sweep running: nothing is held that was not held before."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from leftovers import leftovers
from proof import RecordProperty
from soaking import Course, soak, soak_in_c, soak_in_python

pytestmark = pytest.mark.method("soak")

# A sample in C is exact, but for chunks that malloc happened to cut larger than was asked for.
# Python has caches of its own: of types, of compiled expressions, of numbers.
MARGINS = {"descriptors": 0, "heap": 1024, "resident": 2 * 1024 * 1024}
PYTHON_MARGINS = {**MARGINS, "heap": 16 * 1024, "blocks": 400}
# Sessions whose browsers lost the cookie, until the sweep takes them.
FILES_MAXIMUM = 2000


def risen(course: Course, margins: Mapping[str, int]) -> set[str]:
    """Of what a process holds more than it did."""
    return {what for what, margin in margins.items() if course.rise(what) > margin}


def judge(
    courses: list[Course],
    operations: int,
    margins: Mapping[str, int],
    directory: Path,
    record_property: RecordProperty,
) -> None:
    """Hands in what a soak did, which must be all that it should, and have left nothing."""
    done = sum(course.operations for course in courses)
    record_property("operations", done)
    record_property("samples", sum(len(course.samples) for course in courses))
    record_property("descriptors more", sum(course.rise("descriptors") for course in courses))
    record_property("bytes more", sum(max(0, course.rise("heap")) for course in courses))
    assert done >= operations
    for course in courses:
        assert risen(course, margins) == set(), course
        assert course.most("files") <= FILES_MAXIMUM
    assert leftovers(directory) == []


def test_operations_in_c_leave_nothing_open_allocated_or_lying_about(
    tmp_path: Path, is_long: bool, seed: int, record_property: RecordProperty
) -> None:
    operations = 20_000_000 if is_long else 200_000
    courses = soak_in_c(tmp_path, seed, operations, processes=2, samples=10)
    judge(courses, operations, MARGINS, tmp_path, record_property)


def test_operations_in_python_leave_nothing_open_allocated_or_lying_about(
    tmp_path: Path, is_long: bool, seed: int, record_property: RecordProperty
) -> None:
    operations = 1_000_000 if is_long else 6_000
    courses = soak_in_python(tmp_path, seed, operations, samples=6)
    judge(courses, operations, PYTHON_MARGINS, tmp_path, record_property)


def test_leaks_in_c_are_seen(tmp_path: Path, seed: int) -> None:
    (course,) = soak_in_c(tmp_path, seed, 20_000, "leak", samples=2)
    assert risen(course, MARGINS) >= {"descriptors", "heap"}
    assert leftovers(tmp_path)


def test_leaks_in_python_are_seen(tmp_path: Path, seed: int) -> None:
    (course,) = soak_in_python(tmp_path, seed, 1_500, "leak", samples=3)
    assert risen(course, PYTHON_MARGINS) >= {"descriptors", "heap", "blocks"}


@pytest.mark.parametrize(("processes", "taken"), [(1, 0), (1, 1), (2, 2)])
def test_a_soak_that_took_too_few_samples_is_found_out(processes: int, taken: int) -> None:
    sample = "process 0: 100 operations, 3 descriptors, 9 bytes of heap, 9 bytes resident, 1 files"
    with pytest.raises(AssertionError):
        soak(["printf", f"{sample}\n" * taken], processes, samples=2)
