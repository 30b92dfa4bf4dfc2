/* SPDX-License-Identifier: MIT */
#include "race.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../Support/files.h"

/** Shared by all processes: whether one of them failed. */
static _Atomic bool *has_failed;

void fail(const char *format, ...) {
  va_list arguments;
  if (has_failed != NULL)
    atomic_store(has_failed, true);
  va_start(arguments, format);
  vfprintf(stdout, format, arguments);
  va_end(arguments);
  fputc('\n', stdout);
  exit(1);
}

void require_status(session3_status status, session3_status expected, const char *what,
                    const session3_error *error) {
  if (status == expected)
    return;
  fail("%s: %s, expected: %s. %s", what, session3_status_text(status),
       session3_status_text(expected), error != NULL && status < 0 ? error->message : "");
}

void *shared_memory(size_t size) {
  void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED)
    fail("no shared memory");
  return memory;
}

static char directory[DIRECTORY_SIZE];
static pid_t owner;

static void remove_own_directory(void) {
  if (getpid() == owner)
    remove_directory(directory);
}

session3_store *open_new_store(const session3_directory_options *options) {
  session3_store *store = NULL;
  session3_error error = SESSION3_ERROR_INIT;
  has_failed = shared_memory(sizeof *has_failed);
  make_directory(directory);
  owner = getpid();
  atexit(remove_own_directory);
  require_status(
      session3_store_open_directory(directory, strlen(directory), options, &store, &error),
      SESSION3_OK, "open", &error);
  return store;
}

void create(session3_store *store, const char *id) {
  session3_session *session = NULL;
  session3_error error = SESSION3_ERROR_INIT;
  require_status(session3_session_new(id, strlen(id), &session, &error), SESSION3_OK, "new",
                 &error);
  require_status(session3_session_set_int(session, "n", 1, 0, &error), SESSION3_OK, "set", &error);
  require_status(session3_store_create(store, session, &error), SESSION3_OK, "create", &error);
  session3_session_free(session);
}

void meet(struct meeting *meeting) {
  const struct timespec nap = {0, 20000};
  unsigned parties = meeting->parties;
  unsigned round = atomic_fetch_add(&meeting->arrived, 1) / parties + 1;
  /* Spinning meets to the nanosecond; on a busy machine sleeping lets the others come. */
  for (unsigned spins = 0; atomic_load(&meeting->arrived) < round * parties; spins++) {
    if (spins < 5000)
      continue;
    if (atomic_load(has_failed))
      exit(1);
    nanosleep(&nap, NULL);
  }
}

int fork_child(void) {
  pid_t parent = getpid();
  pid_t child = fork();
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
      _exit(1);
  }
  return child;
}

void require_success(int child) {
  int status = 0;
  if (waitpid(child, &status, 0) != child)
    fail("a child is missing");
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    fail("a child failed, status %#x", status);
}
