/* SPDX-License-Identifier: MIT */
/* Building nested values part by part. */
#include "Support/check.h"

static int open_writer(void **state) {
  session3_writer *writer = NULL;
  assert_ok(session3_writer_new(&writer, ERR));
  *state = writer;
  return writer != NULL ? 0 : -1;
}

static int close_writer(void **state) {
  session3_writer_free(*state);
  return 0;
}

#define WRITER_TEST(test) cmocka_unit_test_setup_teardown(test, open_writer, close_writer)

static void assert_wrote(session3_writer *writer, const char *bytes, size_t length) {
  session3_value value;
  assert_ok(session3_writer_finish(writer, &value, ERR));
  assert_int_equal(value.encoded_length, length);
  assert_memory_equal(value.encoded, bytes, length);
  session3_writer_reset(writer);
}

static void integers_take_their_smallest_form(void **state) {
  const struct {
    int64_t value;
    const char *bytes;
    size_t length;
  } cases[] = {
      {0, TEXT("\x00")},
      {127, TEXT("\x7f")},
      {128, TEXT("\xcc\x80")},
      {255, TEXT("\xcc\xff")},
      {256, TEXT("\xcd\x01\x00")},
      {65536, TEXT("\xce\x00\x01\x00\x00")},
      {INT64_C(4294967296), TEXT("\xcf\x00\x00\x00\x01\x00\x00\x00\x00")},
      {INT64_MAX, TEXT("\xcf\x7f\xff\xff\xff\xff\xff\xff\xff")},
      {-1, TEXT("\xff")},
      {-32, TEXT("\xe0")},
      {-33, TEXT("\xd0\xdf")},
      {-129, TEXT("\xd1\xff\x7f")},
      {-32769, TEXT("\xd2\xff\xff\x7f\xff")},
      {INT64_MIN, TEXT("\xd3\x80\x00\x00\x00\x00\x00\x00\x00")},
  };
  for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
    assert_ok(session3_writer_int(*state, cases[index].value, ERR));
    assert_wrote(*state, cases[index].bytes, cases[index].length);
    if (cases[index].value < 0)
      continue;
    assert_ok(session3_writer_uint(*state, (uint64_t)cases[index].value, ERR));
    assert_wrote(*state, cases[index].bytes, cases[index].length);
  }
  assert_ok(session3_writer_uint(*state, UINT64_MAX, ERR));
  assert_wrote(*state, TEXT("\xcf\xff\xff\xff\xff\xff\xff\xff\xff"));
}

static void scalars_are_written_canonically(void **state) {
  assert_ok(session3_writer_nil(*state, ERR));
  assert_wrote(*state, TEXT("\xc0"));
  assert_ok(session3_writer_bool(*state, true, ERR));
  assert_wrote(*state, TEXT("\xc3"));
  assert_ok(session3_writer_bool(*state, false, ERR));
  assert_wrote(*state, TEXT("\xc2"));
  assert_ok(session3_writer_double(*state, 1, ERR));
  assert_wrote(*state, TEXT("\xcb\x3f\xf0\x00\x00\x00\x00\x00\x00"));
  assert_ok(session3_writer_text(*state, TEXT("a\0b"), ERR));
  assert_wrote(*state, TEXT("\xa3"
                            "a\0b"));
  assert_ok(session3_writer_binary(*state, TEXT("\xff"), ERR));
  assert_wrote(*state, TEXT("\xc4\x01\xff"));
}

static void timestamps_take_their_smallest_form(void **state) {
  assert_ok(session3_writer_timestamp(*state, 1000000, ERR));
  assert_wrote(*state, TEXT("\xd6\xff\x00\x00\x00\x01"));
  assert_ok(session3_writer_timestamp(*state, 1000001, ERR));
  assert_wrote(*state, TEXT("\xd7\xff\x00\x00\x0f\xa0\x00\x00\x00\x01"));
  assert_ok(session3_writer_timestamp(*state, -1, ERR));
  assert_wrote(*state, TEXT("\xc7\x0c\xff\x3b\x9a\xc6\x18\xff\xff\xff\xff\xff\xff\xff\xff"));
}

