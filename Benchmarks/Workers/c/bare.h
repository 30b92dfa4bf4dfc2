/* SPDX-License-Identifier: MIT */
/* The system calls of libsession3's directory store, one function for each of its verbs. */
#ifndef BENCH_BARE_H
#define BENCH_BARE_H

#include "worker.h"

#include <sys/stat.h>

#define SECTOR 512
#define BLOCK 4096

/** The directory, and the sizes that libsession3's stored form gives the workload. */
struct opened {
  int directory;
  bool is_synced;
  size_t record, slot, file;
  size_t changed; /**< the size of a record after a request */
};

/** What a thread reads into and writes from. */
struct connection {
  struct opened opened;
  unsigned char *contents, *image;
  char *listing;
};

/** Notes a system call's errno. */
bool failed_call(const char *call);

/** openat, fstat, pread, close. */
bool load_file(const struct connection *connection, const char *id, struct stat *status);

/** openat, fcntl, fstat, pread, pwrite, fcntl, close: a record of that size goes into the slot that
 * the last one did not. */
bool save_file(const struct connection *connection, const char *id, size_t size);

/** The newest record's first bytes, which save_file adds 1 to: a counter. */
uint64_t counted(const struct connection *connection);

/** A file of one block: openat, fcntl, fstat, pwrite, fcntl, close. A larger one has another name
 * first: fstatat, getrandom, openat, fcntl, fstat, fchmod, pwrite, renameat2, fcntl, close. */
bool create_file(const struct connection *connection, const char *id);

/** openat, fcntl, fstat, pread, unlinkat, fcntl, close. */
bool delete_file(const struct connection *connection, const char *id);

/** fsync of the directory, where the mode asks for it. */
bool synchronize_names(const struct connection *connection);

#endif
