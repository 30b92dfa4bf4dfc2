/* SPDX-License-Identifier: MIT */
/* Opening a store in memory, and what becomes of it in a child. */
#include "Support/sessions.h"

#include <sys/wait.h>
#include <unistd.h>

static void assert_refused(const session3_memory_options *options) {
  session3_store *store = (session3_store *)1;
  assert_invalid(session3_store_open_memory(options, &store, ERR));
  assert_null(store);
}

static void options_out_of_range_are_refused(void **state) {
  (void)state;
  const session3_memory_options defaults = SESSION3_MEMORY_OPTIONS_INIT;
  session3_memory_options cases[8];
  for (size_t index = 0; index < 8; index++) cases[index] = defaults;
  cases[0].size = 0;
  cases[1].size = offsetof(session3_memory_options, log) - 1;
  cases[2].policy = 4;
  cases[3].policy = 0x200;
  cases[4].reserved = 1;
  cases[5].maximum_payload = (UINT64_C(1) << 30) + 1;
  cases[6].log_level = 5;
  cases[7].reserved_2 = 1;
  for (size_t index = 0; index < 8; index++) assert_refused(&cases[index]);
}

static void options_of_a_newer_header_must_say_nothing_unknown(void **state) {
  (void)state;
  struct {
    session3_memory_options options;
    uint64_t later;
  } larger = {SESSION3_MEMORY_OPTIONS_INIT, 0};
  session3_store *store = NULL;
  larger.options.size = sizeof larger;
  assert_ok(session3_store_open_memory(&larger.options, &store, ERR));
  session3_store_free(store);
  larger.later = 1;
  assert_refused(&larger.options);
}

static void a_store_in_memory_tells_what_it_is(void **state) {
  (void)state;
  session3_memory_options options = SESSION3_MEMORY_OPTIONS_INIT;
  session3_store_info info = {.size = sizeof info};
  session3_store *store = NULL;
  assert_ok(session3_store_open_memory(NULL, &store, ERR));
  assert_ok(session3_store_get_info(store, &info, ERR));
  assert_int_equal(info.is_multiprocess_safe, 0);
  assert_int_equal(info.is_thread_safe, 1);
  assert_int_equal(info.policy, SESSION3_SAVE_MERGE);
  assert_int_equal(info.sync, SESSION3_SYNC_NONE);
  assert_int_equal(info.maximum_payload, 1 << 20);
  assert_int_equal(info.access_resolution_us, 1000000);
  session3_store_free(store);
  options.policy = SESSION3_SAVE_FAIL;
  options.maximum_payload = 77;
  options.access_resolution_us = 88;
  assert_ok(session3_store_open_memory(&options, &store, ERR));
  assert_ok(session3_store_get_info(store, &info, ERR));
  assert_int_equal(info.policy, SESSION3_SAVE_FAIL);
  assert_int_equal(info.maximum_payload, 77);
  assert_int_equal(info.access_resolution_us, 88);
  session3_store_free(store);
}

static void two_stores_in_memory_do_not_share(void **state) {
  (void)state;
  session3_store *one = NULL, *two = NULL;
  assert_ok(session3_store_open_memory(NULL, &one, ERR));
  assert_ok(session3_store_open_memory(NULL, &two, ERR));
  create_session(one, ALICE, "k", "v");
  assert_not_stored(two, ALICE);
  session3_store_free(one);
  session3_store_free(two);
}

/** What a child sees and does; 0 if all is as it should be. */
static int work_in_child(session3_store *store) {
  int64_t number = 0;
  if (session3_store_increment(store, TEXT(ALICE), TEXT("n"), 1, &number, NULL) != SESSION3_OK)
    return 1;
  if (number != 6)
    return 2;
  return session3_store_delete(store, TEXT(ALICE), NULL) == SESSION3_OK ? 0 : 3;
}

static void a_child_has_a_copy_of_its_own(void **state) {
  (void)state;
  session3_store *store = NULL;
  int status = -1;
  int64_t number = 0;
  assert_ok(session3_store_open_memory(NULL, &store, ERR));
  create_session(store, ALICE, NULL, NULL);
  assert_ok(session3_store_increment(store, TEXT(ALICE), TEXT("n"), 5, NULL, ERR));
  pid_t child = fork();
  if (child == 0)
    _exit(work_in_child(store));
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
  assert_ok(session3_store_increment(store, TEXT(ALICE), TEXT("n"), 1, &number, ERR));
  assert_int_equal(number, 6);
  session3_store_free(store);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(options_out_of_range_are_refused),
      cmocka_unit_test(options_of_a_newer_header_must_say_nothing_unknown),
      cmocka_unit_test(a_store_in_memory_tells_what_it_is),
      cmocka_unit_test(two_stores_in_memory_do_not_share),
      cmocka_unit_test(a_child_has_a_copy_of_its_own),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
