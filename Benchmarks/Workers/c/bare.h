/* SPDX-License-Identifier: MIT */
/* The system calls of libsession3's directory store, one function for each of its verbs. */
#ifndef BENCH_BARE_H
#define BENCH_BARE_H

#include "files.h"

#include <sys/stat.h>

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

#endif
