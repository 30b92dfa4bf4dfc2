/* SPDX-License-Identifier: MIT */
/* Creation and access times by an injected clock, and sweeping by age, over every kind of store. */
#include "Support/sessions.h"
#include "Support/stores.h"

#include <math.h>

#define SECOND INT64_C(1000000)
#define MINUTE (60 * SECOND)

/** Opens the store anew on a clock that stands still. */
static void use_hand_clock(struct fixture *fixture, struct hand_clock *clock,
                           int64_t access_resolution_us) {
  session3_memory_options options = SESSION3_MEMORY_OPTIONS_INIT;
  clock->now_us = HAND_CLOCK_START_US;
  options.clock = read_hand_clock;
  options.clock_context = clock;
  options.access_resolution_us = access_resolution_us;
  reopen(fixture, &options);
}

static void assert_times(session3_store *store, const char *id, int64_t created_us,
                         int64_t accessed_us) {
  session3_session *session = load_session(store, id);
  assert_int_equal(session3_session_created_us(session), created_us);
  assert_int_equal(session3_session_accessed_us(session), accessed_us);
  session3_session_free(session);
  session3_snapshot snapshot = snapshot_of(store, id);
  assert_int_equal(snapshot.created_us, created_us);
  assert_int_equal(snapshot.accessed_us, accessed_us);
}

static void a_new_session_has_the_time_of_the_stores_clock(void **state) {
  struct fixture *fixture = *state;
  struct hand_clock clock;
  use_hand_clock(fixture, &clock, 0);
  session3_session *session = new_session(ALICE);
  assert_ok(session3_store_create(fixture->store, session, ERR));
  assert_int_equal(session3_session_created_us(session), clock.now_us);
  assert_int_equal(session3_session_accessed_us(session), clock.now_us);
  session3_session_free(session);
  assert_times(fixture->store, ALICE, clock.now_us, clock.now_us);
}

static void a_save_renews_the_access_time_and_keeps_the_creation_time(void **state) {
  struct fixture *fixture = *state;
  struct hand_clock clock;
  use_hand_clock(fixture, &clock, 0);
  create_session(fixture->store, ALICE, "k", "v");
  clock.now_us += 5 * SECOND + 3;
  change_session(fixture->store, ALICE, "k", "changed");
  assert_times(fixture->store, ALICE, HAND_CLOCK_START_US, clock.now_us);
}

static void touching_renews_the_access_time_alone(void **state) {
  struct fixture *fixture = *state;
  struct hand_clock clock;
  use_hand_clock(fixture, &clock, 0);
  create_session(fixture->store, ALICE, "k", "v");
  session3_snapshot before = snapshot_of(fixture->store, ALICE);
  clock.now_us += 1;
  assert_ok(session3_store_touch(fixture->store, TEXT(ALICE), ERR));
  session3_snapshot after = snapshot_of(fixture->store, ALICE);
  assert_int_equal(after.accessed_us, before.accessed_us + 1);
  assert_memory_equal(&after.version, &before.version, sizeof after.version);
  assert_times(fixture->store, ALICE, HAND_CLOCK_START_US, clock.now_us);
}

static void the_access_time_can_be_set(void **state) {
  struct fixture *fixture = *state;
  struct hand_clock clock;
  use_hand_clock(fixture, &clock, 0);
  create_session(fixture->store, ALICE, "k", "v");
  assert_ok(session3_store_set_access_time(fixture->store, TEXT(ALICE),
                                           HAND_CLOCK_START_US + 7 * SECOND, ERR));
  assert_times(fixture->store, ALICE, HAND_CLOCK_START_US, HAND_CLOCK_START_US + 7 * SECOND);
}

static void an_access_before_the_creation_reads_as_the_creation(void **state) {
  struct fixture *fixture = *state;
  struct hand_clock clock;
  use_hand_clock(fixture, &clock, 0);
  create_session(fixture->store, ALICE, "k", "v");
  const int64_t times[] = {HAND_CLOCK_START_US - 1, 0, -5 * SECOND};
  for (size_t index = 0; index < 3; index++) {
    assert_ok(session3_store_set_access_time(fixture->store, TEXT(ALICE), times[index], ERR));
    assert_times(fixture->store, ALICE, HAND_CLOCK_START_US, HAND_CLOCK_START_US);
  }
}

