# SPDX-License-Identifier: MIT
"""The good golden files: each a session file, and what a reader must see in it."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from format1 import (
    RECORD_HEAD,
    SECTOR,
    Payload,
    Record,
    encode_file,
    encode_header,
    encode_payload,
    file_size_for,
    slot_size,
)
from format1_golden import to_json
from format1_messagepack import Value
from format1_values import (
    DEEP,
    DOUBLES,
    EXTREME_TIMES,
    FINE_TIMES,
    INTEGERS,
    LENGTHS,
    LONG_LENGTHS,
    LOOSE_PAYLOAD,
    LOOSE_SESSION,
    NAMES,
    NILS,
    TEXTS,
    TIMES,
    UNSORTED_PAYLOAD,
    UNSORTED_SESSION,
)

CREATED = 1767323045678901
INCARNATION = 0x0123456789ABCDEF
ID = "dGhlLXNlc3Npb24taWQtMQ"


@dataclass(frozen=True)
class Good:
    """A session file at rest, and the session in it."""

    name: str
    about: str
    file: bytes
    payload: Payload
    slot: str = "A"
    revision: int = 1
    id: str = ID
    created_us: int = CREATED
    incarnation: int = INCARNATION
    history: tuple[Payload, ...] = ()
    """What a host creates and then saves, one after another, to get this file; () if none can."""

    def entry(self) -> dict[str, Any]:
        return {
            "file": f"{self.name}.session",
            "about": self.about,
            "id": self.id,
            "created_us": self.created_us,
            "incarnation": f"{self.incarnation:016x}",
            "revision": str(self.revision),
            "slot": self.slot,
            "payload": to_json(self.payload),
            "history": [to_json(payload) for payload in self.history],
        }


def saved(
    name: str,
    about: str,
    *history: Payload,
    id: str = ID,
    created_us: int = CREATED,
    incarnation: int = INCARNATION,
) -> Good:
    """What is there after a session was created and then saved, by any host."""
    record = Record(1, created_us, incarnation, encode_payload(history[0]))
    slots: list[Record | None] = [record, None]
    size = file_size_for(len(record.payload))
    for payload in history[1:]:
        encoded = encode_payload(payload)
        record = replace(record, revision=record.revision + 1, payload=encoded)
        if RECORD_HEAD + len(encoded) > slot_size(size):
            size = max(2 * size, file_size_for(len(encoded)))
            slots = [record, None]
        else:
            slots[1 if slots[0] and slots[0].revision == record.revision - 1 else 0] = record
    return Good(
        name,
        about,
        encode_file(id, slots[0], slots[1], size),
        history[-1],
        slot="A" if slots[0] is record else "B",
        revision=record.revision,
        id=id,
        created_us=created_us,
        incarnation=incarnation,
        history=history,
    )


def loaded(
    name: str,
    about: str,
    slot_a: Record | None,
    slot_b: Record | None = None,
    *,
    payload: Payload,
    size: int | None = None,
    id: str = ID,
) -> Good:
    """What a reader meets, and no host writes just so."""
    newest = max((slot for slot in (slot_a, slot_b) if slot), key=lambda slot: slot.revision)
    return Good(
        name,
        about,
        encode_file(id, slot_a, slot_b, size),
        payload,
        slot="A" if newest is slot_a else "B",
        revision=newest.revision,
        id=id,
        created_us=newest.created_us,
        incarnation=newest.incarnation,
    )


def attributes(values: Payload) -> Payload:
    return {"attributes": values}


SMALL: Payload = {"user": "ada", "attributes": {"cart": [1, 2], "seen": True}}


def record(
    payload: Payload | bytes,
    revision: int = 1,
    *,
    incarnation: int = INCARNATION,
    created_us: int = CREATED,
) -> Record:
    encoded = payload if isinstance(payload, bytes) else encode_payload(payload)
    return Record(revision, created_us, incarnation, encoded)


def patched(good: Good, name: str, about: str, *patches: tuple[int, bytes]) -> Good:
    """A file with other bytes at some offsets, which mean nothing or tear the older slot."""
    file = bytearray(good.file)
    for offset, data in patches:
        file[offset : offset + len(data)] = data
    return replace(good, name=name, about=about, file=bytes(file), history=())


def all_good() -> Iterator[Good]:
    yield from written()
    yield from foreign_forms()
    yield from two_slots()
    yield from carried_over()


def written() -> Iterator[Good]:
    """Sessions that every host can write."""
    yield saved("small", "the file that docs/format.md draws", SMALL)
    yield saved("empty", "a session that holds nothing", {})
    yield saved(
        "full",
        "every field",
        {
            "attributes": {
                "cart": {"sku-7": 2, "apple": 1},
                "greeting": "Grüß Gott",
                "raw": b"\0\xff",
            },
            "csrf_token": "Y3NyZi10b2tlbi1vZi1pdA",
            "form_tokens": ["Zm9ybS10b2tlbi1udW1iZQ", "YW5vdGhlci1mb3JtLXRvaw"],
            "remote_address": "2001:db8::17",
            "user": "ada",
        },
    )
    yield saved("user_is_a_number", "a user of another type than text", {"user": 4711})
    yield saved(
        "user_is_a_map",
        "keys of a user keep their order",
        {"user": {"name": "ada", "groups": ["staff"], "id": 7}},
    )
    yield saved("user_is_empty_text", "an empty user is a user", {"user": ""})
    yield saved("integers", "every boundary of every form", attributes(INTEGERS))
    yield saved("doubles", "also NaN, infinities, minus zero", attributes(DOUBLES))
    yield saved("lengths", "every boundary of lengths up to 16 bits", attributes(LENGTHS))
    yield saved("long_lengths", "lengths of 32 bits", attributes(LONG_LENGTHS))
    yield saved("texts", "beyond ASCII; not normalised", attributes(TEXTS))
    yield saved("times", "every boundary of every form of a timestamp", attributes(TIMES))
    yield saved("times_with_nanoseconds", "finer than some hosts' clocks", attributes(FINE_TIMES))
    yield saved(
        "times_beyond_calendars",
        "the first and the last second of 64 bits",
        attributes(EXTREME_TIMES),
    )
    yield saved("names", "names that mean something elsewhere", attributes(NAMES))
    yield saved("nils", "nil is a value inside an attribute", attributes(NILS))
    yield saved("deep", "32 arrays, 32 maps", attributes(DEEP))
    yield saved(
        "form_tokens",
        "as many as are kept",
        {"form_tokens": [f"form-token-number-{number:04}" for number in range(32)]},
    )
    yield saved(
        "payload_of_20_kilobytes", "a larger file", attributes({"blob": bytes(range(256)) * 80})
    )
    yield saved(
        "slot_is_full",
        "a payload that just fits into 4096 bytes",
        attributes({"blob": b"x" * 1483}),
    )
    yield saved("slot_is_too_small", "one byte more", attributes({"blob": b"x" * 1484}))
    yield saved("shortest_id", "an id of one character", SMALL, id="-")
    yield saved("longest_id", "an id of 128 characters", SMALL, id="aZ09_-" * 21 + "aZ")
    yield saved("created_before_1970", "a negative time", SMALL, created_us=-1)
    yield saved("incarnation_of_ones", "the largest incarnation", SMALL, incarnation=2**64 - 1)
    yield saved("saved_twice", "revision 2 in slot B", SMALL, {**SMALL, "user": "grace"})
    yield saved("saved_thrice", "revision 3 in slot A again", SMALL, {}, {**SMALL, "user": "grace"})
    yield saved(
        "grown_to_fit",
        "a record too large for twice the size",
        SMALL,
        attributes({"blob": b"x" * 5000}),
    )
    yield saved(
        "grown_to_double",
        "a record that needs less than twice the size",
        attributes({"blob": b"x" * 5000}),
        attributes({"blob": b"x" * 6000}),
    )


def foreign_forms() -> Iterator[Good]:
    """Payloads that no writer should make, and every reader must take."""
    yield loaded(
        "loose_forms",
        "every value in a larger form than needed",
        record(LOOSE_PAYLOAD),
        payload=LOOSE_SESSION,
    )
    yield loaded(
        "unsorted_keys", "keys in no order", record(UNSORTED_PAYLOAD), payload=UNSORTED_SESSION
    )
    nil_fields = b"\x85\xa4user\xc0\xaeremote_address\xc0\xabform_tokens\xc0\xaacsrf_token\xc0"
    yield loaded(
        "nil_fields",
        "nil stands for an absent field",
        record(nil_fields + b"\xaaattributes\xc0"),
        payload={},
    )
    yield loaded(
        "empty_fields",
        "so do an empty array and an empty map",
        record(b"\x82\xabform_tokens\x90\xaaattributes\x80"),
        payload={},
    )
    tokens: list[Value] = [f"form-token-number-{number:04}" for number in range(40)]
    yield loaded(
        "too_many_form_tokens",
        "of 40 the last 32 count",
        record({"form_tokens": tokens}),
        payload={"form_tokens": tokens[-32:]},
    )


def two_slots() -> Iterator[Good]:
    """Slots as a crash, or another writer, leaves them."""
    old, new = record(SMALL, 7), record({**SMALL, "user": "grace"}, 8)
    size = slot_size(4096)
    payload: Payload = {**SMALL, "user": "grace"}
    pair = loaded("newest_in_b", "both slots good", old, new, payload=payload)
    yield pair
    other = record(
        {**SMALL, "user": "grace"}, 8, incarnation=INCARNATION + 1, created_us=CREATED + 1
    )
    yield loaded(
        "replaced", "the older slot is of another incarnation", other, old, payload=payload
    )
    yield loaded("slot_a_is_empty", "only slot B was ever written", None, new, payload=payload)
    yield loaded("revision_of_ones", "the last revision", record(SMALL, 2**64 - 1), payload=SMALL)
    yield loaded(
        "larger_than_needed",
        "a session that was larger once",
        record(SMALL, 9),
        payload=SMALL,
        size=65536,
    )
    torn = loaded("torn", "", old, record(SMALL, 6), payload=SMALL)
    yield patched(
        torn, "torn_slot_b", "a save was cut in slot B", (SECTOR + size, new.encode(ID)[:40])
    )
    torn = loaded("torn", "", record(SMALL, 6), old, payload=SMALL)
    yield patched(torn, "torn_slot_a", "a save was cut in slot A", (SECTOR, new.encode(ID)[:40]))
    alone = loaded("alone", "", old, payload=SMALL)
    yield patched(
        alone,
        "torn_second_save",
        "the other slot was empty before",
        (SECTOR + size, new.encode(ID)[:24]),
    )
    yield patched(
        alone,
        "other_slot_of_revision_0",
        "a slot of revision 0 is bad, not empty",
        (SECTOR + size, record(SMALL, 0).encode(ID)),
    )
    yield patched(
        alone,
        "other_slot_too_long",
        "a length that is beyond the slot",
        (SECTOR + size, struct.pack("<QqQII", 8, CREATED, INCARNATION, 2**32 - 1, 0)),
    )
    yield patched(
        alone,
        "other_slot_begins_with_zeros",
        "32 zero bytes are an empty slot",
        (SECTOR + size + RECORD_HEAD, b"leftover"),
    )


def carried_over() -> Iterator[Good]:
    """What a reader ignores and a writer keeps."""
    plain = loaded("plain", "", record(SMALL), payload=SMALL)
    yield patched(
        plain, "low_flags", "flags that may be ignored", (0, encode_header(4096, flags=0x00FF))
    )
    yield patched(
        plain,
        "reserved_bytes",
        "reserved bytes of the header are in use",
        (0, encode_header(4096, reserved=b"later, maybe")),
        (32, b"\xaa" * 480),
    )
    yield patched(
        plain,
        "bytes_behind_slots",
        "what is behind payload and slots means nothing",
        (SECTOR + 100, b"remains"),
        (4096 - 8, b"behind B"),
    )
    unknown: Payload = {
        "attributes": {"seen": True},
        "authenticated": 1767323045,
        "later": {"b": [1], "a": None},
        "persistent": True,
        "renewed": TIMES["2026"],
        "user": "ada",
        "zz": b"",
    }
    yield saved("unknown_fields", "reserved fields, and those of a later version", unknown)
