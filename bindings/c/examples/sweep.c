/* SPDX-License-Identifier: MIT */
/**
 * @file sweep.c
 * session3-sweep DIRECTORY AGE: deletes the sessions that were not used for longer, from cron, where
 * there is no Python. An age is 90s, 30m, 12h or 30d. Answers 0 if all went well, 1 if not, 2 if it
 * was called wrongly.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "session3_easy.h"

/** Seconds of an age; -1 if it is none. */
static int64_t seconds_of(const char *age) {
  static const char units[] = "smhd";
  static const int64_t seconds[] = {1, 60, 3600, 86400};
  if (age[0] < '0' || age[0] > '9')
    return -1;
  char *unit;
  errno = 0;
  const long count = strtol(age, &unit, 10);
  const char *known = unit[0] != '\0' ? strchr(units, unit[0]) : NULL;
  if (errno != 0 || count > 999999999 || known == NULL || unit[1] != '\0')
    return -1;
  return count * seconds[known - units];
}

/** Whether a directory is a store already: to open it would make it one, also where a path was
 * mistyped. */
static bool is_store(const char *directory) {
  char path[4096];
  const int length = snprintf(path, sizeof path, "%s/.session3", directory);
  return length > 0 && (size_t)length < sizeof path && access(path, F_OK) == 0;
}

int main(int count, char **arguments) {
  session3_error error = SESSION3_ERROR_INIT;
  session3_directory_options options = SESSION3_DIRECTORY_OPTIONS_INIT;
  S3_AUTO_STORE(store);
  uint64_t deleted = 0;
  uint64_t remaining = 0;
  const int64_t seconds = count == 3 ? seconds_of(arguments[2]) : -1;
  if (seconds < 0) {
    fprintf(stderr, "usage: session3-sweep DIRECTORY AGE, an age as 90s, 30m, 12h or 30d\n");
    return 2;
  }
  const char *directory = arguments[1];
  if (!is_store(directory)) {
    fprintf(stderr, "session3-sweep: %s: no directory of sessions: it has no .session3\n",
            directory);
    return 1;
  }
  session3_status status =
      session3_store_open_directory(directory, strlen(directory), &options, &store, &error);
  if (s3_check("session3-sweep", status, &error) < 0)
    return 1;
  status = s3_expire(store, seconds, &deleted, &remaining, &error);
  printf("%" PRIu64 " deleted, %" PRIu64 " remain\n", deleted, remaining);
  return s3_check("session3-sweep", status, &error) < 0 ? 1 : 0;
}
