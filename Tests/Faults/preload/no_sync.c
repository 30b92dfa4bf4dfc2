/* SPDX-License-Identifier: MIT */
/* Takes the meaning out of syncs of chosen kinds (LD_PRELOAD): what tests of power cuts and of failing
 * calls must fail under, or they prove nothing. The kinds are `fdatasync`, `fsync`, or both with a
 * comma: those that SESSION3_NO_SYNC names do nothing; those that SESSION3_SYNC_IN_VAIN names are
 * made, and are said to have gone well whatever the kernel answers. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool is_named(const char *variable, const char *call) {
  const char *calls = getenv(variable);
  return calls != NULL && strstr(calls, call) != NULL;
}

static int sync_by(long number, const char *call, int file) {
  if (is_named("SESSION3_NO_SYNC", call))
    return 0;
  int result = (int)syscall(number, file);
  return is_named("SESSION3_SYNC_IN_VAIN", call) ? 0 : result;
}

int fdatasync(int file) { return sync_by(SYS_fdatasync, "fdatasync", file); }

int fsync(int file) { return sync_by(SYS_fsync, "fsync", file); }
