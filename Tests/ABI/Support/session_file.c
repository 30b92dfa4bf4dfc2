/* SPDX-License-Identifier: MIT */
#include "session_file.h"

uint32_t crc32c(uint32_t crc, const void *data, size_t length) {
  const uint8_t *bytes = data;
  crc = ~crc;
  for (size_t index = 0; index < length; index++) {
    crc ^= bytes[index];
    for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ ((crc & 1) != 0 ? 0x82f63b78U : 0);
  }
  return ~crc;
}

uint32_t load32(const uint8_t *bytes) {
  return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
         (uint32_t)bytes[3] << 24;
}

uint64_t load64(const uint8_t *bytes) { return load32(bytes) | (uint64_t)load32(bytes + 4) << 32; }

void store32(uint8_t *bytes, uint32_t number) {
  for (int index = 0; index < 4; index++) bytes[index] = (uint8_t)(number >> 8 * index);
}

static uint64_t rotate(uint64_t number, int bits) { return number << bits | number >> (64 - bits); }

static void sip_round(uint64_t v[4]) {
  v[0] += v[1];
  v[2] += v[3];
  v[1] = rotate(v[1], 13) ^ v[0];
  v[3] = rotate(v[3], 16) ^ v[2];
  v[0] = rotate(v[0], 32);
  v[2] += v[1];
  v[0] += v[3];
  v[1] = rotate(v[1], 17) ^ v[2];
  v[3] = rotate(v[3], 21) ^ v[0];
  v[2] = rotate(v[2], 32);
}

static void sip_word(uint64_t v[4], uint64_t word) {
  v[3] ^= word;
  sip_round(v);
  sip_round(v);
  v[0] ^= word;
}

uint64_t siphash(const uint8_t key[16], const void *data, size_t length) {
  const uint8_t *bytes = data;
  uint64_t k0 = load64(key), k1 = load64(key + 8), last = (uint64_t)length << 56;
  uint64_t v[4] = {k0 ^ 0x736f6d6570736575U, k1 ^ 0x646f72616e646f6dU, k0 ^ 0x6c7967656e657261U,
                   k1 ^ 0x7465646279746573U};
  size_t whole = length / 8 * 8;
  for (size_t index = 0; index < whole; index += 8) sip_word(v, load64(bytes + index));
  for (size_t index = whole; index < length; index++) {
    last |= (uint64_t)bytes[index] << 8 * (index - whole);
  }
  sip_word(v, last);
  v[2] ^= 0xff;
  for (int round = 0; round < 4; round++) sip_round(v);
  return v[0] ^ v[1] ^ v[2] ^ v[3];
}
