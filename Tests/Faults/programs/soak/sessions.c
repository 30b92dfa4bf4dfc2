/* SPDX-License-Identifier: MIT */
/* Sessions made, loaded, changed, saved and deleted, alone and against others' changes. */
#include "soak.h"

#include <stdio.h>

/** Text of any length up to this one fits the attributes of these sessions. */
#define LONGEST_TEXT 20000
static const char letters[LONGEST_TEXT + 1] = {0};

/** A shared session, which is made if somebody deleted it; NULL if others are faster. */
static session3_session *load_shared(struct worker *worker) {
  char name[NAME_SIZE];
  session3_session *session = NULL;
  pick_shared(worker, name);
  if (TRY(OK | NOT_FOUND, s3_load(worker->store, name, &session, &worker->error)))
    return session;
  TRY(OK, session3_session_new(name, strlen(name), &session, &worker->error));
  TRY(OK, s3_set(session, "n", 0, &worker->error));
  if (TRY(OK | MAY(SESSION3_E_EXISTS),
          session3_store_create(worker->store, session, &worker->error)))
    return session;
  session3_session_free(session);
  return NULL;
}

void create_and_delete(struct worker *worker) {
  S3_AUTO_SESSION(session);
  TRY(OK, s3_new(&session, &worker->error));
  TRY(OK, s3_set_user(session, "alice", &worker->error));
  TRY(OK, session3_store_create(worker->store, session, &worker->error));
  TRY(OK, s3_touch(worker->store, s3_id(session), &worker->error));
  if (pick(worker, 2) == 0)
    TRY(OK, session3_store_delete_unchanged(worker->store, session, &worker->error));
  else
    TRY(OK, s3_delete(worker->store, s3_id(session), &worker->error));
}

void load_only(struct worker *worker) {
  S3_AUTO_SESSION(session);
  S3_AUTO_BUFFER(text);
  session = load_shared(worker);
  if (session != NULL)
    TRY(OK, session3_session_describe(session, &text, &worker->error));
}

void load_and_save(struct worker *worker) {
  S3_AUTO_SESSION(session);
  char key[16];
  session = load_shared(worker);
  if (session == NULL)
    return;
  (void)snprintf(key, sizeof key, "key-%u", pick(worker, 6));
  if (pick(worker, 4) == 0)
    TRY(OK | NOT_FOUND, s3_remove(session, key, &worker->error));
  else
    TRY(OK, s3_set(session, key, (int)pick(worker, 1000), &worker->error));
  TRY(OK | GONE, session3_store_save(worker->store, session, 1 + pick(worker, 2), &worker->error));
}

void grow(struct worker *worker) {
  S3_AUTO_SESSION(session);
  session = load_shared(worker);
  if (session == NULL)
    return;
  TRY(OK, session3_session_set_text(session, "text", 4, letters, pick(worker, LONGEST_TEXT),
                                    &worker->error));
  TRY(OK | GONE, s3_save(worker->store, session, &worker->error));
}

void increment(struct worker *worker) {
  char name[NAME_SIZE];
  int64_t count = 0;
  pick_shared(worker, name);
  TRY(OK | GONE, s3_increment(worker->store, name, "n", 1, &count, &worker->error));
}

void pass_a_token(struct worker *worker) {
  S3_AUTO_SESSION(session);
  char token[SESSION3_TOKEN_LENGTH + 1], csrf[SESSION3_TOKEN_LENGTH + 1];
  session = load_shared(worker);
  if (session == NULL)
    return;
  TRY(OK, session3_session_create_form_token(session, token, &worker->error));
  TRY(OK, session3_session_csrf_token(session, csrf, &worker->error));
  TRY(OK | GONE, s3_save(worker->store, session, &worker->error));
  for (int times = 0; times < 2; times++)
    TRY(OK | NOT_FOUND,
        s3_consume_form_token(worker->store, s3_id(session), token, &worker->error));
}

void conflict(struct worker *worker) {
  S3_AUTO_SESSION(ours);
  S3_AUTO_SESSION(theirs);
  const uint32_t outcomes = OK | GONE | MAY(SESSION3_E_CONFLICT);
  ours = load_shared(worker);
  if (ours == NULL ||
      !TRY(OK | NOT_FOUND, s3_load(worker->store, s3_id(ours), &theirs, &worker->error)))
    return;
  TRY(OK, s3_set(theirs, "n", (int)pick(worker, 1000), &worker->error));
  TRY(outcomes, session3_store_save(worker->store, theirs, SESSION3_SAVE_FAIL, &worker->error));
  TRY(OK, s3_set(ours, "n", -1, &worker->error));
  TRY(outcomes, session3_store_save(worker->store, ours, SESSION3_SAVE_FAIL, &worker->error));
  TRY(OK | NOT_FOUND | MAY(SESSION3_E_CONFLICT),
      session3_store_delete_unchanged(worker->store, ours, &worker->error));
}

