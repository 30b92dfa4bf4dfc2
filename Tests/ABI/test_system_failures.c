/* SPDX-License-Identifier: MIT */
/* Failing system calls: the program's own definitions stand between the library and libc, and fail
 * on demand. Each session is wholly old or wholly new, the status is truthful, nothing is left. */
#include "Support/sessions.h"
#include "Support/stores.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#define FAULT_TEST(test) cmocka_unit_test_setup_teardown(test, open_quiet_fixture, close_fixture)

/** What fails: an errno for each, or 0. */
static struct {
  int open, read, long_read, write, lock, random, sync;
  int names_sync;     /**< which fsync fails, counted from 1 */
  int listing;        /**< which getdents64 fails, counted from 1 */
  size_t short_write; /**< bytes that one write moves, or 0 for all */
  bool is_network;
} faults;

static int open_quiet_fixture(void **state) {
  memset(&faults, 0, sizeof faults);
  return open_directory_fixture(state);
}

static long answer(int fault, long number, long a, long b, long c, long d) {
  if (fault != 0) {
    errno = fault;
    return -1;
  }
  return syscall(number, a, b, c, d);
}

/** The library has no other way to getdents64. */
long syscall(long number, ...) {
  static long (*libc_syscall)(long number, ...);
  long words[6];
  va_list arguments;
  va_start(arguments, number);
  for (int index = 0; index < 6; index++) words[index] = va_arg(arguments, long);
  va_end(arguments);
  if (number == SYS_getdents64 && faults.listing > 0) {
    faults.listing--;
    if (faults.listing == 0) {
      errno = EIO;
      return -1;
    }
  }
  if (libc_syscall == NULL)
    *(void **)&libc_syscall = dlsym(RTLD_NEXT, "syscall");
  return libc_syscall(number, words[0], words[1], words[2], words[3], words[4], words[5]);
}

int openat(int directory, const char *path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  int mode = va_arg(arguments, int);
  va_end(arguments);
  return (int)answer(faults.open, SYS_openat, directory, (long)path, flags, mode);
}

ssize_t pread(int file, void *buffer, size_t count, off_t offset) {
  int fault = count > 512 ? faults.long_read : 0;
  return answer(fault != 0 ? fault : faults.read, SYS_pread64, file, (long)buffer, (long)count,
                offset);
}

ssize_t pwrite(int file, const void *buffer, size_t count, off_t offset) {
  if (faults.short_write != 0 && count > faults.short_write)
    count = faults.short_write;
  return answer(faults.write, SYS_pwrite64, file, (long)buffer, (long)count, offset);
}

int fcntl(int file, int command, ...) {
  va_list arguments;
  va_start(arguments, command);
  long argument = va_arg(arguments, long);
  va_end(arguments);
  return (int)answer(command == F_OFD_SETLK ? faults.lock : 0, SYS_fcntl, file, command, argument,
                     0);
}

ssize_t getrandom(void *buffer, size_t count, unsigned flags) {
  return answer(faults.random, SYS_getrandom, (long)buffer, (long)count, flags, 0);
}

int fdatasync(int file) { return (int)answer(faults.sync, SYS_fdatasync, file, 0, 0, 0); }

int fsync(int file) {
  bool fails = faults.names_sync == 1;
  faults.names_sync -= faults.names_sync > 0;
  return (int)answer(fails ? EIO : faults.sync, SYS_fsync, file, 0, 0, 0);
}

int fstatfs(int file, struct statfs *out) {
  int result = (int)syscall(SYS_fstatfs, file, out);
  if (faults.is_network)
    out->f_type = NFS_SUPER_MAGIC;
  return result;
}

#define assert_io_error(call, expected) \
  do { \
    assert_status(call, SESSION3_E_IO); \
    assert_int_equal(last_error()->system_errno, expected); \
  } while (0)

