/* SPDX-License-Identifier: MIT */
/* session3_easy.h: numbers, bools and times, set by their C type, read with fallback and status. */
#include <limits.h>

#include "Support/sessions.h"
#include "session3_easy.h"

static session3_type type_of(const session3_session *session, const char *key) {
  session3_value value;
  assert_ok(s3_read(session, key, &value, ERR));
  return value.type;
}

#define assert_sets(c_type, value, expected) \
  do { \
    c_type typed = (value); \
    assert_ok(s3_set(*state, "key", typed, ERR)); \
    assert_int_equal(type_of(*state, "key"), (expected)); \
  } while (false)

static void each_c_type_is_set_as_the_type_that_it_is(void **state) {
  assert_sets(bool, true, SESSION3_TYPE_BOOL);
  assert_sets(signed char, -1, SESSION3_TYPE_INT);
  assert_sets(short, -1, SESSION3_TYPE_INT);
  assert_sets(int, -1, SESSION3_TYPE_INT);
  assert_sets(long, -1, SESSION3_TYPE_INT);
  assert_sets(long long, -1, SESSION3_TYPE_INT);
  assert_sets(int64_t, -1, SESSION3_TYPE_INT);
  assert_sets(unsigned char, 1, SESSION3_TYPE_INT);
  assert_sets(unsigned short, 1, SESSION3_TYPE_INT);
  assert_sets(unsigned, 1, SESSION3_TYPE_INT);
  assert_sets(unsigned long, ULONG_MAX, SESSION3_TYPE_UINT);
  assert_sets(unsigned long long, ULLONG_MAX, SESSION3_TYPE_UINT);
  assert_sets(size_t, SIZE_MAX, SESSION3_TYPE_UINT);
  assert_sets(float, 0.5F, SESSION3_TYPE_DOUBLE);
  assert_sets(double, 0.5, SESSION3_TYPE_DOUBLE);
  assert_sets(const char *, "text", SESSION3_TYPE_TEXT);
  char array[] = "text";
  assert_sets(char *, array, SESSION3_TYPE_TEXT);
  assert_ok(s3_set(*state, "key", array, ERR));
  assert_int_equal(type_of(*state, "key"), SESSION3_TYPE_TEXT);
  assert_ok(s3_set_time(*state, "key", 0, ERR));
  assert_int_equal(type_of(*state, "key"), SESSION3_TYPE_TIMESTAMP);
}

static void a_value_is_set_as_it_is(void **state) {
  session3_value array;
  const session3_value *constant = &array;
  assert_ok(session3_value_parse("\x92\x01\x02", 3, &array, ERR));
  assert_ok(s3_set(*state, "plain", &array, ERR));
  assert_ok(s3_set(*state, "constant", constant, ERR));
  session3_value found;
  assert_ok(s3_read(*state, "constant", &found, ERR));
  assert_int_equal(found.encoded_length, 3);
  assert_memory_equal(found.encoded, "\x92\x01\x02", 3);
}

#define assert_comes_back(c_type, value) \
  do { \
    c_type out = 0; \
    assert_ok(s3_set(*state, "key", (c_type)(value), ERR)); \
    assert_ok(s3_read(*state, "key", &out, ERR)); \
    assert_true(out == (value)); \
  } while (false)

static void the_ends_of_each_range_come_back(void **state) {
  assert_comes_back(int, INT_MIN);
  assert_comes_back(int, INT_MAX);
  assert_comes_back(unsigned, UINT_MAX);
  assert_comes_back(long, LONG_MIN);
  assert_comes_back(long, LONG_MAX);
  assert_comes_back(unsigned long, ULONG_MAX);
  assert_comes_back(long long, LLONG_MIN);
  assert_comes_back(unsigned long long, ULLONG_MAX);
  assert_comes_back(double, 1e300);
}

static void a_number_that_does_not_fit_is_a_range_error(void **state) {
  int narrow = 7;
  unsigned natural = 7;
  assert_ok(s3_set(*state, "large", (int64_t)INT_MAX + 1, ERR));
  assert_ok(s3_set(*state, "small", (int64_t)INT_MIN - 1, ERR));
  assert_ok(s3_set(*state, "wide", (uint64_t)UINT_MAX + 1, ERR));
  assert_ok(s3_set(*state, "negative", -1, ERR));
  assert_status(s3_read(*state, "large", &narrow, ERR), SESSION3_E_RANGE);
  assert_message_names("\"large\"");
  assert_status(s3_read(*state, "small", &narrow, ERR), SESSION3_E_RANGE);
  assert_status(s3_read(*state, "wide", &natural, ERR), SESSION3_E_RANGE);
  assert_status(s3_read(*state, "negative", &natural, ERR), SESSION3_E_RANGE);
  assert_int_equal(narrow, 7);
  assert_int_equal(natural, 7);
}

static void a_missing_attribute_gives_the_fallback(void **state) {
  assert_true(s3_get_bool(*state, "key", true));
  assert_false(s3_get_bool(*state, "key", false));
  assert_int_equal(s3_get_int(*state, "key", -4), -4);
  assert_true(s3_get_uint(*state, "key", UINT64_MAX) == UINT64_MAX);
  assert_true(s3_get_double(*state, "key", 0.5) == 0.5);
  assert_int_equal(s3_get_time(*state, "key", 17), 17);
}

