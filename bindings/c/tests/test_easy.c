/* SPDX-License-Identifier: MIT */
/* session3_easy.h: stores, over every kind of store; the directory; printed errors. */
#include <stdlib.h>
#include <unistd.h>

#include "Support/sessions.h"
#include "Support/stores.h"
#include "session3_easy.h"

static session3_store *store_of(void **state) { return ((struct fixture *)*state)->store; }

static void a_session_without_an_id_gets_one_at_its_save_and_keeps_it(void **state) {
  S3_AUTO_SESSION(session);
  char id[SESSION3_ID_LENGTH + 1];
  assert_ok(s3_new(&session, ERR));
  assert_null(s3_id(session));
  assert_ok(s3_save(store_of(state), session, ERR));
  snprintf(id, sizeof id, "%s", s3_id(session));
  assert_true(session3_id_is_valid(id, SESSION3_ID_LENGTH));
  assert_ok(s3_set(session, "key", "later", ERR));
  assert_ok(s3_save(store_of(state), session, ERR));
  assert_string_equal(s3_id(session), id);
  assert_stored_text(store_of(state), id, "key", "later");
}

static void a_session_is_saved_under_the_id_that_it_was_given(void **state) {
  session3_session *session = new_session(ALICE);
  assert_ok(s3_save(store_of(state), session, ERR));
  session3_session_free(session);
  assert_ok(s3_has(store_of(state), ALICE, ERR));
}

static void what_is_stored_is_loaded(void **state) {
  S3_AUTO_SESSION(session);
  S3_AUTO_SESSION(same);
  create_session(store_of(state), ALICE, "key", "text");
  assert_ok(s3_load(store_of(state), ALICE, &session, ERR));
  assert_text(session, "key", "text");
  assert_ok(s3_load_or_new(store_of(state), ALICE, &same, ERR));
  assert_string_equal(s3_id(same), ALICE);
}

static void an_id_that_is_not_stored_is_never_taken_over(void **state) {
  const char *const cookies[] = {NULL, "", BOB, "../sessions", "/etc/passwd"};
  for (size_t i = 0; i < sizeof cookies / sizeof cookies[0]; i++) {
    S3_AUTO_SESSION(session);
    assert_ok(s3_load_or_new(store_of(state), cookies[i], &session, ERR));
    assert_true(session3_session_is_new(session));
    assert_null(s3_id(session));
  }
}

static void a_deleted_session_is_gone(void **state) {
  S3_AUTO_SESSION(session);
  create_session(store_of(state), ALICE, NULL, NULL);
  assert_ok(s3_load(store_of(state), ALICE, &session, ERR));
  assert_ok(s3_delete(store_of(state), ALICE, ERR));
  assert_not_found(s3_delete(store_of(state), ALICE, ERR));
  assert_not_found(s3_has(store_of(state), ALICE, ERR));
  assert_ok(s3_set(session, "key", 1, ERR));
  assert_status(s3_save(store_of(state), session, ERR), SESSION3_E_GONE);
  assert_status(s3_touch(store_of(state), ALICE, ERR), SESSION3_E_GONE);
  assert_status(s3_increment(store_of(state), ALICE, "n", 1, NULL, ERR), SESSION3_E_GONE);
}

static void expire_takes_seconds(void **state) {
  struct hand_clock clock = {HAND_CLOCK_START_US};
  session3_memory_options options = SESSION3_MEMORY_OPTIONS_INIT;
  options.clock = read_hand_clock;
  options.clock_context = &clock;
  reopen(*state, &options);
  uint64_t deleted = 77;
  uint64_t remaining = 77;

  create_session(store_of(state), ALICE, NULL, NULL);
  create_session(store_of(state), BOB, NULL, NULL);
  clock.now_us += 60 * INT64_C(1000000);
  assert_ok(s3_touch(store_of(state), BOB, ERR));
  assert_ok(s3_expire(store_of(state), 60, &deleted, &remaining, ERR));
  assert_int_equal(deleted, 0);
  assert_int_equal(remaining, 2);
  assert_ok(s3_expire(store_of(state), 59, &deleted, &remaining, ERR));
  assert_int_equal(deleted, 1);
  assert_int_equal(remaining, 1);
  assert_stored(store_of(state), BOB);
}

