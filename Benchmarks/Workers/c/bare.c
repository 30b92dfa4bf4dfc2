/* SPDX-License-Identifier: MIT */
/* The limit: the system calls of libsession3's directory store, on files of the same size, with as
 * many bytes moved. */
#include "bare.h"

#include "workload.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool fill(void *connection, const char *id) {
  const struct connection *own = connection;
  if (unlinkat(own->opened.directory, id, 0) < 0 && errno != ENOENT)
    return failed_call("unlinkat");
  return create_file(own, id);
}

static bool create(void *connection, const struct turn *turn) {
  return create_file(connection, turn->id);
}

static bool load(void *connection, const struct turn *turn) {
  struct stat status;
  return load_file(connection, turn->id, &status);
}

static int64_t modified_us(const struct stat *status) {
  return (int64_t)status->st_mtim.tv_sec * 1000000 + status->st_mtim.tv_nsec / 1000;
}

/** A session that was loaded is the time of its last access. */
static void *hold(void *connection, const char *id) {
  struct stat status;
  int64_t *accessed = malloc(sizeof *accessed);
  if (accessed == NULL || !load_file(connection, id, &status)) {
    free(accessed);
    return NULL;
  }
  *accessed = modified_us(&status);
  return accessed;
}

static bool resave(void *connection, const struct turn *turn) {
  const struct connection *own = connection;
  return save_file(own, turn->id, own->opened.record);
}

static bool request(void *connection, const struct turn *turn) {
  const struct connection *own = connection;
  struct stat status;
  return load_file(own, turn->id, &status) && save_file(own, turn->id, own->opened.changed);
}

/** The count is read, and written, while the lock is held. */
static bool increment(void *connection, const struct turn *turn) {
  return resave(connection, turn);
}

static bool count_saves(void *connection, const char *id, const char *attribute, uint64_t *count) {
  struct stat status;
  if (!is_counter(attribute) || !load_file(connection, id, &status))
    return false;
  *count = counted(connection);
  return true;
}

static bool touch(void *connection, const struct turn *turn) {
  const struct connection *own = connection;
  return utimensat(own->opened.directory, turn->id, NULL, AT_SYMLINK_NOFOLLOW) == 0 ||
         failed_call("utimensat");
}

static bool has(void *connection, const struct turn *turn) {
  const struct connection *own = connection;
  struct stat status;
  return fstatat(own->opened.directory, turn->id, &status, AT_SYMLINK_NOFOLLOW) == 0 ||
         failed_call("fstatat");
}

static bool unchanged(void *connection, const struct turn *turn) {
  return is_due(turn->held) ? touch(connection, turn) : has(connection, turn);
}

static bool delete(void *connection, const struct turn *turn) {
  return delete_file(connection, turn->id);
}

/* Walks */

/** An entry of getdents64(2). */
struct entry {
  uint64_t inode;
  int64_t offset;
  uint16_t length;
  uint8_t type;
  char name[];
};

typedef bool (*visitor)(const struct connection *connection, const struct entry *entry, void *to);

/** Goes over the names of the directory, which is opened anew as its position is shared. */
static bool walk(const struct connection *connection, visitor visit, void *to) {
  int directory = openat(connection->opened.directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  bool is_done = directory >= 0 || failed_call("openat");
  long count = 0;
  while (is_done &&
         (count = syscall(SYS_getdents64, directory, connection->listing, LISTING_SIZE)) > 0)
    for (long at = 0; is_done && at < count;) {
      const struct entry *entry = (const void *)(connection->listing + at);
      if (entry->type == DT_REG && entry->name[0] != '.')
        is_done = visit(connection, entry, to);
      at += entry->length;
    }
  if (count < 0)
    is_done = failed_call("getdents64");
  if (directory >= 0)
    close(directory);
  return is_done;
}

static bool load_entry(const struct connection *connection, const struct entry *entry, void *to) {
  struct stat status;
  *(uint64_t *)to += 1;
  return load_file(connection, entry->name, &status);
}

static bool iterate(void *connection, uint64_t *sessions) {
  return walk(connection, load_entry, sessions);
}

/** A file that is to go. */
struct old {
  uint64_t inode;
  char id[ID_LENGTH + 2];
};

struct sweep {
  int64_t before_us;
  struct old *found;
  size_t count, capacity;
};

static bool look_at_entry(const struct connection *connection, const struct entry *entry,
                          void *to) {
  struct sweep *sweep = to;
  struct stat status;
  if (fstatat(connection->opened.directory, entry->name, &status, AT_SYMLINK_NOFOLLOW) < 0)
    return failed_call("fstatat");
  if (modified_us(&status) >= sweep->before_us)
    return true;
  if (sweep->count == sweep->capacity) {
    size_t capacity = sweep->capacity > 0 ? sweep->capacity * 2 : 1024;
    struct old *found = realloc(sweep->found, capacity * sizeof *found);
    if (found == NULL)
      return failed("no memory");
    sweep->found = found;
    sweep->capacity = capacity;
  }
  struct old *old = &sweep->found[sweep->count++];
  old->inode = entry->inode;
  memcpy(old->id, entry->name, strnlen(entry->name, ID_LENGTH) + 1);
  old->id[ID_LENGTH] = '\0';
  return true;
}

static int by_inode(const void *left, const void *right) {
  uint64_t a = ((const struct old *)left)->inode, b = ((const struct old *)right)->inode;
  return (a > b) - (a < b);
}

/** getdents, fstatat of each, unlinkat of the old ones in the order of their inodes: the fewest
 * calls that do, without the library's look at each under its lock. */
static bool sweep_old(void *connection, double seconds, uint64_t *deleted) {
  const struct connection *own = connection;
  struct sweep sweep = {.before_us = realtime_us() - (int64_t)(seconds * 1e6)};
  bool is_done = walk(own, look_at_entry, &sweep);
  if (is_done && sweep.count > 0) {
    qsort(sweep.found, sweep.count, sizeof *sweep.found, by_inode);
    for (size_t i = 0; is_done && i < sweep.count; i++)
      is_done =
          unlinkat(own->opened.directory, sweep.found[i].id, 0) == 0 || failed_call("unlinkat");
    is_done = is_done && synchronize_names(own);
    *deleted = sweep.count;
  }
  free(sweep.found);
  return is_done;
}

static const struct note notes[] = {
    {"create", "bytes of the same size, which are neither encoded nor have a checksum"},
    {"load", "reads as many bytes, and looks at none"},
    {"resave", "writes bytes that are always the same, but for a count"},
    {"request", "writes bytes that are always the same, but for a count"},
    {"sweep", "deletes without a look at each file under its lock"},
    {NULL, NULL}};

const struct store store = {.name = "bare system calls",
                            .notes = notes,
                            .version = kernel_version,
                            .open = open_directory,
                            .connect = connect_thread,
                            .disconnect = disconnect,
                            .fill = fill,
                            .operations = ALL_OPERATIONS,
                            .hold = hold,
                            .release = free,
                            .iterate = iterate,
                            .sweep = sweep_old,
                            .count = count_saves};
