/* SPDX-License-Identifier: MIT */
/* Files that one check alone finds to be damaged, or not the store's: all else about them is in
 * order. */
#include "Support/session_file.h"
#include "Support/sessions.h"
#include "Support/stores.h"

#include <stdlib.h>

#define HEAD_SIZE 32
#define SMALL_FILE 4096
#define DAY_US INT64_C(86400000000)

static void assert_damaged(session3_store *store) {
  session3_session *session = NULL;
  assert_status(session3_store_load(store, TEXT(ALICE), &session, ERR), SESSION3_E_CORRUPT);
  assert_null(session);
}

/** Bytes 8 to 27 say what the file is; some of them nothing yet. */
static void every_bit_of_the_head_counts(void **state) {
  struct fixture *fixture = *state;
  create_session(fixture->store, ALICE, "k", "v");
  for (size_t bit = 0; bit < (size_t)8 * HEAD_SIZE; bit++) {
    flip_byte(fixture->directory, ALICE, bit / 8, (uint8_t)(1U << bit % 8));
    assert_damaged(fixture->store);
    flip_byte(fixture->directory, ALICE, bit / 8, (uint8_t)(1U << bit % 8));
  }
  assert_stored_text(fixture->store, ALICE, "k", "v");
}

/** The checksum is right, and the payload is one: it ends in the other slot. */
static void a_payload_that_ends_beyond_its_slot_is_damaged(void **state) {
  struct fixture *fixture = *state;
  const uint32_t length = 1600;
  const uint8_t start[] = "\x81\xaa"
                          "attributes\x81\xa1k\xc5";
  const size_t head = sizeof start - 1 + 2;
  size_t size = 0;
  create_session(fixture->store, ALICE, "k", "v");
  uint8_t *bytes = read_file(fixture->directory, ALICE, &size);
  assert_int_equal(size, SMALL_FILE);
  assert_true(SLOT_HEAD + length > load32(bytes + 12));
  uint8_t *slot = bytes + SLOT_A;
  memset(slot + SLOT_HEAD, 'x', length);
  memcpy(slot + SLOT_HEAD, start, sizeof start - 1);
  slot[SLOT_HEAD + sizeof start - 1] = (uint8_t)((length - head) >> 8);
  slot[SLOT_HEAD + sizeof start] = (uint8_t)(length - head);
  store32(slot + 24, length);
  uint32_t sum = crc32c(crc32c(0, TEXT(ALICE)), slot, 28);
  store32(slot + 28, crc32c(sum, slot + SLOT_HEAD, length));
  write_file(fixture->directory, ALICE, bytes, size);
  free(bytes);
  assert_damaged(fixture->store);
}

/** Sweeps a file that is two days old; whether it is deleted. */
static bool is_swept(struct fixture *fixture) {
  uint64_t deleted = 77, remaining = 77;
  set_age(fixture->directory, ALICE, 2 * DAY_US / 1000000);
  assert_ok(session3_store_sweep(fixture->store, DAY_US, &deleted, &remaining, ERR));
  assert_int_equal(deleted, !file_exists(fixture->directory, ALICE));
  return deleted == 1;
}

static void a_sweep_leaves_files_that_are_not_the_stores(void **state) {
  struct fixture *fixture = *state;
  write_file(fixture->directory, ALICE, TEXT("a letter to Bob"));
  assert_false(is_swept(fixture));
}

static void a_sweep_leaves_sessions_of_a_later_format(void **state) {
  struct fixture *fixture = *state;
  size_t size = 0;
  create_session(fixture->store, ALICE, "k", "v");
  uint8_t *bytes = read_file(fixture->directory, ALICE, &size);
  bytes[8] = 2;
  store32(bytes + 28, crc32c(0, bytes, 28));
  write_file(fixture->directory, ALICE, bytes, size);
  free(bytes);
  assert_false(is_swept(fixture));
}

/** What a power cut may leave of a creation that was not synced. */
static void a_sweep_takes_a_file_of_zeros(void **state) {
  struct fixture *fixture = *state;
  const uint8_t zeros[SMALL_FILE] = {0};
  write_file(fixture->directory, ALICE, zeros, sizeof zeros);
  assert_true(is_swept(fixture));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      FILE_TEST(every_bit_of_the_head_counts),
      FILE_TEST(a_payload_that_ends_beyond_its_slot_is_damaged),
      FILE_TEST(a_sweep_leaves_files_that_are_not_the_stores),
      FILE_TEST(a_sweep_leaves_sessions_of_a_later_format),
      FILE_TEST(a_sweep_takes_a_file_of_zeros),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
