# SPDX-License-Identifier: MIT
"""The bad golden files: each something under a session's name, and what a load must answer."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from format1 import (
    MAGIC,
    SECTOR,
    Record,
    encode_file,
    encode_header,
    encode_payload,
    slot_size,
)
from format1_checksums import crc32c
from format1_good import CREATED, ID, INCARNATION, SMALL, attributes, record
from format1_messagepack import encode
from format1_values import TOO_DEEP

CORRUPT, FORMAT, NOT_FOUND = "corrupt", "format", "not found"


@dataclass(frozen=True)
class Bad:
    name: str
    about: str
    file: bytes
    answer: str = CORRUPT

    def entry(self) -> dict[str, str]:
        return {
            "file": f"{self.name}.session",
            "about": self.about,
            "id": ID,
            "answer": self.answer,
        }


PLAIN = encode_file(ID, record(SMALL))
TWO_SLOTS = encode_file(ID, record(SMALL, 1), record(SMALL, 2))
LARGE = encode_file(ID, record(attributes({"blob": b"x" * 2000})))
SLOT = slot_size(4096)


def all_bad() -> Iterator[Bad]:
    yield from lengths_of_files()
    yield from foreign_files()
    yield from headers()
    yield from later_formats()
    yield from slots()
    yield from payloads()


def patched(file: bytes, offset: int, data: bytes) -> bytes:
    return file[:offset] + data + file[offset + len(data) :]


def flipped(file: bytes, offset: int, bit: int = 0) -> bytes:
    return patched(file, offset, bytes([file[offset] ^ 1 << bit]))


def lengths_of_files() -> Iterator[Bad]:
    yield Bad("empty_file", "a creation that is under way, or was cut", b"", NOT_FOUND)
    for name, length in {
        "in_magic": 5,
        "behind_magic": 8,
        "in_header": 31,
        "behind_header": 32,
        "behind_first_sector": SECTOR,
        "in_slot_head": SECTOR + 20,
        "in_payload": SECTOR + 40,
        "behind_payload": SECTOR + 68,
        "behind_slot_a": SECTOR + SLOT,
        "behind_slot_b": SECTOR + 2 * SLOT,
        "by_one_byte": 4095,
    }.items():
        yield Bad(f"cut_{name}", f"{length} bytes of a session of 4096", PLAIN[:length])
    yield Bad("cut_by_a_block", "4096 bytes of a session of 8192", LARGE[:4096])
    yield Bad("longer_by_one_byte", "a byte behind a session of 4096", PLAIN + b"\0")
    yield Bad(
        "longer_by_a_block", "slots smaller than the file's size asks for", PLAIN + bytes(4096)
    )


def foreign_files() -> Iterator[Bad]:
    pickled = bytes.fromhex(
        "80049539000000000000008c0f73657373696f6e332e53657373696f6e948c0753657373696f6e9493942981"
        "947d94288c0269649468008c04757365729468018c03616461947562752e"
    )
    yield Bad("foreign_pickle", "what Session3 stored", pickled)
    yield Bad("foreign_text", "a text file", b"To do: buy milk.\n")
    yield Bad("foreign_zeros", "a block of zeros", bytes(4096))
    yield Bad("foreign_ones", "a block of ones", b"\xff" * 4096)
    yield Bad(
        "wrong_magic",
        "the magic of something else, with a right checksum",
        with_header(b"SESSION4" + PLAIN[8:28]),
    )


def with_header(head: bytes, file: bytes = PLAIN) -> bytes:
    """A file with another header, and a right checksum."""
    return patched(file, 0, head + struct.pack("<I", crc32c(head)))


def headers() -> Iterator[Bad]:
    for name, offset in {
        "magic": 0,
        "format": 8,
        "flags": 10,
        "high_flags": 11,
        "slot_size": 13,
        "reserved": 20,
        "checksum": 31,
    }.items():
        yield Bad(
            f"header_bit_in_{name}",
            f"a bit of the header flipped at {offset}",
            flipped(PLAIN, offset),
        )
    for name, size in {
        "odd": SLOT - 24,
        "too_small": SLOT - 512,
        "too_large": SLOT + 512,
        "zero": 0,
        "of_4_gigabytes": 2**32 - 512,
    }.items():
        head = MAGIC + struct.pack("<HHI", 1, 0, size) + bytes(12)
        yield Bad(f"slot_size_{name}", f"a slot size of {size} in 4096 bytes", with_header(head))


def later_formats() -> Iterator[Bad]:
    later = MAGIC + struct.pack("<HHI", 2, 0, SLOT) + bytes(12)
    yield Bad("format_2", "the next format", with_header(later), FORMAT)
    yield Bad(
        "format_2_of_another_size",
        "whose files may have any size",
        with_header(later)[:1000],
        FORMAT,
    )
    yield Bad(
        "format_2_with_damage", "what is damaged has no format", flipped(with_header(later), 28)
    )
    for number in (0, 256, 65535):
        head = MAGIC + struct.pack("<HHI", number, 0, SLOT) + bytes(12)
        yield Bad(f"format_{number}", "not 1", with_header(head), FORMAT)
    for bit in (8, 15):
        yield Bad(
            f"flag_{bit}",
            "a flag that must be understood",
            patched(PLAIN, 0, encode_header(4096, flags=1 << bit)),
            FORMAT,
        )


def slots() -> Iterator[Bad]:
    for name, offset in {
        "revision": 0,
        "created": 8,
        "incarnation": 16,
        "length": 24,
        "checksum": 28,
        "payload": 40,
    }.items():
        yield Bad(
            f"slot_bit_in_{name}",
            f"a bit of the only slot flipped at {offset}",
            flipped(PLAIN, SECTOR + offset),
        )
    yield Bad(
        "both_slots_flipped",
        "no good slot",
        flipped(flipped(TWO_SLOTS, SECTOR + 40), SECTOR + SLOT + 40),
    )
    yield Bad(
        "both_slots_empty", "a header and nothing else", PLAIN[:SECTOR] + bytes(4096 - SECTOR)
    )
    yield Bad(
        "id_of_another", "a session that was renamed", encode_file("another-id", record(SMALL))
    )
    yield Bad("revision_0", "revisions begin with 1", encode_file(ID, record(SMALL, 0)))
    fits = SLOT - 32
    for name, length in {"by_one": fits + 1, "by_4_gigabytes": 2**32 - 1}.items():
        head = struct.pack("<QqQI", 1, CREATED, INCARNATION, length)
        payload = bytes([0x80]) + bytes(fits)
        checksum = struct.pack("<I", crc32c(ID.encode() + head + payload))
        yield Bad(
            f"length_beyond_slot_{name}",
            f"a payload of {length} in a slot for {fits}",
            patched(PLAIN, SECTOR, head + checksum + payload[:fits]),
        )


def payloads() -> Iterator[Bad]:
    """Records with a right checksum, whose payload is none."""
    for name, about, payload in _payloads():
        yield Bad(
            f"payload_{name}", about, encode_file(ID, Record(1, CREATED, INCARNATION, payload))
        )
    invalid = Record(2, CREATED, INCARNATION, b"\xc1")
    yield Bad(
        "newest_payload_invalid",
        "the older slot is no substitute",
        encode_file(ID, record(SMALL), invalid),
    )


def attribute(value: bytes, key: bytes = b"\xa1k") -> bytes:
    """A payload with one attribute."""
    return b"\x81\xaaattributes\x81" + key + value


def field(name: str, value: bytes) -> bytes:
    return b"\x81" + encode(name) + value


def _payloads() -> Iterator[tuple[str, str, bytes]]:
    small = encode_payload(SMALL)
    yield "missing", "no bytes at all", b""
    yield "nil", "no map", b"\xc0"
    yield "array", "no map", b"\x90"
    yield "with_a_byte_behind", "bytes follow the map", small + b"\xc0"
    yield "twice", "a second map follows", small + small
    yield "cut", "the map ends too early", small[:-1]
    yield "counts_too_many", "a map of 3 with 2 entries", b"\x83" + small[1:]
    yield "huge_array", "more elements than bytes", attribute(b"\xdd\xff\xff\xff\xff\xc0")
    yield "huge_map", "more entries than bytes", attribute(b"\xdf\xff\xff\xff\xff\xa1k\xc0")
    yield "huge_text", "a text beyond the end", attribute(b"\xdb\xff\xff\xff\xffx")
    yield "huge_binary", "bytes beyond the end", attribute(b"\xc6\xff\xff\xff\xffx")
    yield "unused_byte", "the byte that MessagePack never uses", attribute(b"\xc1")
    for name, text in {
        "latin_1": b"\xe4",
        "overlong": b"\xc0\x80",
        "surrogate": b"\xed\xa0\x80",
        "cut": b"\xe2\x82",
        "beyond": b"\xf4\x90\x80\x80",
        "continuation": b"\x80",
        "overlong_3": b"\xe0\x9f\xbf",
        "overlong_4": b"\xf0\x8f\xbf\xbf",
        "f5": b"\xf5\x80\x80\x80",
    }.items():
        data = bytes([0xA0 | len(text)]) + text
        yield f"text_{name}", "a value that is not UTF-8", attribute(data)
        yield f"key_{name}", "a key that is not UTF-8", attribute(b"\xc0", key=data)
    yield from _extensions()
    yield from _containers()
    yield from _fields()


def _extensions() -> Iterator[tuple[str, str, bytes]]:
    yield "extension", "an unknown extension", attribute(b"\xd6\x05\0\0\0\0")
    yield "extension_of_2", "an unknown extension", attribute(b"\xd5\x01\0\0")
    yield "extension_of_16", "an unknown extension", attribute(b"\xc7\x10\x00" + bytes(16))
    for length, head in {
        1: b"\xd4",
        2: b"\xd5",
        16: b"\xd8",
        0: b"\xc7\0",
        5: b"\xc7\5",
        11: b"\xc7\x0b",
    }.items():
        yield (
            f"timestamp_of_{length}",
            "a timestamp has 4, 8 or 12 bytes",
            attribute(head + b"\xff" + bytes(length)),
        )
    second = struct.pack(">Q", 1_000_000_000 << 34)
    yield "nanoseconds_64", "a whole second of them", attribute(b"\xd7\xff" + second)
    second = struct.pack(">I", 1_000_000_000)
    yield "nanoseconds_96", "a whole second of them", attribute(b"\xc7\x0c\xff" + second + bytes(8))


def _containers() -> Iterator[tuple[str, str, bytes]]:
    for name, value in TOO_DEEP.items():
        yield f"too_deep_{name}", "33 levels in an attribute", attribute(value)
    yield "too_deep_user", "33 levels in the user", field("user", TOO_DEEP["arrays"])
    yield "too_deep_unknown", "33 levels in an unknown field", field("later", TOO_DEEP["maps"])
    yield "too_deep_for_a_stack", "a thousand arrays", attribute(b"\x91" * 1000 + b"\xc0")
    yield "field_twice", "a key twice", b"\x82" + b"\xa4user\x01" * 2
    yield (
        "attributes_twice",
        "a key twice, not side by side",
        (b"\x83\xaaattributes\x80\xa4user\x01\xaaattributes\x80"),
    )
    yield "attribute_twice", "a key twice", b"\x81\xaaattributes\x82" + b"\xa1k\x01" * 2
    yield (
        "attribute_twice_in_two_forms",
        "the same text in another form",
        (b"\x81\xaaattributes\x82\xa1k\x01\xd9\x01k\x02"),
    )
    yield "nested_key_twice", "a key twice", attribute(b"\x83\xa1k\x01\xa1l\x01\xa1k\x01")
    for name, key in {
        "number": b"\x01",
        "nil": b"\xc0",
        "binary": b"\xc4\x01k",
        "array": b"\x90",
        "timestamp": b"\xd6\xff\0\0\0\0",
    }.items():
        yield f"field_name_{name}", "a name that is no text", b"\x81" + key + b"\xc0"
        yield f"attribute_name_{name}", "a key that is no text", attribute(b"\xc0", key=key)
        yield f"nested_key_{name}", "a key that is no text", attribute(b"\x81" + key + b"\xc0")


def _fields() -> Iterator[tuple[str, str, bytes]]:
    for name, value in {
        "map": b"\x80",
        "text": b"\xa1t",
        "of_numbers": b"\x91\x01",
        "of_nil": b"\x91\xc0",
        "of_binary": b"\x92\xa1t\xc4\x01t",
    }.items():
        yield f"form_tokens_{name}", "no array of text", field("form_tokens", value)
    for name, value in {"array": b"\x90", "text": b"\xa0", "false": b"\xc2"}.items():
        yield f"attributes_{name}", "no map", field("attributes", value)
    for field_name in ("remote_address", "csrf_token"):
        for name, value in {"number": b"\x01", "binary": b"\xc4\x01x", "array": b"\x90"}.items():
            yield f"{field_name}_{name}", "no text", field(field_name, value)
