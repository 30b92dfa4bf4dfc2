/* SPDX-License-Identifier: MIT */
/* Opening a custom store, and destroying it exactly once. */
#include "Support/scripted_store.h"
#include "Support/sessions.h"

/** Fails to open a store on the callbacks; destroy has run as often as it should. */
static void assert_refused(const session3_store_callbacks *callbacks,
                           const session3_memory_options *options, int destroyed) {
  struct scripted scripted;
  session3_store *store = (session3_store *)1;
  scripted_init(&scripted);
  assert_invalid(session3_store_open_custom(callbacks, &scripted, options, &store, ERR));
  assert_null(store);
  assert_int_equal(scripted.destroyed, destroyed);
  for (int callback = READ; callback < CALLBACKS; callback++) {
    assert_int_equal(scripted.calls[callback], 0);
  }
  if (scripted.destroyed == 0)
    scripted_callbacks.destroy(&scripted);
}

static void without_callbacks_nothing_is_opened_or_destroyed(void **state) {
  (void)state;
  assert_refused(NULL, NULL, 0);
}

static void callbacks_too_small_to_hold_destroy_are_refused(void **state) {
  (void)state;
  session3_store_callbacks callbacks = scripted_callbacks;
  callbacks.size = 0;
  assert_refused(&callbacks, NULL, 0);
  callbacks.size = offsetof(session3_store_callbacks, destroy);
  assert_refused(&callbacks, NULL, 0);
}

static void callbacks_that_end_behind_destroy_are_refused_and_destroyed(void **state) {
  (void)state;
  session3_store_callbacks callbacks = scripted_callbacks;
  callbacks.size = offsetof(session3_store_callbacks, read);
  assert_refused(&callbacks, NULL, 1);
  callbacks.size = sizeof callbacks - 1;
  assert_refused(&callbacks, NULL, 1);
}

static void a_required_callback_that_is_missing_is_refused(void **state) {
  (void)state;
  for (int missing = 0; missing < 5; missing++) {
    session3_store_callbacks callbacks = scripted_callbacks;
    if (missing == 0)
      callbacks.read = NULL;
    if (missing == 1)
      callbacks.write = NULL;
    if (missing == 2)
      callbacks.remove = NULL;
    if (missing == 3)
      callbacks.touch = NULL;
    if (missing == 4)
      callbacks.ids = NULL;
    assert_refused(&callbacks, NULL, 1);
  }
}

static void unknown_flags_and_reserved_fields_are_refused(void **state) {
  (void)state;
  session3_store_callbacks callbacks = scripted_callbacks;
  callbacks.flags = 4;
  assert_refused(&callbacks, NULL, 1);
  callbacks.flags = UINT32_MAX;
  assert_refused(&callbacks, NULL, 1);
  callbacks.flags = 0;
  callbacks.reserved = 1;
  assert_refused(&callbacks, NULL, 1);
}

static void options_out_of_range_are_refused(void **state) {
  (void)state;
  session3_memory_options options = SESSION3_MEMORY_OPTIONS_INIT;
  options.size = 0;
  assert_refused(&scripted_callbacks, &options, 1);
  options = (session3_memory_options)SESSION3_MEMORY_OPTIONS_INIT;
  options.policy = 4;
  assert_refused(&scripted_callbacks, &options, 1);
  options = (session3_memory_options)SESSION3_MEMORY_OPTIONS_INIT;
  options.reserved = 1;
  assert_refused(&scripted_callbacks, &options, 1);
  options = (session3_memory_options)SESSION3_MEMORY_OPTIONS_INIT;
  options.maximum_payload = (UINT64_C(1) << 30) + 1;
  assert_refused(&scripted_callbacks, &options, 1);
}

static void an_open_without_an_out_is_refused_and_destroyed(void **state) {
  (void)state;
  struct scripted scripted;
  scripted_init(&scripted);
  assert_invalid(session3_store_open_custom(&scripted_callbacks, &scripted, NULL, NULL, ERR));
  assert_int_equal(scripted.destroyed, 1);
}

static void destroy_runs_once_when_the_store_is_freed(void **state) {
  (void)state;
  struct scripted scripted;
  session3_store *store = NULL;
  scripted_init(&scripted);
  assert_ok(session3_store_open_custom(&scripted_callbacks, &scripted, NULL, &store, ERR));
  create_session(store, ALICE, "k", "v");
  assert_int_equal(scripted.destroyed, 0);
  session3_store_free(store);
  assert_int_equal(scripted.destroyed, 1);
}

