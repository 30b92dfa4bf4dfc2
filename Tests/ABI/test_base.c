/* SPDX-License-Identifier: MIT */
/* Statuses, errors, buffers, ids, the version. */
#include "Support/check.h"

#include <stdio.h>

static void every_status_has_a_text_of_its_own(void **state) {
  (void)state;
  for (session3_status one = SESSION3_E_INSECURE; one <= SESSION3_EXPIRED; one++) {
    assert_true(strlen(session3_status_text(one)) > 1);
    assert_string_not_equal(session3_status_text(one), "unknown status");
    for (session3_status two = SESSION3_E_INSECURE; two < one; two++) {
      assert_string_not_equal(session3_status_text(one), session3_status_text(two));
    }
  }
}

static void a_number_that_is_no_status_has_a_text_too(void **state) {
  (void)state;
  const session3_status unknown[] = {4, -18, 1000, -1000, INT32_MAX, INT32_MIN};
  for (size_t index = 0; index < sizeof unknown / sizeof unknown[0]; index++) {
    assert_string_equal(session3_status_text(unknown[index]), "unknown status");
  }
}

static void an_error_smaller_than_the_first_version_is_left_alone(void **state) {
  (void)state;
  const size_t sizes[] = {0, 8, offsetof(session3_error, message), sizeof(session3_error) - 1};
  for (size_t index = 0; index < sizeof sizes / sizeof sizes[0]; index++) {
    session3_error error, before;
    memset(&error, 0x5a, sizeof error);
    error.size = sizes[index];
    before = error;
    assert_invalid(session3_id_generate(NULL, &error));
    assert_memory_equal(&error, &before, sizeof error);
  }
}

static void a_larger_error_keeps_its_tail(void **state) {
  (void)state;
  struct {
    session3_error error;
    char tail[32];
  } larger;
  memset(&larger, 0x5a, sizeof larger);
  larger.error.size = sizeof larger;
  assert_invalid(session3_id_generate(NULL, &larger.error));
  assert_int_equal(larger.error.size, sizeof larger);
  assert_int_equal(larger.error.status, SESSION3_E_INVALID);
  for (size_t index = 0; index < sizeof larger.tail; index++) {
    assert_int_equal(larger.tail[index], 0x5a);
  }
}

static void a_buffer_holds_a_copy_with_a_nul_behind(void **state) {
  (void)state;
  char bytes[] = "a\0b";
  session3_buffer buffer = SESSION3_BUFFER_INIT;
  assert_ok(session3_buffer_assign(&buffer, bytes, 3, ERR));
  memset(bytes, 'x', sizeof bytes);
  assert_int_equal(buffer.length, 3);
  assert_memory_equal(buffer.data, "a\0b\0", 4);
  session3_buffer_dispose(&buffer);
  assert_null(buffer.data);
  assert_int_equal(buffer.length, 0);
  assert_int_equal(buffer.size, sizeof buffer);
}

static void an_assigned_buffer_can_be_assigned_again_and_emptied(void **state) {
  (void)state;
  session3_buffer buffer = SESSION3_BUFFER_INIT;
  assert_ok(session3_buffer_assign(&buffer, TEXT("first"), ERR));
  assert_ok(session3_buffer_assign(&buffer, TEXT("the second one"), ERR));
  assert_string_equal(buffer.data, "the second one");
  assert_ok(session3_buffer_assign(&buffer, (char *)buffer.data + 4, 6, ERR));
  assert_string_equal(buffer.data, "second");
  assert_ok(session3_buffer_assign(&buffer, NULL, 0, ERR));
  assert_int_equal(buffer.length, 0);
  session3_buffer_dispose(&buffer);
}

static void disposing_of_nothing_is_a_no_op(void **state) {
  (void)state;
  session3_buffer buffer = SESSION3_BUFFER_INIT;
  session3_buffer_dispose(NULL);
  session3_buffer_dispose(&buffer);
  assert_ok(session3_buffer_assign(&buffer, TEXT("x"), ERR));
  session3_buffer_dispose(&buffer);
  session3_buffer_dispose(&buffer);
  assert_null(buffer.data);
}

static void a_wrong_assignment_leaves_the_buffer(void **state) {
  (void)state;
  session3_buffer buffer = SESSION3_BUFFER_INIT;
  assert_ok(session3_buffer_assign(&buffer, TEXT("kept"), ERR));
  assert_invalid(session3_buffer_assign(&buffer, NULL, 1, ERR));
  assert_invalid(session3_buffer_assign(NULL, TEXT("x"), ERR));
  assert_invalid(session3_buffer_assign(NULL, TEXT("x"), NULL));
  assert_string_equal(buffer.data, "kept");
  session3_buffer_dispose(&buffer);
}

