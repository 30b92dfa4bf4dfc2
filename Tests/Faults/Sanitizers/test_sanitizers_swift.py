# SPDX-License-Identifier: MIT
"""The core as normal Swift, under sanitizers: the long form's, for it is built anew.

Once under the thread sanitizer is a stage of scripts/test; here its races are run again and again.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from places import BUILD, ROOT
from proof import RecordProperty

pytestmark = pytest.mark.method("sanitizers")

RACES = "RaceTests"
REPETITIONS = 10


@pytest.fixture
def swift(is_long: bool) -> str:
    """The compiler driver."""
    if not is_long:
        pytest.skip("the long form only: builds the core anew")
    path = shutil.which("swift")
    if path is None:
        pytest.skip("swift is not installed")
    return path


def xctest(swift: str, sanitizer: str, place: Path, *options: str) -> int:
    """Runs the core's tests under a sanitizer: how many ran. Fails if one does."""
    command = [swift, "test", "--disable-swift-testing", f"--sanitize={sanitizer}"]
    command += ["--package-path", str(ROOT), "--scratch-path", str(place), *options]
    # XCTest keeps every test case to its end; the library's leaks are looked for in C.
    environment = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    output = done.stdout + done.stderr
    assert done.returncode == 0, output[-8000:]
    assert "Sanitizer:" not in output, output[-8000:]
    counts = [int(count) for count in re.findall(r"Executed (\d+) tests?", output)]
    assert counts, output[-8000:]
    return max(counts)


def test_the_core_is_clean_under_asan(swift: str, record_property: RecordProperty) -> None:
    count = xctest(swift, "address", BUILD / "swift-asan")
    record_property("tests of the core under ASan", count)
    assert count > 100


def test_the_races_are_clean_under_tsan_again_and_again(
    swift: str, record_property: RecordProperty
) -> None:
    place = ROOT / ".build-tsan"
    for _ in range(REPETITIONS):
        count = xctest(swift, "thread", place, "--filter", RACES)
        assert count > 0
        record_property("race tests of the core under TSan", count)
