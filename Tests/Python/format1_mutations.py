# SPDX-License-Identifier: MIT
"""Random payloads in random forms, and random damage to session files."""

from __future__ import annotations

import random
import struct

from format1 import SECTOR, slot_size
from format1_checksums import crc32c
from format1_messagepack import Timestamp, Value

KEYS = ("", "a", "b", "ab", "user", "attributes", "form_tokens", "é", "k" * 33)
FIELDS = ("attributes", "csrf_token", "form_tokens", "remote_address", "user", "persistent", "x")
EDGES = (0, 1, 31, 32, 33, 127, 128, 255, 256, 1535, 1536, 65535, 65536, 2**31, 2**32 - 1)
LEADS = bytes(range(0x80, 0x100))


class Mutator:
    """A source of damage, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    # Payloads

    def payload(self) -> bytes:
        """A payload that is often valid and seldom canonical."""
        names = [self.random.choice(FIELDS) for _ in range(self.random.randrange(5))]
        return self.head(len(names), 0x80, (0xDE, "HI")) + b"".join(
            self.text(name) + self.field(name) for name in names
        )

    def field(self, name: str) -> bytes:
        if self.random.random() < 0.1:
            return self.value(self.scalar())
        if name == "attributes":
            return self.map(2)
        if name == "form_tokens":
            return self.value(["t" * number for number in range(self.random.choice((0, 1, 3, 34)))])
        if name in ("csrf_token", "remote_address"):
            return self.text(self.random.choice(KEYS))
        return self.anything(2)

    def anything(self, levels: int) -> bytes:
        choice = self.random.random()
        if levels and choice < 0.2:
            return self.map(levels - 1)
        if levels and choice < 0.4:
            count = self.random.choice((0, 1, 3, 16))
            return self.head(count, 0x90, (0xDC, "HI")) + b"".join(
                self.anything(levels - 1) for _ in range(count)
            )
        return self.value(self.scalar())

    def map(self, levels: int) -> bytes:
        keys = self.random.choices(KEYS, k=self.random.randrange(4))
        return self.head(len(keys), 0x80, (0xDE, "HI")) + b"".join(
            self.text(key) + self.anything(levels) for key in keys
        )

    def scalar(self) -> Value:
        pick = self.random.choice
        number = pick(EDGES) + pick((-1, 0, 1))
        return pick(
            (None, True, False, number, -number, 1.5, float("nan"), pick(KEYS), b"x" * pick((0, 3)),
             Timestamp(number, pick((0, 1, 10**9 - 1))), Timestamp(-number, 0))
        )  # fmt: skip

    def value(self, value: Value) -> bytes:
        """A scalar, or an array of them, in any of its forms."""
        if value is None or isinstance(value, bool):
            return {None: b"\xc0", False: b"\xc2", True: b"\xc3"}[value]
        if isinstance(value, int):
            return self.integer(value)
        if isinstance(value, float):
            form = self.random.choice(("\xca>f", "\xcb>d"))
            return form[0].encode("latin-1") + struct.pack(form[1:], value)
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, bytes):
            return self.head(len(value), None, (0xC4, "BHI")) + value
        if isinstance(value, Timestamp):
            return self.timestamp(value)
        assert isinstance(value, list)
        return self.head(len(value), 0x90, (0xDC, "HI")) + b"".join(map(self.value, value))

    def text(self, text: str) -> bytes:
        data = text.encode()
        return self.head(len(data), 0xA0, (0xD9, "BHI")) + data

    def integer(self, value: int) -> bytes:
        forms = []
        for lead, form in enumerate("BHIQbhiq", 0xCC):
            try:
                forms.append(bytes([lead]) + struct.pack(">" + form, value))
            except struct.error:
                continue
        if -32 <= value <= 127:
            forms.append(struct.pack("b", value))
        return self.random.choice(forms)

    def timestamp(self, time: Timestamp) -> bytes:
        seconds, nanoseconds = time
        forms = [struct.pack(">Iq", nanoseconds, seconds)]
        if 0 <= seconds < 1 << 34:
            forms.append(struct.pack(">Q", nanoseconds << 34 | seconds))
        if nanoseconds == 0 and 0 <= seconds < 1 << 32:
            forms.append(struct.pack(">I", seconds))
        data = self.random.choice(forms)
        if len(data) < 12 and self.random.random() < 0.5:
            return bytes([{4: 0xD6, 8: 0xD7}[len(data)], 0xFF]) + data
        return self.head(len(data), None, (0xC7, "BHI")) + b"\xff" + data

    def head(self, count: int, fixed: int | None, sized: tuple[int, str]) -> bytes:
        """A length in any form that fits."""
        forms = []
        if fixed is not None and count < (32 if fixed == 0xA0 else 16):
            forms.append(bytes([fixed | count]))
        for lead, form in enumerate(sized[1], sized[0]):
            if count < 1 << 8 * struct.calcsize(form):
                forms.append(struct.pack(">B" + form, lead, count))
        return self.random.choice(forms)

    # Damage

    def bytes_damaged(self, data: bytes) -> bytes:
        """Data with a bit flipped, a byte set, put in or taken out, or a part taken out."""
        at = self.random.randrange(len(data))
        kind = self.random.randrange(5)
        if kind == 0:
            return data[:at] + bytes([data[at] ^ 1 << self.random.randrange(8)]) + data[at + 1 :]
        if kind == 1:
            return data[:at] + bytes([self.random.choice(LEADS)]) + data[at + 1 :]
        if kind == 2:
            return data[:at] + bytes([self.random.randrange(256)]) + data[at:]
        if kind == 3:
            return data[:at] + data[at + 1 :]
        return data[:at] + data[at + self.random.randrange(1, 40) :]

    def file_damaged(self, file: bytes, id: str) -> bytes:
        """A session file with one thing wrong, or nothing."""
        kind = self.random.randrange(7)
        if kind == 0:
            return file[: self.random.choice((*EDGES[:11], len(file) - 512, len(file) - 1))]
        if kind == 1:
            return file + bytes(self.random.choice((1, 512, 4096)))
        if kind == 2:
            return self.header_damaged(file)
        if kind == 3:
            size = slot_size(len(file))
            a, b = file[SECTOR : SECTOR + size], file[SECTOR + size : SECTOR + 2 * size]
            return file[:SECTOR] + b + a + file[SECTOR + 2 * size :]
        return self.slot_damaged(file, id)

    def header_damaged(self, file: bytes) -> bytes:
        """A bit of the header flipped, the checksum mended or not."""
        at = self.random.randrange(40)
        head = file[:at] + bytes([file[at] ^ 1 << self.random.randrange(8)]) + file[at + 1 :]
        if self.random.random() < 0.7:
            head = head[:28] + struct.pack("<I", crc32c(head[:28])) + head[32:]
        return head

    def slot_damaged(self, file: bytes, id: str) -> bytes:
        """A byte of a slot's head or payload changed, the checksum mended or not."""
        start = SECTOR + self.random.randrange(2) * slot_size(len(file))
        at = start + self.random.randrange(80)
        changed = bytearray(file)
        changed[at] = self.random.choice((0, changed[at] ^ 1 << self.random.randrange(8), 0xFF))
        length = int.from_bytes(changed[start + 24 : start + 28], "little")
        if self.random.random() < 0.7:
            covered = changed[start : start + 28] + changed[start + 32 : start + 32 + length]
            changed[start + 28 : start + 32] = struct.pack("<I", crc32c(id.encode() + covered))
        return bytes(changed)
