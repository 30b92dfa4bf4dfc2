# SPDX-License-Identifier: MIT
"""The package of this repository, on the library that its build made, also in child processes."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = str(ROOT / "bindings" / "python")
os.environ.setdefault("SESSION3_LIBRARY", str(ROOT / "build" / "libsession3.so"))
os.environ["PYTHONPATH"] = os.pathsep.join(
    part for part in (PACKAGE, os.environ.get("PYTHONPATH")) if part
)
sys.path.insert(0, PACKAGE)
