/* SPDX-License-Identifier: MIT */
/** @file stores.c  session3/store.h: opening stores; the life of one session. */
#include "walkthrough.h"

static void describe(const char *name, const session3_store *store) {
  session3_error error = SESSION3_ERROR_INIT;
  session3_store_info info = {.size = sizeof info};
  MUST(session3_store_get_info(store, &info, &error));
  printf("  %s: for %s, %s, and up to %u KiB a session\n", name,
         info.is_multiprocess_safe ? "many processes" : "one process",
         info.is_thread_safe ? "many threads" : "one thread",
         (unsigned)(info.maximum_payload / 1024));
}

static session3_store *open_directory(void) {
  session3_error error = SESSION3_ERROR_INIT;
  session3_store *store = NULL;
  session3_directory_options options = SESSION3_DIRECTORY_OPTIONS_INIT;
  options.flags = SESSION3_DIRECTORY_CREATE;
  options.file_mode = 0640;
  options.sync = SESSION3_SYNC_NONE;
  options.lock_timeout_us = 250000;
  options.maximum_payload = (uint64_t)64 * 1024;
  MUST(session3_store_open_directory(TEXT("sessions"), &options, &store, &error));
  MUST(session3_store_setup(store, &error));

  session3_store *other = NULL;
  options.sync = SESSION3_SYNC_DATA;
  answer("opening it with another sync mode",
         session3_store_open_directory(TEXT("sessions"), &options, &other, &error));
  return store;
}

/** An id that a host chose, and one that session3_store_create makes. */
static void create(session3_store *store) {
  session3_error error = SESSION3_ERROR_INIT;
  S3_AUTO_SESSION(chosen);
  S3_AUTO_SESSION(rival);
  S3_AUTO_SESSION(made);
  char hash[SESSION3_SHORT_HASH_LENGTH + 1];
  char old[SESSION3_ID_MAXIMUM + 1];

  MUST(session3_session_new(TEXT("visitor-1"), &chosen, &error));
  MUST(session3_store_create(store, chosen, &error));
  MUST(session3_session_new(TEXT("visitor-1"), &rival, &error));
  answer("creating a session whose id is taken", session3_store_create(store, rival, &error));
  MUST(session3_session_new(NULL, 0, &made, &error));
  MUST(session3_store_create(store, made, &error));

  MUST(session3_store_short_hash(store, TEXT("visitor-1"), hash, &error));
  printf("  in logs, a session is called by a hash of %zu digits\n", strlen(hash));
  snprintf(old, sizeof old, "%s", s3_id(made));
  MUST(session3_store_renew(store, made, SESSION3_SAVE_DEFAULT, &error));
  answer("the id that it had before it was renewed", s3_has(store, old, &error));
  answer("the one that it has now", s3_has(store, s3_id(made), &error));
  MUST(session3_store_delete(store, s3_id(made), strlen(s3_id(made)), &error));
}

static void use(session3_store *store) {
  session3_error error = SESSION3_ERROR_INIT;
  S3_AUTO_SESSION(session);
  S3_AUTO_SESSION(unused);
  MUST(session3_store_load(store, TEXT("visitor-1"), &unused, &error));
  MUST(session3_store_load(store, TEXT("visitor-1"), &session, &error));
  MUST(s3_set(session, "page", 3, &error));
  answer_yes_no("changed before the save", session3_session_is_changed(session));
  MUST(session3_store_save(store, session, SESSION3_SAVE_DEFAULT, &error));
  answer_yes_no("changed after it", session3_session_is_changed(session));
  answer("deleting it if nobody used it, as was thought",
         session3_store_delete_unchanged(store, unused, &error));
  answer("now knowing that somebody did", session3_store_delete_unchanged(store, session, &error));
  answer("saving what was deleted",
         session3_store_save(store, session, SESSION3_SAVE_DEFAULT, &error));
}

void stores(void) {
  session3_error error = SESSION3_ERROR_INIT;
  session3_store *directory = open_directory();
  session3_store *memory = NULL;
  session3_memory_options options = SESSION3_MEMORY_OPTIONS_INIT;
  options.maximum_payload = 4096;
  MUST(session3_store_open_memory(&options, &memory, &error));
  describe("directory", directory);
  describe("memory", memory);
  create(directory);
  use(directory);
  session3_store_free(memory);
  session3_store_free(directory);
}
