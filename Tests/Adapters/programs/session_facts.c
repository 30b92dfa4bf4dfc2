/* SPDX-License-Identifier: MIT */
/* Tells what a session has beside its attributes:
 *   session_facts DIRECTORY ID
 * prints a line for each of user, created, accessed, authenticated, persistence: the name, a blank
 * and what there is, times in microseconds. Nobody logged in is no line. Exits with 0, or says on
 * stderr what failed. */
#include <session3.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static session3_status tell(const session3_session *session, session3_error *error) {
  const char *user = NULL;
  size_t length = 0;
  session3_status status = session3_session_user_text(session, &user, &length, error);
  if (status < 0)
    return status;
  if (status == SESSION3_OK)
    printf("user %.*s\n", (int)length, user);
  printf("created %" PRId64 "\n", session3_session_created_us(session));
  printf("accessed %" PRId64 "\n", session3_session_accessed_us(session));
  printf("authenticated %" PRId64 "\n", session3_session_authenticated_us(session));
  printf("persistence %" PRIu32 "\n", session3_session_persistence(session));
  return SESSION3_OK;
}

int main(int count, char **arguments) {
  session3_error error = SESSION3_ERROR_INIT;
  session3_store *store = NULL;
  session3_session *session = NULL;
  if (count != 3) {
    fprintf(stderr, "usage: session_facts DIRECTORY ID\n");
    return 2;
  }
  const char *directory = arguments[1];
  const char *id = arguments[2];
  session3_status status =
      session3_store_open_directory(directory, strlen(directory), NULL, &store, &error);
  if (status == SESSION3_OK)
    status = session3_store_load(store, id, strlen(id), &session, &error);
  if (status == SESSION3_OK)
    status = tell(session, &error);
  if (status != SESSION3_OK)
    fprintf(stderr, "session_facts: %s: %s\n", session3_status_text(status), error.message);
  session3_session_free(session);
  session3_store_free(store);
  return status == SESSION3_OK ? 0 : 1;
}
