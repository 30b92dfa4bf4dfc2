/* SPDX-License-Identifier: MIT */
/* What others do between the moment in which a call opens a session's file and that in which it
 * locks it. The program's own fcntl and pread stand between the library and libc, so that each race
 * is lost on purpose, at every run. */
#include "Support/sessions.h"
#include "Support/stores.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define RACE_TEST(test) cmocka_unit_test_setup_teardown(test, open_undisturbed, close_fixture)
#define DAY_US INT64_C(86400000000)

typedef void (*interference)(struct fixture *fixture);

/** What others do before the next lock for writing, and before the next reading. */
static interference before_lock, before_read;
static struct fixture *disturbed;

static int open_undisturbed(void **state) {
  before_lock = before_read = NULL;
  int result = open_directory_fixture(state);
  disturbed = *state;
  return result;
}

/** Lets others act once. */
static void let(interference *others) {
  interference now = *others;
  *others = NULL;
  if (now != NULL)
    now(disturbed);
}

int fcntl(int file, int command, ...) {
  va_list arguments;
  va_start(arguments, command);
  void *argument = va_arg(arguments, void *);
  va_end(arguments);
  if (command == F_OFD_SETLK && ((struct flock *)argument)->l_type == F_WRLCK)
    let(&before_lock);
  return (int)syscall(SYS_fcntl, file, command, argument);
}

ssize_t pread(int file, void *buffer, size_t count, off_t offset) {
  let(&before_read);
  return syscall(SYS_pread64, file, buffer, count, offset);
}

static void remove_file(struct fixture *fixture) {
  char path[PATH_SIZE];
  path_in(path, fixture->directory, ALICE);
  assert_int_equal(unlink(path), 0);
}

/** Puts a copy of the session's file in its place, as growth does. */
static void replace_file(struct fixture *fixture) {
  char path[PATH_SIZE], copy[PATH_SIZE];
  size_t size = 0;
  uint8_t *bytes = read_file(fixture->directory, ALICE, &size);
  write_file(fixture->directory, ".grow-copy", bytes, size);
  free(bytes);
  path_in(path, fixture->directory, ALICE);
  path_in(copy, fixture->directory, ".grow-copy");
  assert_int_equal(rename(copy, path), 0);
}

/** The same, where the old file has two more names, which somebody gave it. */
static void replace_linked_file(struct fixture *fixture) {
  char path[PATH_SIZE], one[PATH_SIZE], other[PATH_SIZE];
  path_in(path, fixture->directory, ALICE);
  path_in(one, fixture->directory, ".one");
  path_in(other, fixture->directory, ".other");
  assert_int_equal(link(path, one), 0);
  assert_int_equal(link(path, other), 0);
  replace_file(fixture);
}

static void create_faster(struct fixture *fixture) {
  create_session(fixture->store, ALICE, "who", "the faster one");
}

static void touch(struct fixture *fixture) {
  assert_ok(session3_store_touch(fixture->store, TEXT(ALICE), ERR));
}

/* Creators */

static void a_creator_does_not_overwrite_a_faster_one(void **state) {
  struct fixture *fixture = *state;
  session3_session *session = new_session(ALICE);
  set_text(session, "who", "the slower one");
  before_lock = create_faster;
  assert_status(session3_store_create(fixture->store, session, ERR), SESSION3_E_EXISTS);
  assert_stored_text(fixture->store, ALICE, "who", "the faster one");
  session3_session_free(session);
}

static void a_creator_whose_file_was_taken_away_makes_another(void **state) {
  struct fixture *fixture = *state;
  before_lock = remove_file;
  create_session(fixture->store, ALICE, "k", "v");
  assert_stored_text(fixture->store, ALICE, "k", "v");
}

/** Held by a save that is slow, perhaps; and a creator that waits for nothing may wait long. */
static void refuse_to_be_locked(struct fixture *fixture) {
  (void)fixture;
  fail_msg("a lock was asked for");
}

static void a_creator_needs_no_lock_to_see_that_a_session_exists(void **state) {
  struct fixture *fixture = *state;
  create_session(fixture->store, ALICE, "k", "v");
  session3_session *session = new_session(ALICE);
  before_lock = refuse_to_be_locked;
  assert_status(session3_store_create(fixture->store, session, ERR), SESSION3_E_EXISTS);
  before_lock = NULL;
  assert_stored_text(fixture->store, ALICE, "k", "v");
  session3_session_free(session);
}

