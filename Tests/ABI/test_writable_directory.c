/* SPDX-License-Identifier: MIT */
/* A directory that anybody may write to is no place for sessions: whoever plants a file there logs
 * in with it. */
#include "Support/sessions.h"
#include "Support/stores.h"

#include <unistd.h>

/** Opens the fixture's directory, or a new one in it. */
static session3_status open_place(struct fixture *fixture, const char *name, uint32_t flags,
                                  uint32_t mode) {
  char path[PATH_SIZE];
  session3_store *store = NULL;
  session3_directory_options options = SESSION3_DIRECTORY_OPTIONS_INIT;
  options.flags = flags;
  options.directory_mode = mode;
  path_in(path, fixture->directory, name);
  session3_status status =
      session3_store_open_directory(path, strlen(path), &options, &store, NULL);
  assert_true((status == SESSION3_OK) == (store != NULL));
  session3_store_free(store);
  return status;
}

static void one_that_anybody_may_write_to_is_refused_unless_allowed(void **state) {
  struct fixture *fixture = *state;
  const mode_t open_modes[] = {0777, 0702, 01777};
  const mode_t closed_modes[] = {0700, 0770, 0775, 01775};
  for (size_t index = 0; index < sizeof open_modes / sizeof *open_modes; index++) {
    assert_int_equal(chmod(fixture->directory, open_modes[index]), 0);
    assert_int_equal(open_place(fixture, ".", 0, 0), SESSION3_E_INSECURE);
    assert_int_equal(open_place(fixture, ".", SESSION3_DIRECTORY_ALLOW_WORLD_WRITABLE, 0),
                     SESSION3_OK);
  }
  for (size_t index = 0; index < sizeof closed_modes / sizeof *closed_modes; index++) {
    assert_int_equal(chmod(fixture->directory, closed_modes[index]), 0);
    assert_int_equal(open_place(fixture, ".", 0, 0), SESSION3_OK);
  }
}

static void none_is_created_that_anybody_may_write_to_unless_allowed(void **state) {
  struct fixture *fixture = *state;
  const uint32_t flags = SESSION3_DIRECTORY_CREATE;
  assert_int_equal(open_place(fixture, "new", flags, 0777), SESSION3_E_INSECURE);
  assert_false(file_exists(fixture->directory, "new"));
  assert_int_equal(
      open_place(fixture, "new", flags | SESSION3_DIRECTORY_ALLOW_WORLD_WRITABLE, 0777),
      SESSION3_OK);
  assert_int_equal(status_of(fixture->directory, "new").st_mode, S_IFDIR | 0777);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      FILE_TEST(one_that_anybody_may_write_to_is_refused_unless_allowed),
      FILE_TEST(none_is_created_that_anybody_may_write_to_unless_allowed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
