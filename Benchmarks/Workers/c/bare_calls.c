/* SPDX-License-Identifier: MIT */
/* As many bytes moved as libsession3 moves; no encoding, no checksum, no checking of what was read. */
#include "bare.h"

#include "session_files.h"

#include <errno.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#define MAGIC_SIZE 32

/** Waits for a lock as the library does: three yields, then sleeps of 20 us to 2 ms, with jitter. */
static bool lock(int file) {
  long pause_us = 20;
  for (int tries = 1; !set_lock(file, F_WRLCK); tries++) {
    if (errno != EAGAIN && errno != EACCES)
      return failed_call("fcntl");
    if (tries <= 3) {
      sched_yield();
      continue;
    }
    long jitter = (long)(now_ns() / 1000 & 0x3f) * pause_us / 128;
    nanosleep(&(struct timespec){.tv_nsec = (pause_us / 2 + jitter) * 1000}, NULL);
    if (pause_us < 2000)
      pause_us *= 2;
  }
  return true;
}

/** Unlocks and closes a file, whatever came before. */
static bool end(int file, bool is_done) {
  bool is_ended = set_lock(file, F_UNLCK) || failed_call("fcntl");
  return ((close(file) == 0) || failed_call("close")) && is_ended && is_done;
}

static bool read_file(const struct connection *connection, int file, size_t count) {
  ssize_t got = pread(file, connection->contents, count, 0);
  return got == (ssize_t)count || (got < 0 ? failed_call("pread") : failed("a file is cut"));
}

static bool write_file(const struct connection *connection, int file, const void *bytes,
                       size_t count, off_t offset) {
  if (pwrite(file, bytes, count, offset) != (ssize_t)count)
    return failed_call("pwrite");
  return !connection->opened.is_synced || fdatasync(file) == 0 || failed_call("fdatasync");
}

/** fstat, of a file that must have a size and a name. */
static bool check_status(const struct connection *connection, int file, struct stat *status) {
  if (fstat(file, status) < 0)
    return failed_call("fstat");
  return (status->st_nlink == 1 && (size_t)status->st_size == connection->opened.file) ||
         failed("a file is not as it was made");
}

/** openat, fcntl, fstat; -1 after a call of failed. */
static int open_locked(const struct connection *connection, const char *id) {
  struct stat status;
  int file = openat(connection->opened.directory, id, WRITE_FLAGS);
  if (file < 0) {
    failed_call("openat");
    return -1;
  }
  if (lock(file) && check_status(connection, file, &status))
    return file;
  close(file);
  return -1;
}

bool load_file(const struct connection *connection, const char *id, struct stat *status) {
  int file = openat(connection->opened.directory, id, READ_FLAGS);
  if (file < 0)
    return failed_call("openat");
  bool is_done = check_status(connection, file, status) &&
                 read_file(connection, file, (size_t)status->st_size);
  return ((close(file) == 0) || failed_call("close")) && is_done;
}

/** Whether the second slot has the older record; what the newest counted. */
static bool is_second_older(const struct connection *connection, uint64_t *newest) {
  uint64_t counts[2];
  memcpy(&counts[0], connection->contents + SECTOR, sizeof counts[0]);
  memcpy(&counts[1], connection->contents + SECTOR + connection->opened.slot, sizeof counts[1]);
  bool is_older = counts[0] > counts[1];
  *newest = counts[is_older ? 0 : 1];
  return is_older;
}

uint64_t counted(const struct connection *connection) {
  uint64_t count = 0;
  is_second_older(connection, &count);
  return count;
}

bool save_file(const struct connection *connection, const char *id, size_t size) {
  const struct opened *opened = &connection->opened;
  int file = open_locked(connection, id);
  if (file < 0)
    return false;
  bool is_done = read_file(connection, file, opened->file);
  if (is_done) {
    uint64_t count = 0;
    off_t offset = (off_t)(SECTOR + (is_second_older(connection, &count) ? opened->slot : 0));
    unsigned char *record = connection->image + SECTOR;
    count += 1;
    memcpy(record, &count, sizeof count);
    is_done = write_file(connection, file, record, size, offset);
  }
  return end(file, is_done);
}

/** The image of a new file. */
static const void *new_image(const struct connection *connection) {
  uint64_t revision = 1;
  memcpy(connection->image + SECTOR, &revision, sizeof revision);
  return connection->image;
}

static bool create_block(const struct connection *connection, const char *id) {
  struct stat status;
  int file = openat(connection->opened.directory, id, CREATE_FLAGS, 0600);
  if (file < 0)
    return failed_call("openat");
  bool is_done = lock(file) && (fstat(file, &status) == 0 || failed_call("fstat")) &&
                 write_file(connection, file, new_image(connection), connection->opened.file, 0) &&
                 synchronize_names(connection);
  return end(file, is_done);
}

static bool create_whole(const struct connection *connection, const char *id) {
  struct stat status;
  uint64_t chance[2] = {0};
  char name[64];
  int directory = connection->opened.directory;
  if (fstatat(directory, id, &status, AT_SYMLINK_NOFOLLOW) == 0)
    return failed("a session that is to be created exists");
  if (getrandom(chance, sizeof chance, 0) != sizeof chance)
    return failed_call("getrandom");
  snprintf(name, sizeof name, ".grow-%016" PRIx64 "%06" PRIx64, chance[0], chance[1] & 0xffffff);
  int file = openat(directory, name, CREATE_FLAGS, 0600);
  if (file < 0)
    return failed_call("openat");
  bool is_done = lock(file) && (fstat(file, &status) == 0 || failed_call("fstat")) &&
                 (fchmod(file, 0600) == 0 || failed_call("fchmod")) &&
                 write_file(connection, file, new_image(connection), connection->opened.file, 0) &&
                 (renameat2(directory, name, directory, id, RENAME_NOREPLACE) == 0 ||
                  failed_call("renameat2")) &&
                 synchronize_names(connection);
  return end(file, is_done);
}

bool create_file(const struct connection *connection, const char *id) {
  return connection->opened.file <= BLOCK ? create_block(connection, id)
                                          : create_whole(connection, id);
}

bool delete_file(const struct connection *connection, const char *id) {
  int file = open_locked(connection, id);
  if (file < 0)
    return false;
  bool is_done = read_file(connection, file, MAGIC_SIZE) &&
                 (unlinkat(connection->opened.directory, id, 0) == 0 || failed_call("unlinkat")) &&
                 synchronize_names(connection);
  return end(file, is_done);
}
