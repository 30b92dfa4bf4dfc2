/* SPDX-License-Identifier: MIT */
/* Attributes of a session: every type set and got, removed, listed, refused. */
#include "Support/sessions.h"

#include <stdio.h>
#include <stdlib.h>

/** Sets one attribute of each type, under the type's name. */
static void set_each_type(session3_session *session) {
  session3_value array, map;
  assert_ok(session3_value_parse(TEXT("\x91\x01"), &array, ERR));
  assert_ok(session3_value_parse(TEXT("\x81\xa1k\x01"), &map, ERR));
  assert_ok(session3_session_set_nil(session, TEXT("nil"), ERR));
  assert_ok(session3_session_set_bool(session, TEXT("bool"), true, ERR));
  assert_ok(session3_session_set_int(session, TEXT("int"), -7, ERR));
  assert_ok(session3_session_set_uint(session, TEXT("uint"), UINT64_MAX, ERR));
  assert_ok(session3_session_set_double(session, TEXT("double"), 0.5, ERR));
  assert_ok(session3_session_set_text(session, TEXT("text"), TEXT("t"), ERR));
  assert_ok(session3_session_set_binary(session, TEXT("binary"), TEXT("\xff\0"), ERR));
  assert_ok(session3_session_set_timestamp(session, TEXT("timestamp"), -1500001, ERR));
  assert_ok(session3_session_set(session, TEXT("array"), &array, ERR));
  assert_ok(session3_session_set(session, TEXT("map"), &map, ERR));
}

static void every_type_comes_back(void **state) {
  bool truth = false;
  uint64_t natural = 0;
  double real = 0;
  int64_t time_us = 0;
  const void *data = NULL;
  size_t length = 0;
  session3_value value;
  set_each_type(*state);
  assert_int_equal(session3_session_attribute_count(*state), 10);
  assert_ok(session3_session_get_bool(*state, TEXT("bool"), &truth, ERR));
  assert_true(truth);
  assert_int(*state, "int", -7);
  assert_ok(session3_session_get_uint(*state, TEXT("uint"), &natural, ERR));
  assert_true(natural == UINT64_MAX);
  assert_ok(session3_session_get_double(*state, TEXT("double"), &real, ERR));
  assert_true(real == 0.5);
  assert_text(*state, "text", "t");
  assert_ok(session3_session_get_binary(*state, TEXT("binary"), &data, &length, ERR));
  assert_int_equal(length, 2);
  assert_memory_equal(data, "\xff\0", 2);
  assert_ok(session3_session_get_timestamp(*state, TEXT("timestamp"), &time_us, ERR));
  assert_int_equal(time_us, -1500001);
  assert_ok(session3_session_get(*state, TEXT("nil"), &value, ERR));
  assert_int_equal(value.type, SESSION3_TYPE_NIL);
  assert_ok(session3_session_get(*state, TEXT("map"), &value, ERR));
  assert_int_equal(value.type, SESSION3_TYPE_MAP);
  assert_int_equal(value.count, 1);
}

static void a_missing_attribute_is_not_found_by_any_getter(void **state) {
  session3_value value;
  bool truth;
  int64_t number;
  uint64_t natural;
  double real;
  const char *text;
  const void *data;
  size_t length;
  set_int(*state, "there", 1);
  assert_not_found(session3_session_get(*state, TEXT("x"), &value, ERR));
  assert_not_found(session3_session_get_bool(*state, TEXT("x"), &truth, ERR));
  assert_not_found(session3_session_get_int(*state, TEXT("x"), &number, ERR));
  assert_not_found(session3_session_get_uint(*state, TEXT("x"), &natural, ERR));
  assert_not_found(session3_session_get_double(*state, TEXT("x"), &real, ERR));
  assert_not_found(session3_session_get_timestamp(*state, TEXT("x"), &number, ERR));
  assert_not_found(session3_session_get_text(*state, TEXT("x"), &text, &length, ERR));
  assert_not_found(session3_session_get_binary(*state, TEXT("x"), &data, &length, ERR));
}

