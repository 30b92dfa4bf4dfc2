/* SPDX-License-Identifier: MIT */
/* What a file store without slots does to be safe: a save writes the whole session to a file of
 * another name, syncs it, and renames it. No lock, no encoding, no reading again: the fewest calls.
 *
 * Built twice: REPLACE_SYNCS_NAMES syncs the directory as well, without which a power cut may bring
 * the old session back after the save returned. */
#include "worker.h"
#include "workload.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

/* As much as libsession3 puts before a payload. */
#define RECORD_HEAD 32

#ifdef REPLACE_SYNCS_NAMES
static const bool syncs_names = true;
#else
static const bool syncs_names = false;
#endif

struct opened {
  int directory;
  bool is_synced;
  size_t record;
};

/** What a thread reads into and writes from. */
struct connection {
  struct opened opened;
  unsigned char *contents, *image;
};

static bool failed_call(const char *call) { return failed("%s: %s", call, strerror(errno)); }

static void *open_directory(const struct place *place) {
  struct workload workload;
  struct opened *opened = malloc(sizeof *opened);
  if (opened == NULL || !workload_make(place->padding, &workload)) {
    free(opened);
    return NULL;
  }
  opened->is_synced = place->is_synced;
  opened->record = RECORD_HEAD + workload.length;
  opened->directory = open(place->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  free(workload.bytes);
  if (opened->directory >= 0)
    return opened;
  failed_call("open");
  free(opened);
  return NULL;
}

static const char *version(void) {
  static struct utsname system;
  return uname(&system) == 0 ? system.release : "unknown";
}

static void disconnect(void *argument) {
  struct connection *connection = argument;
  free(connection->contents);
  free(connection->image);
  free(connection);
}

static void *connect_thread(void *argument) {
  const struct opened *opened = argument;
  struct connection *connection = calloc(1, sizeof *connection);
  if (connection == NULL)
    return NULL;
  connection->opened = *opened;
  connection->contents = malloc(opened->record);
  connection->image = malloc(opened->record);
  if (connection->contents != NULL && connection->image != NULL) {
    memset(connection->image, 'x', opened->record);
    return connection;
  }
  failed("no memory");
  disconnect(connection);
  return NULL;
}

static bool write_file(const struct connection *connection, int file) {
  const struct opened *opened = &connection->opened;
  bool is_done = (write(file, connection->image, opened->record) == (ssize_t)opened->record ||
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
         (!connection->opened.is_synced || !syncs_names || fsync(directory) == 0 ||
          failed_call("fsync"));
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
  const struct opened *opened = &((const struct connection *)argument)->opened;
  return (unlinkat(opened->directory, turn->id, 0) == 0 || failed_call("unlinkat")) &&
         (!opened->is_synced || !syncs_names || fsync(opened->directory) == 0 ||
          failed_call("fsync"));
}

const struct store store = {
    .name = "replaced files",
    .version = version,
    .open = open_directory,
    .connect = connect_thread,
    .disconnect = disconnect,
    .fill = fill,
    .operations =
        {[CREATE] = save, [LOAD] = load, [RESAVE] = save, [REQUEST] = request, [DELETE] = delete},
    .hold = hold,
    .release = free};
