# SPDX-License-Identifier: MIT
"""CRC-32C and the short hash, by sections 2 and 9 of docs/format.md."""

from __future__ import annotations

import struct


def _crc_table() -> list[int]:
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    return table


_CRC_TABLE = _crc_table()


def crc32c(data: bytes) -> int:
    crc = 0xFFFFFFFF
    table = _CRC_TABLE
    for byte in data:
        crc = crc >> 8 ^ table[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def siphash24(key: bytes, data: bytes) -> int:
    mask = (1 << 64) - 1
    k0, k1 = struct.unpack("<QQ", key)
    v: list[int] = [
        k0 ^ 0x736F6D6570736575,
        k1 ^ 0x646F72616E646F6D,
        k0 ^ 0x6C7967656E657261,
        k1 ^ 0x7465646279746573,
    ]

    def rounds(count: int) -> None:
        for _ in range(count):
            for a, b, turn, half in ((0, 1, 13, True), (2, 3, 16, False)):
                v[a] = v[a] + v[b] & mask
                v[b] = (v[b] << turn | v[b] >> 64 - turn) & mask ^ v[a]
                if half:
                    v[a] = (v[a] << 32 | v[a] >> 32) & mask
            for a, b, turn, half in ((0, 3, 21, False), (2, 1, 17, True)):
                v[a] = v[a] + v[b] & mask
                v[b] = (v[b] << turn | v[b] >> 64 - turn) & mask ^ v[a]
                if half:
                    v[a] = (v[a] << 32 | v[a] >> 32) & mask

    padded = data + bytes(7 - len(data) % 8) + bytes([len(data) & 0xFF])
    for (word,) in struct.iter_unpack("<Q", padded):
        v[3] ^= word
        rounds(2)
        v[0] ^= word
    v[2] ^= 0xFF
    rounds(4)
    a, b, c, d = v
    return a ^ b ^ c ^ d


def short_hash(salt: bytes, id: str) -> str:
    return f"{siphash24(salt, id.encode()):016x}"[:12]
