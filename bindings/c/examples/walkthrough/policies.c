/* SPDX-License-Identifier: MIT */
/** @file policies.c  session3/store.h: what a save does when somebody else saved before. */
#include <inttypes.h>

#include "walkthrough.h"

#define ID "visitor-1"

static void print_attributes(session3_store *store) {
  session3_error error = SESSION3_ERROR_INIT;
  S3_AUTO_SESSION(session);
  session3_value all;
  MUST(s3_load(store, ID, &session, &error));
  MUST(session3_session_attributes(session, &all, &error));
  printf("  stored: ");
  print_value(&all);
  printf("\n");
}

/** Two load one session; they saves "theirs", then we save "ours" by a policy. */
static session3_status race(session3_store *store, session3_save_policy policy) {
  session3_error error = SESSION3_ERROR_INIT;
  S3_AUTO_SESSION(start);
  S3_AUTO_SESSION(theirs);
  S3_AUTO_SESSION(ours);

  MUST(session3_session_new(TEXT(ID), &start, &error));
  MUST(s3_set(start, "both", "start", &error));
  MUST(session3_store_save(store, start, SESSION3_SAVE_DEFAULT, &error));
  MUST(s3_load(store, ID, &theirs, &error));
  MUST(s3_load(store, ID, &ours, &error));

  MUST(s3_set(theirs, "both", "theirs", &error));
  MUST(s3_set(theirs, "theirs", 1, &error));
  MUST(s3_save(store, theirs, &error));
  MUST(s3_set(ours, "both", "ours", &error));
  MUST(s3_set(ours, "ours", 2, &error));
  return session3_store_save(store, ours, policy, &error);
}

/** A logout stays one, unless a save says otherwise. */
static void save_after_logout(session3_store *store, session3_save_policy policy,
                              const char *question) {
  session3_error error = SESSION3_ERROR_INIT;
  S3_AUTO_SESSION(session);
  MUST(session3_session_new(TEXT(ID), &session, &error));
  MUST(s3_save(store, session, &error));
  MUST(s3_delete(store, ID, &error));
  MUST(s3_set(session, "late", 1, &error));
  answer(question, session3_store_save(store, session, policy, &error));
}

/** A counter that several processes add to is increased in the store. */
static void count(session3_store *store) {
  session3_error error = SESSION3_ERROR_INIT;
  S3_AUTO_SESSION(session);
  int64_t clicks = 0;
  MUST(s3_load(store, ID, &session, &error));
  MUST(s3_increment(store, ID, "clicks", 1, NULL, &error));
  MUST(s3_increment(store, ID, "clicks", 1, &clicks, &error));
  MUST(s3_set(session, "ours", 3, &error));
  MUST(s3_save(store, session, &error));
  printf("  clicks: %" PRId64 ", and in a session that was loaded before and saved after: %" PRId64
         "\n",
         clicks, s3_get_int(session, "clicks", 0));
}

void policies(void) {
  session3_error error = SESSION3_ERROR_INIT;
  S3_AUTO_STORE(store);
  MUST(session3_store_open_memory(NULL, &store, &error));
  answer("merge", race(store, SESSION3_SAVE_MERGE));
  print_attributes(store);
  answer("overwrite", race(store, SESSION3_SAVE_OVERWRITE));
  print_attributes(store);
  answer("fail", race(store, SESSION3_SAVE_FAIL));
  print_attributes(store);
  save_after_logout(store, SESSION3_SAVE_MERGE, "merge into what was deleted");
  save_after_logout(store, SESSION3_SAVE_MERGE | SESSION3_SAVE_RESURRECT, "the same, resurrecting");
  count(store);
}
