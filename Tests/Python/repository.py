# SPDX-License-Identifier: MIT
"""Where things are in this repository."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "bindings" / "python"
LIBRARY = os.environ.setdefault("SESSION3_LIBRARY", str(ROOT / "build" / "libsession3.so"))


def search_path(package: Path = PACKAGE) -> str:
    """PYTHONPATH for a child process that imports the package from a directory."""
    return os.pathsep.join([str(package), *filter(None, [os.environ.get("PYTHONPATH")])])