static void a_getter_of_another_type_answers_e_type_and_writes_nothing(void **state) {
  bool truth = true;
  int64_t number = 77;
  uint64_t natural = 77;
  double real = 77;
  const char *text = "77";
  const void *data = "77";
  size_t length = 77;
  set_each_type(*state);
  assert_status(session3_session_get_bool(*state, TEXT("nil"), &truth, ERR), SESSION3_E_TYPE);
  assert_status(session3_session_get_int(*state, TEXT("double"), &number, ERR), SESSION3_E_TYPE);
  assert_status(session3_session_get_uint(*state, TEXT("bool"), &natural, ERR), SESSION3_E_TYPE);
  assert_status(session3_session_get_double(*state, TEXT("int"), &real, ERR), SESSION3_E_TYPE);
  assert_status(session3_session_get_timestamp(*state, TEXT("int"), &number, ERR), SESSION3_E_TYPE);
  assert_status(session3_session_get_text(*state, TEXT("binary"), &text, &length, ERR),
                SESSION3_E_TYPE);
  assert_status(session3_session_get_binary(*state, TEXT("text"), &data, &length, ERR),
                SESSION3_E_TYPE);
  assert_true(truth && real == 77);
  assert_int_equal(number, 77);
  assert_int_equal(natural, 77);
  assert_string_equal(text, "77");
  assert_string_equal(data, "77");
  assert_int_equal(length, 77);
}

static void a_number_that_does_not_fit_is_out_of_range(void **state) {
  int64_t number = 77;
  uint64_t natural = 77;
  set_each_type(*state);
  assert_status(session3_session_get_int(*state, TEXT("uint"), &number, ERR), SESSION3_E_RANGE);
  assert_status(session3_session_get_uint(*state, TEXT("int"), &natural, ERR), SESSION3_E_RANGE);
  assert_int_equal(number, 77);
  assert_int_equal(natural, 77);
}

static void extreme_numbers_come_back(void **state) {
  const int64_t numbers[] = {INT64_MIN, -1, 0, 1, INT64_MAX};
  uint64_t natural = 0;
  for (size_t index = 0; index < sizeof numbers / sizeof numbers[0]; index++) {
    set_int(*state, "n", numbers[index]);
    assert_int(*state, "n", numbers[index]);
  }
  assert_ok(session3_session_set_uint(*state, TEXT("n"), 5, ERR));
  assert_int(*state, "n", 5);
  assert_ok(session3_session_get_uint(*state, TEXT("n"), &natural, ERR));
  assert_int_equal(natural, 5);
}

static void a_key_is_any_utf8_text(void **state) {
  const struct {
    const char *key;
    size_t length;
  } keys[] = {{"", 0}, {TEXT("a\0b")}, {TEXT("\xf0\x9f\x9b\x92")}, {TEXT("with space\n")}};
  for (int index = 0; index < 4; index++) {
    assert_ok(session3_session_set_int(*state, keys[index].key, keys[index].length, index, ERR));
  }
  for (int index = 0; index < 4; index++) {
    int64_t number = 77;
    assert_ok(session3_session_get_int(*state, keys[index].key, keys[index].length, &number, ERR));
    assert_int_equal(number, index);
  }
}

static void a_key_that_is_not_utf8_is_refused_and_never_found(void **state) {
  session3_value value;
  assert_status(session3_session_set_int(*state, TEXT("\xff"), 1, ERR), SESSION3_E_VALUE);
  assert_int_equal(session3_session_attribute_count(*state), 0);
  assert_not_found(session3_session_get(*state, TEXT("\xff"), &value, ERR));
  assert_not_found(session3_session_remove(*state, TEXT("\xff"), ERR));
}

static void a_refused_value_leaves_the_session_and_names_the_key(void **state) {
  const session3_value broken = {"\x92\x01", 2, SESSION3_TYPE_ARRAY, 2};
  set_int(*state, "basket", 1);
  assert_status(session3_session_set_text(*state, TEXT("basket"), TEXT("\xc3("), ERR),
                SESSION3_E_VALUE);
  assert_message_names("basket");
  assert_status(session3_session_set(*state, TEXT("basket"), &broken, ERR), SESSION3_E_VALUE);
  assert_message_names("basket");
  assert_int(*state, "basket", 1);
}

static void an_attribute_that_is_set_again_is_replaced(void **state) {
  set_text(*state, "k", "a longer text than the next one");
  set_int(*state, "other", 5);
  set_text(*state, "k", "short");
  assert_text(*state, "k", "short");
  set_int(*state, "k", 3);
  assert_int(*state, "k", 3);
  assert_int(*state, "other", 5);
  assert_int_equal(session3_session_attribute_count(*state), 2);
}

