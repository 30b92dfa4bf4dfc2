/* SPDX-License-Identifier: MIT */
/* Form tokens and the csrf token of a session in memory. */
#include "Support/sessions.h"

static bool has(const session3_session *session, const char *token) {
  return session3_session_has_form_token(session, token, strlen(token));
}

static void a_form_token_is_remembered_until_it_is_removed(void **state) {
  char token[SESSION3_TOKEN_LENGTH + 1];
  memset(token, '!', sizeof token);
  assert_ok(session3_session_create_form_token(*state, token, ERR));
  assert_int_equal(strlen(token), SESSION3_TOKEN_LENGTH);
  assert_true(session3_id_is_valid(token, SESSION3_TOKEN_LENGTH));
  assert_true(has(*state, token));
  assert_ok(session3_session_remove_form_token(*state, token, SESSION3_TOKEN_LENGTH, ERR));
  assert_false(has(*state, token));
  assert_not_found(session3_session_remove_form_token(*state, token, SESSION3_TOKEN_LENGTH, ERR));
}

static void what_is_no_token_is_not_remembered(void **state) {
  char token[SESSION3_TOKEN_LENGTH + 1];
  assert_ok(session3_session_create_form_token(*state, token, ERR));
  assert_false(session3_session_has_form_token(*state, token, SESSION3_TOKEN_LENGTH - 1));
  assert_false(session3_session_has_form_token(*state, token, SESSION3_TOKEN_LENGTH + 1));
  assert_false(session3_session_has_form_token(*state, "", 0));
  assert_false(session3_session_has_form_token(*state, NULL, 0));
  assert_false(session3_session_has_form_token(*state, NULL, SESSION3_TOKEN_LENGTH));
  assert_false(session3_session_has_form_token(NULL, token, SESSION3_TOKEN_LENGTH));
  assert_not_found(session3_session_remove_form_token(*state, TEXT("unknown"), ERR));
  assert_not_found(session3_session_remove_form_token(*state, TEXT("\xff"), ERR));
  assert_true(has(*state, token));
}

static void the_oldest_token_gives_way_to_the_33rd(void **state) {
  char tokens[SESSION3_MAXIMUM_FORM_TOKENS + 2][SESSION3_TOKEN_LENGTH + 1];
  for (int index = 0; index < SESSION3_MAXIMUM_FORM_TOKENS + 2; index++) {
    assert_ok(session3_session_create_form_token(*state, tokens[index], ERR));
  }
  assert_false(has(*state, tokens[0]));
  assert_false(has(*state, tokens[1]));
  for (int index = 2; index < SESSION3_MAXIMUM_FORM_TOKENS + 2; index++) {
    assert_true(has(*state, tokens[index]));
  }
}

static void tokens_differ(void **state) {
  char one[SESSION3_TOKEN_LENGTH + 1], two[SESSION3_TOKEN_LENGTH + 1];
  assert_ok(session3_session_create_form_token(*state, one, ERR));
  assert_ok(session3_session_create_form_token(*state, two, ERR));
  assert_string_not_equal(one, two);
}

static void the_csrf_token_is_made_once(void **state) {
  char first[SESSION3_TOKEN_LENGTH + 1], second[SESSION3_TOKEN_LENGTH + 1];
  assert_ok(session3_session_csrf_token(*state, first, ERR));
  assert_int_equal(strlen(first), SESSION3_TOKEN_LENGTH);
  assert_ok(session3_session_csrf_token(*state, second, ERR));
  assert_string_equal(first, second);
  assert_true(session3_session_check_csrf_token(*state, first, SESSION3_TOKEN_LENGTH));
}

static void only_the_csrf_token_passes_as_one(void **state) {
  char token[SESSION3_TOKEN_LENGTH + 1];
  assert_false(session3_session_check_csrf_token(*state, "", 0));
  assert_ok(session3_session_csrf_token(*state, token, ERR));
  assert_false(session3_session_check_csrf_token(*state, token, SESSION3_TOKEN_LENGTH - 1));
  assert_false(session3_session_check_csrf_token(*state, token, SESSION3_TOKEN_LENGTH + 1));
  assert_false(session3_session_check_csrf_token(*state, "", 0));
  assert_false(session3_session_check_csrf_token(*state, NULL, 0));
  assert_false(session3_session_check_csrf_token(*state, NULL, SESSION3_TOKEN_LENGTH));
  assert_false(session3_session_check_csrf_token(NULL, token, SESSION3_TOKEN_LENGTH));
  token[0] = token[0] == 'A' ? 'B' : 'A';
  assert_false(session3_session_check_csrf_token(*state, token, SESSION3_TOKEN_LENGTH));
  assert_false(has(*state, token));
}

static void a_csrf_token_of_another_length_is_checked_but_not_handed_out(void **state) {
  char token[SESSION3_TOKEN_LENGTH + 1] = "untouched";
  assert_ok(session3_session_set_payload(*state,
                                         TEXT("\x81\xaa"
                                              "csrf_token\xa5"
                                              "short"),
                                         ERR));
  assert_status(session3_session_csrf_token(*state, token, ERR), SESSION3_E_TYPE);
  assert_string_equal(token, "untouched");
  assert_true(session3_session_check_csrf_token(*state, TEXT("short")));
  assert_false(session3_session_check_csrf_token(*state, TEXT("shorT")));
}

static void a_form_token_that_another_host_stored_is_known(void **state) {
  assert_ok(session3_session_set_payload(*state,
                                         TEXT("\x81\xab"
                                              "form_tokens\x92\xa1x\xa2yz"),
                                         ERR));
  assert_true(has(*state, "x"));
  assert_true(has(*state, "yz"));
  assert_false(has(*state, "y"));
  assert_ok(session3_session_remove_form_token(*state, TEXT("x"), ERR));
  assert_false(has(*state, "x"));
  assert_true(has(*state, "yz"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      SESSION_TEST(a_form_token_is_remembered_until_it_is_removed),
      SESSION_TEST(what_is_no_token_is_not_remembered),
      SESSION_TEST(the_oldest_token_gives_way_to_the_33rd),
      SESSION_TEST(tokens_differ),
      SESSION_TEST(the_csrf_token_is_made_once),
      SESSION_TEST(only_the_csrf_token_passes_as_one),
      SESSION_TEST(a_csrf_token_of_another_length_is_checked_but_not_handed_out),
      SESSION_TEST(a_form_token_that_another_host_stored_is_known),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
