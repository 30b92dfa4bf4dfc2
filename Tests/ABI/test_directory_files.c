/* SPDX-License-Identifier: MIT */
/* Files of a directory store: their shape, damaged and foreign ones, leftovers. */
#include "Support/session_file.h"
#include "Support/sessions.h"
#include "Support/stores.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define HOUR INT64_C(3600)

/** A pickle as Session3 wrote it. */
static const char pickle[] = "\x80\x04\x95\x2a\x00\x00\x00\x00\x00\x00\x00\x8c\x10session3.Session"
                             "\x94\x8c\x07Session\x94\x93\x94)\x81\x94}\x94\x8c\x04user\x94Nsb.";

/** Loads what is no session of ours: not found or damaged, with nothing handed out. */
static void assert_unreadable(session3_store *store, const char *id) {
  session3_session *session = (session3_session *)1;
  session3_status status = session3_store_load(store, id, strlen(id), &session, NULL);
  assert_true(status == SESSION3_NOT_FOUND || status == SESSION3_E_CORRUPT ||
              status == SESSION3_E_FORMAT);
  assert_null(session);
}

static void assert_same_file(const char *directory, const char *name, const void *data,
                             size_t length) {
  size_t size = 0;
  uint8_t *found = read_file(directory, name, &size);
  assert_int_equal(size, length);
  assert_memory_equal(found, data, length);
  free(found);
}

static void a_session_is_one_private_file_named_by_its_id(void **state) {
  struct fixture *fixture = *state;
  size_t size = 0;
  create_session(fixture->store, ALICE, "k", "v");
  assert_int_equal(count_entries(fixture->directory), 1);
  struct stat file = status_of(fixture->directory, ALICE);
  assert_int_equal(file.st_mode, S_IFREG | 0600);
  assert_int_equal(file.st_size, 4096);
  uint8_t *bytes = read_file(fixture->directory, ALICE, &size);
  assert_memory_equal(bytes, "SESSION3\x01\0\0\0", 12);
  uint32_t slot = load32(bytes + 12);
  assert_int_equal(slot, 1536);
  assert_int_equal(load32(bytes + 28), crc32c(0, bytes, 28));
  assert_int_equal(load64(bytes + SLOT_A), 1);
  assert_memory_equal(bytes + SLOT_A + SLOT_HEAD,
                      "\x81\xaa"
                      "attributes\x81\xa1k\xa1v",
                      17);
  uint32_t sum = crc32c(crc32c(crc32c(0, TEXT(ALICE)), bytes + SLOT_A, 28),
                        bytes + SLOT_A + SLOT_HEAD, load32(bytes + SLOT_A + 24));
  assert_int_equal(load32(bytes + SLOT_A + 28), sum);
  free(bytes);
}

static void saves_alternate_between_two_slots_of_one_file(void **state) {
  struct fixture *fixture = *state;
  size_t size = 0;
  create_session(fixture->store, ALICE, "k", "v1");
  ino_t inode = status_of(fixture->directory, ALICE).st_ino;
  change_session(fixture->store, ALICE, "k", "v2");
  change_session(fixture->store, ALICE, "k", "v3");
  change_session(fixture->store, ALICE, "k", "v4");
  assert_int_equal(status_of(fixture->directory, ALICE).st_ino, inode);
  uint8_t *bytes = read_file(fixture->directory, ALICE, &size);
  assert_int_equal(load64(bytes + SLOT_A), 3);
  assert_int_equal(load64(bytes + SLOT_A + load32(bytes + 12)), 4);
  free(bytes);
}

static void a_session_that_grows_takes_a_file_twice_as_large(void **state) {
  struct fixture *fixture = *state;
  char text[40001];
  create_session(fixture->store, ALICE, "k", "v");
  session3_session *older = load_session(fixture->store, ALICE);
  off_t last = status_of(fixture->directory, ALICE).st_size;
  for (size_t length = 1000; length < sizeof text; length *= 2) {
    memset(text, 'x', length);
    text[length] = 0;
    change_session(fixture->store, ALICE, "large", text);
    off_t now = status_of(fixture->directory, ALICE).st_size;
    assert_int_equal(now % 4096, 0);
    assert_true(now == last || now >= 2 * last);
    last = now;
    assert_stored_text(fixture->store, ALICE, "large", text);
    assert_stored_text(fixture->store, ALICE, "k", "v");
    assert_int_equal(count_entries(fixture->directory), 1);
  }
  assert_true(last >= 65536);
  set_text(older, "k", "merged");
  assert_ok(session3_store_save(fixture->store, older, SESSION3_SAVE_MERGE, ERR));
  assert_text(older, "large", text);
  session3_session_free(older);
}

