/* SPDX-License-Identifier: MIT */
/* Forks: what a child must not have in common with its parent, and what must not hold them up. */
#include "Support/sessions.h"
#include "Support/stores.h"

#include <pthread.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void a_child_begins_other_incarnations_than_its_parent(void **state) {
  struct fixture *fixture = *state;
  /* The first one seeds the others of this process. */
  create_session(fixture->store, ALICE, "k", "v");
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    create_session(fixture->store, BOB, "k", "v");
    _exit(0);
  }
  create_session(fixture->store, CAROL, "k", "v");
  int status = -1;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
  const uint64_t ours = snapshot_of(fixture->store, CAROL).version.incarnation;
  assert_true(snapshot_of(fixture->store, BOB).version.incarnation != ours);
}

static void *load_for_ever(void *store) {
  for (;;) {
    session3_session *session = NULL;
    (void)session3_store_load(store, TEXT(ALICE), &session, NULL);
    session3_session_free(session);
  }
  return NULL;
}

static void load_until_cancelled(session3_store *store) {
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, load_for_ever, store), 0);
  usleep(10000);
  assert_int_equal(pthread_cancel(thread), 0);
  assert_int_equal(pthread_join(thread, NULL), 0);
}

static void *fork_once(void *seconds) {
  struct timespec before, after;
  clock_gettime(CLOCK_MONOTONIC, &before);
  pid_t child = fork();
  if (child == 0)
    _exit(0);
  clock_gettime(CLOCK_MONOTONIC, &after);
  (void)waitpid(child, NULL, 0);
  *(time_t *)seconds = after.tv_sec - before.tv_sec;
  return NULL;
}

/** What it had open is lost, as the header says. */
static void a_cancelled_thread_holds_up_no_fork(void **state) {
  (void)state;
  char directory[DIRECTORY_SIZE];
  session3_store *store = NULL;
  pthread_t thread;
  time_t seconds = -1;
  make_directory(directory);
  assert_ok(session3_store_open_directory(directory, strlen(directory), NULL, &store, ERR));
  create_session(store, ALICE, "k", "v");
  for (int count = 0; count < 8; count++) load_until_cancelled(store);
  assert_int_equal(pthread_create(&thread, NULL, fork_once, &seconds), 0);
  assert_int_equal(pthread_join(thread, NULL), 0);
  assert_in_range(seconds, 0, 1);
  session3_store_free(store);
  remove_directory(directory);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_cancelled_thread_holds_up_no_fork),
      FILE_TEST(a_child_begins_other_incarnations_than_its_parent),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
