/* SPDX-License-Identifier: MIT */
/* What a save does when somebody else saved meanwhile, over every kind of store. */
#include "Support/sessions.h"
#include "Support/stores.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/** Two copies of one session with attributes a, b, c, as two requests load them. */
struct pair {
  session3_session *ours, *theirs;
};

static struct pair load_pair(session3_store *store) {
  session3_session *session = new_session(ALICE);
  set_text(session, "a", "a0");
  set_text(session, "b", "b0");
  set_text(session, "c", "c0");
  assert_ok(session3_store_create(store, session, ERR));
  session3_session_free(session);
  return (struct pair){load_session(store, ALICE), load_session(store, ALICE)};
}

static void save_theirs(session3_store *store, struct pair pair) {
  assert_ok(session3_store_save(store, pair.theirs, SESSION3_SAVE_FAIL, ERR));
}

static void free_pair(struct pair pair) {
  session3_session_free(pair.ours);
  session3_session_free(pair.theirs);
}

static void a_merge_keeps_what_each_side_alone_changed(void **state) {
  struct fixture *fixture = *state;
  struct pair pair = load_pair(fixture->store);
  set_text(pair.theirs, "a", "theirs");
  set_text(pair.theirs, "added by them", "x");
  assert_ok(session3_session_remove(pair.theirs, TEXT("c"), ERR));
  save_theirs(fixture->store, pair);
  set_text(pair.ours, "b", "ours");
  set_text(pair.ours, "added by us", "y");
  assert_ok(session3_store_save(fixture->store, pair.ours, SESSION3_SAVE_MERGE, ERR));

  session3_session *stored = load_session(fixture->store, ALICE);
  const session3_session *both[] = {stored, pair.ours};
  for (size_t index = 0; index < 2; index++) {
    assert_text(both[index], "a", "theirs");
    assert_text(both[index], "b", "ours");
    assert_text(both[index], "c", NULL);
    assert_text(both[index], "added by them", "x");
    assert_text(both[index], "added by us", "y");
    assert_int_equal(session3_session_attribute_count(both[index]), 4);
  }
  assert_false(session3_session_is_changed(pair.ours));
  session3_session_free(stored);
  free_pair(pair);
}

static void a_merge_of_one_attribute_changed_by_both_is_ours(void **state) {
  struct fixture *fixture = *state;
  struct pair pair = load_pair(fixture->store);
  set_text(pair.theirs, "a", "theirs");
  assert_ok(session3_session_remove(pair.theirs, TEXT("b"), ERR));
  set_text(pair.theirs, "c", "theirs");
  save_theirs(fixture->store, pair);
  set_text(pair.ours, "a", "ours");
  set_text(pair.ours, "b", "ours");
  assert_ok(session3_session_remove(pair.ours, TEXT("c"), ERR));
  assert_ok(session3_store_save(fixture->store, pair.ours, SESSION3_SAVE_MERGE, ERR));
  assert_stored_text(fixture->store, ALICE, "a", "ours");
  assert_stored_text(fixture->store, ALICE, "b", "ours");
  assert_stored_text(fixture->store, ALICE, "c", NULL);
  free_pair(pair);
}

static void a_merge_takes_user_and_address_from_who_changed_them(void **state) {
  struct fixture *fixture = *state;
  const char *text = NULL;
  size_t length = 0;
  struct pair pair = load_pair(fixture->store);
  assert_ok(session3_session_set_user_text(pair.theirs, TEXT("them"), ERR));
  save_theirs(fixture->store, pair);
  assert_ok(session3_session_set_remote_address(pair.ours, TEXT("us"), ERR));
  assert_ok(session3_store_save(fixture->store, pair.ours, SESSION3_SAVE_MERGE, ERR));
  session3_session *stored = load_session(fixture->store, ALICE);
  assert_ok(session3_session_user_text(stored, &text, &length, ERR));
  assert_memory_equal(text, "them", 4);
  assert_ok(session3_session_remote_address(stored, &text, &length, ERR));
  assert_memory_equal(text, "us", 2);
  session3_session_free(stored);
  free_pair(pair);
}

