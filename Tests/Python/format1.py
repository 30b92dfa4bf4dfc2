# SPDX-License-Identifier: MIT
"""Session files by docs/format.md, and by nothing else: bytes in, a session out, and back.

A second implementation of the stored form, in the standard library alone. It holds the document
and the library to each other. format1_store.py does the same for a live directory.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

from format1_checksums import crc32c
from format1_messagepack import Decoder, Malformed, Value, encode, encode_sorted

MAGIC = b"SESSION3"
FORMAT = 1
SECTOR = 512
PAGE = 4096
RECORD_HEAD = 32
MAXIMUM_FORM_TOKENS = 32

Payload = dict[str, Value]


class NotFound(Exception):
    """There is no session."""


class Corrupt(Exception):
    """The bytes are damaged, or foreign."""


class LaterFormat(Exception):
    """The bytes are of a later version of the stored form."""


def is_id(text: str) -> bool:
    return re.fullmatch(r"[A-Za-z0-9_-]{1,128}", text, re.ASCII) is not None


# The payload


def decode_payload(data: bytes) -> Payload:
    """The fields of a payload in any form; those that stand for nothing are left out."""
    decoder = Decoder(data)

    def field(name: str) -> Value:
        if name != "attributes" or data[decoder.offset : decoder.offset + 1] == b"\xc0":
            return decoder.value()
        return decoder.entries(decoder.map_head(), lambda _: decoder.value())

    fields = decoder.entries(decoder.map_head(), field)
    decoder.end()
    present = {
        name: value
        for name, value in fields.items()
        if not (name in KNOWN_FIELDS and _is_absent(name, value))
    }
    tokens = present.get("form_tokens")
    if isinstance(tokens, list):
        present["form_tokens"] = tokens[-MAXIMUM_FORM_TOKENS:]
    return present


KNOWN_FIELDS = ("attributes", "csrf_token", "form_tokens", "remote_address", "user")


def _is_absent(name: str, value: Value) -> bool:
    """Whether a field stands for nothing; one of the wrong type is malformed."""
    if value is None:
        return True
    if name == "attributes":
        return value == {}
    if name == "form_tokens":
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise Malformed("form tokens are not an array of text")
        return value == []
    if name in ("csrf_token", "remote_address") and not isinstance(value, str):
        raise Malformed(f"{name} is no text")
    return False


def encode_payload(fields: Payload) -> bytes:
    """The canonical bytes of fields, of which none stands for nothing."""
    encoded = {name: encode(value) for name, value in fields.items() if name != "attributes"}
    attributes = fields.get("attributes")
    if isinstance(attributes, dict):
        encoded["attributes"] = encode_sorted({key: encode(v) for key, v in attributes.items()})
    return encode_sorted(encoded)


# Session files


@dataclass(frozen=True)
class Record:
    """What a slot holds."""

    revision: int
    created_us: int
    incarnation: int
    payload: bytes

    def encode(self, id: str) -> bytes:
        head = struct.pack(
            "<QqQI", self.revision, self.created_us, self.incarnation, len(self.payload)
        )
        checksum = crc32c(id.encode() + head + self.payload)
        return head + struct.pack("<I", checksum) + self.payload


def slot_size(file_size: int) -> int:
    return (file_size - SECTOR) // 2 // SECTOR * SECTOR


def file_size_for(payload_length: int) -> int:
    """The smallest file whose slots hold a payload."""
    size = PAGE
    while slot_size(size) < RECORD_HEAD + payload_length:
        size += PAGE
    return size


def encode_header(size: int, flags: int = 0, reserved: bytes = bytes(12)) -> bytes:
    """The 32 bytes of a header that mean something."""
    head = MAGIC + struct.pack("<HHI", FORMAT, flags, slot_size(size)) + reserved
    return head + struct.pack("<I", crc32c(head))


def encode_file(
    id: str, slot_a: Record | None, slot_b: Record | None = None, size: int | None = None
) -> bytes:
    """A whole session file."""
    records = [record for record in (slot_a, slot_b) if record]
    size = size or max(file_size_for(len(record.payload)) for record in records)
    file = bytearray(size)
    file[:RECORD_HEAD] = encode_header(size)
    for index, record in enumerate((slot_a, slot_b)):
        if record:
            data = record.encode(id)
            offset = SECTOR + index * slot_size(size)
            file[offset : offset + len(data)] = data
    return bytes(file)


def check_header(data: bytes, size: int) -> None:
    """Section 5, rule 3, for a file of `size` bytes that begins with `data`."""
    if len(data) < RECORD_HEAD or data[:8] != MAGIC:
        raise Corrupt("foreign")
    if struct.unpack_from("<I", data, 28)[0] != crc32c(data[:28]):
        raise Corrupt("header's checksum")
    format, flags, slot = struct.unpack_from("<HHI", data, 8)
    if format != FORMAT or flags & 0xFF00:
        raise LaterFormat(f"format {format}, flags {flags:#x}")
    if size == 0 or size % PAGE or slot != slot_size(size):
        raise Corrupt(f"a slot size of {slot} in a file of {size}")


def parse_slot(slot: bytes, id: str) -> Record | bool:
    """The record of a good slot; True for an empty slot, False for a bad one."""
    if not any(slot[:RECORD_HEAD]):
        return True
    revision, created, incarnation, length, checksum = struct.unpack_from("<QqQII", slot)
    payload = slot[RECORD_HEAD : RECORD_HEAD + length]
    if revision == 0 or length > len(slot) - RECORD_HEAD:
        return False
    record = Record(revision, created, incarnation, payload)
    return record if crc32c(id.encode() + slot[:28] + payload) == checksum else False


@dataclass(frozen=True)
class Slots:
    """Both slots of a file whose header is good."""

    a: Record | bool
    b: Record | bool

    @property
    def is_whole(self) -> bool:
        """Whether neither is bad."""
        return self.a is not False and self.b is not False

    @property
    def newest(self) -> tuple[str, Record] | None:
        """The name of the slot of the highest revision, and its record."""
        good = [
            (name, slot)
            for name, slot in (("A", self.a), ("B", self.b))
            if isinstance(slot, Record)
        ]
        return max(good, key=lambda entry: entry[1].revision, default=None)


def parse_slots(data: bytes, id: str) -> Slots:
    """Both slots of a whole file."""
    check_header(data, len(data))
    size = slot_size(len(data))
    a, b = data[SECTOR : SECTOR + size], data[SECTOR + size : SECTOR + 2 * size]
    return Slots(parse_slot(a, id), parse_slot(b, id))


@dataclass(frozen=True)
class Session:
    """A session that was read."""

    slot: str
    record: Record
    payload: Payload


def session_of(newest: tuple[str, Record] | None) -> Session:
    """The session of the newest good slot."""
    if newest is None:
        raise Corrupt("no good slot")
    try:
        return Session(*newest, decode_payload(newest[1].payload))
    except Malformed as error:
        raise Corrupt(str(error)) from error


def read_file(data: bytes, id: str) -> Session:
    """The session that a file at rest holds."""
    if not data:
        raise NotFound
    return session_of(parse_slots(data, id).newest)


# The store's own file


def encode_store_file(sync: int, salt: bytes, flags: int = 0) -> bytes:
    head = MAGIC + struct.pack("<HHI", FORMAT, flags, sync) + salt + bytes(28)
    return head + struct.pack("<I", crc32c(head))


def parse_store_file(data: bytes) -> tuple[int, bytes]:
    """Sync mode and salt, of a file that begins with `data`."""
    data = data[:64]
    if len(data) < 64 or data[:8] != MAGIC or data[60:] != struct.pack("<I", crc32c(data[:60])):
        raise Corrupt("the store's own file")
    format, flags, sync = struct.unpack_from("<HHI", data, 8)
    if format != FORMAT or flags & 0xFF00 or sync not in (1, 2):
        raise LaterFormat(f"format {format}, flags {flags:#x}, sync mode {sync}")
    return sync, data[16:32]
