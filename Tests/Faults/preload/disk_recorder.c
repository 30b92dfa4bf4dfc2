/* SPDX-License-Identifier: MIT */
/* Notes what one process asks of the disk (LD_PRELOAD), in the file that SESSION3_RECORD names. Each
 * call that succeeded is one line; D and F are the inodes of a directory and of a file:
 *   mark                       getppid(2): the caller's, to tell operations apart
 *   create D F NAME            openat(2) made a file
 *   rename D OLD NEW           renameat(2), renameat2(2)
 *   link D OLD NEW             linkat(2)
 *   unlink D NAME              unlinkat(2)
 *   write F OFFSET HEX         pwrite(2)
 *   chmod F, times F           fchmod(2), futimens(2): neither is content
 *   sync F                     fdatasync(2) or fsync(2), of a file or a directory */
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static void note(const char *format, ...) {
  static int record = -1;
  const char *path = getenv("SESSION3_RECORD");
  if (path == NULL)
    return;
  if (record < 0)
    record =
        (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  va_list arguments;
  va_start(arguments, format);
  if (record < 0 || vdprintf(record, format, arguments) < 0)
    abort();
  va_end(arguments);
}

static unsigned long long inode(int file) {
  struct stat status;
  if (fstat(file, &status) != 0)
    abort();
  return status.st_ino;
}

pid_t getppid(void) {
  note("mark\n");
  return (pid_t)syscall(SYS_getppid);
}

int openat(int directory, const char *name, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  mode_t mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
  va_end(arguments);
  int file = (int)syscall(SYS_openat, directory, name, flags, mode);
  // Without O_EXCL it is not known whether the file was there.
  if (file >= 0 && (flags & O_CREAT) != 0) {
    if ((flags & O_EXCL) == 0)
      abort();
    note("create %llu %llu %s\n", inode(directory), inode(file), name);
  }
  return file;
}

int renameat(int from, const char *old, int to, const char *new) {
  int result = (int)syscall(SYS_renameat, from, old, to, new);
  if (result == 0)
    note("rename %llu %s %s\n", inode(to), old, new);
  return result;
}

int renameat2(int from, const char *old, int to, const char *new, unsigned int flags) {
  int result = (int)syscall(SYS_renameat2, from, old, to, new, flags);
  if (result == 0)
    note("rename %llu %s %s\n", inode(to), old, new);
  return result;
}

int linkat(int from, const char *old, int to, const char *new, int flags) {
  int result = (int)syscall(SYS_linkat, from, old, to, new, flags);
  if (result == 0)
    note("link %llu %s %s\n", inode(to), old, new);
  return result;
}

int unlinkat(int directory, const char *name, int flags) {
  int result = (int)syscall(SYS_unlinkat, directory, name, flags);
  if (result == 0)
    note("unlink %llu %s\n", inode(directory), name);
  return result;
}

ssize_t pwrite(int file, const void *buffer, size_t count, off_t offset) {
  ssize_t result = syscall(SYS_pwrite64, file, buffer, count, offset);
  if (result <= 0)
    return result;
  char *text = malloc(2 * (size_t)result + 1);
  if (text == NULL)
    abort();
  for (ssize_t i = 0; i < result; i++)
    snprintf(text + 2 * i, 3, "%02x", ((const unsigned char *)buffer)[i]);
  note("write %llu %lld %s\n", inode(file), (long long)offset, text);
  free(text);
  return result;
}

int fchmod(int file, mode_t mode) {
  int result = (int)syscall(SYS_fchmod, file, mode);
  if (result == 0)
    note("chmod %llu\n", inode(file));
  return result;
}

int futimens(int file, const struct timespec times[2]) {
  int result = (int)syscall(SYS_utimensat, file, NULL, times, 0);
  if (result == 0)
    note("times %llu\n", inode(file));
  return result;
}

int fdatasync(int file) {
  int result = (int)syscall(SYS_fdatasync, file);
  if (result == 0)
    note("sync %llu\n", inode(file));
  return result;
}

int fsync(int file) {
  int result = (int)syscall(SYS_fsync, file);
  if (result == 0)
    note("sync %llu\n", inode(file));
  return result;
}
