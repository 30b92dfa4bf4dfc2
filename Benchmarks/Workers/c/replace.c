/* SPDX-License-Identifier: MIT */
/* What a file store without slots does to be safe: a save writes the whole session to a file of
 * another name, syncs it, and renames it. No lock, no encoding, no reading again: the fewest calls.
 *
 * Built twice: REPLACE_SYNCS_NAMES syncs the directory as well, without which a power cut may bring
 * the old session back after the save returned. */
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#ifdef REPLACE_SYNCS_NAMES
static const bool syncs_names = true;
#else
static const bool syncs_names = false;
#endif

static bool write_file(const struct connection *connection, int file) {
  const struct opened *opened = &connection->opened;
  bool is_done =
      (write(file, connection->image + SECTOR, opened->record) == (ssize_t)opened->record ||
       failed_call("write")) &&
      (!opened->is_synced || fdatasync(file) == 0 || failed_call("fdatasync"));
  return (close(file) == 0 || failed_call("close")) && is_done;
}

/** openat, write, fdatasync, close, renameat; and fsync of the directory. */
static bool replace_file(const struct connection *connection, const char *id) {
  int directory = connection->opened.directory;
  char name[ID_LENGTH + 32];
  /* Of one writer at a time: a process id in the name would keep processes apart. */
  snprintf(name, sizeof name, ".new-%s", id);
  int file = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file < 0)
    return failed_call("openat");
  return write_file(connection, file) &&
         (renameat(directory, name, directory, id) == 0 || failed_call("renameat")) &&
         (!syncs_names || synchronize_names(connection));
}

static bool load_file(const struct connection *connection, const char *id) {
  int file = openat(connection->opened.directory, id, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  if (file < 0)
    return failed_call("openat");
  size_t record = connection->opened.record;
  bool is_done = read(file, connection->contents, record) == (ssize_t)record ||
                 failed("a file is not as it was made");
  return (close(file) == 0 || failed_call("close")) && is_done;
}

static bool fill(void *connection, const char *id) { return replace_file(connection, id); }

/** There is nothing to keep: what is saved is always the same. */
static void *hold(void *connection, const char *id) {
  return load_file(connection, id) ? malloc(1) : NULL;
}

static bool save(void *connection, const struct turn *turn) {
  return replace_file(connection, turn->id);
}

static bool load(void *connection, const struct turn *turn) {
  return load_file(connection, turn->id);
}

static bool request(void *connection, const struct turn *turn) {
  return load_file(connection, turn->id) && replace_file(connection, turn->id);
}

static bool delete(void *argument, const struct turn *turn) {
  const struct connection *connection = argument;
  return (unlinkat(connection->opened.directory, turn->id, 0) == 0 || failed_call("unlinkat")) &&
         (!syncs_names || synchronize_names(connection));
}

static const struct note notes[] = {
    {"load", "reads the bytes of a record, and looks at none"},
    {"resave", "writes bytes that are always the same"},
    {"request", "without a lock: what others save meanwhile is lost"},
    {NULL, NULL}};

const struct store store = {
    .name = "replaced files",
    .notes = notes,
    .version = kernel_version,
    .open = open_directory,
    .connect = connect_thread,
    .disconnect = disconnect,
    .fill = fill,
    .operations =
        {[CREATE] = save, [LOAD] = load, [RESAVE] = save, [REQUEST] = request, [DELETE] = delete},
    .hold = hold,
    .release = free};