/** Sets `a` to a text of `length`, `b` to the value of `a` where it stands, and `c` to its text. */
static void set_from_its_own(session3_session *session, size_t length) {
  char text[320];
  const char *stored = NULL;
  session3_value value;
  for (size_t index = 0; index < length; index++) text[index] = (char)('a' + (index + length) % 26);
  text[length] = 0;
  assert_ok(session3_session_set_text(session, TEXT("a"), text, length, ERR));
  assert_ok(session3_session_get(session, TEXT("a"), &value, ERR));
  assert_ok(session3_session_set(session, TEXT("b"), &value, ERR));
  assert_ok(session3_session_get_text(session, TEXT("b"), &stored, &length, ERR));
  assert_ok(session3_session_set_text(session, TEXT("c"), stored, length, ERR));
  assert_text(session, "a", text);
  assert_text(session, "b", text);
  assert_text(session, "c", text);
}

/* Longer and shorter by turns, also after one that was refused: what the last value left must not show. */
static void a_value_of_any_length_can_be_set_from_the_sessions_own_bytes(void **state) {
  for (size_t length = 0; length <= 300; length++) {
    set_from_its_own(*state, length);
    assert_status(session3_session_set_text(*state, TEXT("d"), TEXT("refused: \xc3("), ERR),
                  SESSION3_E_VALUE);
    set_from_its_own(*state, 300 - length);
  }
  assert_int_equal(session3_session_attribute_count(*state), 3);
}

/* Behind what it is set before, and in front of it: what moves then holds the key. */
static void a_key_can_be_of_the_sessions_own_bytes(void **state) {
  static const char *const keys[] = {"a first one", "the last one", "amid them"};
  char text[16];
  for (int index = 0; index < 200; index++) {
    const char *stored = NULL;
    size_t length = 0;
    snprintf(text, sizeof text, "%s%d", keys[index % 3], index);
    set_text(*state, "from", text);
    assert_ok(session3_session_get_text(*state, TEXT("from"), &stored, &length, ERR));
    assert_ok(session3_session_set_text(*state, stored, length, stored, length, ERR));
    assert_text(*state, text, text);
    assert_text(*state, "from", text);
  }
  assert_int_equal(session3_session_attribute_count(*state), 201);
}

static void a_value_is_copied_into_the_session(void **state) {
  char text[] = "original";
  session3_writer *writer = NULL;
  session3_value value;
  assert_ok(session3_session_set_text(*state, TEXT("t"), text, strlen(text), ERR));
  memset(text, 'x', sizeof text - 1);
  assert_text(*state, "t", "original");
  assert_ok(session3_writer_new(&writer, ERR));
  assert_ok(session3_writer_text(writer, TEXT("written"), ERR));
  assert_ok(session3_writer_finish(writer, &value, ERR));
  assert_ok(session3_session_set(*state, TEXT("w"), &value, ERR));
  session3_writer_free(writer);
  assert_text(*state, "w", "written");
}

static void an_attribute_is_removed_once(void **state) {
  set_int(*state, "a", 1);
  set_int(*state, "b", 2);
  assert_ok(session3_session_remove(*state, TEXT("a"), ERR));
  assert_not_found(session3_session_remove(*state, TEXT("a"), ERR));
  assert_int_equal(session3_session_attribute_count(*state), 1);
  assert_int(*state, "b", 2);
}

static void removing_all_leaves_user_address_and_tokens(void **state) {
  char token[SESSION3_TOKEN_LENGTH + 1];
  const char *text;
  size_t length;
  assert_ok(session3_session_set_user_text(*state, TEXT("u"), ERR));
  assert_ok(session3_session_set_remote_address(*state, TEXT("192.0.2.1"), ERR));
  assert_ok(session3_session_create_form_token(*state, token, ERR));
  set_each_type(*state);
  assert_ok(session3_session_remove_all(*state, ERR));
  assert_int_equal(session3_session_attribute_count(*state), 0);
  assert_ok(session3_session_user_text(*state, &text, &length, ERR));
  assert_ok(session3_session_remote_address(*state, &text, &length, ERR));
  assert_true(session3_session_has_form_token(*state, token, SESSION3_TOKEN_LENGTH));
  assert_ok(session3_session_remove_all(*state, ERR));
}

