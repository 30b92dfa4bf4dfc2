# SPDX-License-Identifier: MIT
"""The benchmarks' modules are scripts of a folder, which these tests import."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "Benchmarks"))