static void a_missing_session_is_gone_to_touch(void **state) {
  struct fixture *fixture = *state;
  assert_status(session3_store_touch(fixture->store, TEXT(ALICE), ERR), SESSION3_E_GONE);
  assert_status(session3_store_set_access_time(fixture->store, TEXT(ALICE), 5, ERR),
                SESSION3_E_GONE);
  assert_not_stored(fixture->store, ALICE);
}

/** Saves a session unchanged after some time, and tells whether that renewed its access time. */
static bool is_renewed(struct fixture *fixture, struct hand_clock *clock, int64_t later_us) {
  create_session(fixture->store, ALICE, "k", "v");
  session3_session *session = load_session(fixture->store, ALICE);
  session3_snapshot before = snapshot_of(fixture->store, ALICE);
  clock->now_us += later_us;
  assert_ok(session3_store_save(fixture->store, session, SESSION3_SAVE_DEFAULT, ERR));
  session3_snapshot after = snapshot_of(fixture->store, ALICE);
  assert_memory_equal(&after.version, &before.version, sizeof after.version);
  session3_session_free(session);
  assert_ok(session3_store_delete(fixture->store, TEXT(ALICE), ERR));
  assert_true(after.accessed_us == clock->now_us || after.accessed_us == before.accessed_us);
  return after.accessed_us == clock->now_us;
}

static void an_unchanged_save_renews_an_old_access_time(void **state) {
  struct fixture *fixture = *state;
  struct hand_clock clock;
  use_hand_clock(fixture, &clock, 0);
  assert_true(is_renewed(fixture, &clock, SECOND + 1));
  assert_false(is_renewed(fixture, &clock, SECOND - 1));
  use_hand_clock(fixture, &clock, 10 * SECOND);
  assert_true(is_renewed(fixture, &clock, 10 * SECOND + 1));
  assert_false(is_renewed(fixture, &clock, 9 * SECOND));
  use_hand_clock(fixture, &clock, -1);
  assert_true(is_renewed(fixture, &clock, 1));
}

static void an_unchanged_save_of_a_deleted_session_is_gone(void **state) {
  struct fixture *fixture = *state;
  struct hand_clock clock;
  use_hand_clock(fixture, &clock, 0);
  create_session(fixture->store, ALICE, "k", "v");
  session3_session *session = load_session(fixture->store, ALICE);
  assert_ok(session3_store_delete(fixture->store, TEXT(ALICE), ERR));
  clock.now_us += MINUTE;
  assert_status(session3_store_save(fixture->store, session, SESSION3_SAVE_DEFAULT, ERR),
                SESSION3_E_GONE);
  assert_not_stored(fixture->store, ALICE);
  session3_session_free(session);
}

/** Sessions that were accessed 30, 20 and 10 minutes ago. */
static void create_three_ages(struct fixture *fixture, struct hand_clock *clock) {
  use_hand_clock(fixture, clock, 0);
  create_session(fixture->store, ALICE, "k", "v");
  clock->now_us += 10 * MINUTE;
  create_session(fixture->store, BOB, "k", "v");
  clock->now_us += 10 * MINUTE;
  create_session(fixture->store, CAROL, "k", "v");
  clock->now_us += 10 * MINUTE;
}

static void a_sweep_deletes_what_is_older_than_the_age(void **state) {
  struct fixture *fixture = *state;
  struct hand_clock clock;
  uint64_t deleted = 77, remaining = 77;
  create_three_ages(fixture, &clock);
  assert_ok(session3_store_sweep(fixture->store, 30 * MINUTE, &deleted, &remaining, ERR));
  assert_int_equal(deleted, 0);
  assert_int_equal(remaining, 3);
  assert_ok(session3_store_sweep(fixture->store, 30 * MINUTE - 1, &deleted, &remaining, ERR));
  assert_int_equal(deleted, 1);
  assert_int_equal(remaining, 2);
  assert_not_stored(fixture->store, ALICE);
  assert_stored(fixture->store, BOB);
  assert_ok(session3_store_sweep(fixture->store, 0, &deleted, &remaining, ERR));
  assert_int_equal(deleted, 2);
  assert_int_equal(remaining, 0);
  assert_ok(session3_store_sweep(fixture->store, 0, &deleted, &remaining, ERR));
  assert_int_equal(deleted, 0);
}