static void attributes_are_listed_by_the_bytes_of_their_keys(void **state) {
  const char *keys[] = {"b", "\xc3\xa4", "", "ab", "a", "B", "\xf0\x9f\x9b\x92", "\xef\xbf\xbd"};
  const char *sorted[] = {"", "B", "a", "ab", "b", "\xc3\xa4", "\xef\xbf\xbd", "\xf0\x9f\x9b\x92"};
  session3_value all, key, value;
  session3_value_iterator iterator;
  for (size_t index = 0; index < 8; index++) set_int(*state, keys[index], 1);
  assert_ok(session3_session_attributes(*state, &all, ERR));
  assert_int_equal(all.type, SESSION3_TYPE_MAP);
  assert_int_equal(all.count, 8);
  assert_ok(session3_value_iterate(&all, &iterator, ERR));
  for (size_t index = 0; index < 8; index++) {
    const char *text = NULL;
    size_t length = 0;
    assert_ok(session3_value_next(&iterator, &key, &value, ERR));
    assert_ok(session3_value_get_text(&key, &text, &length, ERR));
    assert_int_equal(length, strlen(sorted[index]));
    assert_memory_equal(text, sorted[index], length);
  }
  assert_status(session3_value_next(&iterator, &key, &value, ERR), SESSION3_DONE);
}

static void a_session_without_attributes_lists_an_empty_map(void **state) {
  session3_value all;
  assert_ok(session3_session_attributes(*state, &all, ERR));
  assert_int_equal(all.type, SESSION3_TYPE_MAP);
  assert_int_equal(all.count, 0);
  assert_ok(session3_value_parse(all.encoded, all.encoded_length, &all, ERR));
}

static void five_thousand_attributes_are_kept(void **state) {
  char key[16];
  for (int index = 0; index < 5000; index++) {
    snprintf(key, sizeof key, "key-%d", (index * 7919) % 5000);
    set_int(*state, key, index);
  }
  assert_int_equal(session3_session_attribute_count(*state), 5000);
  for (int index = 0; index < 5000; index++) {
    snprintf(key, sizeof key, "key-%d", (index * 7919) % 5000);
    assert_int(*state, key, index);
  }
}

static void three_megabytes_come_back(void **state) {
  size_t size = 3 << 20, length = 0;
  uint8_t *bytes = malloc(size);
  const void *data = NULL;
  assert_non_null(bytes);
  for (size_t index = 0; index < size; index++) bytes[index] = (uint8_t)(index * 31 >> 3);
  assert_ok(session3_session_set_binary(*state, TEXT("large"), bytes, size, ERR));
  set_int(*state, "after", 1);
  assert_ok(session3_session_get_binary(*state, TEXT("large"), &data, &length, ERR));
  assert_int_equal(length, size);
  assert_memory_equal(data, bytes, size);
  free(bytes);
}

static void a_message_names_what_is_null(void **state) {
  session3_session *session = *state;
  assert_invalid(session3_session_set_text(session, TEXT("home"), NULL, 3, ERR));
  assert_message_names("home: the value is NULL");
  assert_invalid(session3_session_set_text(session, NULL, 4, TEXT("value"), ERR));
  assert_message_names("the key is NULL");
  assert_invalid(session3_session_set_text(session, NULL, 4, NULL, 3, ERR));
  assert_message_names("the key is NULL");
  assert_invalid(session3_session_set_int(session, NULL, 4, 5, ERR));
  assert_message_names("the key is NULL");
  assert_invalid(session3_session_set_id(session, NULL, 4, ERR));
  assert_message_names("the id is NULL");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      SESSION_TEST(every_type_comes_back),
      SESSION_TEST(a_missing_attribute_is_not_found_by_any_getter),
      SESSION_TEST(a_getter_of_another_type_answers_e_type_and_writes_nothing),
      SESSION_TEST(a_number_that_does_not_fit_is_out_of_range),
      SESSION_TEST(extreme_numbers_come_back),
      SESSION_TEST(a_key_is_any_utf8_text),
      SESSION_TEST(a_key_that_is_not_utf8_is_refused_and_never_found),
      SESSION_TEST(a_refused_value_leaves_the_session_and_names_the_key),
      SESSION_TEST(an_attribute_that_is_set_again_is_replaced),
      SESSION_TEST(a_value_of_any_length_can_be_set_from_the_sessions_own_bytes),
      SESSION_TEST(a_key_can_be_of_the_sessions_own_bytes),
      SESSION_TEST(a_value_is_copied_into_the_session),
      SESSION_TEST(an_attribute_is_removed_once),
      SESSION_TEST(removing_all_leaves_user_address_and_tokens),
      SESSION_TEST(attributes_are_listed_by_the_bytes_of_their_keys),
      SESSION_TEST(a_session_without_attributes_lists_an_empty_map),
      SESSION_TEST(five_thousand_attributes_are_kept),
      SESSION_TEST(three_megabytes_come_back),
      SESSION_TEST(a_message_names_what_is_null),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
