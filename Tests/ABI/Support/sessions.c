/* SPDX-License-Identifier: MIT */
#include "sessions.h"

session3_session *new_session(const char *id) {
  session3_session *session = NULL;
  assert_ok(session3_session_new(id, id != NULL ? strlen(id) : 0, &session, ERR));
  assert_non_null(session);
  return session;
}

void create_session(session3_store *store, const char *id, const char *key, const char *text) {
  session3_session *session = new_session(id);
  if (key != NULL)
    set_text(session, key, text);
  assert_ok(session3_store_create(store, session, ERR));
  session3_session_free(session);
}

session3_session *load_session(session3_store *store, const char *id) {
  session3_session *session = NULL;
  assert_ok(session3_store_load(store, id, strlen(id), &session, ERR));
  assert_non_null(session);
  return session;
}

void change_session(session3_store *store, const char *id, const char *key, const char *text) {
  session3_session *session = load_session(store, id);
  set_text(session, key, text);
  assert_ok(session3_store_save(store, session, SESSION3_SAVE_FAIL, ERR));
  session3_session_free(session);
}

void set_text(session3_session *session, const char *key, const char *text) {
  assert_ok(session3_session_set_text(session, key, strlen(key), text, strlen(text), ERR));
}

void set_int(session3_session *session, const char *key, int64_t value) {
  assert_ok(session3_session_set_int(session, key, strlen(key), value, ERR));
}

void assert_text(const session3_session *session, const char *key, const char *text) {
  const char *found = NULL;
  size_t length = 0;
  if (text == NULL) {
    assert_not_found(session3_session_get_text(session, key, strlen(key), &found, &length, ERR));
    return;
  }
  assert_ok(session3_session_get_text(session, key, strlen(key), &found, &length, ERR));
  assert_int_equal(length, strlen(text));
  assert_memory_equal(found, text, length);
}

void assert_int(const session3_session *session, const char *key, int64_t value) {
  int64_t found = ~value;
  assert_ok(session3_session_get_int(session, key, strlen(key), &found, ERR));
  assert_int_equal(found, value);
}

void assert_stored_text(session3_store *store, const char *id, const char *key, const char *text) {
  session3_session *session = load_session(store, id);
  assert_text(session, key, text);
  session3_session_free(session);
}

void assert_stored(session3_store *store, const char *id) {
  assert_ok(session3_store_has(store, id, strlen(id), ERR));
  session3_session_free(load_session(store, id));
}

void assert_not_stored(session3_store *store, const char *id) {
  session3_session *session = (session3_session *)1;
  assert_not_found(session3_store_has(store, id, strlen(id), ERR));
  assert_not_found(session3_store_load(store, id, strlen(id), &session, ERR));
  assert_null(session);
}

session3_snapshot snapshot_of(session3_store *store, const char *id) {
  session3_snapshot snapshot = SESSION3_SNAPSHOT_INIT;
  uint8_t payload[4096];
  size_t length = 0;
  assert_ok(session3_store_load_encoded(store, id, strlen(id), &snapshot, payload, sizeof payload,
                                        &length, ERR));
  return snapshot;
}

int open_session(void **state) {
  *state = new_session(NULL);
  return 0;
}

int close_session(void **state) {
  session3_session_free(*state);
  return 0;
}

session3_value parse_value(const void *data, size_t length) {
  session3_value value;
  assert_ok(session3_value_parse(data, length, &value, ERR));
  return value;
}
