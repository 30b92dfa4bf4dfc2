/* SPDX-License-Identifier: MIT */
/* Values parsed from MessagePack bytes, and scalars read from them. */
#include "Support/sessions.h"

#include <math.h>

static void a_view_tells_type_count_and_bytes(void **state) {
  (void)state;
  const struct {
    const char *bytes;
    size_t length;
    session3_type type;
    uint32_t count;
  } cases[] = {
      {TEXT("\xc0"), SESSION3_TYPE_NIL, 0},
      {TEXT("\xc2"), SESSION3_TYPE_BOOL, 0},
      {TEXT("\xc3"), SESSION3_TYPE_BOOL, 0},
      {TEXT("\x00"), SESSION3_TYPE_INT, 0},
      {TEXT("\xff"), SESSION3_TYPE_INT, 0},
      {TEXT("\xcf\x7f\xff\xff\xff\xff\xff\xff\xff"), SESSION3_TYPE_INT, 0},
      {TEXT("\xcf\x80\x00\x00\x00\x00\x00\x00\x00"), SESSION3_TYPE_UINT, 0},
      {TEXT("\xcb\x3f\xf0\x00\x00\x00\x00\x00\x00"), SESSION3_TYPE_DOUBLE, 0},
      {TEXT("\xca\x3f\x80\x00\x00"), SESSION3_TYPE_DOUBLE, 0},
      {TEXT("\xa3\xe2\x82\xac"), SESSION3_TYPE_TEXT, 3},
      {TEXT("\xa0"), SESSION3_TYPE_TEXT, 0},
      {TEXT("\xc4\x02\xff\x00"), SESSION3_TYPE_BINARY, 2},
      {TEXT("\xd6\xff\x00\x00\x00\x01"), SESSION3_TYPE_TIMESTAMP, 0},
      {TEXT("\x93\x01\x02\x03"), SESSION3_TYPE_ARRAY, 3},
      {TEXT("\x82\xa1"
            "a\x01\xa1"
            "b\x02"),
       SESSION3_TYPE_MAP, 2},
      {TEXT("\xde\x00\x00"), SESSION3_TYPE_MAP, 0},
  };
  for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
    session3_value value = parse_value(cases[index].bytes, cases[index].length);
    assert_int_equal(value.type, cases[index].type);
    assert_int_equal(value.count, cases[index].count);
    assert_ptr_equal(value.encoded, cases[index].bytes);
    assert_int_equal(value.encoded_length, cases[index].length);
  }
}

static void bytes_that_are_no_value_are_refused(void **state) {
  (void)state;
  const struct {
    const char *bytes;
    size_t length;
  } cases[] = {
      {TEXT("\xc1")},     /* never used */
      {TEXT("\xc0\xc0")}, /* two values */
      {TEXT("\xd9")},     /* a length is missing */
      {TEXT("\xa5"
            "abcd")},     /* text is cut off */
      {TEXT("\xcd\x01")}, /* an integer is cut off */
      {TEXT("\x92\x01")}, /* an element is missing */
      {TEXT("\x81\xa1"
            "a")},            /* an entry's value is missing */
      {TEXT("\x81\x01\x01")}, /* a key that is no text */
      {TEXT("\x81\xc4\x01"
            "a\x01")}, /* a key that is binary */
      {TEXT("\x82\xa1"
            "a\x01\xa1"
            "a\x02")}, /* a key twice */
      {TEXT("\x82\xa1"
            "a\x01\xd9\x01"
            "a\x02")},                                    /* a key twice, in another form */
      {TEXT("\xa1\xff")},                                 /* not UTF-8 */
      {TEXT("\xa2\xc0\x80")},                             /* overlong UTF-8 */
      {TEXT("\xa3\xed\xa0\x80")},                         /* a surrogate */
      {TEXT("\xa4\xf4\x90\x80\x80")},                     /* beyond U+10FFFF */
      {TEXT("\x81\xa1\xff\x01")},                         /* a key that is not UTF-8 */
      {TEXT("\xd4\x05\x00")},                             /* an unknown extension */
      {TEXT("\xc7\x03\xff\x00\x00\x00")},                 /* a timestamp of no known length */
      {TEXT("\xd7\xff\xff\xff\xff\xff\xff\xff\xff\xff")}, /* more than 999,999,999 ns */
      {TEXT("\xdd\xff\xff\xff\xff\x01")},                 /* more elements than bytes */
      {TEXT("\xdf\xff\xff\xff\xff\xa0")},                 /* more entries than bytes */
      {TEXT("\xdb\xff\xff\xff\xff"
            "a")}, /* a huge length */
      {TEXT("\xc6\xff\xff\xff\xff")},
      {TEXT("\xc9\xff\xff\xff\xff\xff")},
  };
  for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
    session3_value value = {.count = 77};
    assert_status(session3_value_parse(cases[index].bytes, cases[index].length, &value, ERR),
                  SESSION3_E_VALUE);
    assert_int_equal(value.count, 77);
  }
}

