# SPDX-License-Identifier: MIT
"""What two compilers' static analyzers say of the C beneath the core, and of the C binding."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from places import ROOT
from proof import RecordProperty
from sanitizing import run

pytestmark = pytest.mark.method("sanitizers")

SYSTEM = ROOT / "Sources" / "CSession3System"
FOLDERS = [f"-I{path}" for path in (SYSTEM / "include", ROOT / "include", ROOT / "bindings" / "c")]

# Functions of headers are looked at only where that is asked for.
CLANG = [
    *("clang", "--analyze", "--analyzer-output", "text", "-Xclang", "-analyzer-werror"),
    *("-Xclang", "-analyzer-opt-analyze-headers", "-o", "/dev/null"),
]
# Without optimization the checked functions of -D_FORTIFY_SOURCE are not those that are compiled.
GCC = [
    *("gcc", "-fanalyzer", "-O2", "-D_FORTIFY_SOURCE=3", "-Wall", "-Wextra", "-Werror"),
    *("-std=gnu11", "-c", "-o", "/dev/null"),
]
ANALYZERS = {"clang": CLANG, "gcc": GCC}

PLANTED = """
#include <stdlib.h>
static inline char *planted(size_t size) {
  char *bytes = malloc(size);
  bytes[0] = 'x';
  free(bytes);
  return bytes + (bytes[0] == 'x');
}
"""

Analyze = Callable[[Path], tuple[int, str]]


@pytest.fixture(params=sorted(ANALYZERS))
def analyze(request: pytest.FixtureRequest) -> Analyze:
    """One analyzer, over one file."""
    command = ANALYZERS[request.param]
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    return lambda path: run([*command, *FOLDERS, path])


def test_the_analyzer_has_nothing_to_say(
    analyze: Analyze, tmp_path: Path, is_long: bool, record_property: RecordProperty
) -> None:
    binding = tmp_path / "binding.c"
    binding.write_text('#include "session3_easy_manager.h"\n')
    sources = sorted(SYSTEM.glob("*.c"))
    if is_long:
        sources.append(binding)
    said = [output for code, output in map(analyze, sources) if code != 0]
    record_property("files under static analysis", len(sources))
    assert len(sources) > 1
    assert said == []


def test_the_analyzer_sees_a_fault_in_a_header(analyze: Analyze, tmp_path: Path) -> None:
    (tmp_path / "planted.h").write_text(PLANTED)
    source = tmp_path / "planted.c"
    source.write_text('#include "planted.h"\nchar *use(size_t n) { return planted(n); }\n')
    code, output = analyze(source)
    assert code != 0
    assert "after" in output, output
