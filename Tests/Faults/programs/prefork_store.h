/* SPDX-License-Identifier: MIT */
/* The store of the prefork programs: opened with the sessions that prefork_work.h uses, and checked
 * at the end against what all processes were told. */
#ifndef PREFORK_STORE_H
#define PREFORK_STORE_H

#include "prefork_work.h"

#include <dirent.h>

static void open_all(void) {
  first_process = getpid();
  shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
                MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (shared == MAP_FAILED)
    fail("no shared memory");
  session3_directory_options options = SESSION3_DIRECTORY_OPTIONS_INIT;
  session3_error error = SESSION3_ERROR_INIT;
  options.lock_timeout_us = (int64_t)patience_s * 1000000;
  if (is_directory)
    check(session3_store_open_directory(place, strlen(place), &options, &store, &error), "open",
          &error);
  else
    check(session3_store_open_memory(NULL, &store, &error), "open", &error);
  check(session3_manager_new(store, NULL, &manager, &error), "manager", &error);
  for (int index = -1; index < STABLE; index++) {
    char id[64];
    S3_AUTO_SESSION(session);
    snprintf(id, sizeof id, "stable-%d", index);
    const char *name = index < 0 ? "busy" : id;
    check(session3_session_new(name, strlen(name), &session, &error), "new", &error);
    check(s3_save(store, session, &error), "save", &error);
  }
}

static int compare_ids(const void *one, const void *two) { return strcmp(one, two); }

static size_t check_ids(void) {
  size_t count = atomic_load(&shared->id_count);
  if (count > IDS)
    fail("more ids than there is room for");
  qsort(shared->ids, count, ID_SIZE, compare_ids);
  for (size_t index = 1; index < count; index++) {
    // What a killed process was about to note is empty, or a part of an id.
    if (strlen(shared->ids[index]) == SESSION3_ID_LENGTH &&
        strcmp(shared->ids[index - 1], shared->ids[index]) == 0)
      fail("an id was made twice");
  }
  return count;
}

/** Counts the descriptors of sessions that this process has open, before it opens any. */
static long open_sessions(void) {
  long count = 0;
  char path[300];
  DIR *listing = opendir("/proc/self/fd");
  int directory = listing == NULL ? -1 : dirfd(listing);
  if (directory < 0)
    fail("no /proc");
  for (struct dirent *entry; (entry = readdir(listing)) != NULL;) {
    ssize_t length = readlinkat(directory, entry->d_name, path, sizeof path - 1);
    path[length > 0 ? length : 0] = '\0';
    count += strncmp(path, place, strlen(place)) == 0 && path[strlen(place)] == '/';
  }
  closedir(listing);
  return count;
}

/** With threads at rest and children idle or gone: every session can be saved at once. */
static void check_locks(void) {
  S3_AUTO_STORE(impatient);
  session3_directory_options options = SESSION3_DIRECTORY_OPTIONS_INIT;
  session3_error error = SESSION3_ERROR_INIT;
  options.lock_timeout_us = -1;
  if (!is_directory)
    return;
  check(session3_store_open_directory(place, strlen(place), &options, &impatient, &error), "open",
        &error);
  for (int index = -1; index < STABLE; index++) {
    char id[64];
    snprintf(id, sizeof id, "stable-%d", index);
    check(s3_increment(impatient, index < 0 ? "busy" : id, "n", index < 0 ? 0 : 1, NULL, &error),
          "a save that does not wait", &error);
  }
}

/** What was acknowledged is stored, and nothing that was never begun. */
static void check_count(void) {
  int64_t stored = -1;
  session3_error error = SESSION3_ERROR_INIT;
  check(s3_increment(store, "busy", "n", 0, &stored, &error), "increment", &error);
  if (stored < atomic_load(&shared->done) || stored > atomic_load(&shared->begun))
    fail("%ld increments are stored, not %ld to %ld", (long)stored, atomic_load(&shared->done),
         atomic_load(&shared->begun));
}
#endif
