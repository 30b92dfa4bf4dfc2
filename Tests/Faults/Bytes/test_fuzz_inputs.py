# SPDX-License-Identifier: MIT
"""What the fuzzers kept, as session files: the library and the independent reader of Tests/Python
take and refuse the same ones, and read the same in them.

A record is a file; each MessagePack value is a payload, and an attribute of one; a merge has three
payloads. The long form adds the first inputs, which are made of the golden files.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from corruptions import Golden, Judged, is_truthful, judged, outcomes, whole
from fuzz_inputs import FILES, ID, file_of, inputs_of, make_seeds
from proof import RecordProperty

pytestmark = pytest.mark.method("fuzz")

PLAIN = Golden("a plain session", ID, file_of(b"\x80"), "good")


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory, is_long: bool) -> list[Path]:
    """Where inputs are, beside those that were kept."""
    return [make_seeds(tmp_path_factory.mktemp("seeds"))] if is_long else []


@pytest.mark.parametrize("target", FILES)
def test_what_fuzzers_kept_is_read_alike_by_both_readers(
    target: str, places: list[Path], tmp_path: Path, record_property: RecordProperty
) -> None:
    paths = inputs_of(target, *places)
    cases = [(path, file) for path in paths for file in FILES[target](path.read_bytes())]
    found = list(outcomes(PLAIN, [whole(PLAIN.data, file) for _, file in cases], tmp_path))
    for (path, file), outcome in zip(cases, found, strict=True):
        wanted = judged(file, ID)
        assert outcome.loaded == wanted, f"{path}: document {wanted}, library {outcome.loaded}"
        assert is_truthful(outcome, was_good=True), f"{path}: {outcome}"
    # Both kinds, or there is little to agree on.
    loaded = sum(isinstance(outcome.loaded, Judged) for outcome in found)
    assert 20 < loaded < len(cases) - 20
    record_property("inputs read alike by a second reader", len(paths))