static void generated_ids_are_valid_and_never_repeat(void **state) {
  (void)state;
  char ids[64][SESSION3_ID_LENGTH + 1];
  for (size_t one = 0; one < 64; one++) {
    memset(ids[one], '!', sizeof ids[one]);
    assert_ok(session3_id_generate(ids[one], ERR));
    assert_int_equal(strlen(ids[one]), SESSION3_ID_LENGTH);
    assert_true(session3_id_is_valid(ids[one], SESSION3_ID_LENGTH));
    for (size_t two = 0; two < one; two++) assert_string_not_equal(ids[one], ids[two]);
  }
}

static void an_id_is_1_to_128_characters_of_the_grammar(void **state) {
  (void)state;
  char id[SESSION3_ID_MAXIMUM + 1];
  memset(id, 'a', sizeof id);
  assert_true(session3_id_is_valid(id, 1));
  assert_true(session3_id_is_valid(id, SESSION3_ID_MAXIMUM));
  assert_false(session3_id_is_valid(id, SESSION3_ID_MAXIMUM + 1));
  assert_false(session3_id_is_valid(id, SIZE_MAX));
  assert_false(session3_id_is_valid(id, 0));
  assert_false(session3_id_is_valid(NULL, 0));
  assert_false(session3_id_is_valid(NULL, 5));
  const char *allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
  for (int byte = 0; byte < 256; byte++) {
    id[1] = (char)byte;
    assert_int_equal(session3_id_is_valid(id, 3), byte != 0 && strchr(allowed, byte) != NULL);
  }
}

static void the_version_is_that_of_the_header(void **state) {
  (void)state;
  char text[48];
  session3_version_info info = {.size = sizeof info};
  assert_ok(session3_version(&info, ERR));
  assert_int_equal(info.size, sizeof info);
  assert_int_equal(info.major, SESSION3_VERSION_MAJOR);
  assert_int_equal(info.minor, SESSION3_VERSION_MINOR);
  assert_int_equal(info.patch, SESSION3_VERSION_PATCH);
  assert_int_equal(info.format, 1);
  snprintf(text, sizeof text, "%d.%d.%d", SESSION3_VERSION_MAJOR, SESSION3_VERSION_MINOR,
           SESSION3_VERSION_PATCH);
  assert_string_equal(info.text, text);
}

static void the_version_is_told_up_to_the_callers_size(void **state) {
  (void)state;
  session3_version_info info;
  memset(&info, 0x5a, sizeof info);
  info.size = offsetof(session3_version_info, buffer_size);
  assert_ok(session3_version(&info, ERR));
  assert_int_equal(info.minor, SESSION3_VERSION_MINOR);
  assert_int_equal(info.error_size, sizeof(session3_error));
  assert_int_equal(info.buffer_size, 0x5a5a5a5a5a5a5a5a);
  assert_int_equal(info.store_callbacks_size, 0x5a5a5a5a5a5a5a5a);
}

static void a_larger_version_struct_keeps_its_tail(void **state) {
  (void)state;
  struct {
    session3_version_info info;
    uint64_t tail;
  } larger = {.info = {.size = sizeof larger}, .tail = 0x5a};
  assert_ok(session3_version(&larger.info, ERR));
  assert_int_equal(larger.info.store_callbacks_size, sizeof(session3_store_callbacks));
  assert_int_equal(larger.tail, 0x5a);
}

static void a_version_struct_without_a_size_is_refused(void **state) {
  (void)state;
  session3_version_info info = {.size = 0, .major = 0x5a};
  assert_invalid(session3_version(&info, ERR));
  assert_int_equal(info.major, 0x5a);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_status_has_a_text_of_its_own),
      cmocka_unit_test(a_number_that_is_no_status_has_a_text_too),
      cmocka_unit_test(an_error_smaller_than_the_first_version_is_left_alone),
      cmocka_unit_test(a_larger_error_keeps_its_tail),
      cmocka_unit_test(a_buffer_holds_a_copy_with_a_nul_behind),
      cmocka_unit_test(an_assigned_buffer_can_be_assigned_again_and_emptied),
      cmocka_unit_test(disposing_of_nothing_is_a_no_op),
      cmocka_unit_test(a_wrong_assignment_leaves_the_buffer),
      cmocka_unit_test(generated_ids_are_valid_and_never_repeat),
      cmocka_unit_test(an_id_is_1_to_128_characters_of_the_grammar),
      cmocka_unit_test(the_version_is_that_of_the_header),
      cmocka_unit_test(the_version_is_told_up_to_the_callers_size),
      cmocka_unit_test(a_larger_version_struct_keeps_its_tail),
      cmocka_unit_test(a_version_struct_without_a_size_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
