/* SPDX-License-Identifier: MIT */
/* Elements of arrays and entries of maps: by index, by key, one after the other. */
#include "Support/sessions.h"

static void assert_is_int(const session3_value *value, int64_t expected) {
  int64_t number = ~expected;
  assert_ok(session3_value_get_int(value, &number, ERR));
  assert_int_equal(number, expected);
}

static void an_element_is_found_by_its_index(void **state) {
  (void)state;
  session3_value array = PARSE("\x93\x05\x92\x01\x02\xa1x"), out;
  assert_ok(session3_value_element(&array, 0, &out, ERR));
  assert_is_int(&out, 5);
  assert_ok(session3_value_element(&array, 1, &out, ERR));
  assert_int_equal(out.type, SESSION3_TYPE_ARRAY);
  assert_int_equal(out.count, 2);
  assert_int_equal(out.encoded_length, 3);
  assert_ok(session3_value_element(&array, 2, &out, ERR));
  assert_int_equal(out.type, SESSION3_TYPE_TEXT);
}

static void an_index_beyond_the_end_is_not_found(void **state) {
  (void)state;
  session3_value array = PARSE("\x91\x05"), empty = PARSE("\x90"), out = {.count = 77};
  assert_not_found(session3_value_element(&array, 1, &out, ERR));
  assert_not_found(session3_value_element(&array, SIZE_MAX, &out, ERR));
  assert_not_found(session3_value_element(&empty, 0, &out, ERR));
  assert_int_equal(out.count, 77);
}

static void a_member_is_found_by_its_key(void **state) {
  (void)state;
  session3_value map = PARSE("\x83\xa1"
                             "b\x01\xa0\x02\xd9\x02"
                             "ab\x03"),
                 out = {.count = 77};
  assert_ok(session3_value_member(&map, TEXT("b"), &out, ERR));
  assert_is_int(&out, 1);
  assert_ok(session3_value_member(&map, "", 0, &out, ERR));
  assert_is_int(&out, 2);
  assert_ok(session3_value_member(&map, TEXT("ab"), &out, ERR));
  assert_is_int(&out, 3);
  out.count = 77;
  assert_not_found(session3_value_member(&map, TEXT("a"), &out, ERR));
  assert_not_found(session3_value_member(&map, "ab", 3, &out, ERR));
  assert_int_equal(out.count, 77);
}

static void scalars_have_no_elements_and_no_members(void **state) {
  (void)state;
  session3_value number = PARSE("\x05"), text = PARSE("\xa1x"), out;
  session3_value array = PARSE("\x90"), map = PARSE("\x80");
  session3_value_iterator iterator;
  assert_status(session3_value_element(&number, 0, &out, ERR), SESSION3_E_TYPE);
  assert_status(session3_value_element(&map, 0, &out, ERR), SESSION3_E_TYPE);
  assert_status(session3_value_member(&text, TEXT("x"), &out, ERR), SESSION3_E_TYPE);
  assert_status(session3_value_member(&array, TEXT("x"), &out, ERR), SESSION3_E_TYPE);
  assert_status(session3_value_iterate(&number, &iterator, ERR), SESSION3_E_TYPE);
  assert_status(session3_value_iterate(&text, &iterator, ERR), SESSION3_E_TYPE);
}

static void an_array_is_walked_in_order_without_keys(void **state) {
  (void)state;
  session3_value array = PARSE("\x93\x01\x91\x07\x03"), key, value;
  session3_value_iterator iterator;
  memset(&key, 0x5a, sizeof key);
  const session3_value untouched = key;
  assert_ok(session3_value_iterate(&array, &iterator, ERR));
  assert_ok(session3_value_next(&iterator, &key, &value, ERR));
  assert_is_int(&value, 1);
  assert_ok(session3_value_next(&iterator, &key, &value, ERR));
  assert_int_equal(value.type, SESSION3_TYPE_ARRAY);
  assert_ok(session3_value_next(&iterator, &key, &value, ERR));
  assert_is_int(&value, 3);
  assert_status(session3_value_next(&iterator, &key, &value, ERR), SESSION3_DONE);
  assert_status(session3_value_next(&iterator, &key, &value, ERR), SESSION3_DONE);
  assert_is_int(&value, 3);
  assert_memory_equal(&key, &untouched, sizeof key);
}

