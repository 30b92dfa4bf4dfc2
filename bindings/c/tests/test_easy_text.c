/* SPDX-License-Identifier: MIT */
/* session3_easy.h: NUL-terminated text, which is never cut. */
#include "Support/sessions.h"
#include "session3_easy.h"

static int open_filled(void **state) {
  *state = new_session(NULL);
  assert_ok(s3_set(*state, "city", "Zürich", ERR));
  assert_ok(s3_set(*state, "empty", "", ERR));
  assert_ok(s3_set(*state, "number", 12, ERR));
  assert_ok(session3_session_set_text(*state, TEXT("nul"), "a\0b", 3, ERR));
  return 0;
}

#define FILLED_TEST(test) cmocka_unit_test_setup_teardown(test, open_filled, close_session)

static void text_comes_back_with_a_nul_behind_it(void **state) {
  S3_AUTO_BUFFER(buffer);
  assert_string_equal(s3_get_text(*state, "city", "nowhere", &buffer), "Zürich");
  assert_int_equal(buffer.length, strlen("Zürich"));
  assert_ok(s3_read(*state, "city", &buffer, ERR));
  assert_string_equal(buffer.data, "Zürich");
}

static void empty_text_is_text(void **state) {
  S3_AUTO_BUFFER(buffer);
  char copy[1] = {'x'};
  size_t length = 7;
  assert_string_equal(s3_get_text(*state, "empty", "fallback", &buffer), "");
  assert_ok(s3_copy_text(*state, "empty", copy, sizeof copy, &length, ERR));
  assert_string_equal(copy, "");
  assert_int_equal(length, 0);
}

static void a_missing_text_gives_the_fallback(void **state) {
  S3_AUTO_BUFFER(buffer);
  assert_string_equal(s3_get_text(*state, "street", "nowhere", &buffer), "nowhere");
  assert_null(s3_get_text(*state, "street", NULL, &buffer));
  assert_string_equal(s3_get_text(*state, "number", "nowhere", &buffer), "nowhere");
  assert_string_equal(s3_get_text(NULL, "city", "nowhere", &buffer), "nowhere");
}

static void a_failed_read_leaves_the_buffer_as_it_was(void **state) {
  S3_AUTO_BUFFER(buffer);
  assert_ok(s3_read(*state, "city", &buffer, ERR));
  assert_not_found(s3_read(*state, "street", &buffer, ERR));
  assert_status(s3_read(*state, "number", &buffer, ERR), SESSION3_E_TYPE);
  assert_status(s3_read(*state, "nul", &buffer, ERR), SESSION3_E_VALUE);
  assert_invalid(s3_read(*state, "city", (session3_buffer *)NULL, ERR));
  assert_string_equal(buffer.data, "Zürich");
}

static void text_with_a_nul_inside_is_refused_not_cut(void **state) {
  S3_AUTO_BUFFER(buffer);
  char copy[8] = "before";
  assert_string_equal(s3_get_text(*state, "nul", "fallback", &buffer), "fallback");
  assert_status(s3_read(*state, "nul", &buffer, ERR), SESSION3_E_VALUE);
  assert_message_names("\"nul\"");
  assert_status(s3_copy_text(*state, "nul", copy, sizeof copy, NULL, ERR), SESSION3_E_VALUE);
  assert_string_equal(copy, "");
}

static void a_copy_that_just_fits_is_whole(void **state) {
  char copy[sizeof "Zürich"];
  size_t length = 0;
  assert_ok(s3_copy_text(*state, "city", copy, sizeof copy, &length, ERR));
  assert_string_equal(copy, "Zürich");
  assert_int_equal(length, sizeof copy - 1);
  assert_ok(s3_copy_text(*state, "city", copy, sizeof copy, NULL, ERR));
}

static void a_copy_that_does_not_fit_tells_the_length_and_is_empty(void **state) {
  char copy[] = "untouched";
  size_t length = 0;
  assert_status(s3_copy_text(*state, "city", copy, sizeof "Zürich" - 1, &length, ERR),
                SESSION3_E_TOO_SMALL);
  assert_message_names("\"city\"");
  assert_int_equal(length, strlen("Zürich"));
  assert_memory_equal(copy, "\0ntouched", sizeof copy);
}

