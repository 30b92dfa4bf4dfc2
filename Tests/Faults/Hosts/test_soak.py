# SPDX-License-Identifier: MIT
"""Millions of mixed operations with a sweep running: nothing is held that was not held before."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from places import program
from soaking import Course, leftovers, soak

pytestmark = pytest.mark.method("soak")

C = [program("soak")]
PYTHON = [sys.executable, str(Path(__file__).with_name("soak_in_python.py"))]

# A sample in C is exact, but for chunks that malloc happened to cut larger than was asked for.
# Python has caches of its own: of types, of compiled expressions, of numbers.
MARGINS = {"descriptors": 0, "heap": 1024, "resident": 2 * 1024 * 1024}
PYTHON_MARGINS = {**MARGINS, "heap": 16 * 1024, "blocks": 400}
# Sessions whose browsers lost the cookie, until the sweep takes them.
FILES_MAXIMUM = 2000

Record = Callable[[str, object], None]


def risen(course: Course, margins: Mapping[str, int]) -> set[str]:
    """Of what a process holds more than it did."""
    return {what for what, margin in margins.items() if course.rise(what) > margin}


def record(courses: list[Course], record_property: Record) -> None:
    """Hands in what a soak did."""
    record_property("operations", sum(course.operations for course in courses))
    record_property("descriptors more", sum(course.rise("descriptors") for course in courses))
    record_property("bytes more", sum(max(0, course.rise("heap")) for course in courses))


def test_operations_in_c_leave_nothing_open_allocated_or_lying_about(
    tmp_path: Path, is_long: bool, seed: int, record_property: Record
) -> None:
    operations = 20_000_000 if is_long else 200_000
    courses = soak(C, tmp_path, seed, operations, 2, 2, 10)
    record(courses, record_property)
    assert len(courses) == 2
    for course in courses:
        assert risen(course, MARGINS) == set(), course
        assert course.most("files") <= FILES_MAXIMUM
    assert leftovers(tmp_path) == []


def test_operations_in_python_leave_nothing_open_allocated_or_lying_about(
    tmp_path: Path, is_long: bool, seed: int, record_property: Record
) -> None:
    operations = 1_000_000 if is_long else 6_000
    (course,) = soak(PYTHON, tmp_path, seed, operations, 5)
    record([course], record_property)
    assert risen(course, PYTHON_MARGINS) == set(), course
    assert course.most("files") <= FILES_MAXIMUM
    assert leftovers(tmp_path) == []


def test_leaks_in_c_are_seen(tmp_path: Path, seed: int) -> None:
    (course,) = soak(C, tmp_path, seed, 20_000, 1, 2, 2, "leak")
    assert risen(course, MARGINS) >= {"descriptors", "heap"}
    assert leftovers(tmp_path)


def test_leaks_in_python_are_seen(tmp_path: Path, seed: int) -> None:
    (course,) = soak(PYTHON, tmp_path, seed, 1_500, 2, "leak")
    assert risen(course, PYTHON_MARGINS) >= {"descriptors", "heap", "blocks"}
