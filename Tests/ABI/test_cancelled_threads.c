/* SPDX-License-Identifier: MIT */
/* Threads that are cancelled within the library lose what they had, as the header says, and harm
 * nobody else. */
#include "Support/files.h"
#include "Support/sessions.h"

#include <pthread.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

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
  const struct CMUnitTest tests[] = {cmocka_unit_test(a_cancelled_thread_holds_up_no_fork)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
