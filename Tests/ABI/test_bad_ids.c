/* SPDX-License-Identifier: MIT */
/* Ids outside the grammar, as a client may send them in a cookie, over every kind of store. */
#include "Support/sessions.h"
#include "Support/stores.h"

struct id {
  const char *bytes;
  size_t length;
};

static char too_long[SESSION3_ID_MAXIMUM + 1];

static const struct id bad_ids[] = {
    {TEXT("")},
    {TEXT("../" SECRET)},
    {TEXT("/etc/passwd")},
    {TEXT(".")},
    {TEXT("..")},
    {TEXT(".session3")},
    {TEXT("." SECRET)},
    {TEXT(SECRET "/x")},
    {TEXT(SECRET "\0x")},
    {TEXT("\0")},
    {TEXT(SECRET "\n")},
    {TEXT(SECRET " ")},
    {TEXT(SECRET ".txt")},
    {TEXT(SECRET "%2e")},
    {TEXT(SECRET "\xc3\xa4")},
    {TEXT(SECRET "\xff")},
    {too_long, sizeof too_long},
};
#define BAD_IDS (sizeof bad_ids / sizeof bad_ids[0])

static void a_bad_id_is_not_found(void **state) {
  struct fixture *fixture = *state;
  for (size_t index = 0; index < BAD_IDS; index++) {
    const struct id id = bad_ids[index];
    session3_session *session = (session3_session *)1;
    session3_snapshot snapshot = SESSION3_SNAPSHOT_INIT;
    uint8_t payload[16];
    size_t length = 77;
    assert_not_found(session3_store_load(fixture->store, id.bytes, id.length, &session, ERR));
    assert_null(session);
    assert_not_found(session3_store_has(fixture->store, id.bytes, id.length, ERR));
    assert_not_found(session3_store_load_encoded(fixture->store, id.bytes, id.length, &snapshot,
                                                 payload, sizeof payload, &length, ERR));
    assert_int_equal(length, 77);
  }
}

static void a_bad_id_is_refused_by_what_writes(void **state) {
  struct fixture *fixture = *state;
  for (size_t index = 0; index < BAD_IDS; index++) {
    const struct id id = bad_ids[index];
    session3_snapshot snapshot = SESSION3_SNAPSHOT_INIT;
    session3_buffer stored = SESSION3_BUFFER_INIT;
    int64_t result = 77;
    assert_invalid(session3_store_delete(fixture->store, id.bytes, id.length, ERR));
    assert_invalid(session3_store_touch(fixture->store, id.bytes, id.length, ERR));
    assert_invalid(session3_store_set_access_time(fixture->store, id.bytes, id.length, 5, ERR));
    assert_invalid(
        session3_store_increment(fixture->store, id.bytes, id.length, TEXT("n"), 1, &result, ERR));
    assert_int_equal(result, 77);
    assert_invalid(
        session3_store_consume_form_token(fixture->store, id.bytes, id.length, TEXT("token"), ERR));
    assert_invalid(session3_store_create_encoded(fixture->store, id.bytes, id.length, &snapshot,
                                                 TEXT("\x80"), &stored, ERR));
    assert_invalid(session3_store_save_encoded(fixture->store, id.bytes, id.length, &snapshot, NULL,
                                               0, TEXT("\x80"), SESSION3_SAVE_DEFAULT, &stored,
                                               ERR));
  }
}

static void a_bad_id_has_no_session(void **state) {
  (void)state;
  for (size_t index = 0; index < BAD_IDS; index++) {
    const struct id id = bad_ids[index];
    session3_session *session = (session3_session *)1;
    assert_false(session3_id_is_valid(id.bytes, id.length));
    assert_invalid(session3_session_new(id.bytes, id.length, &session, ERR));
    assert_null(session);
  }
}

static void a_bad_id_changes_nothing_in_the_store(void **state) {
  struct fixture *fixture = *state;
  session3_iterator *iterator = NULL;
  char id[SESSION3_ID_MAXIMUM + 1];
  create_session(fixture->store, ALICE, "k", "v");
  a_bad_id_is_refused_by_what_writes(state);
  a_bad_id_is_not_found(state);
  assert_ok(session3_store_iterate(fixture->store, &iterator, ERR));
  assert_ok(session3_iterator_next_id(iterator, id, ERR));
  assert_string_equal(id, ALICE);
  assert_status(session3_iterator_next_id(iterator, id, ERR), SESSION3_DONE);
  session3_iterator_free(iterator);
  if (fixture->directory[0] != 0)
    assert_int_equal(count_entries(fixture->directory), 1);
}

static void sparing_a_bad_id_is_refused_and_deletes_nobody(void **state) {
  struct fixture *fixture = *state;
  session3_value user;
  session3_session *session = new_session(ALICE);
  assert_ok(session3_session_set_user_text(session, TEXT("u"), ERR));
  assert_ok(session3_store_create(fixture->store, session, ERR));
  assert_ok(session3_session_user(session, &user, ERR));
  assert_invalid(
      session3_store_delete_user_sessions(fixture->store, &user, TEXT("../" SECRET), NULL, ERR));
  assert_stored(fixture->store, ALICE);
  session3_session_free(session);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(a_bad_id_is_not_found),
      STORE_TEST(a_bad_id_is_refused_by_what_writes),
      STORE_TEST(a_bad_id_has_no_session),
      STORE_TEST(a_bad_id_changes_nothing_in_the_store),
      STORE_TEST(sparing_a_bad_id_is_refused_and_deletes_nobody),
  };
  memset(too_long, 'x', sizeof too_long);
  return run_over_stores(tests);
}
