/* SPDX-License-Identifier: MIT */
/* What each system call of a session costs, by itself:
 *   calls DIRECTORY
 * Makes files of a block in a directory that is empty, and does one call after another on all of them.
 * Tells nanoseconds a call, a line of JSON: of a sync the median, of other calls the mean. */
#include "../Workers/c/session_files.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define FILES 512
/* A sync takes long, and there are but a few in a round; an odd number has a median. */
#define SYNCS 9
#define BLOCK 4096
#define RECORD 320

static int directory, files[FILES];
static char names[FILES][32], block[BLOCK];

static uint64_t now_ns(void) {
  struct timespec now = {0};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static bool open_for(int index, int flags) {
  return (files[index] = openat(directory, names[index], flags, 0600)) >= 0;
}

static bool do_getppid(int index) { return index >= 0 && syscall(SYS_getppid) >= 0; }
static bool do_create(int index) { return open_for(index, CREATE_FLAGS); }
static bool do_write_first(int index) { return pwrite(files[index], block, BLOCK, 0) == BLOCK; }
static bool do_close(int index) { return close(files[index]) == 0; }
static bool do_open_read(int index) { return open_for(index, READ_FLAGS); }
static bool do_open_write(int index) { return open_for(index, WRITE_FLAGS); }
static bool do_read(int index) { return pread(files[index], block, BLOCK, 0) == BLOCK; }
static bool do_write(int index) { return pwrite(files[index], block, RECORD, 512) == RECORD; }
static bool do_sync(int index) { return fdatasync(files[index]) == 0; }
static bool do_touch(int index) { return utimensat(directory, names[index], NULL, 0) == 0; }
static bool do_unlink(int index) { return unlinkat(directory, names[index], 0) == 0; }
static bool do_sync_names(int index) { return index >= 0 && fsync(directory) == 0; }
/* What was done before must not be what the next sync pays for. */
static bool do_sync_all(int index) { return index >= 0 && syncfs(directory) == 0; }

static bool do_status(int index) {
  struct stat status;
  return fstat(files[index], &status) == 0;
}

static bool do_status_by_name(int index) {
  struct stat status;
  return fstatat(directory, names[index], &status, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool do_lock(int index) { return set_lock(files[index], F_WRLCK); }
static bool do_unlock(int index) { return set_lock(files[index], F_UNLCK); }

/** One after the other; those without a name make ready for others. */
static const struct call {
  const char *name;
  bool (*run)(int index);
  int count;
  bool (*before)(int index); /**< makes ready for each call, untimed; then the median is told */
} calls[] = {
    {"getppid, which does nothing", do_getppid, FILES, NULL},
    {"openat, a new file", do_create, FILES, NULL},
    {"pwrite, the first block", do_write_first, FILES, NULL},
    {"close, a new file", do_close, FILES, NULL},
    {NULL, do_sync_all, 1, NULL},
    {"fstatat", do_status_by_name, FILES, NULL},
    {"openat, to read", do_open_read, FILES, NULL},
    {"fstat", do_status, FILES, NULL},
    {"pread, a block", do_read, FILES, NULL},
    {"close", do_close, FILES, NULL},
    {"openat, to write", do_open_write, FILES, NULL},
    {"fcntl, lock", do_lock, FILES, NULL},
    {"pwrite, a record in place", do_write, FILES, NULL},
    {"fcntl, unlock", do_unlock, FILES, NULL},
    {NULL, do_sync_all, 1, NULL},
    {"fdatasync of a record", do_sync, SYNCS, do_write},
    {NULL, do_close, FILES, NULL},
    {"utimensat", do_touch, FILES, NULL},
    {"unlinkat", do_unlink, FILES, NULL},
    {NULL, do_sync_all, 1, NULL},
    {"fsync of the directory", do_sync_names, SYNCS, do_create},
    {NULL, do_close, SYNCS, NULL},
    {NULL, do_unlink, SYNCS, NULL},
};

static void fail(const char *what) {
  fprintf(stderr, "%s: %s\n", what, strerror(errno));
  exit(1);
}

static void check(const struct call *call, bool is_done) {
  if (!is_done)
    fail(call->name == NULL ? "making ready" : call->name);
}

/** Nanoseconds a call, of all in a row: the clock is read but twice. */
static double mean(const struct call *call) {
  uint64_t start = now_ns();
  for (int index = 0; index < call->count; index++) check(call, call->run(index));
  return (double)(now_ns() - start) / call->count;
}

static int by_size(const void *left, const void *right) {
  uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
  return (a > b) - (a < b);
}

/** Nanoseconds of the one in the middle, of calls that are made ready one by one. */
static double median(const struct call *call) {
  uint64_t taken[FILES];
  for (int index = 0; index < call->count; index++) {
    check(call, call->before(index));
    uint64_t start = now_ns();
    check(call, call->run(index));
    taken[index] = now_ns() - start;
  }
  qsort(taken, (size_t)call->count, sizeof taken[0], by_size);
  const int middle = call->count / 2;
  return (double)taken[middle];
}

static void run(const struct call *call, const char *comma) {
  double taken = call->before == NULL ? mean(call) : median(call);
  if (call->name != NULL)
    printf("%s\"%s\": %.1f", comma, call->name, taken);
}

int main(int count, char **arguments) {
  directory = count == 2 ? open(arguments[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
  if (directory < 0)
    fail("calls DIRECTORY");
  for (int index = 0; index < FILES; index++)
    snprintf(names[index], sizeof names[index], "%016x-%05d", (unsigned)index * 2654435761u, index);
  printf("{");
  for (size_t index = 0; index < sizeof calls / sizeof calls[0]; index++)
    run(&calls[index], index == 0 ? "" : ", ");
  printf("}\n");
  return 0;
}
