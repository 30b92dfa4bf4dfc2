/* SPDX-License-Identifier: MIT */
#include "CSession3System.h"

#include <stdatomic.h>

/* One table of the reflected polynomial 0x82f63b78, made at the first use. Threads that make it at
 * once write the same numbers. */
static _Atomic uint32_t table[256];
static _Atomic bool table_is_ready;

static void make_table(void) {
  for (uint32_t byte = 0; byte < 256; byte++) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (0x82f63b78u & -(crc & 1));
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
    return ~crc_by_sse(~crc, data, count);
#endif
  return system_crc32c_by_table(crc, data, count);
}