static void the_message_tells_the_offset_of_the_fault(void **state) {
  (void)state;
  session3_value value;
  assert_status(session3_value_parse(TEXT("\x94\x01\x02\x03\xc1"), &value, ERR), SESSION3_E_VALUE);
  assert_message_names("4");
  assert_status(session3_value_parse(TEXT("\xdc\x00\x11xxxxxxxxxxxxxx\xc1xx"), &value, ERR),
                SESSION3_E_VALUE);
  assert_message_names("17");
}

static void nothing_is_no_value(void **state) {
  (void)state;
  session3_value value;
  assert_status(session3_value_parse("", 0, &value, ERR), SESSION3_E_VALUE);
}

static void values_nest_32_deep_and_no_deeper(void **state) {
  (void)state;
  uint8_t bytes[SESSION3_MAXIMUM_DEPTH + 2];
  session3_value value;
  memset(bytes, 0x91, sizeof bytes);
  bytes[SESSION3_MAXIMUM_DEPTH] = 0x01;
  assert_ok(session3_value_parse(bytes, SESSION3_MAXIMUM_DEPTH + 1, &value, ERR));
  bytes[SESSION3_MAXIMUM_DEPTH] = 0x90;
  assert_status(session3_value_parse(bytes, SESSION3_MAXIMUM_DEPTH + 1, &value, ERR),
                SESSION3_E_VALUE);
  bytes[SESSION3_MAXIMUM_DEPTH] = 0x91;
  bytes[SESSION3_MAXIMUM_DEPTH + 1] = 0x01;
  assert_status(session3_value_parse(bytes, SESSION3_MAXIMUM_DEPTH + 2, &value, ERR),
                SESSION3_E_VALUE);
}

static void a_million_open_arrays_are_refused_at_once(void **state) {
  (void)state;
  static uint8_t bytes[1000000];
  session3_value value;
  memset(bytes, 0x91, sizeof bytes);
  assert_status(session3_value_parse(bytes, sizeof bytes, &value, ERR), SESSION3_E_VALUE);
}

static void bools_are_read(void **state) {
  (void)state;
  session3_value truth = PARSE("\xc3"), falsehood = PARSE("\xc2");
  bool out = false;
  assert_ok(session3_value_get_bool(&truth, &out, ERR));
  assert_true(out);
  assert_ok(session3_value_get_bool(&falsehood, &out, ERR));
  assert_false(out);
}

static void integers_are_read_from_every_form(void **state) {
  (void)state;
  const struct {
    const char *bytes;
    size_t length;
    int64_t value;
  } cases[] = {
      {TEXT("\x7f"), 127},
      {TEXT("\xe0"), -32},
      {TEXT("\xcc\x05"), 5},
      {TEXT("\xcd\x01\x00"), 256},
      {TEXT("\xce\x00\x01\x00\x00"), 65536},
      {TEXT("\xcf\x00\x00\x00\x00\x00\x00\x00\x05"), 5},
      {TEXT("\xd0\xff"), -1},
      {TEXT("\xd1\x80\x00"), -32768},
      {TEXT("\xd2\x80\x00\x00\x00"), INT32_MIN},
      {TEXT("\xd3\x80\x00\x00\x00\x00\x00\x00\x00"), INT64_MIN},
      {TEXT("\xcf\x7f\xff\xff\xff\xff\xff\xff\xff"), INT64_MAX},
  };
  for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
    session3_value value = parse_value(cases[index].bytes, cases[index].length);
    int64_t out = ~cases[index].value;
    assert_ok(session3_value_get_int(&value, &out, ERR));
    assert_int_equal(out, cases[index].value);
  }
}

