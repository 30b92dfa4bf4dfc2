/* SPDX-License-Identifier: MIT */
/* What the library does to its host: nothing, over every kind of store. */
#include "Support/requests.h"
#include "Support/stores.h"

#include <limits.h>
#include <malloc.h>
#include <signal.h>
#include <unistd.h>

/** What a library could change behind its host's back. */
struct host {
  void (*handlers[NSIG])(int);
  int flags[NSIG], blocked[NSIG];
  mode_t mask;
  char directory[PATH_MAX];
  size_t threads;
  uint64_t descriptors;
};

static struct host look(void) {
  struct host host;
  sigset_t blocked;
  memset(&host, 0, sizeof host);
  sigprocmask(SIG_SETMASK, NULL, &blocked);
  for (int number = 1; number < NSIG; number++) {
    struct sigaction action;
    if (sigaction(number, NULL, &action) != 0)
      continue;
    host.handlers[number] = action.sa_handler;
    host.flags[number] = action.sa_flags;
    host.blocked[number] = sigismember(&blocked, number);
  }
  host.mask = umask(0);
  umask(host.mask);
  assert_non_null(getcwd(host.directory, sizeof host.directory));
  host.threads = count_entries("/proc/self/task");
  host.descriptors = sum_of_descriptors();
  return host;
}

/** How many bytes of the heap are in use. */
static size_t heap_in_use(void) {
  struct mallinfo2 heap = mallinfo2();
  return heap.uordblks + heap.hblkhd;
}

static void assert_same_host(const struct host *before) {
  struct host after = look();
  assert_memory_equal(before->handlers, after.handlers, sizeof after.handlers);
  assert_memory_equal(before->flags, after.flags, sizeof after.flags);
  assert_memory_equal(before->blocked, after.blocked, sizeof after.blocked);
  assert_int_equal(before->mask, after.mask);
  assert_string_equal(before->directory, after.directory);
  assert_int_equal(before->threads, after.threads);
  assert_true(before->descriptors == after.descriptors);
}

/** One of everything that a program does with a store. */
static void work(session3_store *store) {
  session3_iterator *iterator = NULL;
  session3_session *session = NULL;
  create_session(store, ALICE, "k", "v");
  change_session(store, ALICE, "k", "changed");
  assert_ok(session3_store_increment(store, TEXT(ALICE), TEXT("n"), 1, NULL, ERR));
  assert_ok(session3_store_touch(store, TEXT(ALICE), ERR));
  assert_not_stored(store, BOB);
  assert_ok(session3_store_iterate(store, &iterator, ERR));
  assert_ok(session3_iterator_next(iterator, &session, ERR));
  session3_session_free(session);
  session3_iterator_free(iterator);
  assert_ok(session3_store_setup(store, ERR));
  assert_ok(session3_store_sweep(store, INT64_MAX, NULL, NULL, ERR));
  assert_ok(session3_store_delete(store, TEXT(ALICE), ERR));
}

/** One of everything that a web server does with a manager. */
static void serve(session3_store *store) {
  session3_manager *manager = new_manager(store, NULL);
  struct browser browser = {"forged"};
  set_in_request(manager, &browser, "k", "v");
  log_in(manager, &browser, "ada");
  visit(manager, &browser);
  session3_request *request = start(manager, &browser);
  assert_ok(session3_request_renew_id(request, ERR));
  assert_ok(session3_request_expire_user_sessions(request, SESSION3_EXPIRE_OTHERS, ERR));
  finish(&browser, request);
  finish_failed(start(manager, &browser));
  session3_request_free(start(manager, &browser));
  log_out(manager, &browser);
  session3_manager_free(manager);
}

static void calls_leave_the_host_as_it_was(void **state) {
  struct fixture *fixture = *state;
  struct host before = look();
  work(fixture->store);
  serve(fixture->store);
  assert_same_host(&before);
}

static void failing_calls_leave_the_host_as_it_was(void **state) {
  struct fixture *fixture = *state;
  session3_store *store = NULL;
  session3_session *session = NULL;
  struct host before = look();
  assert_status(session3_store_open_directory(TEXT("/nowhere/at/all"), NULL, &store, ERR),
                SESSION3_E_IO);
  assert_invalid(session3_store_delete(fixture->store, TEXT("../" SECRET), ERR));
  assert_invalid(session3_session_new(TEXT("../" SECRET), &session, ERR));
  assert_status(session3_store_touch(fixture->store, TEXT(ALICE), ERR), SESSION3_E_GONE);
  assert_same_host(&before);
}

static void a_store_can_be_opened_and_freed_a_thousand_times(void **state) {
  struct fixture *fixture = *state;
  struct host before = look();
  for (int round = 0; round < 1000; round++) {
    session3_store_free(open_another(fixture, NULL));
  }
  assert_same_host(&before);
}

/** A server runs for months: neither descriptors nor what renewals leave behind may pile up. */
static void ten_thousand_logins_leave_the_host_as_it_was(void **state) {
  struct fixture *fixture = *state;
  session3_manager *manager = new_manager(fixture->store, NULL);
  struct host before = look();
  struct browser browser = {""};
  size_t before_in_use = 0;
  for (int round = 0; round < 10000; round++) {
    log_in(manager, &browser, round % 2 == 0 ? "ada" : "eve");
    if (round == 5000)
      before_in_use = heap_in_use();
  }
  assert_same_host(&before);
  assert_true(heap_in_use() < before_in_use + 4096);
  log_out(manager, &browser);
  session3_manager_free(manager);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(calls_leave_the_host_as_it_was),
      STORE_TEST(failing_calls_leave_the_host_as_it_was),
      STORE_TEST(ten_thousand_logins_leave_the_host_as_it_was),
      STORE_TEST(a_store_can_be_opened_and_freed_a_thousand_times),
  };
  return run_over_stores(tests);
}