void save_what_is_gone(struct worker *worker) {
  S3_AUTO_SESSION(session);
  session = load_shared(worker);
  if (session == NULL)
    return;
  TRY(OK | NOT_FOUND, s3_delete(worker->store, s3_id(session), &worker->error));
  TRY(OK, s3_set(session, "late", (int)pick(worker, INT32_MAX), &worker->error));
  TRY(GONE, s3_save(worker->store, session, &worker->error));
  if (pick(worker, 4) == 0)
    TRY(OK, session3_store_save(worker->store, session,
                                SESSION3_SAVE_MERGE | SESSION3_SAVE_RESURRECT, &worker->error));
}

/** Each renewal is one more that the store remembers, of which it keeps the last 512. */
void renew_among_copies(struct worker *worker) {
  S3_AUTO_SESSION(session);
  S3_AUTO_SESSION(copy);
  TRY(OK, s3_new(&session, &worker->error));
  TRY(OK, s3_set(session, "n", 1, &worker->error));
  TRY(OK, session3_store_create(worker->store, session, &worker->error));
  TRY(OK, s3_load(worker->store, s3_id(session), &copy, &worker->error));
  TRY(OK, session3_store_renew(worker->store, session, SESSION3_SAVE_DEFAULT, &worker->error));
  TRY(OK, s3_set(copy, "copy", true, &worker->error));
  TRY(OK | GONE, s3_save(worker->store, copy, &worker->error));
  TRY(OK, s3_delete(worker->store, s3_id(session), &worker->error));
}

void save_encoded(struct worker *worker) {
  S3_AUTO_BUFFER(stored);
  session3_snapshot snapshot = SESSION3_SNAPSHOT_INIT;
  char name[NAME_SIZE], new_id[SESSION3_ID_LENGTH + 1];
  static const char base[] = "\x81\xaa"
                             "attributes\x81\xa1n\x01";
  static const char payload[] = "\x81\xaa"
                                "attributes\x81\xa1n\xcd\x00\x02";
  char room[64];
  size_t length = 0;
  own_name(worker, name);
  TRY(OK,
      session3_store_save_encoded(worker->store, name, strlen(name), &snapshot, NULL, 0, base,
                                  sizeof base - 1, SESSION3_SAVE_DEFAULT, &stored, &worker->error));
  TRY(MAY(SESSION3_E_TOO_SMALL),
      session3_store_load_encoded(worker->store, name, strlen(name), &snapshot, room, 1, &length,
                                  &worker->error));
  TRY(OK, session3_store_load_encoded(worker->store, name, strlen(name), &snapshot, room,
                                      sizeof room, &length, &worker->error));
  /* Not in canonical form: the stored bytes are told. */
  TRY(OK, session3_store_renew_encoded(worker->store, name, strlen(name), &snapshot, room, length,
                                       payload, sizeof payload - 1, SESSION3_SAVE_DEFAULT, new_id,
                                       &stored, &worker->error));
  TRY(OK,
      session3_store_delete_encoded(worker->store, name, strlen(name), &snapshot, &worker->error));
}

void build_values(struct worker *worker) {
  S3_AUTO_WRITER(writer);
  S3_AUTO_SESSION(session);
  session3_value value;
  TRY(OK, session3_writer_new(&writer, &worker->error));
  TRY(OK, session3_writer_map(writer, 2, &worker->error));
  TRY(OK, session3_writer_text(writer, "list", 4, &worker->error));
  TRY(OK, session3_writer_array(writer, 1, &worker->error));
  TRY(OK, session3_writer_int(writer, pick(worker, 100000), &worker->error));
  TRY(OK, session3_writer_text(writer, "blob", 4, &worker->error));
  TRY(MAY(SESSION3_E_VALUE), session3_writer_finish(writer, &value, &worker->error));
  TRY(OK, session3_writer_binary(writer, letters, pick(worker, 300), &worker->error));
  TRY(OK, session3_writer_finish(writer, &value, &worker->error));
  TRY(OK, s3_new(&session, &worker->error));
  TRY(OK, session3_session_set(session, "value", 5, &value, &worker->error));
  TRY(OK, session3_session_attributes(session, &value, &worker->error));
}
