/* SPDX-License-Identifier: MIT */
/** @file encoded.c  session3/encoded.h: sessions as bytes, for hosts with their own MessagePack. */
#include <inttypes.h>

#include "walkthrough.h"

#define ID "visitor-1"

/** The text "ada". */
#define ADA "\243ada"
#define BEFORE_NUMBER "\202\252attributes\201\241n"

/** {"attributes": {"n": <number>}, "user": "ada"} */
static const char payload[] = BEFORE_NUMBER "\0\244user" ADA;
#define PAYLOAD_LENGTH (sizeof payload - 1)

static void encode(char out[PAYLOAD_LENGTH], char number) {
  memcpy(out, payload, PAYLOAD_LENGTH);
  out[sizeof BEFORE_NUMBER - 1] = number;
}

/** One call loads all, into the caller's memory. */
static session3_snapshot load(session3_store *store, char *bytes, size_t capacity) {
  session3_error error = SESSION3_ERROR_INIT;
  session3_snapshot snapshot = SESSION3_SNAPSHOT_INIT;
  size_t length = 0;
  answer("loading into 4 bytes",
         session3_store_load_encoded(store, TEXT(ID), &snapshot, bytes, 4, &length, &error));
  printf("  it needs %zu\n", length);
  MUST(session3_store_load_encoded(store, TEXT(ID), &snapshot, bytes, capacity, &length, &error));
  printf("  loaded %zu bytes at revision %" PRIu64 "\n", length, snapshot.version.revision);
  return snapshot;
}

void encoded(void) {
  session3_error error = SESSION3_ERROR_INIT;
  S3_AUTO_STORE(store);
  S3_AUTO_BUFFER(stored);
  S3_AUTO_ITERATOR(iterator);
  session3_snapshot snapshot = SESSION3_SNAPSHOT_INIT;
  S3_AUTO_BUFFER(base);
  char loaded[64];
  char changed[PAYLOAD_LENGTH];
  char id[SESSION3_ID_MAXIMUM + 1];
  char new_id[SESSION3_ID_LENGTH + 1];

  MUST(session3_store_open_memory(NULL, &store, &error));
  encode(changed, 1);
  MUST(session3_store_create_encoded(store, TEXT(ID), &snapshot, changed, sizeof changed, &stored,
                                     &error));
  answer_yes_no("it was stored as it was handed in", stored.length == 0);
  snapshot = load(store, loaded, sizeof loaded);

  // Meanwhile somebody else counts a click: the save merges, and hands back what is stored.
  MUST(s3_increment(store, ID, "clicks", 1, NULL, &error));
  encode(changed, 2);
  MUST(session3_store_save_encoded(store, TEXT(ID), &snapshot, loaded, PAYLOAD_LENGTH, changed,
                                   sizeof changed, SESSION3_SAVE_DEFAULT, &stored, &error));
  printf("  revision %" PRIu64 " is %zu bytes, of which ours were %zu\n", snapshot.version.revision,
         stored.length, sizeof changed);

  MUST(session3_store_iterate(store, &iterator, &error));
  while (session3_iterator_next_id(iterator, id, &error) == SESSION3_OK)
    printf("  an id, without reading the session: %s\n", id);

  // What is stored is the base of the next save: here one that gives the session a new id.
  MUST(session3_buffer_assign(&base, stored.data, stored.length, &error));
  MUST(session3_store_renew_encoded(store, TEXT(ID), &snapshot, base.data, base.length, base.data,
                                    base.length, SESSION3_SAVE_DEFAULT, new_id, &stored, &error));
  answer("the old id", s3_has(store, ID, &error));
  answer("the new one", s3_has(store, new_id, &error));
  // Whatever its id is now, the snapshot tells which session is meant: to spare it, or to end it.
  answer("log out elsewhere",
         session3_store_delete_user_sessions_encoded(store, TEXT(ADA), &snapshot, NULL, &error));
  answer("the new one", s3_has(store, new_id, &error));
  answer("a logout", session3_store_delete_encoded(store, TEXT(ID), &snapshot, &error));
  answer("the new one", s3_has(store, new_id, &error));
}