static void a_stored_attribute_wins_over_the_fallback(void **state) {
  bool admin = true;
  assert_ok(s3_set(*state, "bool", admin, ERR));
  assert_ok(s3_set(*state, "int", -5, ERR));
  assert_ok(s3_set(*state, "uint", UINT64_MAX, ERR));
  assert_ok(s3_set(*state, "double", 2.5, ERR));
  assert_ok(s3_set_time(*state, "time", 1700000000000001, ERR));
  assert_true(s3_get_bool(*state, "bool", false));
  assert_int_equal(s3_get_int(*state, "int", 1), -5);
  assert_true(s3_get_uint(*state, "uint", 1) == UINT64_MAX);
  assert_true(s3_get_double(*state, "double", 1) == 2.5);
  assert_int_equal(s3_get_time(*state, "time", 1), 1700000000000001);
}

static void a_wrong_type_gives_the_fallback_and_a_type_error(void **state) {
  bool truth = true;
  int number = 7;
  double real = 7;
  assert_ok(s3_set(*state, "text", "12", ERR));
  assert_ok(s3_set(*state, "int", 12, ERR));
  assert_false(s3_get_bool(*state, "text", false));
  assert_int_equal(s3_get_int(*state, "text", 3), 3);
  assert_true(s3_get_double(*state, "int", 0.5) == 0.5);
  assert_int_equal(s3_get_time(*state, "int", 3), 3);
  assert_status(s3_read(*state, "text", &truth, ERR), SESSION3_E_TYPE);
  assert_status(s3_read(*state, "text", &number, ERR), SESSION3_E_TYPE);
  assert_status(s3_read(*state, "int", &real, ERR), SESSION3_E_TYPE);
  assert_true(truth);
  assert_int_equal(number, 7);
  assert_true(real == 7);
}

static void a_missing_attribute_is_no_error_to_read(void **state) {
  bool truth = true;
  int number = 7;
  assert_not_found(s3_read(*state, "key", &truth, ERR));
  assert_not_found(s3_read(*state, "key", &number, ERR));
  assert_true(truth);
  assert_int_equal(number, 7);
}

static void the_int_that_true_is_in_c11_reads_as_a_bool(void **state) {
  bool truth = false;
  assert_ok(s3_set(*state, "yes", 1, ERR));
  assert_ok(s3_set(*state, "no", 0, ERR));
  assert_true(s3_get_bool(*state, "yes", false));
  assert_false(s3_get_bool(*state, "no", true));
  assert_ok(s3_read(*state, "yes", &truth, ERR));
  assert_true(truth);
}

static void another_int_is_no_bool(void **state) {
  bool truth = true;
  assert_ok(s3_set(*state, "two", 2, ERR));
  assert_status(s3_read(*state, "two", &truth, ERR), SESSION3_E_TYPE);
  assert_true(truth);
  assert_false(s3_get_bool(*state, "two", false));
}

static void null_is_invalid_and_gives_the_fallback(void **state) {
  int number = 7;
  assert_invalid(s3_set(*state, NULL, 1, ERR));
  assert_invalid(s3_set((session3_session *)NULL, "key", 1, ERR));
  assert_invalid(s3_set(*state, "key", (const char *)NULL, ERR));
  assert_invalid(s3_set(*state, "key", (const session3_value *)NULL, ERR));
  assert_invalid(s3_read(*state, NULL, &number, ERR));
  assert_invalid(s3_read(*state, "key", (int *)NULL, ERR));
  assert_invalid(s3_read(*state, "key", (unsigned long *)NULL, ERR));
  assert_invalid(s3_read(*state, "key", (bool *)NULL, ERR));
  assert_invalid(s3_remove(*state, NULL, ERR));
  assert_int_equal(s3_get_int(NULL, "key", 3), 3);
  assert_int_equal(s3_get_int(*state, NULL, 3), 3);
  assert_true(s3_get_bool(NULL, "key", true));
  assert_int_equal(session3_session_attribute_count(*state), 0);
}

static void a_removed_attribute_is_missing(void **state) {
  assert_ok(s3_set(*state, "key", 1, ERR));
  assert_ok(s3_remove(*state, "key", ERR));
  assert_int_equal(s3_get_int(*state, "key", 9), 9);
  assert_not_found(s3_remove(*state, "key", ERR));
}

static void each_argument_is_evaluated_once(void **state) {
  int calls = 0;
  int out = 0;
  assert_ok(s3_set(*state, "key", ++calls, ERR));
  assert_int_equal(calls, 1);
  int *pointer = &out;
  assert_ok(s3_read(*state, "key", pointer++, ERR));
  assert_ptr_equal(pointer, &out + 1);
  assert_int_equal(out, 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      SESSION_TEST(each_c_type_is_set_as_the_type_that_it_is),
      SESSION_TEST(a_value_is_set_as_it_is),
      SESSION_TEST(the_ends_of_each_range_come_back),
      SESSION_TEST(a_number_that_does_not_fit_is_a_range_error),
      SESSION_TEST(a_missing_attribute_gives_the_fallback),
      SESSION_TEST(a_stored_attribute_wins_over_the_fallback),
      SESSION_TEST(a_wrong_type_gives_the_fallback_and_a_type_error),
      SESSION_TEST(a_missing_attribute_is_no_error_to_read),
      SESSION_TEST(the_int_that_true_is_in_c11_reads_as_a_bool),
      SESSION_TEST(another_int_is_no_bool),
      SESSION_TEST(null_is_invalid_and_gives_the_fallback),
      SESSION_TEST(a_removed_attribute_is_missing),
      SESSION_TEST(each_argument_is_evaluated_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
