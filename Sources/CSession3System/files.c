/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "CSession3System.h"

#include <linux/fs.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

static int result_of(int result) { return result < 0 ? -errno : result; }

int system_openat(int directory, const char *name, int flags, uint32_t mode) {
  if (flags & SYSTEM_OPEN_NO_ACCESS_TIME)
    flags = (flags & ~SYSTEM_OPEN_NO_ACCESS_TIME) | O_NOATIME;
  return result_of(openat(directory, name, flags, (mode_t)mode));
}

int system_close(int descriptor) { return result_of(close(descriptor)); }

/* Some file systems take times beyond the 292,000 years that 64 bits of microseconds hold. */
static int64_t microseconds(struct timespec time) {
  const int64_t furthest = INT64_MAX / 1000000 - 1;
  int64_t seconds = time.tv_sec;
  if (seconds > furthest)
    seconds = furthest;
  if (seconds < -furthest)
    seconds = -furthest;
  return seconds * 1000000 + time.tv_nsec / 1000;
}

static void copy_status(const struct stat *from, system_file_status *out) {
  *out = (system_file_status){.device = from->st_dev,
                              .inode = from->st_ino,
                              .size = from->st_size,
                              .modified_us = microseconds(from->st_mtim),
                              .mode = from->st_mode & 07777,
                              .user = from->st_uid,
                              .group = from->st_gid,
                              .links = (uint32_t)from->st_nlink,
                              .is_regular = S_ISREG(from->st_mode)};
}

int system_fstat(int descriptor, system_file_status *out) {
  struct stat status;
  if (fstat(descriptor, &status) < 0)
    return -errno;
  copy_status(&status, out);
  return 0;
}

int system_fstatat(int directory, const char *name, system_file_status *out) {
  struct stat status;
  if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
    return -errno;
  copy_status(&status, out);
  return 0;
}

int64_t system_pread(int descriptor, void *buffer, size_t count, int64_t offset) {
  ssize_t result = pread(descriptor, buffer, count, offset);
  return result < 0 ? -errno : result;
}

int64_t system_pwrite(int descriptor, const void *buffer, size_t count, int64_t offset) {
  ssize_t result = pwrite(descriptor, buffer, count, offset);
  return result < 0 ? -errno : result;
}

int system_unlinkat(int directory, const char *name) {
  return result_of(unlinkat(directory, name, 0));
}

int system_renameat(int directory, const char *from, const char *to) {
  return result_of(renameat(directory, from, directory, to));
}

int system_rename_new(int directory, const char *from, const char *to) {
  return result_of(renameat2(directory, from, directory, to, RENAME_NOREPLACE));
}

int system_linkat(int directory, const char *from, const char *to) {
  return result_of(linkat(directory, from, directory, to, 0));
}

int system_mkdir(const char *path, uint32_t mode) { return result_of(mkdir(path, (mode_t)mode)); }

int system_chmod(const char *path, uint32_t mode) { return result_of(chmod(path, (mode_t)mode)); }

int system_fchmod(int descriptor, uint32_t mode) {
  return result_of(fchmod(descriptor, (mode_t)mode));
}

int system_fchown(int descriptor, uint32_t user, uint32_t group) {
  return result_of(fchown(descriptor, user, group));
}

int system_fdatasync(int descriptor) { return result_of(fdatasync(descriptor)); }

int system_fsync(int descriptor) { return result_of(fsync(descriptor)); }

/* Floors towards the past, so that a time before 1970 keeps a valid tv_nsec. */
static struct timespec timespec_of(int64_t time_us) {
  int64_t seconds = time_us / 1000000;
  int64_t rest = time_us % 1000000;
  if (rest < 0) {
    seconds -= 1;
    rest += 1000000;
  }
  return (struct timespec){.tv_sec = seconds, .tv_nsec = rest * 1000};
}

int system_touch(int directory, const char *name) {
  return result_of(utimensat(directory, name, NULL, AT_SYMLINK_NOFOLLOW));
}

int system_touch_at(int directory, const char *name, int64_t time_us) {
  struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, timespec_of(time_us)};
  return result_of(utimensat(directory, name, times, AT_SYMLINK_NOFOLLOW));
}

int system_futimens(int descriptor, int64_t time_us) {
  struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, timespec_of(time_us)};
  return result_of(futimens(descriptor, times));
}

static int set_lock(int descriptor, short type) {
  struct flock lock = {.l_type = type, .l_whence = SEEK_SET};
  return result_of(fcntl(descriptor, F_OFD_SETLK, &lock));
}

int system_lock(int descriptor, bool exclusive) {
  return set_lock(descriptor, exclusive ? F_WRLCK : F_RDLCK);
}

int system_unlock(int descriptor) { return set_lock(descriptor, F_UNLCK); }

int system_is_network(int descriptor) {
  struct statfs status;
  if (fstatfs(descriptor, &status) < 0)
    return -errno;
  switch ((uint32_t)status.f_type) {
  case NFS_SUPER_MAGIC:
  case SMB_SUPER_MAGIC:
  case SMB2_SUPER_MAGIC:
  case CIFS_SUPER_MAGIC:
  case V9FS_MAGIC:
  case AFS_SUPER_MAGIC:
  case AFS_FS_MAGIC:
  case CODA_SUPER_MAGIC:
  case OCFS2_SUPER_MAGIC:
  case FUSE_SUPER_MAGIC:
  case CEPH_SUPER_MAGIC:
  case 0x0bd00bd0: /* Lustre, whose magic is in no header of Linux. */
    return 1;
  default:
    return 0;
  }
}

int system_disable_copy_on_write(int descriptor) {
  struct statfs status;
  if (fstatfs(descriptor, &status) < 0)
    return -errno;
  if ((uint32_t)status.f_type != BTRFS_SUPER_MAGIC)
    return 0;
  int flags = 0;
  if (ioctl(descriptor, FS_IOC_GETFLAGS, &flags) < 0)
    return -errno;
  flags |= FS_NOCOW_FL;
  return ioctl(descriptor, FS_IOC_SETFLAGS, &flags) < 0 ? -errno : 0;
}

struct kernel_entry {
  uint64_t inode;
  int64_t offset;
  uint16_t length;
  uint8_t type;
  char name[];
};

int64_t system_read_directory(int descriptor, void *buffer, size_t count) {
  long result = syscall(SYS_getdents64, descriptor, buffer, count);
  return result < 0 ? -errno : result;
}

size_t system_next_entry(const void *buffer, size_t count, size_t offset,
                         system_directory_entry *out) {
  const size_t head = offsetof(struct kernel_entry, name);
  if (offset >= count || count - offset <= head)
    return 0;
  const struct kernel_entry *entry = (const void *)((const char *)buffer + offset);
  if (entry->length <= head || entry->length > count - offset)
    return 0;
  out->name = entry->name;
  out->name_length = strnlen(entry->name, entry->length - head);
  out->may_be_regular = entry->type == DT_REG || entry->type == DT_UNKNOWN;
  return offset + entry->length;
}
