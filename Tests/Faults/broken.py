# SPDX-License-Identifier: MIT
"""The library with one of its rules taken out, for checks that must be seen to fail."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from places import ROOT

SOURCE = ROOT / "Tests" / "ABI" / "Races" / "mutant.c"


def without(rule: str, environment: dict[str, str], place: Path) -> dict[str, str]:
    """The environment of a child process whose library lacks a rule of mutant.c, which is built in
    `place`."""
    compiler = shutil.which(os.environ.get("CC", "cc"))
    if compiler is None:
        pytest.skip("no C compiler to build the library's mutant with")
    module = place / "mutant.so"
    command = [compiler, "-std=c11", "-D_GNU_SOURCE", "-shared", "-fPIC", "-O1", "-o", str(module)]
    subprocess.run([*command, str(SOURCE), "-ldl"], check=True)
    return {**environment, "LD_PRELOAD": str(module), "SESSION3_MUTANT": rule}
