/* SPDX-License-Identifier: MIT */
/* Opening a directory as a store: paths, options, modes, the store's own file. */
#include "Support/files.h"
#include "Support/session_file.h"
#include "Support/sessions.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int open_place(void **state) {
  char *directory = calloc(1, DIRECTORY_SIZE);
  if (directory == NULL)
    return -1;
  make_directory(directory);
  *state = directory;
  return 0;
}

static int close_place(void **state) {
  remove_directory(*state);
  free(*state);
  return 0;
}

#define PLACE_TEST(test) cmocka_unit_test_setup_teardown(test, open_place, close_place)

static session3_store *open_with(const char *path, const session3_directory_options *options) {
  session3_store *store = NULL;
  assert_ok(session3_store_open_directory(path, strlen(path), options, &store, ERR));
  assert_non_null(store);
  return store;
}

/** Fails to open, with this status and errno, and a message that names the path. */
static void assert_refused(const char *path, const session3_directory_options *options,
                           session3_status status, int system_errno) {
  session3_store *store = (session3_store *)1;
  size_t descriptors = count_descriptors();
  assert_status(session3_store_open_directory(path, strlen(path), options, &store, ERR), status);
  assert_null(store);
  assert_int_equal(last_error()->system_errno, system_errno);
  assert_int_equal(count_descriptors(), descriptors);
  if (path[0] != 0)
    assert_message_names(path);
}

static void a_missing_directory_is_an_error_that_names_it(void **state) {
  char path[PATH_SIZE];
  path_in(path, *state, "missing");
  assert_refused(path, NULL, SESSION3_E_IO, ENOENT);
  assert_false(file_exists(*state, "missing"));
}

static void a_missing_directory_is_created_on_demand(void **state) {
  char path[PATH_SIZE];
  session3_directory_options options = SESSION3_DIRECTORY_OPTIONS_INIT;
  options.flags = SESSION3_DIRECTORY_CREATE;
  path_in(path, *state, "new");
  session3_store *store = open_with(path, &options);
  assert_int_equal(status_of(*state, "new").st_mode, S_IFDIR | 0700);
  session3_store_free(store);
  options.directory_mode = 0777;
  session3_store_free(open_with(path, &options));
  assert_int_equal(status_of(*state, "new").st_mode, S_IFDIR | 0700);
  options.directory_mode = 0750;
  path_in(path, *state, "other");
  session3_store_free(open_with(path, &options));
  assert_int_equal(status_of(*state, "other").st_mode, S_IFDIR | 0750);
}

static void parents_are_not_created(void **state) {
  char path[PATH_SIZE];
  session3_directory_options options = SESSION3_DIRECTORY_OPTIONS_INIT;
  options.flags = SESSION3_DIRECTORY_CREATE;
  path_in(path, *state, "missing/new");
  assert_refused(path, &options, SESSION3_E_IO, ENOENT);
  assert_false(file_exists(*state, "missing"));
}

static void a_file_in_its_place_is_no_directory(void **state) {
  char path[PATH_SIZE];
  session3_directory_options options = SESSION3_DIRECTORY_OPTIONS_INIT;
  write_file(*state, "file", "x", 1);
  path_in(path, *state, "file");
  assert_refused(path, NULL, SESSION3_E_IO, ENOTDIR);
  options.flags = SESSION3_DIRECTORY_CREATE;
  assert_refused(path, &options, SESSION3_E_IO, ENOTDIR);
}

static void a_directory_without_permission_is_refused(void **state) {
  uid_t user = geteuid();
  assert_int_equal(chmod(*state, user == 0 ? 0700 : 0000), 0);
  if (user == 0)
    assert_int_equal(seteuid(65534), 0);
  assert_refused(*state, NULL, SESSION3_E_IO, EACCES);
  if (user == 0)
    assert_int_equal(seteuid(0), 0);
  assert_int_equal(chmod(*state, 0700), 0);
}

static void a_path_that_is_none_is_refused(void **state) {
  session3_store *store = (session3_store *)1;
  assert_invalid(session3_store_open_directory("", 0, NULL, &store, ERR));
  assert_null(store);
  store = (session3_store *)1;
  assert_invalid(session3_store_open_directory(TEXT("/tmp\0x"), NULL, &store, ERR));
  assert_null(store);
  char path[PATH_MAX + 2];
  memset(path, 'x', sizeof path);
  path[0] = '/';
  session3_status status = session3_store_open_directory(path, sizeof path, NULL, &store, NULL);
  assert_true(status == SESSION3_E_IO || status == SESSION3_E_INVALID);
  assert_true(file_exists(*state, "."));
}

