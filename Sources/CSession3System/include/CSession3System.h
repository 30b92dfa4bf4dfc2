/* SPDX-License-Identifier: MIT */
/*
 * What Embedded Swift can't say for itself: variadic and macro-laden system calls, checked
 * allocation, fork handlers, CRC-32C. No policy here: a call is one system call, and answers what
 * the kernel said, failures as the negative errno.
 */
#ifndef CSESSION3SYSTEM_H
#define CSESSION3SYSTEM_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Flags of openat(2), since Swift sees no macros that stand for expressions. */
enum {
  /* A planted link, FIFO, device or terminal must neither be followed nor block nor become ours. */
  SYSTEM_OPEN_READ = O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
  SYSTEM_OPEN_WRITE = O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
  SYSTEM_OPEN_CREATE = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY,
  SYSTEM_OPEN_DIRECTORY = O_RDONLY | O_DIRECTORY | O_CLOEXEC,
  /* O_NOATIME, which only _GNU_SOURCE shows: for a file's owner alone, others get EPERM. */
  SYSTEM_OPEN_NO_ACCESS_TIME = 1 << 30,
};

/** The part of struct stat that a store looks at. */
typedef struct system_file_status {
  uint64_t device;
  uint64_t inode;
  int64_t size;
  int64_t modified_us;
  uint32_t mode;
  uint32_t user;
  uint32_t group;
  uint32_t links;
  bool is_regular;
} system_file_status;

/** One entry of getdents64(2). */
typedef struct system_directory_entry {
  const char *name;
  size_t name_length;
  bool may_be_regular; /* false only where the file system says that it is something else */
} system_directory_entry;

/* Files */
int system_openat(int directory, const char *name, int flags, uint32_t mode);
int system_close(int descriptor);
int system_fstat(int descriptor, system_file_status *out);
int system_fstatat(int directory, const char *name, system_file_status *out);
int64_t system_pread(int descriptor, void *buffer, size_t count, int64_t offset);
int64_t system_pwrite(int descriptor, const void *buffer, size_t count, int64_t offset);
int system_unlinkat(int directory, const char *name);
int system_renameat(int directory, const char *from, const char *to);
/** renameat2(2) with RENAME_NOREPLACE: EEXIST where the new name is taken. */
int system_rename_new(int directory, const char *from, const char *to);
int system_linkat(int directory, const char *from, const char *to);
int system_mkdir(const char *path, uint32_t mode);
int system_chmod(const char *path, uint32_t mode);
int system_fchmod(int descriptor, uint32_t mode);
int system_fchown(int descriptor, uint32_t user, uint32_t group);
int system_fdatasync(int descriptor);
int system_fsync(int descriptor);
/** Sets the modification time to now, by the kernel's clock; utimensat(2) with NULL times. */
int system_touch(int directory, const char *name);
/** Sets the modification time; the time of last reading is left alone. */
int system_touch_at(int directory, const char *name, int64_t time_us);
int system_futimens(int descriptor, int64_t time_us);
/** Open file description locks, F_OFD_SETLK of fcntl(2), over the whole file, not waiting. */
int system_lock(int descriptor, bool exclusive);
int system_unlock(int descriptor);
/** Whether a directory is on a network file system or FUSE: 1, 0, or a negative errno; fstatfs(2). */
int system_is_network(int descriptor);
/** Asks btrfs for overwriting in place (FS_NOCOW_FL); 0 elsewhere, as there is nothing to ask. */
int system_disable_copy_on_write(int descriptor);
/** getdents64(2). */
int64_t system_read_directory(int descriptor, void *buffer, size_t count);
/** The entry at an offset of what system_read_directory read; answers the next offset, or 0 where
 * the bytes hold no entry. */
size_t system_next_entry(const void *buffer, size_t count, size_t offset,
                         system_directory_entry *out);

/* Memory: NULL where there is none. */
void *system_allocate(size_t count);
void *system_reallocate(void *pointer, size_t count);
void system_free(void *pointer);

/** A number to sort by, and what goes with it. */
typedef struct system_sorted_entry {
  uint64_t key;
  uint64_t value;
} system_sorted_entry;
/** Sorts `count` of them by their keys, the lowest first; qsort(3). */
void system_sort(void *entries, size_t count);

/* Time */
int64_t system_realtime_us(void);
int64_t system_monotonic_us(void);
void system_sleep_us(int64_t microseconds);
void system_yield(void);

/* Chance: 0 or a negative errno. */
int system_random(void *buffer, size_t count);
/** A number that no other call answers, in this process, in one that it forks, or in another;
 * not secret. Without a system call but for the first. */
int system_unique(uint64_t *out);

/** CRC-32C (Castagnoli, reflected, RFC 3720 appendix B.4), to go on from a former result; begins
 * with 0. */
uint32_t system_crc32c(uint32_t crc, const void *data, size_t count);
/** The same without the processor's help, for those that offer none. */
uint32_t system_crc32c_by_table(uint32_t crc, const void *data, size_t count);

/** "ENOSPC" and "No space left on device"; static text, never NULL. */
const char *system_error_name(int error);
const char *system_error_text(int error);

/**
 * Descriptors of calls in flight. A child of fork(2) has copies of those that other threads were
 * using, with no thread left to close them; a handler closes them there. Only descriptors that are
 * opened and closed within one call belong here.
 */
int system_open_in_flight(int directory, const char *name, int flags, uint32_t mode);
int system_close_in_flight(int descriptor);
/** Takes in one that is open already. */
void system_in_flight_add(int descriptor);

/** How often this process is a child of fork(2): what another thread had begun before the last time
 * never ends here. */
uint64_t system_fork_depth(void);

/** A mutex that is free in a child of fork(2), and guards whole data there. */
typedef struct system_mutex system_mutex;
system_mutex *system_mutex_new(void);
void system_mutex_free(system_mutex *mutex);
void system_mutex_lock(system_mutex *mutex);
void system_mutex_unlock(system_mutex *mutex);

#endif