static void expire_takes_any_number_of_seconds(void **state) {
  uint64_t deleted = 77;
  create_session(store_of(state), ALICE, NULL, NULL);
  assert_ok(s3_expire(store_of(state), INT64_MAX, &deleted, NULL, ERR));
  assert_int_equal(deleted, 0);
  assert_ok(s3_expire(store_of(state), INT64_MAX / 1000000 + 1, &deleted, NULL, ERR));
  assert_int_equal(deleted, 0);
  assert_invalid(s3_expire(store_of(state), -1, &deleted, NULL, ERR));
  assert_invalid(s3_expire(store_of(state), INT64_MIN, &deleted, NULL, ERR));
  assert_stored(store_of(state), ALICE);
}

static void increments_add_up(void **state) {
  int64_t total = 0;
  create_session(store_of(state), ALICE, NULL, NULL);
  assert_ok(s3_increment(store_of(state), ALICE, "clicks", 5, NULL, ERR));
  assert_ok(s3_increment(store_of(state), ALICE, "clicks", -2, &total, ERR));
  assert_int_equal(total, 3);
}

static void a_form_token_passes_once(void **state) {
  S3_AUTO_SESSION(session);
  char token[SESSION3_TOKEN_LENGTH + 1];
  assert_ok(s3_new(&session, ERR));
  assert_ok(session3_session_create_form_token(session, token, ERR));
  assert_ok(s3_save(store_of(state), session, ERR));
  assert_not_found(s3_consume_form_token(store_of(state), s3_id(session), "forged", ERR));
  assert_ok(s3_consume_form_token(store_of(state), s3_id(session), token, ERR));
  assert_not_found(s3_consume_form_token(store_of(state), s3_id(session), token, ERR));
}

static void a_csrf_token_passes_always(void **state) {
  S3_AUTO_SESSION(session);
  char token[SESSION3_TOKEN_LENGTH + 1];
  (void)state;
  assert_ok(s3_new(&session, ERR));
  assert_false(s3_check_csrf_token(session, ""));
  assert_ok(session3_session_csrf_token(session, token, ERR));
  assert_true(s3_check_csrf_token(session, token));
  assert_true(s3_check_csrf_token(session, token));
  assert_false(s3_check_csrf_token(session, "forged"));
  assert_false(s3_check_csrf_token(session, NULL));
  assert_false(s3_check_csrf_token(NULL, token));
}

static void log_in(session3_store *store, const char *id, const char *user) {
  session3_session *session = new_session(id);
  assert_ok(s3_set_user(session, user, ERR));
  assert_ok(s3_save(store, session, ERR));
  session3_session_free(session);
}

static void all_sessions_of_a_user_but_one_are_deleted(void **state) {
  uint64_t deleted = 0;
  log_in(store_of(state), ALICE, "ada");
  log_in(store_of(state), BOB, "ada");
  log_in(store_of(state), CAROL, "eve");
  assert_ok(s3_delete_user_sessions(store_of(state), "ada", BOB, &deleted, ERR));
  assert_int_equal(deleted, 1);
  assert_stored(store_of(state), BOB);
  assert_ok(s3_delete_user_sessions(store_of(state), "ada", NULL, &deleted, ERR));
  assert_int_equal(deleted, 1);
  assert_not_stored(store_of(state), BOB);
  assert_stored(store_of(state), CAROL);
}

static void null_is_invalid(void **state) {
  session3_store *store = store_of(state);
  session3_session *session = (session3_session *)store;
  assert_invalid(s3_load(store, NULL, &session, ERR));
  assert_null(session);
  assert_invalid(s3_load_or_new(NULL, NULL, &session, ERR));
  assert_invalid(s3_load_or_new(store, NULL, NULL, ERR));
  assert_invalid(s3_new(NULL, ERR));
  assert_invalid(s3_save(store, NULL, ERR));
  assert_invalid(s3_delete(store, NULL, ERR));
  assert_invalid(s3_has(store, NULL, ERR));
  assert_invalid(s3_touch(store, NULL, ERR));
  assert_invalid(s3_increment(store, NULL, "n", 1, NULL, ERR));
  assert_invalid(s3_increment(store, ALICE, NULL, 1, NULL, ERR));
  assert_invalid(s3_consume_form_token(store, NULL, "token", ERR));
  assert_invalid(s3_consume_form_token(store, ALICE, NULL, ERR));
  assert_invalid(s3_delete_user_sessions(store, NULL, NULL, NULL, ERR));
  assert_invalid(s3_expire(NULL, 1, NULL, NULL, ERR));
  assert_invalid(s3_open(NULL, &store, ERR));
  assert_invalid(s3_open("sessions", NULL, ERR));
  assert_null(s3_id(NULL));
}

