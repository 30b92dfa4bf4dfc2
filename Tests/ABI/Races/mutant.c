/* SPDX-License-Identifier: MIT */
/* Takes one rule out of the library, by standing between it and libc (LD_PRELOAD): what a test must
 * fail under, or it proves nothing. SESSION3_MUTANT names the rule:
 *   locks   no lock is taken
 *   unlock  no lock is undone before its descriptor is closed, in parent and child
 *   scan    scans share the store's own open directory
 *   mode    no mode is set after creation
 *   owner   a grown file's owner is not set
 *   close   a failed open of a session closes descriptor 0
 *   links   a file that lost its name seems to have it still
 *   follow  a symbolic link is opened as what it leads to */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool is_out(const char *rule) {
  const char *mutant = getenv("SESSION3_MUTANT");
  return mutant != NULL && strcmp(mutant, rule) == 0;
}

int fcntl(int file, int command, ...) {
  va_list arguments;
  va_start(arguments, command);
  void *argument = va_arg(arguments, void *);
  va_end(arguments);
  if (command == F_OFD_SETLK) {
    const struct flock *lock = argument;
    if (is_out("locks") || (is_out("unlock") && lock->l_type == F_UNLCK))
      return 0;
  }
  return (int)syscall(SYS_fcntl, file, command, argument);
}

/* What pthread_atfork(3) calls. The library's handler for children would close what is in flight,
 * and so mend for most forks what the missing unlock breaks. */
int __register_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void),
                      void *object) {
  int (*next)(void (*)(void), void (*)(void), void (*)(void), void *);
  void *symbol = dlsym(RTLD_NEXT, "__register_atfork");
  if (symbol == NULL)
    abort();
  memcpy(&next, &symbol, sizeof symbol);
  return is_out("unlock") ? 0 : next(prepare, parent, child, object);
}

int openat(int directory, const char *path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  mode_t mode = va_arg(arguments, mode_t);
  va_end(arguments);
  if (is_out("scan") && strcmp(path, ".") == 0) {
    lseek(directory, 0, SEEK_SET);
    return (int)syscall(SYS_fcntl, directory, F_DUPFD_CLOEXEC, 0);
  }
  if (is_out("follow"))
    flags &= ~O_NOFOLLOW;
  int file = (int)syscall(SYS_openat, directory, path, flags, mode);
  if (file < 0 && path[0] != '.' && is_out("close")) {
    int cause = errno;
    close(0);
    errno = cause;
  }
  return file;
}

int fchmod(int file, mode_t mode) {
  return is_out("mode") ? 0 : (int)syscall(SYS_fchmod, file, mode);
}

int fchown(int file, uid_t user, gid_t group) {
  return is_out("owner") ? 0 : (int)syscall(SYS_fchown, file, user, group);
}

/* The file that this thread last looked at. */
static _Thread_local dev_t device;
static _Thread_local ino_t inode;

int fstat(int file, struct stat *out) {
  int result = (int)syscall(SYS_newfstatat, file, "", out, AT_EMPTY_PATH);
  if (result == 0 && is_out("links")) {
    device = out->st_dev;
    inode = out->st_ino;
    if (out->st_nlink == 0)
      out->st_nlink = 1;
  }
  return result;
}

int fstatat(int directory, const char *path, struct stat *out, int flags) {
  int result = (int)syscall(SYS_newfstatat, directory, path, out, flags);
  if (result == 0 && is_out("links")) {
    out->st_dev = device;
    out->st_ino = inode;
  }
  return result;
}