static void a_merge_joins_form_tokens_as_a_set(void **state) {
  struct fixture *fixture = *state;
  char old[SESSION3_TOKEN_LENGTH + 1], ours[SESSION3_TOKEN_LENGTH + 1];
  char theirs[SESSION3_TOKEN_LENGTH + 1];
  struct pair pair = load_pair(fixture->store);
  assert_ok(session3_session_create_form_token(pair.theirs, old, ERR));
  save_theirs(fixture->store, pair);
  session3_session_free(pair.ours);
  pair.ours = load_session(fixture->store, ALICE);
  assert_ok(session3_session_create_form_token(pair.theirs, theirs, ERR));
  assert_ok(session3_session_remove_form_token(pair.theirs, old, SESSION3_TOKEN_LENGTH, ERR));
  save_theirs(fixture->store, pair);
  assert_ok(session3_session_create_form_token(pair.ours, ours, ERR));
  assert_ok(session3_store_save(fixture->store, pair.ours, SESSION3_SAVE_MERGE, ERR));
  assert_true(session3_session_has_form_token(pair.ours, ours, SESSION3_TOKEN_LENGTH));
  assert_true(session3_session_has_form_token(pair.ours, theirs, SESSION3_TOKEN_LENGTH));
  assert_false(session3_session_has_form_token(pair.ours, old, SESSION3_TOKEN_LENGTH));
  free_pair(pair);
}

static void a_merge_treats_unknown_parts_like_attributes(void **state) {
  struct fixture *fixture = *state;
  const void *data = NULL;
  size_t length = 0;
  session3_session *session = new_session(ALICE);
  assert_ok(session3_session_set_payload(session, TEXT("\x82\xa1x\x01\xa1y\x01"), ERR));
  assert_ok(session3_store_create(fixture->store, session, ERR));
  session3_session_free(session);
  struct pair pair = {load_session(fixture->store, ALICE), load_session(fixture->store, ALICE)};
  assert_ok(session3_session_set_payload(pair.theirs, TEXT("\x82\xa1x\x02\xa1y\x01"), ERR));
  save_theirs(fixture->store, pair);
  assert_ok(session3_session_set_payload(pair.ours, TEXT("\x82\xa1x\x01\xa1z\x03"), ERR));
  assert_ok(session3_store_save(fixture->store, pair.ours, SESSION3_SAVE_MERGE, ERR));
  assert_ok(session3_session_payload(pair.ours, &data, &length, ERR));
  assert_int_equal(length, 7);
  assert_memory_equal(data, "\x82\xa1x\x02\xa1z\x03", 7);
  free_pair(pair);
}

static void an_overwrite_replaces_all_of_theirs(void **state) {
  struct fixture *fixture = *state;
  struct pair pair = load_pair(fixture->store);
  set_text(pair.theirs, "a", "theirs");
  set_text(pair.theirs, "added by them", "x");
  save_theirs(fixture->store, pair);
  set_text(pair.ours, "b", "ours");
  assert_ok(session3_store_save(fixture->store, pair.ours, SESSION3_SAVE_OVERWRITE, ERR));
  assert_stored_text(fixture->store, ALICE, "a", "a0");
  assert_stored_text(fixture->store, ALICE, "b", "ours");
  assert_stored_text(fixture->store, ALICE, "added by them", NULL);
  free_pair(pair);
}

static void a_conflict_writes_nothing_and_can_be_retried(void **state) {
  struct fixture *fixture = *state;
  struct pair pair = load_pair(fixture->store);
  set_text(pair.theirs, "a", "theirs");
  save_theirs(fixture->store, pair);
  set_text(pair.ours, "b", "ours");
  for (int attempt = 0; attempt < 2; attempt++) {
    assert_status(session3_store_save(fixture->store, pair.ours, SESSION3_SAVE_FAIL, ERR),
                  SESSION3_E_CONFLICT);
    assert_true(session3_session_is_changed(pair.ours));
    assert_text(pair.ours, "a", "a0");
    assert_text(pair.ours, "b", "ours");
    assert_stored_text(fixture->store, ALICE, "b", "b0");
  }
  assert_ok(session3_store_save(fixture->store, pair.ours, SESSION3_SAVE_MERGE, ERR));
  assert_stored_text(fixture->store, ALICE, "a", "theirs");
  assert_stored_text(fixture->store, ALICE, "b", "ours");
  free_pair(pair);
}

static void a_merged_session_goes_on_from_what_is_stored(void **state) {
  struct fixture *fixture = *state;
  struct pair pair = load_pair(fixture->store);
  set_text(pair.theirs, "a", "theirs");
  save_theirs(fixture->store, pair);
  set_text(pair.ours, "b", "ours");
  assert_ok(session3_store_save(fixture->store, pair.ours, SESSION3_SAVE_MERGE, ERR));
  set_text(pair.ours, "c", "more");
  assert_ok(session3_store_save(fixture->store, pair.ours, SESSION3_SAVE_FAIL, ERR));
  assert_stored_text(fixture->store, ALICE, "a", "theirs");
  assert_stored_text(fixture->store, ALICE, "c", "more");
  free_pair(pair);
}

