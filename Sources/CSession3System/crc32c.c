/* SPDX-License-Identifier: MIT */
#include "CSession3System.h"

#include <stdatomic.h>

/* Reflected. */
#define POLYNOMIAL 0x82f63b78u

/* Made at the first use. Threads that make it at once write the same numbers. */
static _Atomic uint32_t table[256];
static _Atomic bool table_is_ready;

static void make_table(void) {
  for (uint32_t byte = 0; byte < 256; byte++) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (POLYNOMIAL & -(crc & 1));
    atomic_store_explicit(&table[byte], crc, memory_order_relaxed);
  }
  atomic_store_explicit(&table_is_ready, true, memory_order_release);
}

uint32_t system_crc32c_by_table(uint32_t crc, const void *data, size_t count) {
  const unsigned char *bytes = data;
  crc = ~crc;
  if (!atomic_load_explicit(&table_is_ready, memory_order_acquire))
    make_table();
  for (; count > 0; count--, bytes++)
    crc = (crc >> 8) ^ atomic_load_explicit(&table[(crc ^ *bytes) & 0xff], memory_order_relaxed);
  return ~crc;
}

#if defined(__x86_64__)
#include <cpuid.h>
#include <nmmintrin.h>

__attribute__((target("sse4.2"))) static uint32_t
crc_by_sse(uint32_t crc, const unsigned char *data, size_t count) {
  uint64_t wide = crc;
  for (; count >= 32; count -= 32, data += 32) {
    uint64_t words[4];
    memcpy(words, data, sizeof words);
    for (int index = 0; index < 4; index++) wide = _mm_crc32_u64(wide, words[index]);
  }
  for (; count >= 8; count -= 8, data += 8) {
    uint64_t word;
    memcpy(&word, data, sizeof word);
    wide = _mm_crc32_u64(wide, word);
  }
  crc = (uint32_t)wide;
  if (count >= 4) {
    uint32_t word;
    memcpy(&word, data, sizeof word);
    crc = _mm_crc32_u32(crc, word);
    count -= 4, data += 4;
  }
  for (; count > 0; count--, data++) crc = _mm_crc32_u8(crc, *data);
  return crc;
}

/** The product of two polynomials modulo that of the checksum; the highest bit is x^0. */
static uint32_t multiply(uint32_t left, uint32_t right) {
  uint32_t product = 0;
  for (int bit = 31; bit >= 0; bit--) {
    product ^= right & -((left >> bit) & 1);
    right = (right >> 1) ^ (POLYNOMIAL & -(right & 1));
  }
  return product;
}

/** A part of `size` bytes, of which three are read beside each other: the processor takes one word in
 * each cycle, but gives it back three cycles later. */
struct part {
  size_t size;
  uint32_t zeros; /**< x^(8 size): what so many zeros behind it make of a checksum */
};
/* From which on there are three of the smaller. */
#define LONG 3072
static const struct part parts[] = {{4096, 0x35d73a62u}, {1024, 0xe4172b16u}};

__attribute__((target("sse4.2"))) static uint32_t
crc_of_three(uint32_t crc, const unsigned char *data, const struct part *part) {
  uint64_t first = crc, second = 0, third = 0;
  for (const unsigned char *end = data + part->size; data < end; data += 8) {
    uint64_t words[3];
    memcpy(&words[0], data, 8);
    memcpy(&words[1], data + part->size, 8);
    memcpy(&words[2], data + 2 * part->size, 8);
    first = _mm_crc32_u64(first, words[0]);
    second = _mm_crc32_u64(second, words[1]);
    third = _mm_crc32_u64(third, words[2]);
  }
  crc = multiply(part->zeros, (uint32_t)first) ^ (uint32_t)second;
  return multiply(part->zeros, crc) ^ (uint32_t)third;
}

__attribute__((target("sse4.2"), noinline)) static uint32_t
crc_of_long(uint32_t crc, const unsigned char *data, size_t count) {
  for (const struct part *part = parts; part < parts + 2; part++)
    for (; count >= 3 * part->size; count -= 3 * part->size, data += 3 * part->size)
      crc = crc_of_three(crc, data, part);
  return crc_by_sse(crc, data, count);
}

static bool has_sse(void) {
  static _Atomic int known; /* 0: not asked yet */
  int answer = atomic_load_explicit(&known, memory_order_relaxed);
  if (answer == 0) {
    unsigned a, b, c = 0, d;
    answer = __get_cpuid(1, &a, &b, &c, &d) && (c & bit_SSE4_2) ? 1 : 2;
    atomic_store_explicit(&known, answer, memory_order_relaxed);
  }
  return answer == 1;
}
#endif

uint32_t system_crc32c(uint32_t crc, const void *data, size_t count) {
#if defined(__x86_64__)
  if (has_sse())
    return ~(count < LONG ? crc_by_sse(~crc, data, count) : crc_of_long(~crc, data, count));
#endif
  return system_crc32c_by_table(crc, data, count);
}