static void a_touched_session_survives_the_sweep(void **state) {
  struct fixture *fixture = *state;
  struct hand_clock clock;
  create_three_ages(fixture, &clock);
  assert_ok(session3_store_touch(fixture->store, TEXT(ALICE), ERR));
  assert_ok(session3_store_sweep(fixture->store, 5 * MINUTE, NULL, NULL, ERR));
  assert_stored(fixture->store, ALICE);
  assert_not_stored(fixture->store, BOB);
  assert_not_stored(fixture->store, CAROL);
}

static void old_sessions_are_deleted_by_minutes_and_fractions(void **state) {
  struct fixture *fixture = *state;
  struct hand_clock clock;
  uint64_t deleted = 77, remaining = 77;
  create_three_ages(fixture, &clock);
  assert_ok(session3_store_delete_old_sessions(fixture->store, 29.5, &deleted, &remaining, ERR));
  assert_int_equal(deleted, 1);
  assert_int_equal(remaining, 2);
  assert_ok(session3_store_delete_old_sessions(fixture->store, 1e300, NULL, &remaining, ERR));
  assert_int_equal(remaining, 2);
  assert_ok(session3_store_delete_old_sessions(fixture->store, 0, &deleted, NULL, ERR));
  assert_int_equal(deleted, 2);
}

static void an_age_that_is_none_is_refused(void **state) {
  struct fixture *fixture = *state;
  struct hand_clock clock;
  uint64_t deleted = 77, remaining = 77;
  create_three_ages(fixture, &clock);
  assert_invalid(session3_store_sweep(fixture->store, -1, &deleted, &remaining, ERR));
  assert_invalid(session3_store_sweep(fixture->store, INT64_MIN, &deleted, &remaining, ERR));
  assert_invalid(
      session3_store_delete_old_sessions(fixture->store, -0.5, &deleted, &remaining, ERR));
  assert_invalid(
      session3_store_delete_old_sessions(fixture->store, NAN, &deleted, &remaining, ERR));
  assert_int_equal(deleted, 77);
  assert_int_equal(remaining, 77);
  assert_stored(fixture->store, ALICE);
}

static void a_clock_that_was_set_back_deletes_nothing(void **state) {
  struct fixture *fixture = *state;
  struct hand_clock clock;
  uint64_t deleted = 77;
  create_three_ages(fixture, &clock);
  clock.now_us = HAND_CLOCK_START_US - 1000 * MINUTE;
  assert_ok(session3_store_sweep(fixture->store, 0, &deleted, NULL, ERR));
  assert_int_equal(deleted, 0);
  assert_stored(fixture->store, ALICE);
}

static void the_largest_age_deletes_nothing(void **state) {
  struct fixture *fixture = *state;
  struct hand_clock clock;
  uint64_t deleted = 77, remaining = 77;
  create_three_ages(fixture, &clock);
  assert_ok(session3_store_sweep(fixture->store, INT64_MAX, &deleted, &remaining, ERR));
  assert_int_equal(deleted, 0);
  assert_int_equal(remaining, 3);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(a_new_session_has_the_time_of_the_stores_clock),
      STORE_TEST(a_save_renews_the_access_time_and_keeps_the_creation_time),
      STORE_TEST(touching_renews_the_access_time_alone),
      STORE_TEST(the_access_time_can_be_set),
      STORE_TEST(an_access_before_the_creation_reads_as_the_creation),
      STORE_TEST(a_missing_session_is_gone_to_touch),
      STORE_TEST(an_unchanged_save_renews_an_old_access_time),
      STORE_TEST(an_unchanged_save_of_a_deleted_session_is_gone),
      STORE_TEST(a_sweep_deletes_what_is_older_than_the_age),
      STORE_TEST(a_touched_session_survives_the_sweep),
      STORE_TEST(old_sessions_are_deleted_by_minutes_and_fractions),
      STORE_TEST(an_age_that_is_none_is_refused),
      STORE_TEST(a_clock_that_was_set_back_deletes_nothing),
      STORE_TEST(the_largest_age_deletes_nothing),
  };
  return run_over_stores(tests);
}