static void a_full_disk_at_creation_leaves_nothing_behind(void **state) {
  struct fixture *fixture = *state;
  session3_session *session = new_session(ALICE);
  faults.write = ENOSPC;
  assert_io_error(session3_store_create(fixture->store, session, ERR), ENOSPC);
  assert_message_names(fixture->directory);
  assert_int_equal(count_entries(fixture->directory), 0);
  assert_io_error(session3_store_save(fixture->store, session, SESSION3_SAVE_DEFAULT, ERR), ENOSPC);
  assert_int_equal(count_entries(fixture->directory), 0);
  faults.write = 0;
  assert_true(session3_session_is_new(session));
  assert_ok(session3_store_create(fixture->store, session, ERR));
  session3_session_free(session);
}

static void a_failed_write_leaves_the_stored_session_as_it_was(void **state) {
  struct fixture *fixture = *state;
  const int causes[] = {ENOSPC, EIO, EDQUOT, EFBIG};
  create_session(fixture->store, ALICE, "k", "v");
  session3_session *session = load_session(fixture->store, ALICE);
  set_text(session, "k", "changed");
  for (size_t index = 0; index < 4; index++) {
    faults.write = causes[index];
    assert_io_error(session3_store_save(fixture->store, session, SESSION3_SAVE_DEFAULT, ERR),
                    causes[index]);
    faults.write = 0;
    assert_true(session3_session_is_changed(session));
    assert_stored_text(fixture->store, ALICE, "k", "v");
  }
  assert_ok(session3_store_save(fixture->store, session, SESSION3_SAVE_FAIL, ERR));
  assert_stored_text(fixture->store, ALICE, "k", "changed");
  session3_session_free(session);
}

static void a_failed_growth_leaves_the_stored_session_and_no_leftover(void **state) {
  struct fixture *fixture = *state;
  char large[20000];
  memset(large, 'x', sizeof large - 1);
  large[sizeof large - 1] = 0;
  create_session(fixture->store, ALICE, "k", "v");
  session3_session *session = load_session(fixture->store, ALICE);
  set_text(session, "k", large);
  faults.write = ENOSPC;
  assert_io_error(session3_store_save(fixture->store, session, SESSION3_SAVE_DEFAULT, ERR), ENOSPC);
  faults.write = 0;
  assert_stored_text(fixture->store, ALICE, "k", "v");
  assert_int_equal(count_entries(fixture->directory), 1);
  session3_session_free(session);
}

static void a_write_in_small_steps_is_whole_or_told_to_have_failed(void **state) {
  struct fixture *fixture = *state;
  const size_t steps[] = {1, 7, 100, 512};
  for (size_t index = 0; index < 4; index++) {
    faults.short_write = 0;
    create_session(fixture->store, ALICE, "k", "v");
    session3_session *session = load_session(fixture->store, ALICE);
    set_text(session, "k", "changed");
    faults.short_write = steps[index];
    session3_status status =
        session3_store_save(fixture->store, session, SESSION3_SAVE_DEFAULT, NULL);
    assert_true(status == SESSION3_OK || status == SESSION3_E_IO);
    assert_stored_text(fixture->store, ALICE, "k", status == SESSION3_OK ? "changed" : "v");
    session3_session_free(session);
    assert_ok(session3_store_delete(fixture->store, TEXT(ALICE), ERR));
    session = new_session(BOB);
    status = session3_store_create(fixture->store, session, NULL);
    assert_int_equal(count_entries(fixture->directory), status == SESSION3_OK ? 1 : 0);
    session3_store_delete(fixture->store, TEXT(BOB), NULL);
    session3_session_free(session);
  }
}

static void a_failed_read_is_an_io_error(void **state) {
  struct fixture *fixture = *state;
  session3_session *loaded = (session3_session *)1;
  create_session(fixture->store, ALICE, "k", "v");
  session3_session *session = load_session(fixture->store, ALICE);
  set_text(session, "k", "changed");
  faults.read = EIO;
  assert_io_error(session3_store_load(fixture->store, TEXT(ALICE), &loaded, ERR), EIO);
  assert_null(loaded);
  assert_io_error(session3_store_save(fixture->store, session, SESSION3_SAVE_DEFAULT, ERR), EIO);
  assert_io_error(session3_store_delete(fixture->store, TEXT(ALICE), ERR), EIO);
  faults.read = 0;
  assert_stored_text(fixture->store, ALICE, "k", "v");
  session3_session_free(session);
}

