/* SPDX-License-Identifier: MIT */
/* What a host pays to begin: from dlopen(3) to an attribute of the first session that is loaded.
 *   startup LIBRARY DIRECTORY ID
 * Tells the nanoseconds, the KiB that the process has more in memory, and what was loaded beside. */
#include "session3.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <inttypes.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/** What is called of the library. */
struct library {
  __typeof__(session3_store_open_directory) *open_directory;
  __typeof__(session3_manager_new) *make_manager;
  __typeof__(session3_store_load) *load;
  __typeof__(session3_session_get_int) *get_int;
};

static _Noreturn void fail(const char *what, const char *why) {
  fprintf(stderr, "%s: %s\n", what, why);
  exit(1);
}

static uint64_t now_ns(void) {
  struct timespec now = {0};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/** KiB of this process in memory. */
struct memory {
  long resident, private;
};

static long field(const char *text, const char *name) {
  const char *found = strstr(text, name);
  if (found == NULL)
    fail(name, "not in smaps_rollup");
  return strtol(found + strlen(name), NULL, 10);
}

/** Read without stdio, whose buffers would be memory, too. */
static struct memory read_memory(void) {
  static char text[8192];
  int file = open("/proc/self/smaps_rollup", O_RDONLY | O_CLOEXEC);
  ssize_t count = file < 0 ? -1 : read(file, text, sizeof text - 1);
  if (count <= 0)
    fail("/proc/self/smaps_rollup", "not read");
  close(file);
  text[count] = '\0';
  return (struct memory){field(text, "\nRss:"),
                         field(text, "\nPrivate_Clean:") + field(text, "\nPrivate_Dirty:")};
}

static void *find(void *handle, const char *name) {
  void *found = dlsym(handle, name);
  if (found == NULL)
    fail(name, dlerror());
  return found;
}

static struct library open_library(const char *path) {
  struct library library;
  void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (handle == NULL)
    fail(path, dlerror());
  *(void **)&library.open_directory = find(handle, "session3_store_open_directory");
  *(void **)&library.make_manager = find(handle, "session3_manager_new");
  *(void **)&library.load = find(handle, "session3_store_load");
  *(void **)&library.get_int = find(handle, "session3_session_get_int");
  return library;
}

/** Opens the store, makes a manager, loads a session, and reads `visits` of it; all of it stays. */
static void load_first(const struct library *library, const char *directory, const char *id) {
  session3_error error = SESSION3_ERROR_INIT;
  session3_store *store = NULL;
  session3_manager *manager = NULL;
  session3_session *session = NULL;
  int64_t visits = 0;
  session3_status status =
      library->open_directory(directory, strlen(directory), NULL, &store, &error);
  if (status == SESSION3_OK)
    status = library->make_manager(store, NULL, &manager, &error);
  if (status == SESSION3_OK)
    status = library->load(store, id, strlen(id), &session, &error);
  if (status == SESSION3_OK)
    status = library->get_int(session, "visits", sizeof "visits" - 1, &visits, &error);
  if (status != SESSION3_OK || visits < 1)
    fail(id, status == SESSION3_NOT_FOUND ? "not found" : error.message);
}

/** What was loaded after so many others. */
struct listing {
  int before, seen;
};

static int count_library(struct dl_phdr_info *info, size_t size, void *to) {
  (void)info;
  (void)size;
  *(int *)to += 1;
  return 0;
}

static int print_library(struct dl_phdr_info *info, size_t size, void *to) {
  struct listing *listing = to;
  (void)size;
  if (listing->seen >= listing->before)
    printf("%s\"%s\"", listing->seen > listing->before ? ", " : "", info->dlpi_name);
  listing->seen++;
  return 0;
}

int main(int count, char **arguments) {
  struct listing listing = {0, 0};
  if (count != 4) {
    fprintf(stderr, "usage: %s LIBRARY DIRECTORY ID\n", arguments[0]);
    return 2;
  }
  dl_iterate_phdr(count_library, &listing.before);
  /* The first reading brings in what readings need. */
  read_memory();
  struct memory before = read_memory();
  uint64_t start = now_ns();
  struct library library = open_library(arguments[1]);
  load_first(&library, arguments[2], arguments[3]);
  uint64_t ns = now_ns() - start;
  struct memory after = read_memory();
  printf("{\"ns\": %" PRIu64 ", \"resident\": %ld, \"private\": %ld, \"libraries\": [", ns,
         after.resident - before.resident, after.private - before.private);
  dl_iterate_phdr(print_library, &listing);
  puts("]}");
  return 0;
}