static void options_out_of_range_are_refused(void **state) {
  const session3_directory_options defaults = SESSION3_DIRECTORY_OPTIONS_INIT;
  session3_directory_options cases[12];
  for (size_t index = 0; index < 12; index++) cases[index] = defaults;
  cases[0].size = 0;
  cases[1].flags = 8;
  cases[2].file_mode = 010000;
  cases[3].directory_mode = 010000;
  cases[4].sync = 3;
  cases[5].policy = 4;
  cases[6].reserved = 1;
  cases[7].maximum_payload = (UINT64_C(1) << 30) + 1;
  cases[8].flags = UINT32_MAX;
  cases[9].size = offsetof(session3_directory_options, log) - 1;
  cases[10].log_level = 1;
  cases[11].reserved_2 = 1;
  for (size_t index = 0; index < 12; index++) {
    session3_store *store = (session3_store *)1;
    assert_invalid(
        session3_store_open_directory(*state, strlen(*state), &cases[index], &store, ERR));
    assert_null(store);
  }
  assert_false(file_exists(*state, ".session3"));
}

static void options_of_a_newer_header_are_read_as_far_as_known(void **state) {
  struct {
    session3_directory_options options;
    uint64_t later[4];
  } larger = {SESSION3_DIRECTORY_OPTIONS_INIT, {0}};
  larger.options.size = sizeof larger;
  larger.options.policy = SESSION3_SAVE_FAIL;
  session3_store_info info = {.size = sizeof info};
  session3_store *store = open_with(*state, &larger.options);
  assert_ok(session3_store_get_info(store, &info, ERR));
  assert_int_equal(info.policy, SESSION3_SAVE_FAIL);
  session3_store_free(store);
  larger.later[3] = 1;
  store = (session3_store *)1;
  assert_invalid(
      session3_store_open_directory(*state, strlen(*state), &larger.options, &store, ERR));
  assert_null(store);
}

static void a_store_tells_what_it_is(void **state) {
  session3_directory_options options = SESSION3_DIRECTORY_OPTIONS_INIT;
  session3_store_info info = {.size = sizeof info};
  session3_store *store = open_with(*state, NULL);
  assert_ok(session3_store_get_info(store, &info, ERR));
  assert_int_equal(info.is_multiprocess_safe, 1);
  assert_int_equal(info.is_thread_safe, 1);
  assert_int_equal(info.policy, SESSION3_SAVE_MERGE);
  assert_int_equal(info.sync, SESSION3_SYNC_NONE);
  assert_int_equal(info.maximum_payload, 1 << 20);
  assert_int_equal(info.access_resolution_us, 1000000);
  session3_store_free(store);
  options.maximum_payload = UINT64_C(1) << 30;
  options.access_resolution_us = -1;
  options.policy = SESSION3_SAVE_OVERWRITE | SESSION3_SAVE_RESURRECT;
  store = open_with(*state, &options);
  assert_ok(session3_store_get_info(store, &info, ERR));
  assert_int_equal(info.policy, SESSION3_SAVE_OVERWRITE | SESSION3_SAVE_RESURRECT);
  assert_int_equal(info.maximum_payload, 1 << 30);
  assert_true(info.access_resolution_us == -1);
  info = (session3_store_info){.size = 0};
  assert_invalid(session3_store_get_info(store, &info, ERR));
  session3_store_free(store);
}

static void a_sync_mode_that_is_not_the_stores_is_refused(void **state) {
  session3_directory_options options = SESSION3_DIRECTORY_OPTIONS_INIT;
  session3_store_info info = {.size = sizeof info};
  options.sync = SESSION3_SYNC_DATA;
  session3_store_free(open_with(*state, &options));
  options.sync = SESSION3_SYNC_NONE;
  assert_refused(*state, &options, SESSION3_E_INVALID, 0);
  options.sync = SESSION3_SYNC_DEFAULT;
  session3_store *store = open_with(*state, &options);
  assert_ok(session3_store_get_info(store, &info, ERR));
  assert_int_equal(info.sync, SESSION3_SYNC_DATA);
  create_session(store, ALICE, "k", "v");
  change_session(store, ALICE, "k", "changed");
  assert_stored_text(store, ALICE, "k", "changed");
  assert_ok(session3_store_delete(store, TEXT(ALICE), ERR));
  session3_store_free(store);
}

static void the_stores_own_file_is_made_once_and_kept(void **state) {
  size_t size = 0, size_again = 0;
  session3_store_free(open_with(*state, NULL));
  uint8_t *first = read_file(*state, ".session3", &size);
  assert_int_equal(size, 64);
  assert_memory_equal(first, "SESSION3\x01\0\0\0\x01\0\0\0", 16);
  assert_int_equal(crc32c(0, first, 60), load32(first + 60));
  session3_store_free(open_with(*state, NULL));
  uint8_t *second = read_file(*state, ".session3", &size_again);
  assert_int_equal(size_again, size);
  assert_memory_equal(first, second, size);
  assert_int_equal(count_entries(*state), 0);
  free(first);
  free(second);
}