static session3_status save_after_them(struct fixture *fixture, session3_save_policy of_store,
                                       session3_save_policy of_save) {
  session3_memory_options options = SESSION3_MEMORY_OPTIONS_INIT;
  options.policy = of_store;
  reopen(fixture, &options);
  session3_store_delete(fixture->store, TEXT(ALICE), NULL);
  struct pair pair = load_pair(fixture->store);
  set_text(pair.theirs, "a", "theirs");
  save_theirs(fixture->store, pair);
  set_text(pair.ours, "b", "ours");
  session3_status status = session3_store_save(fixture->store, pair.ours, of_save, NULL);
  free_pair(pair);
  return status;
}

static void a_save_that_names_no_policy_has_the_stores(void **state) {
  struct fixture *fixture = *state;
  assert_ok(save_after_them(fixture, SESSION3_SAVE_DEFAULT, SESSION3_SAVE_DEFAULT));
  assert_stored_text(fixture->store, ALICE, "a", "theirs");
  assert_ok(save_after_them(fixture, SESSION3_SAVE_MERGE, SESSION3_SAVE_DEFAULT));
  assert_stored_text(fixture->store, ALICE, "a", "theirs");
  assert_ok(save_after_them(fixture, SESSION3_SAVE_OVERWRITE, SESSION3_SAVE_DEFAULT));
  assert_stored_text(fixture->store, ALICE, "a", "a0");
  assert_status(save_after_them(fixture, SESSION3_SAVE_FAIL, SESSION3_SAVE_DEFAULT),
                SESSION3_E_CONFLICT);
}

static void a_save_that_names_a_policy_has_that(void **state) {
  struct fixture *fixture = *state;
  assert_ok(save_after_them(fixture, SESSION3_SAVE_FAIL, SESSION3_SAVE_MERGE));
  assert_stored_text(fixture->store, ALICE, "a", "theirs");
  assert_ok(save_after_them(fixture, SESSION3_SAVE_FAIL, SESSION3_SAVE_OVERWRITE));
  assert_stored_text(fixture->store, ALICE, "a", "a0");
  assert_status(save_after_them(fixture, SESSION3_SAVE_MERGE, SESSION3_SAVE_FAIL),
                SESSION3_E_CONFLICT);
}

static void a_store_can_resurrect_by_its_own_policy(void **state) {
  struct fixture *fixture = *state;
  session3_memory_options options = SESSION3_MEMORY_OPTIONS_INIT;
  options.policy = SESSION3_SAVE_OVERWRITE | SESSION3_SAVE_RESURRECT;
  reopen(fixture, &options);
  create_session(fixture->store, ALICE, "k", "v");
  session3_session *session = load_session(fixture->store, ALICE);
  assert_ok(session3_store_delete(fixture->store, TEXT(ALICE), ERR));
  set_text(session, "k", "back");
  assert_ok(session3_store_save(fixture->store, session, SESSION3_SAVE_DEFAULT, ERR));
  assert_stored_text(fixture->store, ALICE, "k", "back");
  session3_session_free(session);
}

static void a_payload_beyond_the_maximum_is_refused_and_the_stored_one_stays(void **state) {
  struct fixture *fixture = *state;
  session3_memory_options options = SESSION3_MEMORY_OPTIONS_INIT;
  char large[200];
  memset(large, 'x', sizeof large);
  options.maximum_payload = 100;
  reopen(fixture, &options);
  create_session(fixture->store, ALICE, "k", "v");
  session3_session *session = load_session(fixture->store, ALICE);
  assert_ok(session3_session_set_text(session, TEXT("k"), large, sizeof large, ERR));
  assert_status(session3_store_save(fixture->store, session, SESSION3_SAVE_DEFAULT, ERR),
                SESSION3_E_TOO_LARGE);
  assert_true(session3_session_is_changed(session));
  assert_stored_text(fixture->store, ALICE, "k", "v");
  set_text(session, "k", "small");
  assert_ok(session3_store_save(fixture->store, session, SESSION3_SAVE_DEFAULT, ERR));
  assert_stored_text(fixture->store, ALICE, "k", "small");
  session3_session_free(session);

  session = new_session(BOB);
  assert_ok(session3_session_set_text(session, TEXT("k"), large, sizeof large, ERR));
  assert_status(session3_store_create(fixture->store, session, ERR), SESSION3_E_TOO_LARGE);
  assert_not_stored(fixture->store, BOB);
  session3_session_free(session);
}

