/* SPDX-License-Identifier: MIT */
/* Forks while other threads save: the children live on, and nobody waits for them; each works at
 * once with the store it inherited, and makes ids of its own. Rule: a lock is undone before its
 * descriptor is closed, since a child shares the description. */
#include "race.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define CHILDREN 400
#define SAVERS 3
#define LOCK_TIMEOUT_US 2000000
#define ID "busy"
#define CHILD_ID "of-the-children"
#define ID_SIZE ((size_t)SESSION3_ID_LENGTH + 1)
#define IDS_SIZE (CHILDREN * ID_SIZE)

static _Atomic bool is_over;
static _Atomic long saves;

static void *save_all_the_while(void *argument) {
  session3_store *store = argument;
  session3_error error = SESSION3_ERROR_INIT;
  while (!atomic_load(&is_over)) {
    session3_status status =
        session3_store_increment(store, ID, strlen(ID), "n", 1, 1, NULL, &error);
    if (status == SESSION3_E_BUSY)
      fail("a save waited for a forked child: %s", error.message);
    require_status(status, SESSION3_OK, "increment", &error);
    atomic_fetch_add(&saves, 1);
  }
  return NULL;
}

/** Works at once, tells an id, and then stays until the parent is done. */
static _Noreturn void be_child(session3_store *store, int ids, int until) {
  char id[SESSION3_ID_LENGTH + 1], byte;
  session3_error error = SESSION3_ERROR_INIT;
  require_status(
      session3_store_increment(store, CHILD_ID, strlen(CHILD_ID), "n", 1, 1, NULL, &error),
      SESSION3_OK, "increment in a child", &error);
  require_status(session3_id_generate(id, &error), SESSION3_OK, "id in a child", &error);
  if (write(ids, id, sizeof id) != sizeof id)
    _exit(2);
  while (read(until, &byte, 1) > 0) {
  }
  _exit(0);
}

static int compare_ids(const void *one, const void *two) { return strcmp(one, two); }

/** Reads the children's ids, and fails if two are the same. */
static void check_ids(int ids) {
  static char all[IDS_SIZE];
  size_t done = 0;
  while (done < IDS_SIZE) {
    ssize_t got = read(ids, all + done, IDS_SIZE - done);
    if (got <= 0)
      fail("children did not tell their ids");
    done += (size_t)got;
  }
  qsort(all, CHILDREN, ID_SIZE, compare_ids);
  for (size_t offset = ID_SIZE; offset < IDS_SIZE; offset += ID_SIZE) {
    if (strcmp(all + offset - ID_SIZE, all + offset) == 0)
      fail("two children made the same id");
  }
}

static void check_count(session3_store *store, const char *id, int64_t expected) {
  int64_t count = -1;
  session3_error error = SESSION3_ERROR_INIT;
  require_status(session3_store_increment(store, id, strlen(id), "n", 1, 0, &count, &error),
                 SESSION3_OK, "increment", &error);
  if (count != expected)
    fail("%ld increments are stored, not %ld", (long)count, (long)expected);
}

int main(void) {
  session3_directory_options options = SESSION3_DIRECTORY_OPTIONS_INIT;
  pthread_t savers[SAVERS];
  pid_t children[CHILDREN];
  int ids[2], until[2];
  options.lock_timeout_us = LOCK_TIMEOUT_US;
  session3_store *store = open_new_store(&options);
  create(store, ID);
  create(store, CHILD_ID);
  if (pipe(ids) != 0 || pipe(until) != 0)
    fail("no pipe");
  for (int index = 0; index < SAVERS; index++) {
    if (pthread_create(&savers[index], NULL, save_all_the_while, store) != 0)
      fail("no thread");
  }
  for (int index = 0; index < CHILDREN; index++) {
    long before = atomic_load(&saves);
    children[index] = fork_child();
    if (children[index] < 0)
      fail("no child");
    if (children[index] == 0) {
      close(until[1]);
      be_child(store, ids[1], until[0]);
    }
    while (atomic_load(&saves) < before + 5) usleep(100);
  }
  check_ids(ids[0]);
  atomic_store(&is_over, true);
  for (int index = 0; index < SAVERS; index++) pthread_join(savers[index], NULL);
  close(until[1]);
  for (int index = 0; index < CHILDREN; index++) require_success(children[index]);
  check_count(store, ID, atomic_load(&saves));
  check_count(store, CHILD_ID, CHILDREN);
  printf("%d children forked during %ld saves; nobody waited for one\n", CHILDREN,
         (long)atomic_load(&saves));
  session3_store_free(store);
  return 0;
}
