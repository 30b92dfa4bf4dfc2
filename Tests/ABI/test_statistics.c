/* SPDX-License-Identifier: MIT */
/* What a store counts, over every kind of store. */
#include "Support/sessions.h"
#include "Support/stores.h"

#include <unistd.h>

static session3_statistics counts_of(const session3_store *store) {
  session3_statistics counts = {.size = sizeof counts};
  assert_ok(session3_store_get_statistics(store, &counts, ERR));
  return counts;
}

static void a_new_store_has_counted_nothing(void **state) {
  const struct fixture *fixture = *state;
  const session3_statistics counts = counts_of(fixture->store);
  const session3_statistics nothing = {.size = sizeof nothing};
  assert_memory_equal(&counts, &nothing, sizeof counts);
}

static void what_sessions_go_through_is_counted(void **state) {
  const struct fixture *fixture = *state;
  create_session(fixture->store, ALICE, "key", "one");
  session3_session *late = load_session(fixture->store, ALICE);
  change_session(fixture->store, ALICE, "key", "two");
  set_text(late, "other", "three");
  assert_ok(session3_store_save(fixture->store, late, SESSION3_SAVE_DEFAULT, ERR));
  assert_ok(session3_store_save(fixture->store, late, SESSION3_SAVE_DEFAULT, ERR));
  assert_ok(session3_store_increment(fixture->store, TEXT(ALICE), TEXT("n"), 1, NULL, ERR));
  assert_not_stored(fixture->store, BOB);
  assert_ok(session3_store_delete(fixture->store, TEXT(ALICE), ERR));
  set_text(late, "other", "four");
  assert_status(session3_store_save(fixture->store, late, SESSION3_SAVE_DEFAULT, ERR),
                SESSION3_E_GONE);
  session3_session_free(late);
  const session3_statistics counts = counts_of(fixture->store);
  assert_int_equal(counts.creates, 1);
  assert_int_equal(counts.saves, 2);
  assert_int_equal(counts.unchanged, 1);
  assert_int_equal(counts.updates, 1);
  assert_int_equal(counts.conflicts, 1);
  assert_int_equal(counts.merges, 1);
  assert_int_equal(counts.deletes, 1);
  assert_int_equal(counts.gone, 1);
  assert_int_equal(counts.loads, counts.hits + counts.misses);
  assert_true(counts.hits >= 2);
  assert_true(counts.bytes_read > 0 && counts.bytes_written > counts.bytes_read / 4);
  assert_int_equal(counts.failures + counts.busy + counts.corrupt, 0);
}

static void a_sweep_counts_what_it_deletes(void **state) {
  struct fixture *fixture = *state;
  struct hand_clock clock = {HAND_CLOCK_START_US};
  session3_memory_options options = SESSION3_MEMORY_OPTIONS_INIT;
  uint64_t deleted = 0;
  options.clock = read_hand_clock;
  options.clock_context = &clock;
  session3_store *store = open_another(fixture, &options);
  create_session(store, ALICE, NULL, NULL);
  create_session(store, BOB, NULL, NULL);
  clock.now_us += 10;
  assert_ok(session3_store_sweep(store, 5, &deleted, NULL, ERR));
  assert_int_equal(deleted, 2);
  assert_int_equal(counts_of(store).swept, 2);
  assert_int_equal(counts_of(store).deletes, 0);
  session3_store_free(store);
}

static void another_handle_counts_for_itself(void **state) {
  struct fixture *fixture = *state;
  session3_store *other = open_another(fixture, NULL);
  create_session(fixture->store, ALICE, NULL, NULL);
  assert_int_equal(counts_of(other).creates, 0);
  session3_store_free(other);
}

static void a_struct_of_an_earlier_version_is_refused_and_left_alone(void **state) {
  const struct fixture *fixture = *state;
  session3_statistics counts = {.size = sizeof counts - 8, .loads = 77};
  assert_invalid(session3_store_get_statistics(fixture->store, &counts, ERR));
  assert_int_equal(counts.loads, 77);
}

static void fields_of_a_later_version_are_left_alone(void **state) {
  const struct fixture *fixture = *state;
  struct {
    session3_statistics counts;
    uint64_t later;
  } larger = {.counts.size = sizeof larger, .later = 77};
  assert_ok(session3_store_get_statistics(fixture->store, &larger.counts, ERR));
  assert_int_equal(larger.counts.size, sizeof larger);
  assert_int_equal(larger.later, 77);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(a_new_store_has_counted_nothing),
      STORE_TEST(what_sessions_go_through_is_counted),
      STORE_TEST(a_sweep_counts_what_it_deletes),
      STORE_TEST(another_handle_counts_for_itself),
      STORE_TEST(a_struct_of_an_earlier_version_is_refused_and_left_alone),
      STORE_TEST(fields_of_a_later_version_are_left_alone),
  };
  return run_over_stores(tests);
}
