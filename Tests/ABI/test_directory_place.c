/* SPDX-License-Identifier: MIT */
/* What else a directory store meets: leftovers, links, pipes, locks, modes, a directory that
 * goes. */
#include "Support/session_file.h"
#include "Support/sessions.h"
#include "Support/stores.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define HOUR INT64_C(3600)

static void open_with(struct fixture *fixture, const session3_directory_options *options) {
  session3_store_free(fixture->store);
  fixture->store = NULL;
  assert_ok(session3_store_open_directory(fixture->directory, strlen(fixture->directory), options,
                                          &fixture->store, ERR));
}

static void old_leftovers_are_swept_and_young_ones_stay(void **state) {
  struct fixture *fixture = *state;
  uint64_t deleted = 77, remaining = 77;
  const char *old[] = {SECRET "-empty", ".grow-0123456789abcdef"};
  const char *young[] = {SECRET "-empty-now", ".grow-fedcba9876543210"};
  for (size_t index = 0; index < 2; index++) {
    write_file(fixture->directory, old[index], "", 0);
    set_age(fixture->directory, old[index], HOUR + 60);
    write_file(fixture->directory, young[index], "", 0);
    set_age(fixture->directory, young[index], HOUR - 60);
  }
  assert_ok(session3_store_sweep(fixture->store, 0, &deleted, &remaining, ERR));
  assert_int_equal(deleted, 0);
  assert_int_equal(remaining, 0);
  for (size_t index = 0; index < 2; index++) {
    assert_false(file_exists(fixture->directory, old[index]));
    assert_true(file_exists(fixture->directory, young[index]));
  }
}

/** A lock on a file as another host's call would hold it, until the descriptor is closed. */
static int lock_file(const char *directory, const char *name) {
  char path[PATH_SIZE];
  struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  path_in(path, directory, name);
  int file = open(path, O_RDWR | O_CLOEXEC);
  assert_true(file >= 0);
  assert_int_equal(fcntl(file, F_OFD_SETLK, &whole), 0);
  return file;
}

static void a_locked_session_is_busy_to_writers_and_read_all_the_same(void **state) {
  struct fixture *fixture = *state;
  session3_directory_options options = SESSION3_DIRECTORY_OPTIONS_INIT;
  const int64_t timeouts[] = {-1, 5000};
  create_session(fixture->store, ALICE, "k", "v");
  for (size_t index = 0; index < 2; index++) {
    options.lock_timeout_us = timeouts[index];
    open_with(fixture, &options);
    session3_session *session = load_session(fixture->store, ALICE);
    set_text(session, "k", "changed");
    int lock = lock_file(fixture->directory, ALICE);
    assert_stored_text(fixture->store, ALICE, "k", "v");
    assert_status(session3_store_save(fixture->store, session, SESSION3_SAVE_DEFAULT, ERR),
                  SESSION3_E_BUSY);
    assert_status(session3_store_delete(fixture->store, TEXT(ALICE), ERR), SESSION3_E_BUSY);
    assert_status(session3_store_delete_unchanged(fixture->store, session, ERR), SESSION3_E_BUSY);
    assert_status(session3_store_increment(fixture->store, TEXT(ALICE), TEXT("n"), 1, NULL, ERR),
                  SESSION3_E_BUSY);
    assert_ok(session3_store_touch(fixture->store, TEXT(ALICE), ERR));
    close(lock);
    assert_ok(session3_store_save(fixture->store, session, SESSION3_SAVE_DEFAULT, ERR));
    set_text(session, "k", "v");
    assert_ok(session3_store_save(fixture->store, session, SESSION3_SAVE_DEFAULT, ERR));
    session3_session_free(session);
  }
}

static void a_sweep_leaves_locked_sessions(void **state) {
  struct fixture *fixture = *state;
  uint64_t deleted = 77, remaining = 77;
  create_session(fixture->store, ALICE, "k", "v");
  create_session(fixture->store, BOB, "k", "v");
  assert_ok(session3_store_sweep(fixture->store, 3600000000, &deleted, &remaining, ERR));
  assert_int_equal(remaining, 2);
  int lock = lock_file(fixture->directory, ALICE);
  session3_directory_options options = SESSION3_DIRECTORY_OPTIONS_INIT;
  struct hand_clock clock = {INT64_C(4000000000000000)};
  options.lock_timeout_us = -1;
  options.clock = read_hand_clock;
  options.clock_context = &clock;
  open_with(fixture, &options);
  assert_ok(session3_store_sweep(fixture->store, 0, &deleted, &remaining, NULL));
  assert_int_equal(deleted, 1);
  assert_true(file_exists(fixture->directory, ALICE));
  assert_false(file_exists(fixture->directory, BOB));
  close(lock);
}