/** The file's time says that it is old, and only what can't be read that it is not. */
static void a_sweep_that_can_not_read_deletes_nothing(void **state) {
  struct fixture *fixture = *state;
  create_session(fixture->store, ALICE, "k", "v");
  set_age(fixture->directory, ALICE, INT64_C(50) * 3600);
  faults.long_read = EIO;
  assert_io_error(session3_store_sweep(fixture->store, 3600000000, NULL, NULL, ERR), EIO);
  faults.long_read = 0;
  assert_stored_text(fixture->store, ALICE, "k", "v");
}

static void a_sweep_that_can_not_list_on_deletes_what_it_knows(void **state) {
  struct fixture *fixture = *state;
  uint64_t deleted = 77, remaining = 77;
  char id[16];
  for (int index = 0; index < 10; index++) {
    snprintf(id, sizeof id, "session-%d", index);
    create_session(fixture->store, id, "k", "v");
    if (index < 7)
      set_age(fixture->directory, id, INT64_C(50) * 3600);
  }
  faults.listing = 2;
  assert_io_error(session3_store_sweep(fixture->store, 3600000000, &deleted, &remaining, ERR), EIO);
  /* Made a moment ago, which counts as a use. */
  assert_int_equal(deleted, 0);
  assert_int_equal(remaining, 10);
  faults.listing = 2;
  assert_io_error(session3_store_sweep(fixture->store, 0, &deleted, &remaining, ERR), EIO);
  assert_int_equal(deleted, 10);
  assert_int_equal(remaining, 0);
}

static void a_process_without_descriptors_is_told_so(void **state) {
  struct fixture *fixture = *state;
  session3_session *loaded = NULL, *fresh = new_session(BOB);
  session3_iterator *iterator = (session3_iterator *)1;
  session3_store *store = (session3_store *)1;
  create_session(fixture->store, ALICE, "k", "v");
  faults.open = EMFILE;
  assert_io_error(session3_store_load(fixture->store, TEXT(ALICE), &loaded, ERR), EMFILE);
  assert_io_error(session3_store_create(fixture->store, fresh, ERR), EMFILE);
  assert_io_error(session3_store_iterate(fixture->store, &iterator, ERR), EMFILE);
  assert_null(iterator);
  assert_io_error(session3_store_sweep(fixture->store, 0, NULL, NULL, ERR), EMFILE);
  assert_io_error(session3_store_open_directory(fixture->directory, strlen(fixture->directory),
                                                NULL, &store, ERR),
                  EMFILE);
  assert_null(store);
  faults.open = 0;
  assert_stored_text(fixture->store, ALICE, "k", "v");
  session3_session_free(fresh);
}

static void a_system_without_ofd_locks_is_unsupported(void **state) {
  struct fixture *fixture = *state;
  session3_store *store = (session3_store *)1;
  faults.lock = EINVAL;
  assert_status(session3_store_open_directory(fixture->directory, strlen(fixture->directory), NULL,
                                              &store, ERR),
                SESSION3_E_UNSUPPORTED);
  assert_null(store);
  assert_message_names(fixture->directory);
}

static void a_failing_lock_changes_nothing(void **state) {
  struct fixture *fixture = *state;
  create_session(fixture->store, ALICE, "k", "v");
  session3_session *session = load_session(fixture->store, ALICE), *fresh = new_session(BOB);
  set_text(session, "k", "changed");
  faults.lock = ENOLCK;
  assert_io_error(session3_store_save(fixture->store, session, SESSION3_SAVE_DEFAULT, ERR), ENOLCK);
  assert_io_error(session3_store_delete(fixture->store, TEXT(ALICE), ERR), ENOLCK);
  assert_io_error(session3_store_create(fixture->store, fresh, ERR), ENOLCK);
  faults.lock = 0;
  assert_stored_text(fixture->store, ALICE, "k", "v");
  assert_not_stored(fixture->store, BOB);
  assert_ok(session3_store_create(fixture->store, fresh, ERR));
  session3_session_free(session);
  session3_session_free(fresh);
}

