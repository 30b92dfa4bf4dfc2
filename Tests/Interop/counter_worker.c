/* SPDX-License-Identifier: MIT */
/* Adds to a counter of a session that others add to at the same time:
 *   counter_worker DIRECTORY ID KEY COUNT increment|save
 * adds 1 COUNT times, in the store (increment), or by load, set, and save that is tried again on a
 * conflict (save). Exits with 0 and prints nothing, or says on stderr what failed. */
#include "session3.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Which attribute of which session. */
struct counter {
  session3_store *store;
  const char *id;
  const char *key;
};

static session3_status add_in_store(const struct counter *counter, session3_error *error) {
  return session3_store_increment(counter->store, counter->id, strlen(counter->id), counter->key,
                                  strlen(counter->key), 1, NULL, error);
}

/** Loads, adds 1, saves; SESSION3_E_CONFLICT if somebody else saved meanwhile. */
static session3_status try_to_add(const struct counter *counter, session3_error *error) {
  session3_session *session = NULL;
  int64_t number = 0;
  session3_status status =
      session3_store_load(counter->store, counter->id, strlen(counter->id), &session, error);
  if (status != SESSION3_OK)
    return status;
  status = session3_session_get_int(session, counter->key, strlen(counter->key), &number, error);
  if (status == SESSION3_OK || status == SESSION3_NOT_FOUND) {
    status =
        session3_session_set_int(session, counter->key, strlen(counter->key), number + 1, error);
  }
  if (status == SESSION3_OK) {
    status = session3_store_save(counter->store, session, SESSION3_SAVE_FAIL, error);
  }
  session3_session_free(session);
  return status;
}

static session3_status add_by_saving(const struct counter *counter, session3_error *error) {
  session3_status status;
  do {
    status = try_to_add(counter, error);
  } while (status == SESSION3_E_CONFLICT);
  return status;
}

static int report(session3_status status, const session3_error *error) {
  fprintf(stderr, "counter_worker: %s: %s\n", session3_status_text(status),
          status < 0 ? error->message : "");
  return 1;
}

int main(int count, char **arguments) {
  session3_error error = SESSION3_ERROR_INIT;
  struct counter counter = {0};
  char *end = NULL;
  errno = 0;
  long long times = count == 6 ? strtoll(arguments[4], &end, 10) : -1;
  bool is_increment = count == 6 && strcmp(arguments[5], "increment") == 0;
  bool is_save = count == 6 && strcmp(arguments[5], "save") == 0;
  if (times < 0 || errno != 0 || *end != 0 || (!is_increment && !is_save)) {
    fputs("usage: counter_worker DIRECTORY ID KEY COUNT increment|save\n", stderr);
    return 2;
  }
  session3_status status = session3_store_open_directory(arguments[1], strlen(arguments[1]), NULL,
                                                         &counter.store, &error);
  counter.id = arguments[2];
  counter.key = arguments[3];
  for (long long done = 0; status == SESSION3_OK && done < times; done++) {
    status = is_increment ? add_in_store(&counter, &error) : add_by_saving(&counter, &error);
  }
  session3_store_free(counter.store);
  return status == SESSION3_OK ? 0 : report(status, &error);
}
