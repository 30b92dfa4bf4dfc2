/* SPDX-License-Identifier: MIT */
/* A directory with a file for each session. */
#include "files.h"

#include "workload.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

/* As much as libsession3 puts before a payload. */
#define RECORD_HEAD 32

bool failed_call(const char *call) { return failed("%s: %s", call, strerror(errno)); }

static size_t rounded(size_t count, size_t unit) { return (count + unit - 1) / unit * unit; }

void *open_directory(const struct place *place) {
  struct workload workload;
  struct opened *opened = malloc(sizeof *opened);
  if (opened == NULL || !workload_make(place->padding, &workload)) {
    free(opened);
    return NULL;
  }
  opened->is_synced = place->is_synced;
  opened->record = RECORD_HEAD + workload.length;
  opened->file = rounded(SECTOR + 2 * rounded(opened->record, SECTOR), BLOCK);
  size_t changed = workload.length;
  workload_request(&workload, workload.bytes, &changed, "/shop/item/1000");
  opened->changed = RECORD_HEAD + changed;
  opened->slot = (opened->file - SECTOR) / 2 / SECTOR * SECTOR;
  opened->directory = open(place->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  free(workload.bytes);
  if (opened->directory >= 0)
    return opened;
  failed_call("open");
  free(opened);
  return NULL;
}

const char *kernel_version(void) {
  static struct utsname system;
  return uname(&system) == 0 ? system.release : "unknown";
}

void disconnect(void *argument) {
  struct connection *connection = argument;
  free(connection->contents);
  free(connection->image);
  free(connection->listing);
  free(connection);
}

void *connect_thread(void *argument) {
  const struct opened *opened = argument;
  struct connection *connection = calloc(1, sizeof *connection);
  if (connection == NULL)
    return NULL;
  connection->opened = *opened;
  connection->contents = malloc(opened->file);
  connection->image = calloc(1, opened->file);
  connection->listing = malloc(LISTING_SIZE);
  if (connection->contents == NULL || connection->image == NULL || connection->listing == NULL) {
    failed("no memory");
    disconnect(connection);
    return NULL;
  }
  memset(connection->image + SECTOR, 'x', opened->record);
  return connection;
}

bool synchronize_names(const struct connection *connection) {
  return !connection->opened.is_synced || fsync(connection->opened.directory) == 0 ||
         failed_call("fsync");
}