static void destroy_waits_for_the_last_iterator(void **state) {
  (void)state;
  struct scripted scripted;
  session3_store *store = NULL;
  session3_iterator *one = NULL, *two = NULL;
  session3_session *session = NULL;
  scripted_init(&scripted);
  assert_ok(session3_store_open_custom(&scripted_callbacks, &scripted, NULL, &store, ERR));
  create_session(store, ALICE, "k", "v");
  assert_ok(session3_store_iterate(store, &one, ERR));
  assert_ok(session3_store_iterate(store, &two, ERR));
  session3_store_free(store);
  session3_iterator_free(one);
  assert_int_equal(scripted.destroyed, 0);
  assert_ok(session3_iterator_next(two, &session, ERR));
  session3_iterator_free(two);
  assert_int_equal(scripted.destroyed, 1);
  assert_text(session, "k", "v");
  session3_session_free(session);
}

static void destroy_and_setup_may_be_missing(void **state) {
  (void)state;
  struct scripted scripted;
  session3_store *store = NULL;
  session3_store_callbacks callbacks = scripted_callbacks;
  callbacks.destroy = NULL;
  callbacks.setup = NULL;
  scripted_init(&scripted);
  assert_ok(session3_store_open_custom(&callbacks, &scripted, NULL, &store, ERR));
  assert_ok(session3_store_setup(store, ERR));
  assert_int_equal(scripted.calls[SETUP], 0);
  session3_store_free(store);
  assert_int_equal(scripted.destroyed, 0);
  scripted_callbacks.destroy(&scripted);
}

static void callbacks_of_a_newer_header_are_read_as_far_as_known(void **state) {
  (void)state;
  struct {
    session3_store_callbacks callbacks;
    void *later;
  } larger = {scripted_callbacks, NULL};
  struct scripted scripted;
  session3_store *store = NULL;
  larger.callbacks.size = sizeof larger;
  scripted_init(&scripted);
  assert_ok(session3_store_open_custom(&larger.callbacks, &scripted, NULL, &store, ERR));
  memset(&larger, 0x5a, sizeof larger);
  create_session(store, ALICE, "k", "v");
  assert_stored_text(store, ALICE, "k", "v");
  session3_store_free(store);
  assert_int_equal(scripted.destroyed, 1);
}

static void callbacks_with_something_unknown_are_refused_and_destroyed(void **state) {
  (void)state;
  struct {
    session3_store_callbacks callbacks;
    uintptr_t later;
  } larger = {scripted_callbacks, 1};
  larger.callbacks.size = sizeof larger;
  assert_refused(&larger.callbacks, NULL, 1);
}

static void the_flags_are_told_as_they_were_given(void **state) {
  (void)state;
  for (uint32_t flags = 0; flags < 4; flags++) {
    struct scripted scripted;
    session3_store *store = NULL;
    session3_store_callbacks callbacks = scripted_callbacks;
    session3_store_info info = {.size = sizeof info};
    callbacks.flags = flags;
    scripted_init(&scripted);
    assert_ok(session3_store_open_custom(&callbacks, &scripted, NULL, &store, ERR));
    assert_ok(session3_store_get_info(store, &info, ERR));
    assert_int_equal(info.is_multiprocess_safe, (flags & SESSION3_STORE_MULTIPROCESS_SAFE) != 0);
    assert_int_equal(info.is_thread_safe, (flags & SESSION3_STORE_THREAD_SAFE) != 0);
    assert_int_equal(info.sync, SESSION3_SYNC_NONE);
    session3_store_free(store);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(without_callbacks_nothing_is_opened_or_destroyed),
      cmocka_unit_test(callbacks_too_small_to_hold_destroy_are_refused),
      cmocka_unit_test(callbacks_that_end_behind_destroy_are_refused_and_destroyed),
      cmocka_unit_test(a_required_callback_that_is_missing_is_refused),
      cmocka_unit_test(unknown_flags_and_reserved_fields_are_refused),
      cmocka_unit_test(options_out_of_range_are_refused),
      cmocka_unit_test(an_open_without_an_out_is_refused_and_destroyed),
      cmocka_unit_test(destroy_runs_once_when_the_store_is_freed),
      cmocka_unit_test(destroy_waits_for_the_last_iterator),
      cmocka_unit_test(destroy_and_setup_may_be_missing),
      cmocka_unit_test(callbacks_of_a_newer_header_are_read_as_far_as_known),
      cmocka_unit_test(callbacks_with_something_unknown_are_refused_and_destroyed),
      cmocka_unit_test(the_flags_are_told_as_they_were_given),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
