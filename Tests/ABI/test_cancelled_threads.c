/* SPDX-License-Identifier: MIT */
/* Threads that are cancelled within the library lose what they had, as the header says, and harm
 * nobody else. While a thread opens or closes a file, forks in others wait: by the calls that this
 * program stands in for, so that it sees each wait, and can step in amid the opening. */
#include "Support/files.h"
#include "Support/sessions.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/** Beyond it a test hangs. */
#define PATIENCE_S 60

/* What the thread does once, amid the next call of this kind. */
static _Thread_local void (*amid_open)(void);
static _Thread_local void (*amid_close)(void);

static void step_in(void (**step)(void)) {
  void (*now)(void) = *step;
  *step = NULL;
  if (now != NULL)
    now();
}

int openat(int directory, const char *path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  mode_t mode = va_arg(arguments, mode_t);
  va_end(arguments);
  step_in(&amid_open);
  return (int)syscall(SYS_openat, directory, path, flags, mode);
}

int close(int file) {
  step_in(&amid_close);
  return (int)syscall(SYS_close, file);
}

static _Thread_local int waits;

int sched_yield(void) {
  waits++;
  return (int)syscall(SYS_sched_yield);
}

int nanosleep(const struct timespec *time, struct timespec *rest) {
  waits++;
  return (int)syscall(SYS_nanosleep, time, rest);
}

static session3_store *opened;

/** Forks; how often that waited for somebody. */
static int fork_once(void) {
  waits = 0;
  pid_t child = fork();
  if (child == 0)
    _exit(0);
  int counted = waits, status = -1;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
  return counted;
}

static void load(void) {
  session3_session *session = NULL;
  (void)session3_store_load(opened, TEXT(ALICE), &session, NULL);
  session3_session_free(session);
}

/** openat(2) and close(2) are where a thread is cancelled. */
static void be_cancelled(void) {
  pthread_cancel(pthread_self());
  pthread_testcancel();
}

static void *load_and_be_cancelled(void *is_amid_open) {
  *(is_amid_open != NULL ? &amid_open : &amid_close) = be_cancelled;
  load();
  pthread_testcancel();
  return NULL;
}

static void *load_for_ever(void *unused) {
  (void)unused;
  for (;;) load();
  return NULL;
}

static void join_cancelled(pthread_t thread) {
  void *result = NULL;
  assert_int_equal(pthread_join(thread, &result), 0);
  assert_ptr_equal(result, PTHREAD_CANCELED);
}

static void *count_waits(void *out) {
  *(int *)out = fork_once();
  return NULL;
}

/** In a thread, so that the library sees that this process has some. */
static int waits_of_a_fork(void) {
  pthread_t thread;
  int counted = -1;
  assert_int_equal(pthread_create(&thread, NULL, count_waits, &counted), 0);
  assert_int_equal(pthread_join(thread, NULL), 0);
  return counted;
}

static void no_fork_waits_for_a_thread_that_was_cancelled_amid_opening(void **state) {
  pthread_t thread;
  (void)state;
  assert_int_equal(pthread_create(&thread, NULL, load_and_be_cancelled, &opened), 0);
  join_cancelled(thread);
  assert_int_equal(waits_of_a_fork(), 0);
}

static void no_fork_waits_for_a_thread_that_was_cancelled_amid_closing(void **state) {
  pthread_t thread;
  (void)state;
  assert_int_equal(pthread_create(&thread, NULL, load_and_be_cancelled, NULL), 0);
  join_cancelled(thread);
  assert_int_equal(waits_of_a_fork(), 0);
}

static void no_fork_waits_for_threads_that_were_cancelled_at_any_time(void **state) {
  (void)state;
  for (int count = 0; count < 8; count++) {
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, load_for_ever, NULL), 0);
    usleep(3000);
    assert_int_equal(pthread_cancel(thread), 0);
    join_cancelled(thread);
  }
  assert_int_equal(waits_of_a_fork(), 0);
}

/* A signal's handler that forks amid the opening or closing of the same thread. */

static volatile sig_atomic_t waits_of_the_handler;

static void on_signal(void (*handler)(int)) {
  struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
  sigaction(SIGUSR1, &action, NULL);
}

static void fork_in_handler(int number) {
  (void)number;
  waits_of_the_handler = fork_once();
}

static void be_interrupted(void) { raise(SIGUSR1); }

static void *load_and_be_interrupted(void *is_amid_open) {
  waits_of_the_handler = -1;
  *(is_amid_open != NULL ? &amid_open : &amid_close) = be_interrupted;
  load();
  return NULL;
}

static int waits_of_a_handler(void *is_amid_open) {
  pthread_t thread;
  assert_int_equal(pthread_create(&thread, NULL, load_and_be_interrupted, is_amid_open), 0);
  assert_int_equal(pthread_join(thread, NULL), 0);
  return waits_of_the_handler;
}

static void a_fork_waits_for_what_will_never_end_but_not_for_ever(void **state) {
  (void)state;
  assert_true(waits_of_a_handler(&opened) > 0);
  assert_true(waits_of_a_handler(NULL) > 0);
  assert_int_equal(waits_of_a_fork(), 0);
}

/** Set in the child that a handler forked, and that goes on with the call it came amid. */
static bool is_child;

static void fork_and_go_on(int number) {
  int status = -1;
  (void)number;
  pid_t child = fork();
  is_child = child == 0;
  if (is_child)
    alarm(PATIENCE_S);
  else if (waitpid(child, &status, 0) != child || status != 0)
    waits_of_the_handler = 1;
  else
    waits_of_the_handler = 0;
}

/** In that child forks wait as they do in any process: what went on there ended nothing twice. */
static void *load_and_be_two(void *unused) {
  load_and_be_interrupted(unused);
  if (!is_child)
    return NULL;
  on_signal(fork_in_handler);
  if (waits_of_a_fork() != 0)
    _exit(2);
  _exit(waits_of_a_handler(NULL) > 0 ? 0 : 3);
}

static void a_child_that_goes_on_with_the_call_still_waits_when_it_forks(void **state) {
  pthread_t thread;
  (void)state;
  on_signal(fork_and_go_on);
  assert_int_equal(pthread_create(&thread, NULL, load_and_be_two, NULL), 0);
  assert_int_equal(pthread_join(thread, NULL), 0);
  assert_int_equal(waits_of_the_handler, 0);
}

static int open_store(void **state) {
  static char directory[DIRECTORY_SIZE];
  make_directory(directory);
  *state = directory;
  assert_ok(session3_store_open_directory(directory, strlen(directory), NULL, &opened, ERR));
  create_session(opened, ALICE, "k", "v");
  on_signal(fork_in_handler);
  alarm(PATIENCE_S);
  return 0;
}

static int close_store(void **state) {
  assert_stored_text(opened, ALICE, "k", "v");
  session3_store_free(opened);
  remove_directory(*state);
  return 0;
}

#define OWN_TEST(test) cmocka_unit_test_setup_teardown(test, open_store, close_store)

int main(void) {
  const struct CMUnitTest tests[] = {
      OWN_TEST(no_fork_waits_for_a_thread_that_was_cancelled_amid_opening),
      OWN_TEST(no_fork_waits_for_a_thread_that_was_cancelled_amid_closing),
      OWN_TEST(no_fork_waits_for_threads_that_were_cancelled_at_any_time),
      OWN_TEST(a_fork_waits_for_what_will_never_end_but_not_for_ever),
      OWN_TEST(a_child_that_goes_on_with_the_call_still_waits_when_it_forks),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
