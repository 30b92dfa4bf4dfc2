# SPDX-License-Identifier: MIT
"""The site that scripts/docs makes, once for all tests."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from pages import PACKAGE, ROOT

sys.path.insert(0, str(PACKAGE))


@pytest.fixture(scope="session")
def site() -> Path:
    """The site's folder."""
    if shutil.which("doxygen") is None:
        pytest.skip("doxygen is missing")
    done = subprocess.run(
        [ROOT / "scripts/docs"], capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    return ROOT / "build/docs/html"


@pytest.fixture(scope="session")
def reference(site: Path) -> Path:
    """What Doxygen made of the C headers: a folder of XML."""
    return site.parent / "doxygen/xml"
