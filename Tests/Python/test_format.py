# SPDX-License-Identifier: MIT
"""docs/format.md, its second implementation and the golden files agree."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from format1 import (
    Corrupt,
    LaterFormat,
    NotFound,
    decode_payload,
    encode_payload,
    file_size_for,
    is_id,
    parse_store_file,
    read_file,
    slot_size,
)
from format1_checksums import crc32c, siphash24
from format1_fixtures import committed, fixtures
from format1_golden import (
    BAD,
    GOOD,
    STORES,
    from_json,
    index,
    name_of,
    payload_of,
    to_json,
)
from format1_messagepack import Decoder, Malformed, Timestamp, Value, encode
from hypothesis import given
from hypothesis import strategies as st

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "format.md"
ANSWERS = {"corrupt": Corrupt, "format": LaterFormat, "not found": NotFound}


def test_committed_files_are_what_the_script_makes() -> None:
    made, there = fixtures(), committed()
    assert there.keys() == made.keys()
    for name, content in made.items():
        assert there[name] == content, f"{name}: run Tests/Fixtures/make_fixtures.py"


@pytest.mark.parametrize("entry", index(GOOD), ids=name_of)
def test_good_file_reads_as_described(entry: dict[str, Any]) -> None:
    session = read_file((GOOD / entry["file"]).read_bytes(), entry["id"])
    assert encode_payload(session.payload) == encode_payload(payload_of(entry["payload"]))
    assert session.slot == entry["slot"]
    assert session.record.revision == int(entry["revision"])
    assert session.record.created_us == entry["created_us"]
    assert session.record.incarnation == int(entry["incarnation"], 16)


@pytest.mark.parametrize("entry", index(BAD), ids=name_of)
def test_bad_file_is_refused_as_described(entry: dict[str, Any]) -> None:
    with pytest.raises(ANSWERS[entry["answer"]]):
        read_file((BAD / entry["file"]).read_bytes(), entry["id"])


@pytest.mark.parametrize("entry", index(STORES), ids=name_of)
def test_store_file_reads_as_described(entry: dict[str, Any]) -> None:
    file = (STORES / entry["file"]).read_bytes()
    if entry["answer"] == "good":
        assert parse_store_file(file) == (entry["sync"], bytes.fromhex(entry["salt"]))
    else:
        with pytest.raises(ANSWERS[entry["answer"]]):
            parse_store_file(file)


def test_document_draws_the_small_file() -> None:
    drawn = bytearray(4096)
    for line in re.findall(r"^([0-9a-f]{4}) ((?: [0-9a-f]{2})+)", DOCUMENT.read_text(), re.M):
        data = bytes.fromhex(line[1])
        drawn[int(line[0], 16) : int(line[0], 16) + len(data)] = data
    assert bytes(drawn) == (GOOD / "small.session").read_bytes()


def test_document_tells_the_short_hash_of_the_vectors() -> None:
    vectors = index(STORES)[0]
    assert vectors["salt"] == bytes(range(16)).hex()
    assert f"`{vectors['short_hashes']['session']}`" in DOCUMENT.read_text()


def test_crc32c_has_its_check_value() -> None:
    assert crc32c(b"123456789") == 0xE3069283


def test_siphash_has_the_value_of_its_paper() -> None:
    assert siphash24(bytes(range(16)), bytes(range(15))) == 0xA129CA6149BE45E5


@pytest.mark.parametrize(
    ("size", "slot"), [(4096, 1536), (8192, 3584), (12288, 5632), (16384, 7680), (1 << 20, 523776)]
)
def test_slot_size_follows_from_file_size(size: int, slot: int) -> None:
    assert slot_size(size) == slot
    assert file_size_for(slot - 32) == size
    assert file_size_for(slot - 31) == size + 4096


@pytest.mark.parametrize("text", ["a", "-", "_", "0" * 128])
def test_id_within_the_grammar(text: str) -> None:
    assert is_id(text)


@pytest.mark.parametrize("text", ["", "0" * 129, "../x", ".x", "a/b", "a\n", "é", "٣", "a.b"])
def test_id_outside_the_grammar(text: str) -> None:
    assert not is_id(text)


def values() -> st.SearchStrategy[Value]:
    """Any value, a few levels deep."""
    scalars: st.SearchStrategy[Value] = (
        st.none()
        | st.booleans()
        | st.integers(-(2**63), 2**64 - 1)
        | st.floats(allow_nan=False)
        | st.just(float("nan"))
        | st.text(max_size=40)
        | st.binary(max_size=40)
        | st.builds(Timestamp, st.integers(-(2**63), 2**63 - 1), st.integers(0, 10**9 - 1))
    )
    return st.recursive(
        scalars,
        lambda inner: (
            st.lists(inner, max_size=20) | st.dictionaries(st.text(max_size=40), inner, max_size=20)
        ),
        max_leaves=20,
    )


@given(values())
def test_what_is_encoded_decodes_to_the_same(value: Value) -> None:
    decoder = Decoder(encode(value))
    assert encode(decoder.value()) == encode(value)
    decoder.end()


@given(values())
def test_notation_of_golden_json_loses_nothing(value: Value) -> None:
    assert encode(from_json(to_json(value))) == encode(value)


@given(st.binary(max_size=64))
def test_any_bytes_decode_or_are_malformed(data: bytes) -> None:
    try:
        payload = decode_payload(data)
    except Malformed:
        return
    assert decode_payload(encode_payload(payload)).keys() == payload.keys()
