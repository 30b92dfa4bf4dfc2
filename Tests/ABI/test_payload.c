/* SPDX-License-Identifier: MIT */
/* The whole session as bytes, and described for a log. */
#include "Support/sessions.h"

static void assert_payload(const session3_session *session, const char *bytes, size_t length) {
  const void *data = NULL;
  size_t found = 0;
  assert_ok(session3_session_payload(session, &data, &found, ERR));
  assert_int_equal(found, length);
  assert_memory_equal(data, bytes, length);
}

static void a_payload_is_a_map_with_sorted_keys_and_no_empty_parts(void **state) {
  assert_ok(session3_session_set_user_text(*state, TEXT("u"), ERR));
  set_int(*state, "b", 1);
  set_int(*state, "a", 2);
  assert_ok(session3_session_set_remote_address(*state, TEXT("r"), ERR));
  assert_payload(*state, TEXT("\x83\xaa"
                              "attributes\x82\xa1"
                              "a\x02\xa1"
                              "b\x01"
                              "\xae"
                              "remote_address\xa1r"
                              "\xa4user\xa1u"));
  assert_ok(session3_session_remove_all(*state, ERR));
  assert_ok(session3_session_set_user(*state, NULL, ERR));
  assert_ok(session3_session_set_remote_address(*state, NULL, 0, ERR));
  assert_payload(*state, TEXT("\x80"));
}

static void removed_tokens_leave_no_trace(void **state) {
  char token[SESSION3_TOKEN_LENGTH + 1];
  assert_ok(session3_session_create_form_token(*state, token, ERR));
  assert_ok(session3_session_remove_form_token(*state, token, SESSION3_TOKEN_LENGTH, ERR));
  assert_payload(*state, TEXT("\x80"));
}

static void a_payload_in_any_form_is_made_canonical(void **state) {
  assert_ok(session3_session_set_payload(*state,
                                         TEXT("\xde\x00\x03"
                                              "\xd9\x04user\xc0"
                                              "\xaa"
                                              "attributes\xdf\x00\x00\x00\x02"
                                              "\xa1"
                                              "b\xcd\x00\x01\xda\x00\x01"
                                              "a\xca\x3f\x80\x00\x00"
                                              "\xab"
                                              "form_tokens\x90"),
                                         ERR));
  assert_payload(*state, TEXT("\x81\xaa"
                              "attributes\x82\xa1"
                              "a\xcb\x3f\xf0\x00\x00\x00\x00\x00\x00"
                              "\xa1"
                              "b\x01"));
  assert_int(*state, "b", 1);
}

static void nested_maps_keep_their_order(void **state) {
  assert_ok(session3_session_set_payload(*state,
                                         TEXT("\x81\xaa"
                                              "attributes\x81\xa1m\x82\xa1"
                                              "b\x01\xa1"
                                              "a\x02"),
                                         ERR));
  assert_payload(*state, TEXT("\x81\xaa"
                              "attributes\x81\xa1m\x82\xa1"
                              "b\x01\xa1"
                              "a\x02"));
}

static void unknown_top_level_keys_are_kept(void **state) {
  assert_ok(session3_session_set_payload(*state,
                                         TEXT("\x82\xa3zzz\x01\xa5"
                                              "later\xa1x"),
                                         ERR));
  set_int(*state, "k", 1);
  assert_payload(*state, TEXT("\x83\xaa"
                              "attributes\x81\xa1k\x01\xa5"
                              "later\xa1x\xa3zzz\x01"));
  assert_int_equal(session3_session_attribute_count(*state), 1);
}

static void a_payload_that_is_none_leaves_the_session(void **state) {
  const struct {
    const char *bytes;
    size_t length;
  } cases[] = {
      {TEXT("")},
      {TEXT("\x90")}, /* no map */
      {TEXT("\xc0")},
      {TEXT("\x80\x80")},               /* two values */
      {TEXT("\x81\x01\x01")},           /* a key that is no text */
      {TEXT("\x82\xa1k\x01\xa1k\x01")}, /* a key twice */
      {TEXT("\x81\xaa"
            "attributes\x01")}, /* attributes that are no map */
      {TEXT("\x81\xaa"
            "attributes\x82\xa1k\x01\xa1k\x02")}, /* an attribute twice */
      {TEXT("\x81\xaa"
            "attributes\x81\xa1\xff\x02")}, /* a key that is not UTF-8 */
      {TEXT("\x81\xab"
            "form_tokens\x01")}, /* tokens that are no array */
      {TEXT("\x81\xab"
            "form_tokens\x91\x01")}, /* a token that is no text */
      {TEXT("\x81\xaa"
            "csrf_token\x01")}, /* a token that is no text */
      {TEXT("\x81\xae"
            "remote_address\x01")}, /* an address that is no text */
      {TEXT("\x81\xa4user\xc1")},
  };
  set_int(*state, "kept", 1);
  for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
    assert_status(
        session3_session_set_payload(*state, cases[index].bytes, cases[index].length, ERR),
        SESSION3_E_VALUE);
  }
  assert_payload(*state, TEXT("\x81\xaa"
                              "attributes\x81\xa4kept\x01"));
}

