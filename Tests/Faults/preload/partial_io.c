/* SPDX-License-Identifier: MIT */
/* For LD_PRELOAD: pread(2), pwrite(2) and getrandom(2) that move little at a time, as they may.
 * PARTIAL_IO is the most bytes that one call moves, and may have one of these behind it:
 *   ,eintr   every second call is interrupted before it moves any
 * and, for tests that must fail:
 *   ,lie     a write that moved a part says that it moved all
 *   ,slot    what is for either slot of a file of one page goes to the other */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

enum { FIRST_SLOT = 512, SLOT_SIZE = 1536, SECOND_SLOT = FIRST_SLOT + SLOT_SIZE };

static size_t largest = SIZE_MAX;
static bool interrupts, lies, misplaces;
static unsigned calls;

__attribute__((constructor)) static void configure(void) {
  const char *text = getenv("PARTIAL_IO");
  if (text == NULL)
    return;
  largest = strtoul(text, NULL, 10);
  interrupts = strstr(text, ",eintr") != NULL;
  lies = strstr(text, ",lie") != NULL;
  misplaces = strstr(text, ",slot") != NULL;
}

static bool is_interrupted(void) {
  if (!interrupts || ++calls % 2 == 0)
    return false;
  errno = EINTR;
  return true;
}

static size_t part(size_t count) { return count < largest ? count : largest; }

ssize_t pread(int descriptor, void *buffer, size_t count, off_t offset) {
  return is_interrupted() ? -1 : syscall(SYS_pread64, descriptor, buffer, part(count), offset);
}

ssize_t pread64(int descriptor, void *buffer, size_t count, off64_t offset) {
  return pread(descriptor, buffer, count, offset);
}

ssize_t pwrite(int descriptor, const void *buffer, size_t count, off_t offset) {
  if (is_interrupted())
    return -1;
  if (misplaces && offset >= FIRST_SLOT)
    offset += offset < SECOND_SLOT ? SLOT_SIZE : -SLOT_SIZE;
  ssize_t moved = syscall(SYS_pwrite64, descriptor, buffer, part(count), offset);
  return lies && moved > 0 ? (ssize_t)count : moved;
}

ssize_t pwrite64(int descriptor, const void *buffer, size_t count, off64_t offset) {
  return pwrite(descriptor, buffer, count, offset);
}

ssize_t getrandom(void *buffer, size_t count, unsigned flags) {
  return is_interrupted() ? -1 : syscall(SYS_getrandom, buffer, part(count), flags);
}
