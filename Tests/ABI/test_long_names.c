/* SPDX-License-Identifier: MIT */
/* A message has 240 bytes: a long place or key is cut, and never pushes the cause out. */
#include "Support/sessions.h"

#include <string.h>

static void a_long_key_leaves_room_for_the_cause(void **state) {
  (void)state;
  char key[400];
  session3_error error = SESSION3_ERROR_INIT;
  session3_session *session = NULL;
  memset(key, 'k', sizeof key);
  assert_int_equal(session3_session_new(NULL, 0, &session, &error), SESSION3_OK);
  assert_int_equal(session3_session_set_text(session, key, sizeof key, "\xff", 1, &error),
                   SESSION3_E_VALUE);
  assert_non_null(strstr(error.message, "not UTF-8"));
  session3_session_free(session);
}

static void a_long_path_leaves_room_for_the_cause(void **state) {
  (void)state;
  char path[300];
  session3_error error = SESSION3_ERROR_INIT;
  session3_store *store = NULL;
  memset(path, 'p', sizeof path);
  path[0] = '/';
  path[150] = '/';
  assert_int_equal(session3_store_open_directory(path, sizeof path, NULL, &store, &error),
                   SESSION3_E_IO);
  assert_non_null(strstr(error.message, "(ENOENT)"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_long_key_leaves_room_for_the_cause),
      cmocka_unit_test(a_long_path_leaves_room_for_the_cause),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