static void the_message_names_the_attribute_that_cannot_be_stored(void **state) {
  assert_status(session3_session_set_payload(*state,
                                             TEXT("\x81\xaa"
                                                  "attributes\x82\xa4good\x01\xa6"
                                                  "basket\xd4\x05\x00"),
                                             ERR),
                SESSION3_E_VALUE);
  assert_message_names("basket");
  assert_status(session3_session_set_payload(*state,
                                             TEXT("\x81\xaa"
                                                  "attributes\x81\xa6"
                                                  "basket\xa1\xff"),
                                             ERR),
                SESSION3_E_VALUE);
  assert_message_names("basket");
  assert_status(session3_session_set_payload(*state, TEXT("\x81\xa4user\x92\x01\xd4\x05\x00"), ERR),
                SESSION3_E_VALUE);
  assert_message_names("user");
}

static void an_attribute_nests_32_deep_in_a_payload(void **state) {
  char bytes[128] = "\x81\xaa"
                    "attributes\x81\xa4"
                    "deep";
  size_t head = strlen(bytes);
  memset(bytes + head, 0x91, 40);
  bytes[head + 31] = '\x90';
  assert_ok(session3_session_set_payload(*state, bytes, head + 32, ERR));
  bytes[head + 31] = '\x91';
  bytes[head + 32] = '\x90';
  assert_status(session3_session_set_payload(*state, bytes, head + 33, ERR), SESSION3_E_VALUE);
  assert_message_names("deep");
}

static void a_description_shows_keys_types_and_sizes_alone(void **state) {
  assert_ok(session3_session_set_id(*state, TEXT(ALICE), ERR));
  session3_buffer text = SESSION3_BUFFER_INIT;
  char form_token[SESSION3_TOKEN_LENGTH + 1], csrf_token[SESSION3_TOKEN_LENGTH + 1];
  assert_ok(session3_session_set_user_text(*state, TEXT("harriet"), ERR));
  assert_ok(session3_session_set_remote_address(*state, TEXT("192.0.2.77"), ERR));
  assert_ok(session3_session_create_form_token(*state, form_token, ERR));
  assert_ok(session3_session_csrf_token(*state, csrf_token, ERR));
  set_text(*state, "card", "4111-1111");
  assert_ok(session3_session_describe(*state, &text, ERR));
  assert_int_equal(strlen(text.data), text.length);
  assert_non_null(strstr(text.data, "harriet"));
  assert_non_null(strstr(text.data, "192.0.2.77"));
  assert_non_null(strstr(text.data, "card"));
  assert_null(strstr(text.data, "4111-1111"));
  assert_null(strstr(text.data, form_token));
  assert_null(strstr(text.data, csrf_token));
  assert_null(strstr(text.data, SECRET));
  session3_buffer_dispose(&text);
}

static void an_empty_session_is_described(void **state) {
  assert_ok(session3_session_set_id(*state, TEXT(ALICE), ERR));
  session3_buffer text = SESSION3_BUFFER_INIT;
  assert_ok(session3_session_describe(*state, &text, ERR));
  assert_true(text.length > 0);
  assert_null(strstr(text.data, SECRET));
  assert_ok(session3_session_describe(*state, &text, ERR));
  session3_buffer_dispose(&text);
}

static void a_buffer_without_a_size_is_refused(void **state) {
  session3_buffer text = {0, NULL, 0};
  assert_invalid(session3_session_describe(*state, &text, ERR));
  assert_invalid(session3_buffer_assign(&text, TEXT("x"), ERR));
  assert_null(text.data);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      SESSION_TEST(a_payload_is_a_map_with_sorted_keys_and_no_empty_parts),
      SESSION_TEST(removed_tokens_leave_no_trace),
      SESSION_TEST(a_payload_in_any_form_is_made_canonical),
      SESSION_TEST(nested_maps_keep_their_order),
      SESSION_TEST(unknown_top_level_keys_are_kept),
      SESSION_TEST(a_payload_that_is_none_leaves_the_session),
      SESSION_TEST(the_message_names_the_attribute_that_cannot_be_stored),
      SESSION_TEST(an_attribute_nests_32_deep_in_a_payload),
      SESSION_TEST(a_description_shows_keys_types_and_sizes_alone),
      SESSION_TEST(an_empty_session_is_described),
      SESSION_TEST(a_buffer_without_a_size_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