static void a_map_is_walked_in_the_order_it_was_written(void **state) {
  (void)state;
  session3_value map = PARSE("\x82\xa1"
                             "b\x01\xa1"
                             "a\x02"),
                 key, value;
  session3_value_iterator iterator;
  const char *text = NULL;
  size_t length = 0;
  assert_ok(session3_value_iterate(&map, &iterator, ERR));
  assert_ok(session3_value_next(&iterator, &key, &value, ERR));
  assert_ok(session3_value_get_text(&key, &text, &length, ERR));
  assert_int_equal(length, 1);
  assert_memory_equal(text, "b", 1);
  assert_is_int(&value, 1);
  assert_ok(session3_value_next(&iterator, NULL, &value, ERR));
  assert_is_int(&value, 2);
  assert_status(session3_value_next(&iterator, NULL, &value, ERR), SESSION3_DONE);
}

static void an_empty_container_is_done_at_once(void **state) {
  (void)state;
  session3_value containers[] = {PARSE("\x90"), PARSE("\x80")}, key, value;
  session3_value_iterator iterator;
  for (size_t index = 0; index < 2; index++) {
    assert_ok(session3_value_iterate(&containers[index], &iterator, ERR));
    assert_status(session3_value_next(&iterator, &key, &value, ERR), SESSION3_DONE);
  }
}

static void walking_a_made_up_view_ends_within_its_bytes(void **state) {
  (void)state;
  const session3_value made_up[] = {
      {"\x92\x01", 2, SESSION3_TYPE_ARRAY, 2},
      {"\xdd\xff\xff\xff\xff\x01", 6, SESSION3_TYPE_ARRAY, UINT32_MAX},
      {"\x92\x01\xc1", 3, SESSION3_TYPE_ARRAY, 2},
      {"\x82\xa1"
       "a\x01\xa9",
       5, SESSION3_TYPE_MAP, 2},
  };
  for (size_t index = 0; index < sizeof made_up / sizeof made_up[0]; index++) {
    session3_value_iterator iterator;
    session3_value key, value;
    int steps = 0;
    session3_status status = session3_value_iterate(&made_up[index], &iterator, NULL);
    while (status == SESSION3_OK && steps++ < 3) {
      status = session3_value_next(&iterator, &key, &value, NULL);
    }
    assert_status(status, SESSION3_E_VALUE);
  }
}

static void a_made_up_view_is_never_read_beyond_its_bytes(void **state) {
  (void)state;
  const char *bytes[] = {"\xcd", "\xd9\x05", "\xc4\x05", "\xd7\xff",
                         "\x93", "\x83",     "\xcb",     "\xc1"};
  for (size_t index = 0; index < sizeof bytes / sizeof bytes[0]; index++) {
    for (session3_type type = -1; type <= SESSION3_TYPE_MAP + 1; type++) {
      session3_value view = {bytes[index], strlen(bytes[index]), type, 5}, out;
      union {
        bool truth;
        int64_t number;
        uint64_t natural;
        double real;
        const void *data;
        const char *text;
      } scalar;
      size_t length;
      assert_true(session3_value_get_bool(&view, &scalar.truth, NULL) < 0);
      assert_true(session3_value_get_int(&view, &scalar.number, NULL) < 0);
      assert_true(session3_value_get_uint(&view, &scalar.natural, NULL) < 0);
      assert_true(session3_value_get_double(&view, &scalar.real, NULL) < 0);
      assert_true(session3_value_get_timestamp(&view, &scalar.number, NULL) < 0);
      assert_true(session3_value_get_text(&view, &scalar.text, &length, NULL) < 0);
      assert_true(session3_value_get_binary(&view, &scalar.data, &length, NULL) < 0);
      assert_true(session3_value_element(&view, 2, &out, NULL) < 0);
      assert_true(session3_value_member(&view, TEXT("key"), &out, NULL) < 0);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_element_is_found_by_its_index),
      cmocka_unit_test(an_index_beyond_the_end_is_not_found),
      cmocka_unit_test(a_member_is_found_by_its_key),
      cmocka_unit_test(scalars_have_no_elements_and_no_members),
      cmocka_unit_test(an_array_is_walked_in_order_without_keys),
      cmocka_unit_test(a_map_is_walked_in_the_order_it_was_written),
      cmocka_unit_test(an_empty_container_is_done_at_once),
      cmocka_unit_test(walking_a_made_up_view_ends_within_its_bytes),
      cmocka_unit_test(a_made_up_view_is_never_read_beyond_its_bytes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
