/* SPDX-License-Identifier: MIT */
/* Counters and one-time form tokens in the store, over every kind of store. */
#include "Support/sessions.h"
#include "Support/stores.h"

static void an_increment_adds_to_what_is_stored(void **state) {
  struct fixture *fixture = *state;
  int64_t result = 0;
  create_session(fixture->store, ALICE, "k", "v");
  assert_ok(session3_store_increment(fixture->store, TEXT(ALICE), TEXT("n"), 5, &result, ERR));
  assert_int_equal(result, 5);
  assert_ok(session3_store_increment(fixture->store, TEXT(ALICE), TEXT("n"), -8, &result, ERR));
  assert_int_equal(result, -3);
  assert_ok(session3_store_increment(fixture->store, TEXT(ALICE), TEXT("n"), 0, &result, ERR));
  assert_int_equal(result, -3);
  assert_ok(session3_store_increment(fixture->store, TEXT(ALICE), TEXT("n"), 4, NULL, ERR));
  session3_session *session = load_session(fixture->store, ALICE);
  assert_int(session, "n", 1);
  assert_text(session, "k", "v");
  session3_session_free(session);
}

static void an_increment_of_a_missing_session_is_gone(void **state) {
  struct fixture *fixture = *state;
  int64_t result = 77;
  assert_status(session3_store_increment(fixture->store, TEXT(ALICE), TEXT("n"), 1, &result, ERR),
                SESSION3_E_GONE);
  assert_int_equal(result, 77);
  assert_not_stored(fixture->store, ALICE);
}

static void an_increment_of_what_is_no_integer_is_refused(void **state) {
  struct fixture *fixture = *state;
  int64_t result = 77;
  create_session(fixture->store, ALICE, "n", "text");
  assert_status(session3_store_increment(fixture->store, TEXT(ALICE), TEXT("n"), 1, &result, ERR),
                SESSION3_E_TYPE);
  assert_int_equal(result, 77);
  assert_stored_text(fixture->store, ALICE, "n", "text");
}

static void an_increment_that_overflows_is_refused_and_changes_nothing(void **state) {
  struct fixture *fixture = *state;
  const struct {
    int64_t stored, delta;
  } cases[] = {{INT64_MAX, 1}, {INT64_MIN, -1}, {1, INT64_MAX}, {-2, INT64_MIN}, {-1, INT64_MIN}};
  session3_session *session = new_session(ALICE);
  assert_ok(session3_store_create(fixture->store, session, ERR));
  for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
    int64_t result = 77;
    set_int(session, "n", cases[index].stored);
    assert_ok(session3_store_save(fixture->store, session, SESSION3_SAVE_DEFAULT, ERR));
    session3_snapshot before = snapshot_of(fixture->store, ALICE);
    assert_status(session3_store_increment(fixture->store, TEXT(ALICE), TEXT("n"),
                                           cases[index].delta, &result, ERR),
                  SESSION3_E_RANGE);
    assert_int_equal(result, 77);
    session3_snapshot after = snapshot_of(fixture->store, ALICE);
    assert_memory_equal(&before.version, &after.version, sizeof before.version);
  }
  session3_session_free(session);
}

static void an_integer_above_int64_counts_down_into_it(void **state) {
  struct fixture *fixture = *state;
  int64_t result = 77;
  session3_session *session = new_session(ALICE);
  assert_ok(session3_session_set_uint(session, TEXT("n"), (uint64_t)INT64_MAX + 1, ERR));
  assert_ok(session3_store_create(fixture->store, session, ERR));
  assert_status(session3_store_increment(fixture->store, TEXT(ALICE), TEXT("n"), 1, &result, ERR),
                SESSION3_E_RANGE);
  assert_ok(session3_store_increment(fixture->store, TEXT(ALICE), TEXT("n"), -1, &result, ERR));
  assert_true(result == INT64_MAX);
  session3_session_free(session);
}

static void the_extremes_are_reached(void **state) {
  struct fixture *fixture = *state;
  int64_t result = 0;
  create_session(fixture->store, ALICE, NULL, NULL);
  assert_ok(
      session3_store_increment(fixture->store, TEXT(ALICE), TEXT("n"), INT64_MAX, &result, ERR));
  assert_true(result == INT64_MAX);
  assert_ok(
      session3_store_increment(fixture->store, TEXT(ALICE), TEXT("n"), INT64_MIN, &result, ERR));
  assert_int_equal(result, -1);
  assert_ok(
      session3_store_increment(fixture->store, TEXT(ALICE), TEXT("n"), -INT64_MAX, &result, ERR));
  assert_true(result == INT64_MIN);
}

static void an_increment_survives_the_merge_of_an_older_copy(void **state) {
  struct fixture *fixture = *state;
  create_session(fixture->store, ALICE, "k", "v");
  session3_session *session = load_session(fixture->store, ALICE);
  assert_ok(session3_store_increment(fixture->store, TEXT(ALICE), TEXT("n"), 3, NULL, ERR));
  set_text(session, "k", "ours");
  assert_ok(session3_store_save(fixture->store, session, SESSION3_SAVE_MERGE, ERR));
  assert_int(session, "n", 3);
  session3_session_free(session);
}