static void a_missing_directory_is_created_but_not_its_parents(void **state) {
  const struct fixture *fixture = *state;
  char path[PATH_SIZE];
  S3_AUTO_STORE(store);
  path_in(path, fixture->directory, "new");
  assert_ok(s3_open(path, &store, ERR));
  session3_store_free(store);
  assert_int_equal(rmdir(path), -1); // it holds the store's own file
  path_in(path, fixture->directory, "missing/new");
  assert_status(s3_open(path, &store, ERR), SESSION3_E_IO);
  assert_null(store);
  assert_message_names("missing/new");
}

static void what_can_not_be_read_is_not_replaced_by_a_new_session(void **state) {
  const struct fixture *fixture = *state;
  S3_AUTO_SESSION(session);
  write_file(fixture->directory, ALICE, "no session", 10);
  assert_status(s3_load_or_new(fixture->store, ALICE, &session, ERR), SESSION3_E_CORRUPT);
  assert_null(session);
}

/** Fails the test unless s3_check prints that to stderr, and hands the status through. */
static void assert_prints(session3_status status, const session3_error *error,
                          const char *expected) {
  char printed[300] = "";
  int ends[2];
  int saved = dup(STDERR_FILENO);
  if (saved < 0 || pipe(ends) != 0 || dup2(ends[1], STDERR_FILENO) < 0)
    abort();
  session3_status returned = s3_check("save", status, error);
  fflush(stderr);
  if (dup2(saved, STDERR_FILENO) < 0 || close(saved) != 0 || close(ends[1]) != 0)
    abort();
  assert_true(read(ends[0], printed, sizeof printed - 1) >= 0);
  close(ends[0]);
  assert_int_equal(returned, status);
  assert_string_equal(printed, expected);
}

static void a_failure_is_printed_on_one_line(void **state) {
  session3_error error = {sizeof error, SESSION3_E_IO, 28, "write: sessions: no space"};
  char expected[100];
  (void)state;
  assert_prints(SESSION3_E_IO, &error, "save: write: sessions: no space\n");
  snprintf(expected, sizeof expected, "save: %s\n", session3_status_text(SESSION3_E_GONE));
  assert_prints(SESSION3_E_GONE, NULL, expected);
  error = (session3_error){sizeof error, SESSION3_E_GONE, 0, ""};
  assert_prints(SESSION3_E_GONE, &error, expected);
  error = (session3_error){0};
  assert_prints(SESSION3_E_GONE, &error, expected);
}

static void what_is_no_failure_is_not_printed(void **state) {
  session3_error stale = {sizeof stale, SESSION3_E_IO, 28, "an earlier failure"};
  (void)state;
  assert_prints(SESSION3_OK, &stale, "");
  assert_prints(SESSION3_NOT_FOUND, &stale, "");
  assert_prints(SESSION3_DONE, NULL, "");
}

#define DIRECTORY_TEST(test) \
  cmocka_unit_test_setup_teardown(test, open_directory_fixture, close_fixture)

int main(void) {
  const struct CMUnitTest over_stores[] = {
      STORE_TEST(a_session_without_an_id_gets_one_at_its_save_and_keeps_it),
      STORE_TEST(a_session_is_saved_under_the_id_that_it_was_given),
      STORE_TEST(what_is_stored_is_loaded),
      STORE_TEST(an_id_that_is_not_stored_is_never_taken_over),
      STORE_TEST(a_deleted_session_is_gone),
      STORE_TEST(expire_takes_seconds),
      STORE_TEST(expire_takes_any_number_of_seconds),
      STORE_TEST(increments_add_up),
      STORE_TEST(a_form_token_passes_once),
      STORE_TEST(all_sessions_of_a_user_but_one_are_deleted),
      STORE_TEST(null_is_invalid),
  };
  const struct CMUnitTest others[] = {
      DIRECTORY_TEST(a_missing_directory_is_created_but_not_its_parents),
      DIRECTORY_TEST(what_can_not_be_read_is_not_replaced_by_a_new_session),
      cmocka_unit_test(a_csrf_token_passes_always),
      cmocka_unit_test(a_failure_is_printed_on_one_line),
      cmocka_unit_test(what_is_no_failure_is_not_printed),
  };
  int failed = run_over_stores(over_stores);
  return failed + cmocka_run_group_tests(others, NULL, NULL);
}
