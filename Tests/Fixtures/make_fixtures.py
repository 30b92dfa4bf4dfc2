#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes the golden files anew: good/, bad/ and store/ beside this script.

They are what Tests/Python/format1.py, which knows docs/format.md alone, makes of the descriptions
in format1_good.py, format1_bad.py and format1_stores.py.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Python"))

from format1_fixtures import committed, fixtures
from format1_golden import BAD, FIXTURES, GOOD, STORES


def main() -> None:
    for folder in (GOOD, BAD, STORES):
        folder.mkdir(exist_ok=True)
    made = fixtures()
    for name in committed().keys() - made.keys():
        (FIXTURES / name).unlink()
    for name, content in made.items():
        (FIXTURES / name).write_bytes(content)
    print(f"{len(made)} files, {sum(map(len, made.values()))} bytes")


if __name__ == "__main__":
    main()