static void an_access_time_far_in_the_future_is_set_to_the_present(void **state) {
  struct fixture *fixture = *state;
  create_session(fixture->store, ALICE, "k", "v");
  create_session(fixture->store, BOB, "k", "v");
  set_age(fixture->directory, ALICE, -10 * HOUR);
  set_age(fixture->directory, BOB, -30);
  time_t slightly_ahead = status_of(fixture->directory, BOB).st_mtime;
  assert_ok(session3_store_sweep(fixture->store, 0, NULL, NULL, ERR));
  assert_in_range(status_of(fixture->directory, ALICE).st_mtime, time(NULL) - 60, time(NULL) + 1);
  assert_int_equal(status_of(fixture->directory, BOB).st_mtime, slightly_ahead);
}

/** Whether a name is not taken for a session by any call, and still stands afterwards. */
static void assert_never_a_session(struct fixture *fixture, const char *id) {
  session3_session *session = (session3_session *)1;
  session3_session *fresh = new_session(id);
  session3_status status = session3_store_load(fixture->store, id, strlen(id), &session, NULL);
  assert_true(status == SESSION3_NOT_FOUND || status < 0);
  assert_null(session);
  assert_not_found(session3_store_has(fixture->store, id, strlen(id), ERR));
  assert_true(session3_store_create(fixture->store, fresh, NULL) < 0);
  assert_true(session3_store_save(fixture->store, fresh, SESSION3_SAVE_OVERWRITE, NULL) < 0);
  status = session3_store_delete(fixture->store, id, strlen(id), NULL);
  assert_true(status == SESSION3_NOT_FOUND || status < 0);
  assert_true(file_exists(fixture->directory, id));
  session3_session_free(fresh);
}

static void pipes_and_directories_are_no_sessions(void **state) {
  struct fixture *fixture = *state;
  char path[PATH_SIZE];
  path_in(path, fixture->directory, SECRET "-pipe");
  assert_int_equal(mkfifo(path, 0600), 0);
  path_in(path, fixture->directory, SECRET "-directory");
  assert_int_equal(mkdir(path, 0700), 0);
  assert_never_a_session(fixture, SECRET "-pipe");
  assert_never_a_session(fixture, SECRET "-directory");
  uint64_t deleted = 77, remaining = 77;
  set_age(fixture->directory, SECRET "-pipe", 10 * HOUR);
  set_age(fixture->directory, SECRET "-directory", 10 * HOUR);
  assert_ok(session3_store_sweep(fixture->store, 0, &deleted, &remaining, NULL));
  assert_int_equal(deleted, 0);
  assert_int_equal(count_entries(fixture->directory), 2);
}

static void a_symbolic_link_is_not_followed(void **state) {
  struct fixture *fixture = *state;
  char path[PATH_SIZE];
  size_t before = 0, after = 0;
  create_session(fixture->store, BOB, "k", "v");
  uint8_t *target = read_file(fixture->directory, BOB, &before);
  path_in(path, fixture->directory, ALICE);
  assert_int_equal(symlink(BOB, path), 0);
  assert_never_a_session(fixture, ALICE);
  uint8_t *still = read_file(fixture->directory, BOB, &after);
  assert_int_equal(before, after);
  assert_memory_equal(target, still, after);
  free(target);
  free(still);
}

static void an_empty_file_is_no_session_but_its_name_can_be_taken(void **state) {
  struct fixture *fixture = *state;
  write_file(fixture->directory, ALICE, "", 0);
  assert_not_stored(fixture->store, ALICE);
  assert_not_found(session3_store_delete(fixture->store, TEXT(ALICE), ERR));
  create_session(fixture->store, ALICE, "k", "v");
  assert_stored_text(fixture->store, ALICE, "k", "v");
}

static void a_create_under_a_strict_umask_has_the_mode_that_was_asked_for(void **state) {
  struct fixture *fixture = *state;
  session3_directory_options options = SESSION3_DIRECTORY_OPTIONS_INIT;
  char large[9000];
  options.file_mode = 0660;
  open_with(fixture, &options);
  mode_t before = umask(077);
  create_session(fixture->store, ALICE, "k", "v");
  assert_int_equal(umask(before), 077);
  assert_int_equal(status_of(fixture->directory, ALICE).st_mode, S_IFREG | 0660);
  memset(large, 'x', sizeof large - 1);
  large[sizeof large - 1] = 0;
  before = umask(077);
  change_session(fixture->store, ALICE, "large", large);
  umask(before);
  assert_int_equal(status_of(fixture->directory, ALICE).st_mode, S_IFREG | 0660);
}

static void a_create_under_no_umask_has_the_mode_that_was_asked_for(void **state) {
  struct fixture *fixture = *state;
  mode_t before = umask(0);
  create_session(fixture->store, ALICE, "k", "v");
  umask(before);
  assert_int_equal(status_of(fixture->directory, ALICE).st_mode, S_IFREG | 0600);
}

