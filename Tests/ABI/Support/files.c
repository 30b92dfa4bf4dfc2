/* SPDX-License-Identifier: MIT */
#include "files.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void require(bool good, const char *what) {
  if (!good) {
    perror(what);
    abort();
  }
}

void make_directory(char path[DIRECTORY_SIZE]) {
  const char *parent = getenv("TMPDIR");
  int length = snprintf(path, DIRECTORY_SIZE, "%s/session3-abi-XXXXXX",
                        parent != NULL && parent[0] != 0 ? parent : "/tmp");
  require(length > 0 && length < DIRECTORY_SIZE, "TMPDIR");
  require(mkdtemp(path) != NULL, path);
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk) {
  (void)status, (void)type, (void)walk;
  return remove(path);
}

void remove_directory(const char *path) {
  if (access(path, F_OK) == 0)
    require(nftw(path, remove_entry, 8, FTW_DEPTH | FTW_PHYS) == 0, path);
}

void path_in(char path[PATH_SIZE], const char *directory, const char *name) {
  int length = snprintf(path, PATH_SIZE, "%s/%s", directory, name);
  require(length > 0 && length < PATH_SIZE, name);
}

uint8_t *read_file(const char *directory, const char *name, size_t *size) {
  char path[PATH_SIZE];
  path_in(path, directory, name);
  int file = open(path, O_RDONLY | O_CLOEXEC);
  struct stat status;
  require(file >= 0 && fstat(file, &status) == 0, path);
  *size = (size_t)status.st_size;
  uint8_t *data = malloc(*size + 1);
  require(data != NULL && read(file, data, *size) == status.st_size, path);
  close(file);
  return data;
}

void write_file(const char *directory, const char *name, const void *data, size_t size) {
  char path[PATH_SIZE];
  path_in(path, directory, name);
  int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  require(file >= 0 && write(file, data, size) == (ssize_t)size && close(file) == 0, path);
}

void flip_byte(const char *directory, const char *name, size_t offset, uint8_t mask) {
  char path[PATH_SIZE];
  path_in(path, directory, name);
  int file = open(path, O_RDWR | O_CLOEXEC);
  uint8_t byte = 0;
  require(file >= 0 && pread(file, &byte, 1, (off_t)offset) == 1, path);
  byte ^= mask;
  require(pwrite(file, &byte, 1, (off_t)offset) == 1 && close(file) == 0, path);
}

struct stat status_of(const char *directory, const char *name) {
  char path[PATH_SIZE];
  struct stat status;
  path_in(path, directory, name);
  require(lstat(path, &status) == 0, path);
  return status;
}

bool file_exists(const char *directory, const char *name) {
  char path[PATH_SIZE];
  struct stat status;
  path_in(path, directory, name);
  return lstat(path, &status) == 0;
}

void set_age(const char *directory, const char *name, int64_t seconds) {
  char path[PATH_SIZE];
  struct timespec times[2] = {{0, UTIME_OMIT}, {0, 0}};
  path_in(path, directory, name);
  clock_gettime(CLOCK_REALTIME, &times[1]);
  times[1].tv_sec -= (time_t)seconds;
  require(utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW) == 0, path);
}

size_t count_entries(const char *directory) {
  DIR *entries = opendir(directory);
  size_t count = 0;
  require(entries != NULL, directory);
  for (struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries)) {
    count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
             strcmp(entry->d_name, ".session3") != 0;
  }
  closedir(entries);
  return count;
}

/** Walks /proc/self/fd, without the descriptor that the walk itself has. */
static void walk_descriptors(size_t *count, uint64_t *sum) {
  DIR *entries = opendir("/proc/self/fd");
  int own = entries != NULL ? dirfd(entries) : -1;
  require(own >= 0, "/proc/self/fd");
  for (struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries)) {
    char target[512];
    long number = strtol(entry->d_name, NULL, 10);
    ssize_t length = readlinkat(own, entry->d_name, target, sizeof target);
    if (length < 0 || number == own)
      continue;
    uint64_t hash = 14695981039346656037U + (uint64_t)number;
    for (ssize_t index = 0; index < length; index++) {
      hash = (hash ^ (uint8_t)target[index]) * 1099511628211U;
    }
    *sum += hash;
    *count += 1;
  }
  closedir(entries);
}

size_t count_descriptors(void) {
  size_t count = 0;
  uint64_t sum = 0;
  walk_descriptors(&count, &sum);
  return count;
}

uint64_t sum_of_descriptors(void) {
  size_t count = 0;
  uint64_t sum = 0;
  walk_descriptors(&count, &sum);
  return sum;
}
