/* SPDX-License-Identifier: MIT */
/* What a forked child must not have in common with its parent: the numbers that it makes up. */
#include "Support/sessions.h"
#include "Support/stores.h"

#include <sys/wait.h>
#include <unistd.h>

static void a_child_begins_other_incarnations_than_its_parent(void **state) {
  struct fixture *fixture = *state;
  /* The first one seeds the others of this process. */
  create_session(fixture->store, ALICE, "k", "v");
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    create_session(fixture->store, BOB, "k", "v");
    _exit(0);
  }
  create_session(fixture->store, CAROL, "k", "v");
  int status = -1;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
  const uint64_t ours = snapshot_of(fixture->store, CAROL).version.incarnation;
  assert_true(snapshot_of(fixture->store, BOB).version.incarnation != ours);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      FILE_TEST(a_child_begins_other_incarnations_than_its_parent),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