/* Writers */

static void a_session_that_is_deleted_before_the_lock_is_not_saved(void **state) {
  struct fixture *fixture = *state;
  create_session(fixture->store, ALICE, "k", "v");
  session3_session *session = load_session(fixture->store, ALICE);
  set_text(session, "k", "changed");
  before_lock = remove_file;
  assert_status(session3_store_save(fixture->store, session, SESSION3_SAVE_DEFAULT, ERR),
                SESSION3_E_GONE);
  assert_not_stored(fixture->store, ALICE);
  session3_session_free(session);
}

static void save_while(struct fixture *fixture, interference others) {
  create_session(fixture->store, ALICE, "k", "v");
  session3_session *session = load_session(fixture->store, ALICE);
  set_text(session, "k", "changed");
  before_lock = others;
  assert_ok(session3_store_save(fixture->store, session, SESSION3_SAVE_DEFAULT, ERR));
  assert_stored_text(fixture->store, ALICE, "k", "changed");
  session3_session_free(session);
}

static void a_save_goes_to_the_file_that_took_the_name(void **state) {
  save_while(*state, replace_file);
}

static void a_save_goes_there_also_where_the_old_file_has_other_names(void **state) {
  save_while(*state, replace_linked_file);
}

/** Forks, and looks in the child; its exit code is how many descriptors it has too many. */
static void fork_and_count(struct fixture *fixture) {
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0)
    _exit((int)(count_descriptors() - fixture->descriptors) - 1);
  int status = -1;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
}

static void a_child_forked_in_a_call_keeps_no_descriptor(void **state) {
  save_while(*state, fork_and_count);
}

static void an_unchanged_save_finds_out_about_a_logout_at_once(void **state) {
  struct fixture *fixture = *state;
  create_session(fixture->store, ALICE, "k", "v");
  session3_session *session = load_session(fixture->store, ALICE);
  assert_ok(session3_store_delete(fixture->store, TEXT(ALICE), ERR));
  assert_status(session3_store_save(fixture->store, session, SESSION3_SAVE_DEFAULT, ERR),
                SESSION3_E_GONE);
  session3_session_free(session);
}

/* Sweeps */

/** Sweeps what was not used for a day; somebody uses a session of two days ago. */
static void sweep_while(struct fixture *fixture, interference *moment) {
  uint64_t deleted = 77, remaining = 77;
  struct hand_clock clock = {HAND_CLOCK_START_US};
  session3_memory_options options = SESSION3_MEMORY_OPTIONS_INIT;
  options.clock = read_hand_clock;
  options.clock_context = &clock;
  reopen(fixture, &options);
  create_session(fixture->store, ALICE, "k", "v");
  clock.now_us += 2 * DAY_US;
  *moment = touch;
  assert_ok(session3_store_sweep(fixture->store, DAY_US, &deleted, &remaining, ERR));
  assert_int_equal(deleted, 0);
  assert_int_equal(remaining, 1);
  assert_stored_text(fixture->store, ALICE, "k", "v");
}

static void a_sweep_spares_a_session_that_is_touched_before_it_locks(void **state) {
  sweep_while(*state, &before_lock);
}

static void a_sweep_spares_a_session_that_is_touched_while_it_reads(void **state) {
  sweep_while(*state, &before_read);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      RACE_TEST(a_creator_does_not_overwrite_a_faster_one),
      RACE_TEST(a_creator_whose_file_was_taken_away_makes_another),
      RACE_TEST(a_creator_needs_no_lock_to_see_that_a_session_exists),
      RACE_TEST(a_session_that_is_deleted_before_the_lock_is_not_saved),
      RACE_TEST(a_save_goes_to_the_file_that_took_the_name),
      RACE_TEST(a_save_goes_there_also_where_the_old_file_has_other_names),
      RACE_TEST(a_child_forked_in_a_call_keeps_no_descriptor),
      RACE_TEST(an_unchanged_save_finds_out_about_a_logout_at_once),
      RACE_TEST(a_sweep_spares_a_session_that_is_touched_before_it_locks),
      RACE_TEST(a_sweep_spares_a_session_that_is_touched_while_it_reads),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