static void a_damaged_own_file_is_corrupt_and_left_alone(void **state) {
  session3_store_free(open_with(*state, NULL));
  for (size_t offset = 0; offset < 64; offset += 3) {
    session3_store *store = (session3_store *)1;
    flip_byte(*state, ".session3", offset, 0x10);
    session3_status status =
        session3_store_open_directory(*state, strlen(*state), NULL, &store, NULL);
    assert_true(status == SESSION3_E_CORRUPT || status == SESSION3_E_FORMAT);
    assert_null(store);
    flip_byte(*state, ".session3", offset, 0x10);
  }
  session3_store_free(open_with(*state, NULL));
  write_file(*state, ".session3", "short", 5);
  assert_refused(*state, NULL, SESSION3_E_CORRUPT, 0);
  assert_int_equal(status_of(*state, ".session3").st_size, 5);
}

static void an_own_file_of_a_later_format_is_refused(void **state) {
  size_t size = 0;
  session3_store_free(open_with(*state, NULL));
  uint8_t *own = read_file(*state, ".session3", &size);
  own[8] = 2;
  store32(own + 60, crc32c(0, own, 60));
  write_file(*state, ".session3", own, size);
  free(own);
  assert_refused(*state, NULL, SESSION3_E_FORMAT, 0);
}

static void all_handles_of_a_directory_share_sessions_and_hashes(void **state) {
  char one[SESSION3_SHORT_HASH_LENGTH + 1], two[SESSION3_SHORT_HASH_LENGTH + 1];
  session3_store *store = open_with(*state, NULL), *other = open_with(*state, NULL);
  create_session(store, ALICE, "k", "v");
  assert_stored_text(other, ALICE, "k", "v");
  assert_ok(session3_store_short_hash(store, TEXT(ALICE), one, ERR));
  assert_ok(session3_store_short_hash(other, TEXT(ALICE), two, ERR));
  assert_string_equal(one, two);
  session3_store_free(store);
  assert_stored_text(other, ALICE, "k", "v");
  session3_store_free(other);
}

static void an_open_store_has_one_descriptor_that_programs_do_not_inherit(void **state) {
  size_t before = count_descriptors();
  session3_store *store = open_with(*state, NULL);
  assert_int_equal(count_descriptors(), before + 1);
  for (int descriptor = 3; descriptor < 64; descriptor++) {
    char link[64], target[PATH_SIZE];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, target, sizeof target - 1);
    if (length < 0)
      continue;
    target[length] = 0;
    if (strcmp(target, *state) != 0)
      continue;
    assert_int_equal(fcntl(descriptor, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
  }
  session3_store_free(store);
  assert_int_equal(count_descriptors(), before);
}

static void a_store_opened_by_a_relative_path_stays_where_it_is(void **state) {
  char before[PATH_MAX];
  assert_non_null(getcwd(before, sizeof before));
  assert_int_equal(chdir(*state), 0);
  assert_int_equal(mkdir("sessions", 0700), 0);
  session3_store *store = open_with("sessions", NULL);
  assert_int_equal(chdir("/"), 0);
  create_session(store, ALICE, "k", "v");
  assert_stored_text(store, ALICE, "k", "v");
  session3_store_free(store);
  assert_true(file_exists(*state, "sessions/" ALICE));
  assert_int_equal(chdir(before), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      PLACE_TEST(a_missing_directory_is_an_error_that_names_it),
      PLACE_TEST(a_missing_directory_is_created_on_demand),
      PLACE_TEST(parents_are_not_created),
      PLACE_TEST(a_file_in_its_place_is_no_directory),
      PLACE_TEST(a_directory_without_permission_is_refused),
      PLACE_TEST(a_path_that_is_none_is_refused),
      PLACE_TEST(options_out_of_range_are_refused),
      PLACE_TEST(options_of_a_newer_header_are_read_as_far_as_known),
      PLACE_TEST(a_store_tells_what_it_is),
      PLACE_TEST(a_sync_mode_that_is_not_the_stores_is_refused),
      PLACE_TEST(the_stores_own_file_is_made_once_and_kept),
      PLACE_TEST(a_damaged_own_file_is_corrupt_and_left_alone),
      PLACE_TEST(an_own_file_of_a_later_format_is_refused),
      PLACE_TEST(all_handles_of_a_directory_share_sessions_and_hashes),
      PLACE_TEST(an_open_store_has_one_descriptor_that_programs_do_not_inherit),
      PLACE_TEST(a_store_opened_by_a_relative_path_stays_where_it_is),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