static void a_merge_that_grows_beyond_the_maximum_is_refused(void **state) {
  struct fixture *fixture = *state;
  session3_memory_options options = SESSION3_MEMORY_OPTIONS_INIT;
  char half[60];
  memset(half, 'x', sizeof half);
  options.maximum_payload = 120;
  reopen(fixture, &options);
  struct pair pair = load_pair(fixture->store);
  assert_ok(session3_session_set_text(pair.theirs, TEXT("a"), half, sizeof half, ERR));
  save_theirs(fixture->store, pair);
  assert_ok(session3_session_set_text(pair.ours, TEXT("b"), half, sizeof half, ERR));
  assert_status(session3_store_save(fixture->store, pair.ours, SESSION3_SAVE_MERGE, ERR),
                SESSION3_E_TOO_LARGE);
  assert_stored_text(fixture->store, ALICE, "b", "b0");
  free_pair(pair);
}

#define MANY 8000
#define FEW (MANY / 8)

/** Gives a session so many attributes, k00000 and so on, of one value. */
static void set_many(session3_session *session, int count, char value) {
  static const char head[] = "\x81\xaa"
                             "attributes\xdf";
  const size_t size = sizeof head - 1 + 4 + (size_t)count * 8;
  char *payload = malloc(size + 1), *end = payload + sizeof head - 1;
  assert_non_null(payload);
  memcpy(payload, head, sizeof head - 1);
  for (int shift = 24; shift >= 0; shift -= 8) *end++ = (char)(count >> shift);
  for (int index = 0; index < count; index++) end += sprintf(end, "\xa6k%05d%c", index, value);
  assert_ok(session3_session_set_payload(session, payload, size, ERR));
  free(payload);
}

static double thread_seconds(void) {
  struct timespec now = {0};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/** Merges a change of so many attributes with one of the address; the seconds that the save took. */
static double merge_many(struct fixture *fixture, int count) {
  create_session(fixture->store, BOB, NULL, NULL);
  session3_session *ours = load_session(fixture->store, BOB);
  set_many(ours, count, 1);
  assert_ok(session3_store_save(fixture->store, ours, SESSION3_SAVE_DEFAULT, ERR));
  session3_session *theirs = load_session(fixture->store, BOB);
  assert_ok(session3_session_set_remote_address(theirs, TEXT("::1"), ERR));
  assert_ok(session3_store_save(fixture->store, theirs, SESSION3_SAVE_DEFAULT, ERR));
  set_many(ours, count, 2);
  double start = thread_seconds();
  assert_ok(session3_store_save(fixture->store, ours, SESSION3_SAVE_MERGE, ERR));
  double taken = thread_seconds() - start;
  char last[8];
  snprintf(last, sizeof last, "k%05d", count - 1);
  assert_int_equal(session3_session_attribute_count(ours), count);
  assert_int(ours, "k00000", 2);
  assert_int(ours, last, 2);
  const char *address = NULL;
  size_t length = 0;
  assert_ok(session3_session_remote_address(ours, &address, &length, ERR));
  assert_int_equal(length, 3);
  assert_memory_equal(address, "::1", 3);
  session3_session_free(theirs);
  session3_session_free(ours);
  assert_ok(session3_store_delete(fixture->store, TEXT(BOB), ERR));
  return taken;
}

/* What all three have behind a change, over and over: to look at it each time would take 64 times as
 * long for eight times as many. */
static void a_merge_of_many_changes_looks_at_each_but_once(void **state) {
  double few = merge_many(*state, FEW), many = merge_many(*state, MANY);
  for (int round = 0; round < 3; round++) {
    double again[] = {merge_many(*state, FEW), merge_many(*state, MANY)};
    few = again[0] < few ? again[0] : few;
    many = again[1] < many ? again[1] : many;
  }
  assert_true(many < 24 * few);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(a_merge_keeps_what_each_side_alone_changed),
      STORE_TEST(a_merge_of_one_attribute_changed_by_both_is_ours),
      STORE_TEST(a_merge_takes_user_and_address_from_who_changed_them),
      STORE_TEST(a_merge_joins_form_tokens_as_a_set),
      STORE_TEST(a_merge_treats_unknown_parts_like_attributes),
      STORE_TEST(an_overwrite_replaces_all_of_theirs),
      STORE_TEST(a_conflict_writes_nothing_and_can_be_retried),
      STORE_TEST(a_merged_session_goes_on_from_what_is_stored),
      STORE_TEST(a_save_that_names_no_policy_has_the_stores),
      STORE_TEST(a_save_that_names_a_policy_has_that),
      STORE_TEST(a_store_can_resurrect_by_its_own_policy),
      STORE_TEST(a_payload_beyond_the_maximum_is_refused_and_the_stored_one_stays),
      STORE_TEST(a_merge_that_grows_beyond_the_maximum_is_refused),
      STORE_TEST(a_merge_of_many_changes_looks_at_each_but_once),
  };
  return run_over_stores(tests);
}