static void a_number_that_does_not_fit_is_out_of_range(void **state) {
  (void)state;
  session3_value huge = PARSE("\xcf\xff\xff\xff\xff\xff\xff\xff\xff"), minus = PARSE("\xff");
  int64_t number = 77;
  uint64_t natural = 77;
  assert_ok(session3_value_get_uint(&huge, &natural, ERR));
  assert_true(natural == UINT64_MAX);
  assert_status(session3_value_get_int(&huge, &number, ERR), SESSION3_E_RANGE);
  assert_int_equal(number, 77);
  natural = 77;
  assert_status(session3_value_get_uint(&minus, &natural, ERR), SESSION3_E_RANGE);
  assert_int_equal(natural, 77);
}

static void doubles_are_read_bit_by_bit(void **state) {
  (void)state;
  session3_value single = PARSE("\xca\x3f\x80\x00\x00"), infinite = PARSE("\xca\xff\x80\x00\x00");
  session3_value none = PARSE("\xcb\x7f\xf8\x00\x00\x00\x00\x00\x00");
  session3_value minus_zero = PARSE("\xcb\x80\x00\x00\x00\x00\x00\x00\x00");
  double out = 0;
  assert_ok(session3_value_get_double(&single, &out, ERR));
  assert_true(out == 1.0);
  assert_ok(session3_value_get_double(&infinite, &out, ERR));
  assert_true(isinf(out) && out < 0);
  assert_ok(session3_value_get_double(&none, &out, ERR));
  assert_true(isnan(out));
  assert_ok(session3_value_get_double(&minus_zero, &out, ERR));
  assert_true(out == 0 && signbit(out));
}

static void timestamps_are_read_from_every_form(void **state) {
  (void)state;
  const struct {
    const char *bytes;
    size_t length;
    int64_t value;
  } cases[] = {
      {TEXT("\xd6\xff\x00\x00\x00\x01"), 1000000},
      {TEXT("\xd6\xff\xff\xff\xff\xff"), INT64_C(4294967295000000)},
      /* 1 s and 1,500 ns: 1,500 << 34 | 1 */
      {TEXT("\xd7\xff\x00\x00\x17\x70\x00\x00\x00\x01"), 1000001},
      /* -1 s and 999,999,999 ns: a fraction is rounded down */
      {TEXT("\xc7\x0c\xff\x3b\x9a\xc9\xff\xff\xff\xff\xff\xff\xff\xff\xff"), -1},
      {TEXT("\xc7\x0c\xff\x00\x00\x00\x01\xff\xff\xff\xff\xff\xff\xff\xff"), -1000000},
  };
  for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
    session3_value value = parse_value(cases[index].bytes, cases[index].length);
    int64_t out = ~cases[index].value;
    assert_ok(session3_value_get_timestamp(&value, &out, ERR));
    assert_int_equal(out, cases[index].value);
  }
}

static void a_time_beyond_the_microseconds_of_int64_is_out_of_range(void **state) {
  (void)state;
  session3_value late = PARSE("\xc7\x0c\xff\x00\x00\x00\x00\x7f\xff\xff\xff\xff\xff\xff\xff");
  session3_value early = PARSE("\xc7\x0c\xff\x00\x00\x00\x00\x80\x00\x00\x00\x00\x00\x00\x00");
  int64_t out = 77;
  assert_status(session3_value_get_timestamp(&late, &out, ERR), SESSION3_E_RANGE);
  assert_status(session3_value_get_timestamp(&early, &out, ERR), SESSION3_E_RANGE);
  assert_int_equal(out, 77);
}