static void a_session_that_grows_keeps_owner_and_mode(void **state) {
  struct fixture *fixture = *state;
  char path[PATH_SIZE], large[20000];
  create_session(fixture->store, ALICE, "k", "v");
  path_in(path, fixture->directory, ALICE);
  if (geteuid() == 0)
    assert_int_equal(chown(path, 12345, 23456), 0);
  assert_int_equal(chmod(path, 0640), 0);
  struct stat before = status_of(fixture->directory, ALICE);
  memset(large, 'x', sizeof large - 1);
  large[sizeof large - 1] = 0;
  change_session(fixture->store, ALICE, "large", large);
  struct stat after = status_of(fixture->directory, ALICE);
  assert_true(after.st_ino != before.st_ino && after.st_size >= 2 * before.st_size);
  assert_int_equal(after.st_uid, before.st_uid);
  assert_int_equal(after.st_gid, before.st_gid);
  assert_int_equal(after.st_mode, S_IFREG | 0640);
}

static void who_does_not_own_a_session_may_touch_it_but_not_set_its_time(void **state) {
  struct fixture *fixture = *state;
  session3_directory_options options = SESSION3_DIRECTORY_OPTIONS_INIT;
  options.file_mode = 0666;
  open_with(fixture, &options);
  create_session(fixture->store, ALICE, "k", "v");
  assert_int_equal(chmod(fixture->directory, 0711), 0);
  bool is_root = geteuid() == 0;
  if (is_root)
    assert_int_equal(seteuid(65534), 0);
  session3_status touched = session3_store_touch(fixture->store, TEXT(ALICE), NULL);
  session3_error error = SESSION3_ERROR_INIT;
  session3_status set = session3_store_set_access_time(fixture->store, TEXT(ALICE), 5, &error);
  if (is_root)
    assert_int_equal(seteuid(0), 0);
  assert_ok(touched);
  assert_status(set, is_root ? SESSION3_E_IO : SESSION3_OK);
  assert_int_equal(error.system_errno, is_root ? EPERM : 0);
}

/* The kernel lets a file's owner alone ask that reading leaves no trace. */
static void who_does_not_own_a_session_may_load_and_save_it(void **state) {
  struct fixture *fixture = *state;
  session3_directory_options options = SESSION3_DIRECTORY_OPTIONS_INIT;
  session3_session *session = NULL;
  bool is_root = geteuid() == 0;
  options.file_mode = 0666;
  open_with(fixture, &options);
  create_session(fixture->store, ALICE, "k", "v");
  assert_int_equal(chmod(fixture->directory, 0711), 0);
  if (is_root)
    assert_int_equal(seteuid(65534), 0);
  session3_status loaded = session3_store_load(fixture->store, TEXT(ALICE), &session, NULL);
  session3_status set = session3_session_set_text(session, TEXT("k"), TEXT("w"), NULL);
  session3_status saved = session3_store_save(fixture->store, session, SESSION3_SAVE_DEFAULT, NULL);
  session3_session_free(session);
  if (is_root)
    assert_int_equal(seteuid(0), 0);
  assert_int_equal(loaded, SESSION3_OK);
  assert_int_equal(set, SESSION3_OK);
  assert_int_equal(saved, SESSION3_OK);
  assert_stored_text(fixture->store, ALICE, "k", "w");
}

/* Each mount option but noatime would set it, since it is older than the last change. */
static void loading_and_saving_leave_the_atime(void **state) {
  struct fixture *fixture = *state;
  const struct timespec times[] = {{.tv_sec = 1000}, {.tv_nsec = UTIME_NOW}};
  char path[PATH_SIZE];
  create_session(fixture->store, ALICE, "k", "v");
  path_in(path, fixture->directory, ALICE);
  assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
  session3_session_free(load_session(fixture->store, ALICE));
  change_session(fixture->store, ALICE, "k", "w");
  assert_int_equal(status_of(fixture->directory, ALICE).st_atim.tv_sec, 1000);
}

static void a_directory_that_was_removed_is_told(void **state) {
  struct fixture *fixture = *state;
  session3_session *session = new_session(ALICE);
  remove_directory(fixture->directory);
  assert_status(session3_store_create(fixture->store, session, ERR), SESSION3_E_IO);
  assert_int_equal(last_error()->system_errno, ENOENT);
  assert_message_names("removed");
  assert_message_names(fixture->directory);
  assert_not_stored(fixture->store, ALICE);
  session3_session_free(session);
}

static void setting_up_makes_the_stores_own_file_anew(void **state) {
  struct fixture *fixture = *state;
  char path[PATH_SIZE];
  path_in(path, fixture->directory, ".session3");
  assert_int_equal(unlink(path), 0);
  assert_ok(session3_store_setup(fixture->store, ERR));
  assert_int_equal(status_of(fixture->directory, ".session3").st_size, 64);
}

