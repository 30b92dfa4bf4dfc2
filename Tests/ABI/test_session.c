/* SPDX-License-Identifier: MIT */
/* A session in memory: id, times, user, remote address. */
#include "Support/sessions.h"

#include <time.h>

static int64_t present_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void assert_user(const session3_session *session, const char *user) {
  const char *text = NULL;
  size_t length = 0;
  assert_ok(session3_session_user_text(session, &text, &length, ERR));
  assert_int_equal(length, strlen(user));
  assert_memory_equal(text, user, length);
}

static void a_new_session_is_empty(void **state) {
  const void *payload = NULL;
  size_t length = 0;
  assert_true(session3_session_is_new(*state));
  assert_true(session3_session_is_changed(*state));
  assert_false(session3_session_has_info(*state));
  assert_int_equal(session3_session_attribute_count(*state), 0);
  assert_ok(session3_session_payload(*state, &payload, &length, ERR));
  assert_int_equal(length, 1);
  assert_memory_equal(payload, "\x80", 1);
}

static void a_new_session_has_no_id_until_it_is_given_one(void **state) {
  const char *id = (const char *)1;
  size_t length = 77;
  assert_not_found(session3_session_id(*state, &id, &length, ERR));
  assert_ptr_equal(id, (const char *)1);
  assert_int_equal(length, 77);
  assert_ok(session3_session_set_id(*state, TEXT(ALICE "tail"), ERR));
  assert_ok(session3_session_set_id(*state, TEXT(ALICE), ERR));
  assert_ok(session3_session_id(*state, &id, &length, ERR));
  assert_string_equal(id, ALICE);
  assert_int_equal(length, strlen(ALICE));
  assert_ok(session3_session_id(*state, &id, NULL, ERR));
}

static void an_id_given_at_birth_is_kept(void **state) {
  (void)state;
  const char *id = NULL;
  session3_session *session = NULL;
  assert_ok(session3_session_new(BOB "tail", strlen(BOB), &session, ERR));
  assert_ok(session3_session_id(session, &id, NULL, ERR));
  assert_string_equal(id, BOB);
  session3_session_free(session);
}

static void an_id_outside_the_grammar_is_refused(void **state) {
  session3_session *session = (session3_session *)1;
  assert_invalid(session3_session_new(TEXT("../" SECRET), &session, ERR));
  assert_null(session);
  session = (session3_session *)1;
  assert_invalid(session3_session_new("", 0, &session, ERR));
  assert_null(session);
  assert_invalid(session3_session_set_id(*state, TEXT("." SECRET), ERR));
  assert_invalid(session3_session_set_id(*state, "", 0, ERR));
  const char *id = NULL;
  assert_not_found(session3_session_id(*state, &id, NULL, ERR));
}

static void a_new_session_is_of_the_present(void **state) {
  (void)state;
  int64_t before = present_us();
  session3_session *session = new_session(NULL);
  int64_t after = present_us();
  int64_t created = session3_session_created_us(session);
  assert_in_range(created, before, after);
  assert_int_equal(session3_session_accessed_us(session), created);
  session3_session_free(session);
}

static void ages_are_counted_from_creation_and_access(void **state) {
  int64_t created = session3_session_created_us(*state);
  assert_int_equal(session3_session_creation_age_us(*state, created + 5), 5);
  assert_int_equal(session3_session_access_age_us(*state, created + 7), 7);
  assert_in_range(session3_session_creation_age_us(*state, 0), 0, present_us() - created + 1000000);
  assert_in_range(session3_session_access_age_us(*state, 0), 0, present_us() - created + 1000000);
}

static void an_age_is_never_negative(void **state) {
  assert_int_equal(session3_session_creation_age_us(*state, 1), 0);
  assert_int_equal(session3_session_access_age_us(*state, 1), 0);
  assert_int_equal(session3_session_creation_age_us(*state, -5), 0);
  assert_int_equal(session3_session_access_age_us(*state, INT64_MIN), 0);
  assert_int_equal(session3_session_creation_age_us(*state, INT64_MAX),
                   INT64_MAX - session3_session_created_us(*state));
}

static void a_session_that_is_null_answers_nothing(void **state) {
  (void)state;
  session3_session_free(NULL);
  assert_false(session3_session_is_new(NULL));
  assert_false(session3_session_is_changed(NULL));
  assert_false(session3_session_has_info(NULL));
  assert_int_equal(session3_session_created_us(NULL), 0);
  assert_int_equal(session3_session_accessed_us(NULL), 0);
  assert_int_equal(session3_session_attribute_count(NULL), 0);
}

static void a_user_is_set_as_text_and_logged_out(void **state) {
  session3_value user;
  assert_not_found(session3_session_user(*state, &user, ERR));
  assert_ok(session3_session_set_user_text(*state, TEXT("g\xc3\xbcnther"), ERR));
  assert_user(*state, "g\xc3\xbcnther");
  assert_true(session3_session_has_info(*state));
  assert_ok(session3_session_user(*state, &user, ERR));
  assert_int_equal(user.type, SESSION3_TYPE_TEXT);
  assert_ok(session3_session_set_user_text(*state, NULL, 0, ERR));
  assert_not_found(session3_session_user(*state, &user, ERR));
  assert_false(session3_session_has_info(*state));
}

