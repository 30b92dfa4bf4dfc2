/* SPDX-License-Identifier: MIT */
/* Makes syncs of chosen kinds do nothing (LD_PRELOAD): what a test of power cuts must fail under, or
 * it proves nothing. SESSION3_NO_SYNC names them: `fdatasync`, `fsync`, or both with a comma. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool is_out(const char *call) {
  const char *calls = getenv("SESSION3_NO_SYNC");
  if (calls == NULL)
    return false;
  return strstr(calls, call) != NULL;
}

int fdatasync(int file) { return is_out("fdatasync") ? 0 : (int)syscall(SYS_fdatasync, file); }

int fsync(int file) { return is_out("fsync") ? 0 : (int)syscall(SYS_fsync, file); }
