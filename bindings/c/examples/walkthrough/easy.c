/* SPDX-License-Identifier: MIT */
/** @file easy.c  session3_easy.h: NUL-terminated text, one line for each thing, scope cleanup. */
#include <inttypes.h>

#include "walkthrough.h"

/** The first request of a visitor, who logs in. Copies the id that would go into a cookie. */
static void first_request(session3_store *store, char cookie[SESSION3_ID_MAXIMUM + 1]) {
  session3_error error = SESSION3_ERROR_INIT;
  S3_AUTO_SESSION(session);

  MUST(s3_load_or_new(store, NULL, &session, &error));
  MUST(s3_set_user(session, "ada", &error));
  MUST(s3_set_remote_address(session, "192.0.2.1", &error));
  MUST(s3_set(session, "theme", "dark", &error));
  MUST(s3_set(session, "visits", 1, &error));
  MUST(s3_set(session, "balance", 12.5, &error));
  MUST(s3_set(session, "big", UINT64_MAX, &error));
  MUST(s3_set_bool(session, "admin", true, &error)); // true itself is an int before C23
  MUST(s3_set_time(session, "seen", 1700000000000000, &error));
  answer_yes_no("the session has an id before it is saved", s3_id(session) != NULL);
  MUST(s3_save(store, session, &error));
  snprintf(cookie, SESSION3_ID_MAXIMUM + 1, "%s", s3_id(session));
  printf("  the id that s3_save made has %zu characters\n", strlen(cookie));
}

/** A later request: reads what the first one left. */
static void next_request(session3_store *store, const char *cookie) {
  session3_error error = SESSION3_ERROR_INIT;
  S3_AUTO_SESSION(session);
  S3_AUTO_BUFFER(user);
  S3_AUTO_BUFFER(theme);
  int visits = 0;

  MUST(s3_load(store, cookie, &session, &error));
  printf("  user %s, theme %s\n", s3_get_user(session, "nobody", &user),
         s3_get_text(session, "theme", "light", &theme));
  printf("  admin %d, balance %g, big %" PRIu64 "\n", s3_get_bool(session, "admin", false),
         s3_get_double(session, "balance", 0), s3_get_uint(session, "big", 0));
  printf("  seen at %" PRId64 " us, basket of %" PRId64 "\n", s3_get_time(session, "seen", 0),
         s3_get_int(session, "basket", 0));

  // Where a fallback won't do, s3_read tells missing from wrong; the variable's type decides.
  MUST(s3_read(session, "visits", &visits, &error));
  MUST(s3_set(session, "visits", visits + 1, &error));
  MUST(s3_remove(session, "big", &error));
  answer("reading text into an int", s3_read(session, "theme", &visits, &error));
  answer("reading a missing attribute", s3_read(session, "basket", &visits, &error));
  MUST(s3_save(store, session, &error));
}

/** Text is never cut: what does not fit is an error that tells the length. */
static void fixed_memory(session3_store *store, const char *cookie) {
  session3_error error = SESSION3_ERROR_INIT;
  S3_AUTO_SESSION(session);
  char four[4];
  char five[5];
  size_t length = 0;

  MUST(s3_load(store, cookie, &session, &error));
  answer("copying \"dark\" into 4 bytes",
         s3_copy_text(session, "theme", four, sizeof four, &length, &error));
  printf("  it needs %zu bytes and a NUL\n", length);
  MUST(s3_copy_text(session, "theme", five, sizeof five, NULL, &error));
}

void easy(void) {
  session3_error error = SESSION3_ERROR_INIT;
  S3_AUTO_STORE(store);
  char cookie[SESSION3_ID_MAXIMUM + 1];
  int64_t downloads = 0;
  uint64_t deleted = 0;
  uint64_t remaining = 0;

  MUST(s3_open("sessions", &store, &error));
  first_request(store, cookie);
  next_request(store, cookie);
  fixed_memory(store, cookie);

  MUST(s3_increment(store, cookie, "downloads", 3, &downloads, &error));
  printf("  downloads: %" PRId64 "\n", downloads);
  MUST(s3_touch(store, cookie, &error));
  answer("is it there", s3_has(store, cookie, &error));
  answer("is ../../etc/passwd there", s3_has(store, "../../etc/passwd", &error));
  MUST(s3_expire(store, 3600, &deleted, &remaining, &error));
  printf("  idle for an hour: %" PRIu64 " of %" PRIu64 "\n", deleted, deleted + remaining);
  MUST(s3_delete_user_sessions(store, "ada", cookie, &deleted, &error));
  printf("  other sessions of ada: %" PRIu64 "\n", deleted);
  MUST(s3_delete(store, cookie, &error));
  answer("deleting it once more", s3_delete(store, cookie, &error));

  // s3_check prints failures to stderr and hands the status through.
  S3_AUTO_STORE(nowhere);
  if (s3_check("walkthrough", s3_open("missing/sessions", &nowhere, &error), &error) < 0)
    printf("  a directory whose parent is missing: %s, errno %s\n",
           session3_status_text(error.status), error.system_errno == 2 ? "ENOENT" : "other");
}