static void a_user_can_be_any_value(void **state) {
  session3_value user, found;
  const char *text = NULL;
  size_t length = 0;
  assert_ok(session3_value_parse(TEXT("\x81\xa2id\xcd\x00\x07"), &user, ERR));
  assert_ok(session3_session_set_user(*state, &user, ERR));
  assert_ok(session3_session_user(*state, &found, ERR));
  assert_int_equal(found.type, SESSION3_TYPE_MAP);
  assert_int_equal(found.encoded_length, 5);
  assert_memory_equal(found.encoded, "\x81\xa2id\x07", 5);
  assert_status(session3_session_user_text(*state, &text, &length, ERR), SESSION3_E_TYPE);
  assert_null(text);
}

static void a_nil_user_is_nobody(void **state) {
  session3_value nil, user;
  assert_ok(session3_value_parse(TEXT("\xc0"), &nil, ERR));
  assert_ok(session3_session_set_user_text(*state, TEXT("x"), ERR));
  assert_ok(session3_session_set_user(*state, &nil, ERR));
  assert_not_found(session3_session_user(*state, &user, ERR));
  assert_ok(session3_session_set_user_text(*state, TEXT("x"), ERR));
  assert_ok(session3_session_set_user(*state, NULL, ERR));
  assert_not_found(session3_session_user(*state, &user, ERR));
}

static void a_user_that_cannot_be_stored_leaves_the_old_one(void **state) {
  const session3_value broken = {"\x92\x01", 2, SESSION3_TYPE_ARRAY, 2};
  assert_ok(session3_session_set_user_text(*state, TEXT("kept"), ERR));
  assert_status(session3_session_set_user_text(*state, TEXT("\xff"), ERR), SESSION3_E_VALUE);
  assert_status(session3_session_set_user(*state, &broken, ERR), SESSION3_E_VALUE);
  assert_user(*state, "kept");
}

static void a_user_can_be_set_from_the_sessions_own_bytes(void **state) {
  session3_value user;
  const char *text = NULL;
  size_t length = 0;
  set_text(*state, "name", "aliased");
  assert_ok(session3_session_get_text(*state, TEXT("name"), &text, &length, ERR));
  assert_ok(session3_session_set_user_text(*state, text, length, ERR));
  assert_user(*state, "aliased");
  assert_ok(session3_session_user(*state, &user, ERR));
  assert_ok(session3_session_set_user(*state, &user, ERR));
  assert_user(*state, "aliased");
}

static void a_remote_address_is_set_and_taken_away(void **state) {
  const char *text = NULL;
  size_t length = 0;
  assert_not_found(session3_session_remote_address(*state, &text, &length, ERR));
  assert_ok(session3_session_set_remote_address(*state, TEXT("2001:db8::1"), ERR));
  assert_ok(session3_session_remote_address(*state, &text, &length, ERR));
  assert_int_equal(length, strlen("2001:db8::1"));
  assert_memory_equal(text, "2001:db8::1", length);
  assert_status(session3_session_set_remote_address(*state, TEXT("\xff"), ERR), SESSION3_E_VALUE);
  assert_ok(session3_session_remote_address(*state, &text, &length, ERR));
  assert_int_equal(length, strlen("2001:db8::1"));
  assert_ok(session3_session_set_remote_address(*state, NULL, 0, ERR));
  assert_not_found(session3_session_remote_address(*state, &text, &length, ERR));
}

static void an_address_alone_is_not_worth_keeping(void **state) {
  char token[SESSION3_TOKEN_LENGTH + 1];
  assert_ok(session3_session_set_remote_address(*state, TEXT("192.0.2.1"), ERR));
  assert_ok(session3_session_create_form_token(*state, token, ERR));
  assert_ok(session3_session_csrf_token(*state, token, ERR));
  assert_false(session3_session_has_info(*state));
  set_int(*state, "n", 1);
  assert_true(session3_session_has_info(*state));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      SESSION_TEST(a_new_session_is_empty),
      SESSION_TEST(a_new_session_has_no_id_until_it_is_given_one),
      cmocka_unit_test(an_id_given_at_birth_is_kept),
      SESSION_TEST(an_id_outside_the_grammar_is_refused),
      cmocka_unit_test(a_new_session_is_of_the_present),
      SESSION_TEST(ages_are_counted_from_creation_and_access),
      SESSION_TEST(an_age_is_never_negative),
      cmocka_unit_test(a_session_that_is_null_answers_nothing),
      SESSION_TEST(a_user_is_set_as_text_and_logged_out),
      SESSION_TEST(a_user_can_be_any_value),
      SESSION_TEST(a_nil_user_is_nobody),
      SESSION_TEST(a_user_that_cannot_be_stored_leaves_the_old_one),
      SESSION_TEST(a_user_can_be_set_from_the_sessions_own_bytes),
      SESSION_TEST(a_remote_address_is_set_and_taken_away),
      SESSION_TEST(an_address_alone_is_not_worth_keeping),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