static void extreme_times_come_back(void **state) {
  const int64_t times[] = {INT64_MIN, INT64_MIN + 1, -1, 0, INT64_MAX - 1, INT64_MAX};
  for (size_t index = 0; index < sizeof times / sizeof times[0]; index++) {
    session3_value value;
    int64_t out = 77;
    assert_ok(session3_writer_timestamp(*state, times[index], ERR));
    assert_ok(session3_writer_finish(*state, &value, ERR));
    assert_ok(session3_value_get_timestamp(&value, &out, ERR));
    assert_int_equal(out, times[index]);
    session3_writer_reset(*state);
  }
}

static void lengths_take_their_smallest_form(void **state) {
  static char text[65536];
  memset(text, 'x', sizeof text);
  const struct {
    size_t length;
    const char *text_head, *binary_head;
    size_t text_head_length, binary_head_length;
  } cases[] = {
      {31, "\xbf", "\xc4\x1f", 1, 2},
      {32, "\xd9\x20", "\xc4\x20", 2, 2},
      {255, "\xd9\xff", "\xc4\xff", 2, 2},
      {256, "\xda\x01\x00", "\xc5\x01\x00", 3, 3},
      {65535, "\xda\xff\xff", "\xc5\xff\xff", 3, 3},
      {65536, "\xdb\x00\x01\x00\x00", "\xc6\x00\x01\x00\x00", 5, 5},
  };
  for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
    session3_value value;
    assert_ok(session3_writer_text(*state, text, cases[index].length, ERR));
    assert_ok(session3_writer_finish(*state, &value, ERR));
    assert_int_equal(value.encoded_length, cases[index].length + cases[index].text_head_length);
    assert_memory_equal(value.encoded, cases[index].text_head, cases[index].text_head_length);
    session3_writer_reset(*state);
    assert_ok(session3_writer_binary(*state, text, cases[index].length, ERR));
    assert_ok(session3_writer_finish(*state, &value, ERR));
    assert_int_equal(value.encoded_length, cases[index].length + cases[index].binary_head_length);
    assert_memory_equal(value.encoded, cases[index].binary_head, cases[index].binary_head_length);
    session3_writer_reset(*state);
  }
}

static void arrays_and_maps_nest(void **state) {
  assert_ok(session3_writer_array(*state, 3, ERR));
  assert_ok(session3_writer_int(*state, 1, ERR));
  assert_ok(session3_writer_map(*state, 2, ERR));
  assert_ok(session3_writer_text(*state, TEXT("b"), ERR));
  assert_ok(session3_writer_array(*state, 0, ERR));
  assert_ok(session3_writer_text(*state, TEXT("a"), ERR));
  assert_ok(session3_writer_map(*state, 0, ERR));
  assert_ok(session3_writer_nil(*state, ERR));
  assert_wrote(*state, TEXT("\x93\x01\x82\xa1"
                            "b\x90\xa1"
                            "a\x80\xc0"));
}

static void a_whole_value_is_appended_as_one_part(void **state) {
  session3_value inner, odd;
  session3_writer *other = NULL;
  assert_ok(session3_writer_new(&other, ERR));
  assert_ok(session3_writer_array(other, 1, ERR));
  assert_ok(session3_writer_text(other, TEXT("x"), ERR));
  assert_ok(session3_writer_finish(other, &inner, ERR));
  assert_ok(session3_value_parse(TEXT("\xcd\x00\x05"), &odd, ERR));
  assert_ok(session3_writer_array(*state, 2, ERR));
  assert_ok(session3_writer_value(*state, &inner, ERR));
  assert_ok(session3_writer_value(*state, &odd, ERR));
  session3_writer_free(other);
  assert_wrote(*state, TEXT("\x92\x91\xa1x\x05"));
}

