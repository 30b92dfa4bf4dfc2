/* SPDX-License-Identifier: MIT */
/** @file many_sessions.c  session3/store.h: walking, expiring, logging out everywhere;
 * session3/statistics.h and the log, for whoever runs it. */
#include <inttypes.h>

#include "walkthrough.h"

#define MINUTE ((int64_t)60000000)

/** A clock that a test sets. */
static int64_t now_us(void *context) { return *(const int64_t *)context; }

static void make_sessions(session3_store *store) {
  session3_error error = SESSION3_ERROR_INIT;
  const char *const users[] = {"ada", "bob", "ada", "eve"};
  for (size_t i = 0; i < sizeof users / sizeof users[0]; i++) {
    S3_AUTO_SESSION(session);
    char id[16];
    snprintf(id, sizeof id, "visitor-%zu", i + 1);
    MUST(session3_session_new(id, strlen(id), &session, &error));
    MUST(s3_set_user(session, users[i], &error));
    MUST(s3_save(store, session, &error));
  }
}

/** Takes one session from an iterator and counts it; false after the last one. */
static bool count_next(session3_store *store, session3_iterator *iterator, size_t *sessions,
                       size_t *of_ada) {
  session3_error error = SESSION3_ERROR_INIT;
  S3_AUTO_SESSION(session);
  S3_AUTO_BUFFER(user);
  const char *id;
  size_t length;
  char hash[SESSION3_SHORT_HASH_LENGTH + 1];

  session3_status status = session3_iterator_next(iterator, &session, &error);
  if (status == SESSION3_DONE)
    return false;
  MUST(session3_iterator_id(iterator, &id, &length, &error));
  if (status < 0) { // one that can't be read: the next call goes on past it
    MUST(session3_store_short_hash(store, id, length, hash, &error));
    fprintf(stderr, "session %s: %s\n", hash, session3_status_text(status));
    return true;
  }
  *sessions += 1;
  *of_ada += strcmp(s3_get_user(session, "", &user), "ada") == 0;
  return true;
}

/** The order is the store's, so this only counts. */
static void walk(session3_store *store) {
  session3_error error = SESSION3_ERROR_INIT;
  S3_AUTO_ITERATOR(iterator);
  size_t sessions = 0;
  size_t of_ada = 0;
  MUST(session3_store_iterate(store, &iterator, &error));
  while (count_next(store, iterator, &sessions, &of_ada)) continue;
  printf("  sessions: %zu, of ada: %zu\n", sessions, of_ada);
}

static void expire(session3_store *store, int64_t *clock) {
  session3_error error = SESSION3_ERROR_INIT;
  uint64_t deleted = 0;
  uint64_t remaining = 0;

  *clock += 30 * MINUTE;
  MUST(session3_store_touch(store, TEXT("visitor-1"), &error));
  MUST(session3_store_touch(store, TEXT("visitor-2"), &error));
  MUST(session3_store_set_access_time(store, TEXT("visitor-3"), *clock - MINUTE, &error));
  answer("touching one that does not exist",
         session3_store_touch(store, TEXT("visitor-9"), &error));
  MUST(session3_store_sweep(store, 20 * MINUTE, &deleted, &remaining, &error));
  printf("  idle for 20 minutes: %" PRIu64 ", still there: %" PRIu64 "\n", deleted, remaining);
  MUST(session3_store_delete_old_sessions(store, 0.5, &deleted, &remaining, &error));
  printf("  idle for half a minute: %" PRIu64 ", still there: %" PRIu64 "\n", deleted, remaining);
}

/** A server hands it on as it is: syslog((int)level, "%s", message). */
static void print_message(void *context, session3_log_level level, session3_status status,
                          const char *message, size_t length) {
  (void)context;
  (void)status;
  printf("  log, priority %u: %.*s\n", (unsigned)level, (int)length, message);
}

static void count(session3_store *store) {
  session3_error error = SESSION3_ERROR_INIT;
  session3_statistics counts = {.size = sizeof counts};
  MUST(session3_store_get_statistics(store, &counts, &error));
  printf("  counted: %" PRIu64 " created, %" PRIu64 " of %" PRIu64 " loads found one, %" PRIu64
         " swept, %" PRIu64 " deleted\n",
         counts.creates, counts.hits, counts.loads, counts.swept, counts.deletes);
}

void many_sessions(void) {
  session3_error error = SESSION3_ERROR_INIT;
  S3_AUTO_STORE(store);
  int64_t clock = 1700000000000000;
  uint64_t deleted = 0;
  session3_memory_options options = SESSION3_MEMORY_OPTIONS_INIT;
  options.clock = now_us;
  options.clock_context = &clock;
  options.log = print_message;
  options.log_level = SESSION3_LOG_INFO;

  MUST(session3_store_open_memory(&options, &store, &error));
  make_sessions(store);
  walk(store);
  expire(store, &clock);
  MUST(s3_delete_user_sessions(store, "ada", NULL, &deleted, &error));
  printf("  ada logs out everywhere: %" PRIu64 "\n", deleted);
  walk(store);
  count(store);
}