static void no_memory_asks_for_the_length(void **state) {
  size_t length = 0;
  assert_status(s3_copy_text(*state, "city", NULL, 0, &length, ERR), SESSION3_E_TOO_SMALL);
  assert_int_equal(length, strlen("Zürich"));
  assert_status(s3_copy_text(*state, "city", NULL, 0, NULL, ERR), SESSION3_E_TOO_SMALL);
  assert_invalid(s3_copy_text(*state, "city", NULL, 1, &length, ERR));
}

static void a_failed_copy_is_empty_and_leaves_the_length(void **state) {
  char copy[8] = "before";
  size_t length = 77;
  assert_not_found(s3_copy_text(*state, "street", copy, sizeof copy, &length, ERR));
  assert_string_equal(copy, "");
  assert_status(s3_copy_text(*state, "number", copy, sizeof copy, &length, ERR), SESSION3_E_TYPE);
  assert_invalid(s3_copy_text(*state, NULL, copy, sizeof copy, &length, ERR));
  assert_int_equal(length, 77);
}

static void text_that_is_not_utf8_is_refused(void **state) {
  assert_status(s3_set(*state, "city", "Z\xfcrich", ERR), SESSION3_E_VALUE);
  assert_text(*state, "city", "Zürich");
}

static void the_user_is_text_or_the_fallback(void **state) {
  S3_AUTO_BUFFER(buffer);
  session3_value number;
  assert_string_equal(s3_get_user(*state, "nobody", &buffer), "nobody");
  assert_ok(s3_set_user(*state, "ada", ERR));
  assert_string_equal(s3_get_user(*state, "nobody", &buffer), "ada");
  assert_ok(session3_session_set_user_text(*state, "a\0b", 3, ERR));
  assert_string_equal(s3_get_user(*state, "nobody", &buffer), "nobody");
  assert_ok(s3_read(*state, "number", &number, ERR));
  assert_ok(session3_session_set_user(*state, &number, ERR));
  assert_string_equal(s3_get_user(*state, "nobody", &buffer), "nobody");
  assert_ok(s3_set_user(*state, NULL, ERR));
  assert_not_found(session3_session_user(*state, &number, ERR));
}

static void the_remote_address_is_set_and_unset(void **state) {
  const char *address;
  size_t length;
  assert_ok(s3_set_remote_address(*state, "192.0.2.1", ERR));
  assert_ok(session3_session_remote_address(*state, &address, &length, ERR));
  assert_int_equal(length, strlen("192.0.2.1"));
  assert_memory_equal(address, "192.0.2.1", length);
  assert_ok(s3_set_remote_address(*state, NULL, ERR));
  assert_not_found(session3_session_remote_address(*state, &address, &length, ERR));
}

static void a_long_key_is_cut_between_two_characters_in_messages(void **state) {
  char key[302];
  int narrow;
  memset(key, 'k', sizeof key);
  for (size_t i = 1; i + 2 < sizeof key; i += 3) memcpy(key + i, "\xe2\x82\xac", 3); // euro signs
  key[sizeof key - 1] = '\0';
  for (int shift = 0; shift < 3; shift++) {
    // The test's ERR fails on a message that is not UTF-8.
    char shifted[304];
    snprintf(shifted, sizeof shifted, "%.*s%s", shift, "ab", key);
    assert_ok(s3_set(*state, shifted, INT64_MAX, ERR));
    assert_status(s3_read(*state, shifted, &narrow, ERR), SESSION3_E_RANGE);
    assert_message_names("does not fit");
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      FILLED_TEST(text_comes_back_with_a_nul_behind_it),
      FILLED_TEST(empty_text_is_text),
      FILLED_TEST(a_missing_text_gives_the_fallback),
      FILLED_TEST(a_failed_read_leaves_the_buffer_as_it_was),
      FILLED_TEST(text_with_a_nul_inside_is_refused_not_cut),
      FILLED_TEST(a_copy_that_just_fits_is_whole),
      FILLED_TEST(a_copy_that_does_not_fit_tells_the_length_and_is_empty),
      FILLED_TEST(no_memory_asks_for_the_length),
      FILLED_TEST(a_failed_copy_is_empty_and_leaves_the_length),
      FILLED_TEST(text_that_is_not_utf8_is_refused),
      FILLED_TEST(the_user_is_text_or_the_fallback),
      FILLED_TEST(the_remote_address_is_set_and_unset),
      FILLED_TEST(a_long_key_is_cut_between_two_characters_in_messages),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