static void a_network_file_system_is_refused_unless_allowed(void **state) {
  struct fixture *fixture = *state;
  session3_directory_options options = SESSION3_DIRECTORY_OPTIONS_INIT;
  session3_store *store = (session3_store *)1;
  faults.is_network = true;
  assert_status(session3_store_open_directory(fixture->directory, strlen(fixture->directory), NULL,
                                              &store, ERR),
                SESSION3_E_UNSUPPORTED);
  assert_null(store);
  assert_message_names(fixture->directory);
  options.flags = SESSION3_DIRECTORY_ALLOW_NETWORK;
  assert_ok(session3_store_open_directory(fixture->directory, strlen(fixture->directory), &options,
                                          &store, ERR));
  session3_store_free(store);
}

static void without_random_bytes_nothing_is_made_up(void **state) {
  struct fixture *fixture = *state;
  char id[SESSION3_ID_LENGTH + 1] = "untouched", token[SESSION3_TOKEN_LENGTH + 1] = "untouched";
  session3_session *session = new_session(NULL);
  faults.random = ENOSYS;
  assert_io_error(session3_id_generate(id, ERR), ENOSYS);
  assert_io_error(session3_session_create_form_token(session, token, ERR), ENOSYS);
  assert_io_error(session3_session_csrf_token(session, token, ERR), ENOSYS);
  assert_io_error(session3_store_create(fixture->store, session, ERR), ENOSYS);
  assert_string_equal(id, "untouched");
  assert_string_equal(token, "untouched");
  assert_int_equal(count_entries(fixture->directory), 0);
  faults.random = 0;
  assert_ok(session3_store_create(fixture->store, session, ERR));
  session3_session_free(session);
}

/** A directory store that syncs, in one of its own. */
static session3_store *open_synced(void **state) {
  struct fixture *fixture = *state;
  char synced[PATH_SIZE];
  session3_directory_options options = SESSION3_DIRECTORY_OPTIONS_INIT;
  session3_store *store = NULL;
  options.sync = SESSION3_SYNC_DATA;
  options.flags = SESSION3_DIRECTORY_CREATE;
  path_in(synced, fixture->directory, "synced");
  assert_ok(session3_store_open_directory(synced, strlen(synced), &options, &store, ERR));
  return store;
}

static void a_failed_sync_is_told(void **state) {
  session3_store *store = open_synced(state);
  create_session(store, ALICE, "k", "v");
  session3_session *session = load_session(store, ALICE);
  set_text(session, "k", "changed");
  faults.sync = EIO;
  assert_io_error(session3_store_save(store, session, SESSION3_SAVE_DEFAULT, ERR), EIO);
  faults.sync = 0;
  assert_true(session3_session_is_changed(session));
  assert_ok(session3_store_save(store, session, SESSION3_SAVE_MERGE, ERR));
  assert_stored_text(store, ALICE, "k", "changed");
  session3_session_free(session);
  session3_store_free(store);
}

static void a_renewal_whose_removal_is_not_synced_tells_the_new_id(void **state) {
  char id[SESSION3_ID_LENGTH + 1] = "";
  session3_store *store = open_synced(state);
  session3_snapshot snapshot = SESSION3_SNAPSHOT_INIT;
  session3_buffer stored = SESSION3_BUFFER_INIT;
  assert_ok(session3_store_create_encoded(store, TEXT(ALICE), &snapshot, "\x80", 1, &stored, ERR));
  faults.names_sync = 2;
  assert_io_error(session3_store_renew_encoded(store, TEXT(ALICE), &snapshot, "\x80", 1,
                                               "\x81\xa4user\xa1u", 8, SESSION3_SAVE_DEFAULT, id,
                                               &stored, ERR),
                  EIO);
  assert_not_stored(store, ALICE);
  assert_stored(store, id);
  assert_int_equal(snapshot.version.revision, 2);

  session3_session *session = load_session(store, id);
  faults.names_sync = 2;
  assert_io_error(session3_store_renew(store, session, SESSION3_SAVE_DEFAULT, ERR), EIO);
  const char *renewed;
  assert_ok(session3_session_id(session, &renewed, NULL, ERR));
  assert_not_stored(store, id);
  assert_stored(store, renewed);
  assert_ok(session3_store_renew(store, session, SESSION3_SAVE_DEFAULT, ERR));
  session3_session_free(session);
  session3_store_free(store);
}

