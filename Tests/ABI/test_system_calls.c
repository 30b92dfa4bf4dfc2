/* SPDX-License-Identifier: MIT */
/* The order in which changes reach the disk, and calls that are short or interrupted. The program's
 * own definitions stand between the library and libc. */
#include "Support/sessions.h"
#include "Support/stores.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CALL_TEST(test) cmocka_unit_test_setup_teardown(test, open_plain, close_fixture)

/** What was called, a letter each: c creates a file, w writes, d is fdatasync, r rename, u unlink,
 * f fsync. */
static char calls[64];
static size_t call_count;
static size_t longest_read; /**< bytes that one reading moves, or 0 for all */
static int interruptions;   /**< how many of the next calls a signal interrupts */
static int failure;         /**< of writes, or 0 */

static int open_plain(void **state) {
  longest_read = 0;
  interruptions = failure = 0;
  return open_directory_fixture(state);
}

static void note(char call) {
  if (call_count < sizeof calls - 1)
    calls[call_count++] = call;
}

static void assert_calls(const char *expected) {
  assert_string_equal(calls, expected);
  memset(calls, 0, sizeof calls);
  call_count = 0;
}

static long answer(char call, long number, long a, long b, long c, long d) {
  if (interruptions > 0) {
    interruptions--;
    errno = EINTR;
    return -1;
  }
  if (call != 0)
    note(call);
  return syscall(number, a, b, c, d);
}

int openat(int directory, const char *path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  int mode = va_arg(arguments, int);
  va_end(arguments);
  char call = (flags & O_CREAT) != 0 ? 'c' : 0;
  return (int)answer(call, SYS_openat, directory, (long)path, flags, mode);
}

ssize_t pread(int file, void *buffer, size_t count, off_t offset) {
  if (longest_read != 0 && count > longest_read)
    count = longest_read;
  return answer(0, SYS_pread64, file, (long)buffer, (long)count, offset);
}

ssize_t pwrite(int file, const void *buffer, size_t count, off_t offset) {
  if (failure != 0) {
    errno = failure;
    return -1;
  }
  return answer('w', SYS_pwrite64, file, (long)buffer, (long)count, offset);
}

int fcntl(int file, int command, ...) {
  va_list arguments;
  va_start(arguments, command);
  struct flock *lock = va_arg(arguments, void *);
  va_end(arguments);
  if (command != F_OFD_SETLK || lock->l_type == F_UNLCK)
    return (int)syscall(SYS_fcntl, file, command, lock);
  return (int)answer(0, SYS_fcntl, file, command, (long)lock, 0);
}

int fdatasync(int file) { return (int)answer('d', SYS_fdatasync, file, 0, 0, 0); }

int fsync(int file) { return (int)answer('f', SYS_fsync, file, 0, 0, 0); }

int renameat(int from, const char *old, int to, const char *new) {
  return (int)answer('r', SYS_renameat, from, (long)old, to, (long)new);
}

int renameat2(int from, const char *old, int to, const char *new, unsigned flags) {
  note('r');
  return (int)syscall(SYS_renameat2, from, old, to, new, flags);
}

int unlinkat(int directory, const char *path, int flags) {
  return (int)answer('u', SYS_unlinkat, directory, (long)path, flags, 0);
}

/** A store of a sync mode, in a directory of its own. */
static session3_store *open_with(struct fixture *fixture, session3_sync sync) {
  session3_store *store = NULL;
  char path[PATH_SIZE];
  session3_directory_options options = SESSION3_DIRECTORY_OPTIONS_INIT;
  options.flags = SESSION3_DIRECTORY_CREATE;
  options.sync = sync;
  path_in(path, fixture->directory, "store");
  assert_ok(session3_store_open_directory(path, strlen(path), &options, &store, ERR));
  memset(calls, 0, sizeof calls);
  call_count = 0;
  return store;
}

/** Too long for a file of one page. */
static const char *large_text(void) {
  static char text[8000];
  memset(text, 'x', sizeof text - 1);
  return text;
}

static void renew_session(session3_store *store, const char *id) {
  session3_session *session = load_session(store, id);
  assert_ok(session3_store_renew(store, session, SESSION3_SAVE_DEFAULT, ERR));
  session3_session_free(session);
}

static void each_change_is_on_the_disk_before_the_call_returns(void **state) {
  session3_store *store = open_with(*state, SESSION3_SYNC_DATA);
  create_session(store, ALICE, "k", "v");
  assert_calls("cwdf");
  change_session(store, ALICE, "k", "v2");
  assert_calls("wd");
  create_session(store, CAROL, "k", "v");
  renew_session(store, CAROL);
  assert_calls("cwdfcwdfuf");
  /* The new file before its name: else a power cut could leave neither state. */
  change_session(store, ALICE, "large", large_text());
  assert_calls("cwdrf");
  renew_session(store, ALICE);
  assert_calls("cwdrfuf");
  /* As with growth: a file of several pages may be cut short by a kill. */
  create_session(store, BOB, "large", large_text());
  assert_calls("cwdrf");
  assert_ok(session3_store_delete(store, TEXT(BOB), ERR));
  assert_calls("uf");
  session3_store_free(store);
}

static void without_sync_only_growth_waits_for_the_disk(void **state) {
  session3_store *store = open_with(*state, SESSION3_SYNC_NONE);
  create_session(store, ALICE, "k", "v");
  assert_calls("cw");
  change_session(store, ALICE, "k", "v2");
  assert_calls("w");
  change_session(store, ALICE, "large", large_text());
  assert_calls("cwdr");
  assert_ok(session3_store_delete(store, TEXT(ALICE), ERR));
  assert_calls("u");
  session3_store_free(store);
}

static void a_large_creation_that_fails_leaves_nothing(void **state) {
  struct fixture *fixture = *state;
  session3_session *session = new_session(ALICE);
  set_text(session, "large", large_text());
  failure = ENOSPC;
  assert_status(session3_store_create(fixture->store, session, ERR), SESSION3_E_IO);
  assert_int_equal(count_entries(fixture->directory), 0);
  failure = 0;
  assert_ok(session3_store_create(fixture->store, session, ERR));
  session3_session_free(session);
}

static void a_session_is_read_in_steps_of_any_size(void **state) {
  struct fixture *fixture = *state;
  create_session(fixture->store, ALICE, "k", "v");
  change_session(fixture->store, ALICE, "k", "v2");
  const size_t steps[] = {1, 7, 31, 512, 4095};
  for (size_t index = 0; index < sizeof steps / sizeof *steps; index++) {
    longest_read = steps[index];
    assert_stored_text(fixture->store, ALICE, "k", "v2");
  }
}

/** Opening, locking, reading, writing and both kinds of sync: each, and its repetitions. */
static void interrupted_calls_are_made_again(void **state) {
  session3_store *store = open_with(*state, SESSION3_SYNC_DATA);
  for (int count = 1; count <= 4; count++) {
    interruptions = count;
    create_session(store, ALICE, "k", "v");
    assert_int_equal(interruptions, 0);
    interruptions = count;
    assert_stored_text(store, ALICE, "k", "v");
    assert_ok(session3_store_delete(store, TEXT(ALICE), ERR));
  }
  session3_store_free(store);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      CALL_TEST(each_change_is_on_the_disk_before_the_call_returns),
      CALL_TEST(without_sync_only_growth_waits_for_the_disk),
      CALL_TEST(a_large_creation_that_fails_leaves_nothing),
      CALL_TEST(a_session_is_read_in_steps_of_any_size),
      CALL_TEST(interrupted_calls_are_made_again),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