static void a_message_names_directory_and_short_hash_but_never_the_id(void **state) {
  struct fixture *fixture = *state;
  char hash[SESSION3_SHORT_HASH_LENGTH + 1], path[PATH_SIZE];
  session3_session *session = NULL;
  write_file(fixture->directory, ALICE, "foreign", 7);
  assert_ok(session3_store_short_hash(fixture->store, TEXT(ALICE), hash, ERR));
  path_in(path, fixture->directory, ALICE);
  assert_status(session3_store_load(fixture->store, TEXT(ALICE), &session, ERR),
                SESSION3_E_CORRUPT);
  assert_message_names(fixture->directory);
  assert_message_names(hash);
  assert_null(strstr(last_error()->message, path));
  assert_status(session3_store_delete(fixture->store, TEXT(ALICE), ERR), SESSION3_E_CORRUPT);
  assert_message_names(fixture->directory);
  assert_message_names(hash);
  assert_status(session3_store_touch(fixture->store, TEXT(BOB), ERR), SESSION3_E_GONE);
  assert_message_names(fixture->directory);
}

static void a_short_hash_is_siphash_keyed_with_the_stores_salt(void **state) {
  struct fixture *fixture = *state;
  char hash[SESSION3_SHORT_HASH_LENGTH + 1], expected[17];
  size_t size = 0;
  uint8_t *own = read_file(fixture->directory, ".session3", &size);
  snprintf(expected, sizeof expected, "%016llx",
           (unsigned long long)siphash(own + 16, TEXT(ALICE)));
  expected[SESSION3_SHORT_HASH_LENGTH] = 0;
  assert_ok(session3_store_short_hash(fixture->store, TEXT(ALICE), hash, ERR));
  assert_string_equal(hash, expected);
  free(own);
}

static void a_missing_id_closes_no_descriptor_that_is_not_its_own(void **state) {
  struct fixture *fixture = *state;
  int held[32];
  session3_session *loaded = NULL;
  create_session(fixture->store, BOB, "k", "v");
  session3_session *deleted = load_session(fixture->store, BOB);
  set_text(deleted, "k", "changed");
  assert_ok(session3_store_delete(fixture->store, TEXT(BOB), ERR));
  for (int index = 0; index < 32; index++) held[index] = open("/dev/null", O_RDWR | O_CLOEXEC);
  uint64_t before = sum_of_descriptors();
  for (int round = 0; round < 10; round++) {
    assert_not_found(session3_store_load(fixture->store, TEXT(ALICE), &loaded, ERR));
    assert_not_found(session3_store_delete(fixture->store, TEXT(ALICE), ERR));
    assert_status(session3_store_touch(fixture->store, TEXT(ALICE), ERR), SESSION3_E_GONE);
    assert_status(session3_store_increment(fixture->store, TEXT(ALICE), TEXT("n"), 1, NULL, ERR),
                  SESSION3_E_GONE);
    assert_status(session3_store_save(fixture->store, deleted, SESSION3_SAVE_MERGE, ERR),
                  SESSION3_E_GONE);
    assert_true(sum_of_descriptors() == before);
  }
  for (int index = 0; index < 32; index++) close(held[index]);
  session3_session_free(deleted);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      FILE_TEST(old_leftovers_are_swept_and_young_ones_stay),
      FILE_TEST(a_locked_session_is_busy_to_writers_and_read_all_the_same),
      FILE_TEST(a_sweep_leaves_locked_sessions),
      FILE_TEST(an_access_time_far_in_the_future_is_set_to_the_present),
      FILE_TEST(pipes_and_directories_are_no_sessions),
      FILE_TEST(a_symbolic_link_is_not_followed),
      FILE_TEST(an_empty_file_is_no_session_but_its_name_can_be_taken),
      FILE_TEST(a_create_under_a_strict_umask_has_the_mode_that_was_asked_for),
      FILE_TEST(a_create_under_no_umask_has_the_mode_that_was_asked_for),
      FILE_TEST(a_session_that_grows_keeps_owner_and_mode),
      FILE_TEST(who_does_not_own_a_session_may_touch_it_but_not_set_its_time),
      FILE_TEST(who_does_not_own_a_session_may_load_and_save_it),
      FILE_TEST(loading_and_saving_leave_the_atime),
      FILE_TEST(a_directory_that_was_removed_is_told),
      FILE_TEST(setting_up_makes_the_stores_own_file_anew),
      FILE_TEST(a_message_names_directory_and_short_hash_but_never_the_id),
      FILE_TEST(a_short_hash_is_siphash_keyed_with_the_stores_salt),
      FILE_TEST(a_missing_id_closes_no_descriptor_that_is_not_its_own),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