static void text_and_binary_are_borrowed_from_the_bytes(void **state) {
  (void)state;
  const char *text_bytes = "\xa4"
                           "a\0bc",
             *binary_bytes = "\xc5\x00\x02\xff\x00";
  session3_value text = parse_value(text_bytes, 5), binary = parse_value(binary_bytes, 5);
  const char *characters = NULL;
  const void *data = NULL;
  size_t length = 0;
  assert_ok(session3_value_get_text(&text, &characters, &length, ERR));
  assert_ptr_equal(characters, text_bytes + 1);
  assert_int_equal(length, 4);
  assert_ok(session3_value_get_binary(&binary, &data, &length, ERR));
  assert_ptr_equal(data, binary_bytes + 3);
  assert_int_equal(length, 2);
}

/** Whether each getter takes a value of this type; each leaves its out on failure. */
static void assert_only_getter_of(const session3_value *value, session3_type type) {
  struct {
    bool truth;
    int64_t number, time;
    uint64_t natural;
    double real;
    const char *text;
    const void *data;
    size_t length;
  } out, before;
  memset(&out, 0x5a, sizeof out);
  before = out;
#define EXPECT(t) (type == (t) ? SESSION3_OK : SESSION3_E_TYPE)
  assert_status(session3_value_get_bool(value, &out.truth, ERR), EXPECT(SESSION3_TYPE_BOOL));
  assert_status(session3_value_get_int(value, &out.number, ERR), EXPECT(SESSION3_TYPE_INT));
  assert_status(session3_value_get_uint(value, &out.natural, ERR), EXPECT(SESSION3_TYPE_INT));
  assert_status(session3_value_get_double(value, &out.real, ERR), EXPECT(SESSION3_TYPE_DOUBLE));
  assert_status(session3_value_get_timestamp(value, &out.time, ERR),
                EXPECT(SESSION3_TYPE_TIMESTAMP));
  assert_status(session3_value_get_text(value, &out.text, &out.length, ERR),
                EXPECT(SESSION3_TYPE_TEXT));
  assert_status(session3_value_get_binary(value, &out.data, &out.length, ERR),
                EXPECT(SESSION3_TYPE_BINARY));
#undef EXPECT
  if (type == SESSION3_TYPE_NIL)
    assert_memory_equal(&out, &before, sizeof out);
}

static void a_getter_of_another_type_answers_e_type(void **state) {
  (void)state;
  const struct {
    const char *bytes;
    size_t length;
    session3_type type;
  } cases[] = {
      {TEXT("\xc0"), SESSION3_TYPE_NIL},
      {TEXT("\xc3"), SESSION3_TYPE_BOOL},
      {TEXT("\x01"), SESSION3_TYPE_INT},
      {TEXT("\xca\x3f\x80\x00\x00"), SESSION3_TYPE_DOUBLE},
      {TEXT("\xa1x"), SESSION3_TYPE_TEXT},
      {TEXT("\xc4\x01x"), SESSION3_TYPE_BINARY},
      {TEXT("\xd6\xff\x00\x00\x00\x01"), SESSION3_TYPE_TIMESTAMP},
      {TEXT("\x90"), SESSION3_TYPE_ARRAY},
      {TEXT("\x80"), SESSION3_TYPE_MAP},
  };
  for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
    session3_value value = parse_value(cases[index].bytes, cases[index].length);
    assert_only_getter_of(&value, cases[index].type);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_view_tells_type_count_and_bytes),
      cmocka_unit_test(bytes_that_are_no_value_are_refused),
      cmocka_unit_test(the_message_tells_the_offset_of_the_fault),
      cmocka_unit_test(nothing_is_no_value),
      cmocka_unit_test(values_nest_32_deep_and_no_deeper),
      cmocka_unit_test(a_million_open_arrays_are_refused_at_once),
      cmocka_unit_test(bools_are_read),
      cmocka_unit_test(integers_are_read_from_every_form),
      cmocka_unit_test(a_number_that_does_not_fit_is_out_of_range),
      cmocka_unit_test(doubles_are_read_bit_by_bit),
      cmocka_unit_test(timestamps_are_read_from_every_form),
      cmocka_unit_test(a_time_beyond_the_microseconds_of_int64_is_out_of_range),
      cmocka_unit_test(text_and_binary_are_borrowed_from_the_bytes),
      cmocka_unit_test(a_getter_of_another_type_answers_e_type),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
