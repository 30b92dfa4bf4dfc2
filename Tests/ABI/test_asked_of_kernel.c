/* SPDX-License-Identifier: MIT */
/* What the library asks of the kernel, and in which order: the program's own definitions stand
 * between the two, and take notes. */
#include "Support/sessions.h"
#include "Support/stores.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SESSIONS 300

/** Whether the files are another user's, who alone may ask that a read leaves no trace. */
static bool is_of_another;
static int refusals;
/** The inodes that were unlinked, in their order. */
static ino_t unlinked[SESSIONS];
static int unlinked_count;

int openat(int directory, const char *path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  int mode = va_arg(arguments, int);
  va_end(arguments);
  if (is_of_another && (flags & O_NOATIME) != 0) {
    refusals++;
    errno = EPERM;
    return -1;
  }
  return (int)syscall(SYS_openat, directory, path, flags, mode);
}

int unlinkat(int directory, const char *path, int flags) {
  struct stat status;
  if (unlinked_count < SESSIONS && fstatat(directory, path, &status, AT_SYMLINK_NOFOLLOW) == 0)
    unlinked[unlinked_count++] = status.st_ino;
  return (int)syscall(SYS_unlinkat, directory, path, flags);
}

static void a_session_of_another_user_is_loaded_saved_and_deleted(void **state) {
  struct fixture *fixture = *state;
  create_session(fixture->store, ALICE, "k", "v");
  is_of_another = true;
  session3_session *session = load_session(fixture->store, ALICE);
  set_text(session, "k", "w");
  assert_ok(session3_store_save(fixture->store, session, SESSION3_SAVE_DEFAULT, ERR));
  assert_stored_text(fixture->store, ALICE, "k", "w");
  assert_ok(session3_store_delete(fixture->store, TEXT(ALICE), ERR));
  is_of_another = false;
  assert_not_stored(fixture->store, ALICE);
  assert_true(refusals >= 3);
  session3_session_free(session);
}

/* The order in which ext4 has them on the disk; a directory lists them in another. */
static void a_sweep_deletes_in_the_order_of_inodes(void **state) {
  struct fixture *fixture = *state;
  char id[32];
  for (int index = 0; index < SESSIONS; index++) {
    snprintf(id, sizeof id, "%08x-%d", (unsigned)index * 2654435761u, index);
    create_session(fixture->store, id, NULL, NULL);
  }
  usleep(2000);
  uint64_t deleted = 0;
  unlinked_count = 0;
  assert_ok(session3_store_sweep(fixture->store, 0, &deleted, NULL, ERR));
  assert_int_equal(deleted, SESSIONS);
  assert_int_equal(unlinked_count, SESSIONS);
  for (int index = 1; index < SESSIONS; index++) assert_true(unlinked[index - 1] < unlinked[index]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      FILE_TEST(a_session_of_another_user_is_loaded_saved_and_deleted),
      FILE_TEST(a_sweep_deletes_in_the_order_of_inodes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
