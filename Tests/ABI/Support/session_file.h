/* SPDX-License-Identifier: MIT */
/**
 * @file session_file.h
 * What the tests know of the stored form by its description: numbers, checksums, short hashes.
 */
#ifndef SESSION_FILE_H
#define SESSION_FILE_H

#include <stddef.h>
#include <stdint.h>

/** Offset of slot A; slot B follows after the slot size. */
#define SLOT_A 512
/** Bytes of a slot before its payload. */
#define SLOT_HEAD 32

/** CRC-32C of data behind what crc is the checksum of, 0 for nothing. */
uint32_t crc32c(uint32_t crc, const void *data, size_t length);

/** Little-endian numbers. */
uint32_t load32(const uint8_t *bytes);
uint64_t load64(const uint8_t *bytes);
void store32(uint8_t *bytes, uint32_t number);

/** SipHash-2-4 with a 16-byte key. */
uint64_t siphash(const uint8_t key[16], const void *data, size_t length);

#endif