static void a_large_session_is_created_in_one_go(void **state) {
  struct fixture *fixture = *state;
  static uint8_t bytes[1000000];
  const void *data = NULL;
  size_t length = 0;
  memset(bytes, 0xa5, sizeof bytes);
  session3_session *session = new_session(ALICE);
  assert_ok(session3_session_set_binary(session, TEXT("large"), bytes, sizeof bytes, ERR));
  assert_ok(session3_store_create(fixture->store, session, ERR));
  session3_session_free(session);
  session = load_session(fixture->store, ALICE);
  assert_ok(session3_session_get_binary(session, TEXT("large"), &data, &length, ERR));
  assert_int_equal(length, sizeof bytes);
  assert_memory_equal(data, bytes, length);
  session3_session_free(session);
}

/** A session that was saved twice: one slot holds "one", the other "two". */
static void create_two_revisions(struct fixture *fixture) {
  create_session(fixture->store, ALICE, "k", "one");
  change_session(fixture->store, ALICE, "k", "two");
}

/** Loads a damaged session: it is wholly one of its revisions, or told to be damaged. */
static void assert_whole_or_damaged(session3_store *store) {
  session3_session *session = NULL;
  const char *text = NULL;
  size_t length = 0;
  session3_status status = session3_store_load(store, TEXT(ALICE), &session, NULL);
  if (status == SESSION3_OK) {
    assert_ok(session3_session_get_text(session, TEXT("k"), &text, &length, ERR));
    assert_int_equal(length, 3);
    assert_true(memcmp(text, "one", 3) == 0 || memcmp(text, "two", 3) == 0);
    session3_session_free(session);
  } else {
    assert_true(status == SESSION3_E_CORRUPT || status == SESSION3_E_FORMAT);
    assert_null(session);
  }
}

static void a_flipped_bit_never_yields_another_content(void **state) {
  struct fixture *fixture = *state;
  size_t size = 0;
  create_two_revisions(fixture);
  create_session(fixture->store, BOB, "k", "v");
  uint8_t *whole = read_file(fixture->directory, ALICE, &size);
  uint32_t slot = load32(whole + 12), payload = load32(whole + SLOT_A + 24);
  for (size_t offset = 0; offset < SLOT_A + slot + SLOT_HEAD + payload; offset++) {
    for (int bit = 0; bit < 8; bit++) {
      flip_byte(fixture->directory, ALICE, offset, (uint8_t)(1 << bit));
      whole[offset] ^= (uint8_t)(1 << bit);
      assert_whole_or_damaged(fixture->store);
      if (bit == 0)
        assert_same_file(fixture->directory, ALICE, whole, size);
      flip_byte(fixture->directory, ALICE, offset, (uint8_t)(1 << bit));
      whole[offset] ^= (uint8_t)(1 << bit);
    }
  }
  free(whole);
  assert_stored_text(fixture->store, ALICE, "k", "two");
  assert_stored_text(fixture->store, BOB, "k", "v");
}

static void a_damaged_newest_slot_yields_the_one_before(void **state) {
  struct fixture *fixture = *state;
  create_two_revisions(fixture);
  flip_byte(fixture->directory, ALICE, SLOT_A + 1536 + SLOT_HEAD + 3, 0x40);
  assert_stored_text(fixture->store, ALICE, "k", "one");
  change_session(fixture->store, ALICE, "k", "three");
  assert_stored_text(fixture->store, ALICE, "k", "three");
}

static void damage_in_both_slots_is_corrupt_and_the_file_is_left(void **state) {
  struct fixture *fixture = *state;
  size_t size = 0;
  session3_session *session = NULL;
  create_two_revisions(fixture);
  session3_session *loaded = load_session(fixture->store, ALICE);
  flip_byte(fixture->directory, ALICE, SLOT_A + SLOT_HEAD + 3, 0x40);
  flip_byte(fixture->directory, ALICE, SLOT_A + 1536 + SLOT_HEAD + 3, 0x40);
  uint8_t *damaged = read_file(fixture->directory, ALICE, &size);
  assert_status(session3_store_load(fixture->store, TEXT(ALICE), &session, ERR),
                SESSION3_E_CORRUPT);
  set_text(loaded, "k", "three");
  assert_status(session3_store_save(fixture->store, loaded, SESSION3_SAVE_MERGE, ERR),
                SESSION3_E_CORRUPT);
  assert_status(session3_store_increment(fixture->store, TEXT(ALICE), TEXT("n"), 1, NULL, ERR),
                SESSION3_E_CORRUPT);
  assert_same_file(fixture->directory, ALICE, damaged, size);
  free(damaged);
  session3_session_free(loaded);
}