static void a_value_can_be_a_key_if_it_is_text(void **state) {
  session3_value text, number;
  assert_ok(session3_value_parse(TEXT("\xd9\x01k"), &text, ERR));
  assert_ok(session3_value_parse(TEXT("\x01"), &number, ERR));
  assert_ok(session3_writer_map(*state, 1, ERR));
  assert_status(session3_writer_value(*state, &number, ERR), SESSION3_E_VALUE);
  assert_ok(session3_writer_value(*state, &text, ERR));
  assert_ok(session3_writer_value(*state, &number, ERR));
  assert_wrote(*state, TEXT("\x81\xa1k\x01"));
}

static void a_part_after_the_value_is_complete_is_refused(void **state) {
  session3_value value;
  assert_ok(session3_value_parse(TEXT("\x01"), &value, ERR));
  assert_ok(session3_writer_int(*state, 1, ERR));
  assert_status(session3_writer_nil(*state, ERR), SESSION3_E_VALUE);
  assert_status(session3_writer_bool(*state, true, ERR), SESSION3_E_VALUE);
  assert_status(session3_writer_int(*state, 1, ERR), SESSION3_E_VALUE);
  assert_status(session3_writer_uint(*state, 1, ERR), SESSION3_E_VALUE);
  assert_status(session3_writer_double(*state, 1, ERR), SESSION3_E_VALUE);
  assert_status(session3_writer_text(*state, TEXT("x"), ERR), SESSION3_E_VALUE);
  assert_status(session3_writer_binary(*state, TEXT("x"), ERR), SESSION3_E_VALUE);
  assert_status(session3_writer_timestamp(*state, 1, ERR), SESSION3_E_VALUE);
  assert_status(session3_writer_array(*state, 1, ERR), SESSION3_E_VALUE);
  assert_status(session3_writer_map(*state, 1, ERR), SESSION3_E_VALUE);
  assert_status(session3_writer_value(*state, &value, ERR), SESSION3_E_VALUE);
  assert_wrote(*state, TEXT("\x01"));
}

static void a_map_key_that_is_no_text_is_refused(void **state) {
  assert_ok(session3_writer_map(*state, 1, ERR));
  assert_status(session3_writer_nil(*state, ERR), SESSION3_E_VALUE);
  assert_status(session3_writer_bool(*state, true, ERR), SESSION3_E_VALUE);
  assert_status(session3_writer_int(*state, 1, ERR), SESSION3_E_VALUE);
  assert_status(session3_writer_uint(*state, 1, ERR), SESSION3_E_VALUE);
  assert_status(session3_writer_double(*state, 1, ERR), SESSION3_E_VALUE);
  assert_status(session3_writer_binary(*state, TEXT("x"), ERR), SESSION3_E_VALUE);
  assert_status(session3_writer_timestamp(*state, 1, ERR), SESSION3_E_VALUE);
  assert_status(session3_writer_array(*state, 0, ERR), SESSION3_E_VALUE);
  assert_status(session3_writer_map(*state, 0, ERR), SESSION3_E_VALUE);
  assert_ok(session3_writer_text(*state, TEXT("k"), ERR));
  assert_ok(session3_writer_bool(*state, true, ERR));
  assert_wrote(*state, TEXT("\x81\xa1k\xc3"));
}

static void text_that_is_not_utf8_is_refused(void **state) {
  assert_status(session3_writer_text(*state, TEXT("\xff"), ERR), SESSION3_E_VALUE);
  assert_status(session3_writer_text(*state, TEXT("\xed\xa0\x80"), ERR), SESSION3_E_VALUE);
  assert_ok(session3_writer_text(*state, TEXT("\xc3\xa4"), ERR));
  assert_wrote(*state, TEXT("\xa2\xc3\xa4"));
}

