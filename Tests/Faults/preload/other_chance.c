/* SPDX-License-Identifier: MIT */
/* Asks the kernel for random bytes, and hands out others: as a generator of one's own does that is
 * seeded by them. */
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

ssize_t getrandom(void *bytes, size_t size, unsigned flags) {
  static uint8_t count;
  ssize_t got = syscall(SYS_getrandom, bytes, size, flags);
  count++;
  for (ssize_t index = 0; index < got; index++)
    ((uint8_t *)bytes)[index] = (uint8_t)(count * (index + 1));
  return got;
}