/** Texts that make a session of one block, and of several: those are created in two ways. */
static const char *text_of(bool is_large) {
  static char large[20000];
  memset(large, 'x', sizeof large - 1);
  return is_large ? large : "v";
}

static size_t count_synced(void **state) {
  char synced[PATH_SIZE];
  path_in(synced, ((struct fixture *)*state)->directory, "synced");
  return count_entries(synced);
}

static void a_creation_whose_name_is_not_synced_leaves_no_session(void **state) {
  session3_store *store = open_synced(state);
  for (int is_large = 0; is_large < 2; is_large++) {
    session3_session *session = new_session(BOB);
    set_text(session, "k", text_of(is_large));
    faults.names_sync = 1;
    assert_io_error(session3_store_create(store, session, ERR), EIO);
    assert_int_equal(count_synced(state), 0);
    assert_ok(session3_store_create(store, session, ERR));
    assert_ok(session3_store_delete(store, TEXT(BOB), ERR));
    session3_session_free(session);
  }
  session3_store_free(store);
}

static void leave_the_old_session(void **state, bool is_large) {
  session3_store *store = open_synced(state);
  create_session(store, ALICE, "k", text_of(is_large));
  session3_session *session = load_session(store, ALICE);
  faults.names_sync = 1;
  assert_io_error(session3_store_renew(store, session, SESSION3_SAVE_DEFAULT, ERR), EIO);
  assert_int_equal(count_synced(state), 1);
  assert_stored_text(store, ALICE, "k", text_of(is_large));
  const char *id;
  assert_ok(session3_session_id(session, &id, NULL, ERR));
  assert_string_equal(id, ALICE);
  assert_ok(session3_store_renew(store, session, SESSION3_SAVE_DEFAULT, ERR));
  assert_not_stored(store, ALICE);
  assert_ok(session3_session_id(session, &id, NULL, ERR));
  assert_ok(session3_store_delete(store, id, strlen(id), ERR));
  session3_session_free(session);
  session3_store_free(store);
}

static void a_renewal_whose_creation_is_not_synced_leaves_the_old_session(void **state) {
  leave_the_old_session(state, false);
  leave_the_old_session(state, true);
}

static void a_deletion_that_is_not_synced_is_told_and_counted(void **state) {
  session3_store *store = open_synced(state);
  session3_statistics statistics = SESSION3_STATISTICS_INIT;
  create_session(store, ALICE, "k", "v");
  faults.names_sync = 1;
  assert_io_error(session3_store_delete(store, TEXT(ALICE), ERR), EIO);
  assert_not_stored(store, ALICE);
  assert_ok(session3_store_get_statistics(store, &statistics, ERR));
  assert_int_equal(statistics.deletes, 1);
  assert_int_equal(statistics.failures, 1);
  session3_store_free(store);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      FAULT_TEST(a_deletion_that_is_not_synced_is_told_and_counted),
      FAULT_TEST(a_renewal_whose_removal_is_not_synced_tells_the_new_id),
      FAULT_TEST(a_creation_whose_name_is_not_synced_leaves_no_session),
      FAULT_TEST(a_renewal_whose_creation_is_not_synced_leaves_the_old_session),
      FAULT_TEST(a_full_disk_at_creation_leaves_nothing_behind),
      FAULT_TEST(a_failed_write_leaves_the_stored_session_as_it_was),
      FAULT_TEST(a_failed_growth_leaves_the_stored_session_and_no_leftover),
      FAULT_TEST(a_write_in_small_steps_is_whole_or_told_to_have_failed),
      FAULT_TEST(a_failed_read_is_an_io_error),
      FAULT_TEST(a_sweep_that_can_not_read_deletes_nothing),
      FAULT_TEST(a_sweep_that_can_not_list_on_deletes_what_it_knows),
      FAULT_TEST(a_process_without_descriptors_is_told_so),
      FAULT_TEST(a_system_without_ofd_locks_is_unsupported),
      FAULT_TEST(a_failing_lock_changes_nothing),
      FAULT_TEST(a_network_file_system_is_refused_unless_allowed),
      FAULT_TEST(without_random_bytes_nothing_is_made_up),
      FAULT_TEST(a_failed_sync_is_told),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