static void a_truncated_file_is_unreadable_and_left(void **state) {
  struct fixture *fixture = *state;
  size_t size = 0;
  create_two_revisions(fixture);
  uint8_t *whole = read_file(fixture->directory, ALICE, &size);
  const size_t lengths[] = {0, 1, 8, 31, 32, 511, 512, 543, 544, 2047, 2048, 4095};
  for (size_t index = 0; index < sizeof lengths / sizeof lengths[0]; index++) {
    write_file(fixture->directory, ALICE, whole, lengths[index]);
    assert_unreadable(fixture->store, ALICE);
    assert_same_file(fixture->directory, ALICE, whole, lengths[index]);
  }
  free(whole);
}

static void a_file_under_another_name_is_corrupt(void **state) {
  struct fixture *fixture = *state;
  char from[PATH_SIZE], to[PATH_SIZE];
  session3_session *session = NULL;
  create_two_revisions(fixture);
  path_in(from, fixture->directory, ALICE);
  path_in(to, fixture->directory, BOB);
  assert_int_equal(rename(from, to), 0);
  assert_status(session3_store_load(fixture->store, TEXT(BOB), &session, ERR), SESSION3_E_CORRUPT);
}

/** Puts a later format, or flags, into a session's header. */
static void patch_header(struct fixture *fixture, size_t offset, uint8_t value) {
  size_t size = 0;
  uint8_t *bytes = read_file(fixture->directory, ALICE, &size);
  bytes[offset] = value;
  store32(bytes + 28, crc32c(0, bytes, 28));
  write_file(fixture->directory, ALICE, bytes, size);
  free(bytes);
}

static void a_later_format_is_told_and_never_touched(void **state) {
  struct fixture *fixture = *state;
  session3_session *session = NULL;
  const size_t offsets[] = {8, 11}; /* the format; the flags that must be understood */
  for (size_t index = 0; index < 2; index++) {
    size_t size = 0;
    create_session(fixture->store, ALICE, "k", "v");
    session3_session *loaded = load_session(fixture->store, ALICE);
    patch_header(fixture, offsets[index], 2);
    uint8_t *later = read_file(fixture->directory, ALICE, &size);
    assert_status(session3_store_load(fixture->store, TEXT(ALICE), &session, ERR),
                  SESSION3_E_FORMAT);
    set_text(loaded, "k", "changed");
    assert_status(session3_store_save(fixture->store, loaded, SESSION3_SAVE_OVERWRITE, ERR),
                  SESSION3_E_FORMAT);
    assert_status(session3_store_delete(fixture->store, TEXT(ALICE), ERR), SESSION3_E_FORMAT);
    set_age(fixture->directory, ALICE, 10 * HOUR);
    assert_ok(session3_store_sweep(fixture->store, 0, NULL, NULL, NULL));
    assert_same_file(fixture->directory, ALICE, later, size);
    free(later);
    session3_session_free(loaded);
    patch_header(fixture, offsets[index], index == 0 ? 1 : 0);
    assert_ok(session3_store_delete(fixture->store, TEXT(ALICE), ERR));
  }
}

static void flags_that_may_be_ignored_are_kept(void **state) {
  struct fixture *fixture = *state;
  size_t size = 0;
  create_session(fixture->store, ALICE, "k", "v");
  patch_header(fixture, 10, 0x80);
  change_session(fixture->store, ALICE, "k", "changed");
  assert_stored_text(fixture->store, ALICE, "k", "changed");
  uint8_t *bytes = read_file(fixture->directory, ALICE, &size);
  assert_int_equal(bytes[10], 0x80);
  free(bytes);
}

static void a_foreign_file_is_never_read_overwritten_or_removed(void **state) {
  struct fixture *fixture = *state;
  session3_session *session = new_session(ALICE);
  write_file(fixture->directory, ALICE, pickle, sizeof pickle);
  set_age(fixture->directory, ALICE, 10 * HOUR);
  assert_unreadable(fixture->store, ALICE);
  assert_true(session3_store_create(fixture->store, session, NULL) < 0);
  assert_true(session3_store_save(fixture->store, session, SESSION3_SAVE_OVERWRITE, NULL) < 0);
  assert_status(session3_store_delete(fixture->store, TEXT(ALICE), ERR), SESSION3_E_CORRUPT);
  assert_ok(session3_store_sweep(fixture->store, 0, NULL, NULL, NULL));
  assert_same_file(fixture->directory, ALICE, pickle, sizeof pickle);
  session3_session_free(session);
}

