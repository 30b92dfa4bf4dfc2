/* SPDX-License-Identifier: MIT */
/* What goes wrong, all in good order: it is the failing ways on which descriptors and memory are
 * forgotten. And what lives and dies as a whole. */
#include "soak.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define INVALID MAY(SESSION3_E_INVALID)
#define CORRUPT MAY(SESSION3_E_CORRUPT)
#define VALUE MAY(SESSION3_E_VALUE)

void ask_for_what_is_missing(struct worker *worker) {
  static const char id[] = "never-stored";
  S3_AUTO_SESSION(session);
  TRY(NOT_FOUND, s3_load(worker->store, id, &session, &worker->error));
  TRY(NOT_FOUND, s3_has(worker->store, id, &worker->error));
  TRY(GONE, s3_touch(worker->store, id, &worker->error));
  TRY(GONE, s3_increment(worker->store, id, "n", 1, NULL, &worker->error));
  TRY(NOT_FOUND, s3_consume_form_token(worker->store, id, "token", &worker->error));
  TRY(NOT_FOUND, s3_delete(worker->store, id, &worker->error));
}

void pass_bad_ids(struct worker *worker) {
  S3_AUTO_SESSION(session);
  S3_AUTO_REQUEST(request);
  TRY(NOT_FOUND, s3_load(worker->store, "../passwd", &session, &worker->error));
  TRY(INVALID, s3_delete(worker->store, "../passwd", &worker->error));
  TRY(INVALID, session3_session_new("a/b", 3, &session, &worker->error));
  TRY(OK, s3_new(&session, &worker->error));
  TRY(INVALID, session3_store_save(worker->store, session, 0, &worker->error));
  TRY(OK, s3_start_request(worker->manager, "session3=../passwd; session3=; session3=unknown", NULL,
                           &request, &worker->error));
}

void pass_bad_values(struct worker *worker) {
  S3_AUTO_SESSION(session);
  char name[NAME_SIZE];
  own_name(worker, name);
  TRY(OK, session3_session_new(name, strlen(name), &session, &worker->error));
  TRY(VALUE, s3_set(session, "text", "\xff", &worker->error));
  TRY(VALUE, session3_session_set_payload(session, "\x81\xa4user", 6, &worker->error));
  TRY(OK, s3_set(session, "n", "no number", &worker->error));
  TRY(OK, s3_set(session, "most", INT64_MAX, &worker->error));
  TRY(OK, s3_save(worker->store, session, &worker->error));
  TRY(MAY(SESSION3_E_TYPE), s3_increment(worker->store, name, "n", 1, NULL, &worker->error));
  TRY(MAY(SESSION3_E_RANGE), s3_increment(worker->store, name, "most", 1, NULL, &worker->error));
  TRY(OK, s3_delete(worker->store, name, &worker->error));
}

/** Writes zeros into the head of a session's file, or into its slots. */
static void damage(const struct worker *worker, const char *name, off_t offset) {
  static const char zeros[64];
  char path[512];
  (void)snprintf(path, sizeof path, "%s/%s", worker->directory, name);
  int file = open(path, O_WRONLY | O_CLOEXEC);
  if (file < 0)
    return;
  if (pwrite(file, zeros, sizeof zeros, offset) < 0)
    perror("damage");
  close(file);
}

void meet_damage(struct worker *worker) {
  S3_AUTO_SESSION(session);
  S3_AUTO_SESSION(loaded);
  char name[NAME_SIZE];
  own_name(worker, name);
  TRY(OK, session3_session_new(name, strlen(name), &session, &worker->error));
  TRY(OK, s3_set(session, "n", 1, &worker->error));
  TRY(OK, s3_save(worker->store, session, &worker->error));
  /* The payload of the first slot: its checksum is wrong now. */
  damage(worker, name, 512 + 40);
  TRY(CORRUPT, s3_load(worker->store, name, &loaded, &worker->error));
  TRY(CORRUPT, s3_increment(worker->store, name, "n", 1, NULL, &worker->error));
  TRY(OK, s3_set(session, "n", 2, &worker->error));
  TRY(OK | CORRUPT | GONE, s3_save(worker->store, session, &worker->error));
  TRY(OK, s3_delete(worker->store, name, &worker->error));
}

void open_and_close(struct worker *worker) {
  S3_AUTO_STORE(store);
  S3_AUTO_MANAGER(manager);
  S3_AUTO_ITERATOR(iterator);
  S3_AUTO_REQUEST(request);
  TRY(OK, s3_open(worker->directory, &store, &worker->error));
  TRY(OK, session3_manager_new(store, NULL, &manager, &worker->error));
  TRY(OK, s3_start_request(manager, NULL, NULL, &request, &worker->error));
  TRY(OK, session3_store_iterate(store, &iterator, &worker->error));
}

void fail_to_open(struct worker *worker) {
  S3_AUTO_STORE(store);
  S3_AUTO_MANAGER(manager);
  session3_directory_options options = SESSION3_DIRECTORY_OPTIONS_INIT;
  session3_manager_policy policy = SESSION3_MANAGER_POLICY_INIT;
  char path[512];
  (void)snprintf(path, sizeof path, "%s/.session3", worker->directory);
  TRY(MAY(SESSION3_E_IO),
      session3_store_open_directory(path, strlen(path), NULL, &store, &worker->error));
  TRY(MAY(SESSION3_E_IO),
      session3_store_open_directory("/nowhere/at/all", 15, NULL, &store, &worker->error));
  options.sync = SESSION3_SYNC_DATA;
  TRY(INVALID, session3_store_open_directory(worker->directory, strlen(worker->directory), &options,
                                             &store, &worker->error));
  policy.idle_timeout_us = -1;
  TRY(INVALID, session3_manager_new(worker->store, &policy, &manager, &worker->error));
}

void live_in_memory(struct worker *worker) {
  S3_AUTO_STORE(store);
  TRY(OK, session3_store_open_memory(NULL, &store, &worker->error));
  for (int count = 0; count < 3; count++) {
    S3_AUTO_SESSION(session);
    TRY(OK, s3_new(&session, &worker->error));
    TRY(OK, s3_set(session, "n", count, &worker->error));
    TRY(OK, session3_store_create(store, session, &worker->error));
    TRY(OK, session3_store_renew(store, session, SESSION3_SAVE_DEFAULT, &worker->error));
    TRY(OK, s3_increment(store, s3_id(session), "n", 1, NULL, &worker->error));
  }
}
