/* SPDX-License-Identifier: MIT */
/* How libsession3 opens and locks the file of a session: what stands for its system calls does the
 * same. */
#ifndef BENCH_SESSION_FILES_H
#define BENCH_SESSION_FILES_H

#include <fcntl.h>
#include <stdbool.h>

/* A file that is there is opened without setting its atime, which ext4 would put into its journal
 * after each save. */
#define READ_FLAGS (O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOATIME)
#define WRITE_FLAGS (O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOATIME)
#define CREATE_FLAGS (O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY)

/** Takes or gives back the lock of a file (F_WRLCK, F_UNLCK), without waiting for it. */
static inline bool set_lock(int file, short type) {
  struct flock lock = {.l_type = type, .l_whence = SEEK_SET};
  return fcntl(file, F_OFD_SETLK, &lock) == 0;
}

#endif