static void containers_nest_32_deep_and_no_deeper(void **state) {
  session3_value value, inner;
  for (int depth = 1; depth < SESSION3_MAXIMUM_DEPTH; depth++) {
    assert_ok(session3_writer_array(*state, 1, ERR));
  }
  assert_ok(session3_value_parse(TEXT("\x91\x90"), &inner, ERR));
  assert_status(session3_writer_value(*state, &inner, ERR), SESSION3_E_VALUE);
  assert_ok(session3_writer_map(*state, 1, ERR));
  assert_ok(session3_writer_text(*state, TEXT("k"), ERR));
  assert_status(session3_writer_array(*state, 0, ERR), SESSION3_E_VALUE);
  assert_status(session3_writer_map(*state, 0, ERR), SESSION3_E_VALUE);
  assert_ok(session3_writer_int(*state, 1, ERR));
  assert_ok(session3_writer_finish(*state, &value, ERR));
  assert_int_equal(value.encoded_length, SESSION3_MAXIMUM_DEPTH + 3);
}

static void finishing_an_unfinished_value_is_refused(void **state) {
  session3_value value = {.count = 77};
  assert_status(session3_writer_finish(*state, &value, ERR), SESSION3_E_VALUE);
  assert_ok(session3_writer_array(*state, 2, ERR));
  assert_status(session3_writer_finish(*state, &value, ERR), SESSION3_E_VALUE);
  assert_ok(session3_writer_int(*state, 1, ERR));
  assert_status(session3_writer_finish(*state, &value, ERR), SESSION3_E_VALUE);
  assert_int_equal(value.count, 77);
  assert_ok(session3_writer_int(*state, 2, ERR));
  assert_wrote(*state, TEXT("\x92\x01\x02"));
}

static void a_key_that_stands_twice_is_refused_at_the_end(void **state) {
  session3_value value;
  assert_ok(session3_writer_map(*state, 2, ERR));
  for (int entry = 0; entry < 2; entry++) {
    assert_ok(session3_writer_text(*state, TEXT("same"), ERR));
    assert_ok(session3_writer_int(*state, entry, ERR));
  }
  assert_status(session3_writer_finish(*state, &value, ERR), SESSION3_E_VALUE);
}

static void a_reset_writer_builds_another_value(void **state) {
  assert_ok(session3_writer_array(*state, 5, ERR));
  session3_writer_reset(*state);
  assert_ok(session3_writer_text(*state, TEXT("fresh"), ERR));
  assert_wrote(*state, TEXT("\xa5"
                            "fresh"));
}

static void a_writer_of_nothing_is_released_and_reset_as_nothing(void **state) {
  (void)state;
  session3_writer_free(NULL);
  session3_writer_reset(NULL);
  session3_writer *writer = NULL;
  assert_ok(session3_writer_new(&writer, ERR));
  session3_writer_reset(writer);
  session3_writer_free(writer);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      WRITER_TEST(integers_take_their_smallest_form),
      WRITER_TEST(scalars_are_written_canonically),
      WRITER_TEST(timestamps_take_their_smallest_form),
      WRITER_TEST(extreme_times_come_back),
      WRITER_TEST(lengths_take_their_smallest_form),
      WRITER_TEST(arrays_and_maps_nest),
      WRITER_TEST(a_whole_value_is_appended_as_one_part),
      WRITER_TEST(a_value_can_be_a_key_if_it_is_text),
      WRITER_TEST(a_part_after_the_value_is_complete_is_refused),
      WRITER_TEST(a_map_key_that_is_no_text_is_refused),
      WRITER_TEST(text_that_is_not_utf8_is_refused),
      WRITER_TEST(containers_nest_32_deep_and_no_deeper),
      WRITER_TEST(finishing_an_unfinished_value_is_refused),
      WRITER_TEST(a_key_that_stands_twice_is_refused_at_the_end),
      WRITER_TEST(a_reset_writer_builds_another_value),
      cmocka_unit_test(a_writer_of_nothing_is_released_and_reset_as_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