static void iteration_tells_of_a_damaged_session_and_goes_on(void **state) {
  struct fixture *fixture = *state;
  session3_iterator *iterator = NULL;
  int good = 0, damaged = 0;
  create_session(fixture->store, ALICE, "k", "v");
  create_session(fixture->store, CAROL, "k", "v");
  write_file(fixture->directory, BOB, pickle, sizeof pickle);
  assert_ok(session3_store_iterate(fixture->store, &iterator, ERR));
  for (int step = 0; step < 3; step++) {
    session3_session *session = (session3_session *)1;
    const char *id = NULL;
    session3_status status = session3_iterator_next(iterator, &session, NULL);
    assert_ok(session3_iterator_id(iterator, &id, NULL, ERR));
    good += status == SESSION3_OK && strcmp(id, BOB) != 0;
    damaged += status == SESSION3_E_CORRUPT && strcmp(id, BOB) == 0 && session == NULL;
    if (status == SESSION3_OK)
      session3_session_free(session);
  }
  assert_int_equal(good, 2);
  assert_int_equal(damaged, 1);
  session3_session *none = NULL;
  assert_status(session3_iterator_next(iterator, &none, ERR), SESSION3_DONE);
  session3_iterator_free(iterator);
}

static void a_log_out_everywhere_tells_of_a_damaged_session_after_the_others(void **state) {
  struct fixture *fixture = *state;
  session3_value user;
  uint64_t deleted = 77;
  const char *ids[] = {ALICE, BOB, CAROL};
  assert_ok(session3_value_parse(TEXT("\xa1u"), &user, ERR));
  for (size_t index = 0; index < 3; index++) {
    session3_session *session = new_session(ids[index]);
    assert_ok(session3_session_set_user(session, &user, ERR));
    assert_ok(session3_store_create(fixture->store, session, ERR));
    session3_session_free(session);
  }
  flip_byte(fixture->directory, BOB, SLOT_A + SLOT_HEAD, 0x40);
  assert_status(session3_store_delete_user_sessions(fixture->store, &user, NULL, 0, &deleted, ERR),
                SESSION3_E_CORRUPT);
  assert_false(file_exists(fixture->directory, ALICE));
  assert_true(file_exists(fixture->directory, BOB));
  assert_false(file_exists(fixture->directory, CAROL));
}

static void names_that_are_no_ids_are_no_sessions(void **state) {
  struct fixture *fixture = *state;
  session3_iterator *iterator = NULL;
  char id[SESSION3_ID_MAXIMUM + 1];
  uint64_t remaining = 77;
  const char *names[] = {"notes.txt", "with space", ".hidden", "core.1234"};
  for (size_t index = 0; index < 4; index++) {
    write_file(fixture->directory, names[index], "x", 1);
    set_age(fixture->directory, names[index], 10 * HOUR);
  }
  assert_ok(session3_store_iterate(fixture->store, &iterator, ERR));
  assert_status(session3_iterator_next_id(iterator, id, ERR), SESSION3_DONE);
  session3_iterator_free(iterator);
  assert_ok(session3_store_sweep(fixture->store, 0, NULL, &remaining, ERR));
  assert_int_equal(remaining, 0);
  assert_int_equal(count_entries(fixture->directory), 4);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      FILE_TEST(a_session_is_one_private_file_named_by_its_id),
      FILE_TEST(saves_alternate_between_two_slots_of_one_file),
      FILE_TEST(a_session_that_grows_takes_a_file_twice_as_large),
      FILE_TEST(a_large_session_is_created_in_one_go),
      FILE_TEST(a_flipped_bit_never_yields_another_content),
      FILE_TEST(a_damaged_newest_slot_yields_the_one_before),
      FILE_TEST(damage_in_both_slots_is_corrupt_and_the_file_is_left),
      FILE_TEST(a_truncated_file_is_unreadable_and_left),
      FILE_TEST(a_file_under_another_name_is_corrupt),
      FILE_TEST(a_later_format_is_told_and_never_touched),
      FILE_TEST(flags_that_may_be_ignored_are_kept),
      FILE_TEST(a_foreign_file_is_never_read_overwritten_or_removed),
      FILE_TEST(iteration_tells_of_a_damaged_session_and_goes_on),
      FILE_TEST(a_log_out_everywhere_tells_of_a_damaged_session_after_the_others),
      FILE_TEST(names_that_are_no_ids_are_no_sessions),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
