# SPDX-License-Identifier: MIT
"""All golden files with their golden.json, as Tests/Fixtures/make_fixtures.py writes them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from format1_bad import all_bad
from format1_golden import BAD, FIXTURES, GOOD, INDEX, STORES
from format1_good import all_good
from format1_stores import all_stores


def fixtures() -> dict[str, bytes]:
    """Contents by paths below Tests/Fixtures; the same at every run."""
    files: dict[str, bytes] = {}
    goldens: dict[Path, Iterable[Any]] = {GOOD: all_good(), BAD: all_bad(), STORES: all_stores()}
    for folder, golden in goldens.items():
        entries: list[dict[str, Any]] = []
        place = folder.relative_to(FIXTURES)
        for item in golden:
            entry: dict[str, Any] = item.entry()
            path = f"{place}/{entry['file']}"
            assert path not in files, path
            files[path] = item.file
            entries.append(entry)
        lines = ",\n".join(json.dumps(entry, ensure_ascii=False) for entry in entries)
        files[f"{place}/{INDEX}"] = f"[\n{lines}\n]\n".encode()
    return files


def committed() -> dict[str, bytes]:
    """What is there."""
    return {
        str(path.relative_to(FIXTURES)): path.read_bytes()
        for folder in (GOOD, BAD, STORES)
        for path in folder.iterdir()
    }
