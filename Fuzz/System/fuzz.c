// SPDX-License-Identifier: MIT
// libFuzzer's entry points: one executable holds all targets, and its name, or SESSION3_FUZZ_TARGET,
// says which one runs.
#include "include/fuzz.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void fuzz_record(const uint8_t *data, size_t size);
void fuzz_messagepack(const uint8_t *data, size_t size);
void fuzz_merge(const uint8_t *data, size_t size);
void fuzz_cookie(const uint8_t *data, size_t size);
void fuzz_store(const uint8_t *data, size_t size);

typedef void (*target)(const uint8_t *data, size_t size);

static const struct {
  const char *name;
  target run;
} targets[] = {
    {"record", fuzz_record}, {"messagepack", fuzz_messagepack},
    {"merge", fuzz_merge},   {"cookie", fuzz_cookie},
    {"store", fuzz_store},
};

static target chosen;
static char directory[256];

/** Calls `visit`, if there is one, for each name in the directory; returns how many are as asked. */
static size_t walk(int with_dot, void (*visit)(int directory, const char *name)) {
  DIR *open = opendir(directory);
  if (open == NULL)
    return 0;
  size_t count = 0;
  for (struct dirent *entry = readdir(open); entry != NULL; entry = readdir(open)) {
    const char *name = entry->d_name;
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
      continue;
    if (visit != NULL)
      visit(dirfd(open), name);
    count += (name[0] == '.') == with_dot;
  }
  closedir(open);
  return count;
}

static void unlink_entry(int parent, const char *name) {
  if (parent >= 0)
    unlinkat(parent, name, 0);
}

const char *fuzz_empty_directory(void) {
  walk(0, unlink_entry);
  return directory;
}

size_t fuzz_count_files(void) { return walk(0, NULL); }

size_t fuzz_count_own_files(void) { return walk(1, NULL); }

size_t fuzz_count_descriptors(void) {
  size_t count = 0;
  for (int descriptor = 0; descriptor < 64; descriptor++) {
    count += fcntl(descriptor, F_GETFD) >= 0;
  }
  return count;
}

int64_t fuzz_clock(void *time_us) { return *(int64_t *)time_us; }

static void remove_directory(void) {
  if (directory[0] == '\0')
    return;
  walk(0, unlink_entry);
  rmdir(directory);
}

void fuzz_fail(const uint8_t *rule, const uint8_t *file, uint32_t line) {
  fprintf(stderr, "broken rule: %s (%s:%u)\n", (const char *)rule, (const char *)file, line);
  remove_directory();
  abort();
}

static void make_directory(void) {
  const char *parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
  snprintf(directory, sizeof directory, "%s/session3-fuzz-XXXXXX", parent);
  if (mkdtemp(directory) == NULL) {
    perror("mkdtemp");
    exit(2);
  }
  atexit(remove_directory);
}

int LLVMFuzzerInitialize(const int *count, char ***arguments) {
  const char *name = getenv("SESSION3_FUZZ_TARGET");
  if (name == NULL && *count > 0) {
    name = strrchr((*arguments)[0], '/');
    name = name != NULL ? name + 1 : (*arguments)[0];
    if (strncmp(name, "fuzz_", 5) == 0)
      name += 5;
  }
  for (size_t index = 0; index < sizeof targets / sizeof targets[0]; index++) {
    if (name != NULL && strcmp(name, targets[index].name) == 0)
      chosen = targets[index].run;
  }
  if (chosen == NULL) {
    fprintf(stderr, "SESSION3_FUZZ_TARGET names no target\n");
    exit(2);
  }
  if (chosen == fuzz_store)
    make_directory();
  return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  chosen(data, size);
  return 0;
}