static void an_increment_moves_the_session_on(void **state) {
  struct fixture *fixture = *state;
  create_session(fixture->store, ALICE, "k", "v");
  session3_session *session = load_session(fixture->store, ALICE);
  assert_ok(session3_store_increment(fixture->store, TEXT(ALICE), TEXT("n"), 3, NULL, ERR));
  set_text(session, "k", "ours");
  assert_status(session3_store_save(fixture->store, session, SESSION3_SAVE_FAIL, ERR),
                SESSION3_E_CONFLICT);
  session3_session_free(session);
}

static void an_increment_beyond_the_maximum_payload_is_refused(void **state) {
  struct fixture *fixture = *state;
  session3_memory_options options = SESSION3_MEMORY_OPTIONS_INIT;
  char key[64];
  memset(key, 'k', sizeof key);
  options.maximum_payload = 60;
  reopen(fixture, &options);
  create_session(fixture->store, ALICE, "k", "v");
  assert_status(
      session3_store_increment(fixture->store, TEXT(ALICE), key, sizeof key, 1, NULL, ERR),
      SESSION3_E_TOO_LARGE);
  assert_stored_text(fixture->store, ALICE, "k", "v");
}

/** Creates a session with one form token. */
static void create_with_token(session3_store *store, char token[SESSION3_TOKEN_LENGTH + 1]) {
  session3_session *session = new_session(ALICE);
  assert_ok(session3_session_create_form_token(session, token, ERR));
  assert_ok(session3_store_create(store, session, ERR));
  session3_session_free(session);
}

static void a_form_token_passes_once(void **state) {
  struct fixture *fixture = *state;
  char token[SESSION3_TOKEN_LENGTH + 1];
  create_with_token(fixture->store, token);
  assert_ok(session3_store_consume_form_token(fixture->store, TEXT(ALICE), token,
                                              SESSION3_TOKEN_LENGTH, ERR));
  assert_not_found(session3_store_consume_form_token(fixture->store, TEXT(ALICE), token,
                                                     SESSION3_TOKEN_LENGTH, ERR));
  session3_session *session = load_session(fixture->store, ALICE);
  assert_false(session3_session_has_form_token(session, token, SESSION3_TOKEN_LENGTH));
  session3_session_free(session);
}

static void an_unknown_token_does_not_pass(void **state) {
  struct fixture *fixture = *state;
  char token[SESSION3_TOKEN_LENGTH + 1];
  create_with_token(fixture->store, token);
  create_session(fixture->store, BOB, NULL, NULL);
  assert_not_found(session3_store_consume_form_token(fixture->store, TEXT(ALICE), token,
                                                     SESSION3_TOKEN_LENGTH - 1, ERR));
  assert_not_found(session3_store_consume_form_token(fixture->store, TEXT(ALICE), "", 0, ERR));
  assert_not_found(session3_store_consume_form_token(fixture->store, TEXT(BOB), token,
                                                     SESSION3_TOKEN_LENGTH, ERR));
  assert_not_found(session3_store_consume_form_token(fixture->store, TEXT(CAROL), token,
                                                     SESSION3_TOKEN_LENGTH, ERR));
  assert_ok(session3_store_consume_form_token(fixture->store, TEXT(ALICE), token,
                                              SESSION3_TOKEN_LENGTH, ERR));
}

static void the_save_of_an_older_copy_does_not_bring_a_used_token_back(void **state) {
  struct fixture *fixture = *state;
  char token[SESSION3_TOKEN_LENGTH + 1];
  create_with_token(fixture->store, token);
  session3_session *session = load_session(fixture->store, ALICE);
  assert_ok(session3_store_consume_form_token(fixture->store, TEXT(ALICE), token,
                                              SESSION3_TOKEN_LENGTH, ERR));
  set_text(session, "k", "v");
  assert_ok(session3_store_save(fixture->store, session, SESSION3_SAVE_MERGE, ERR));
  assert_not_found(session3_store_consume_form_token(fixture->store, TEXT(ALICE), token,
                                                     SESSION3_TOKEN_LENGTH, ERR));
  session3_session_free(session);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(an_increment_adds_to_what_is_stored),
      STORE_TEST(an_increment_of_a_missing_session_is_gone),
      STORE_TEST(an_increment_of_what_is_no_integer_is_refused),
      STORE_TEST(an_increment_that_overflows_is_refused_and_changes_nothing),
      STORE_TEST(an_integer_above_int64_counts_down_into_it),
      STORE_TEST(the_extremes_are_reached),
      STORE_TEST(an_increment_survives_the_merge_of_an_older_copy),
      STORE_TEST(an_increment_moves_the_session_on),
      STORE_TEST(an_increment_beyond_the_maximum_payload_is_refused),
      STORE_TEST(a_form_token_passes_once),
      STORE_TEST(an_unknown_token_does_not_pass),
      STORE_TEST(the_save_of_an_older_copy_does_not_bring_a_used_token_back),
  };
  return run_over_stores(tests);
}
