/* SPDX-License-Identifier: MIT */
/* Walking all sessions, and deleting those of a user, over every kind of store. */
#include "Support/sessions.h"
#include "Support/stores.h"

#include <stdio.h>
#include <stdlib.h>

#define SESSIONS 200

static void create_many(session3_store *store) {
  for (int index = 0; index < SESSIONS; index++) {
    char id[32], text[16];
    snprintf(id, sizeof id, SECRET "-%d", index);
    snprintf(text, sizeof text, "%d", index);
    create_session(store, id, "index", text);
  }
}

static session3_iterator *iterate(session3_store *store) {
  session3_iterator *iterator = NULL;
  assert_ok(session3_store_iterate(store, &iterator, ERR));
  assert_non_null(iterator);
  return iterator;
}

/** Marks the session that an id of create_many names. */
static void mark(int seen[SESSIONS], const char *id) {
  assert_memory_equal(id, SECRET "-", strlen(SECRET "-"));
  long index = strtol(id + strlen(SECRET "-"), NULL, 10);
  assert_in_range(index, 0, SESSIONS - 1);
  seen[index]++;
}

static void assert_each_seen_once(const int seen[SESSIONS]) {
  for (int index = 0; index < SESSIONS; index++) assert_int_equal(seen[index], 1);
}

static void every_session_is_seen_exactly_once_with_its_content(void **state) {
  struct fixture *fixture = *state;
  int seen[SESSIONS] = {0};
  create_many(fixture->store);
  session3_iterator *iterator = iterate(fixture->store);
  for (int count = 0; count < SESSIONS; count++) {
    session3_session *session = NULL;
    const char *id = NULL, *own_id = NULL;
    size_t length = 0;
    assert_ok(session3_iterator_next(iterator, &session, ERR));
    assert_ok(session3_iterator_id(iterator, &id, &length, ERR));
    assert_int_equal(length, strlen(id));
    assert_ok(session3_session_id(session, &own_id, NULL, ERR));
    assert_string_equal(id, own_id);
    assert_text(session, "index", id + strlen(SECRET "-"));
    mark(seen, id);
    session3_session_free(session);
  }
  session3_session *none = (session3_session *)1;
  assert_status(session3_iterator_next(iterator, &none, ERR), SESSION3_DONE);
  assert_null(none);
  session3_iterator_free(iterator);
  assert_each_seen_once(seen);
}

static void ids_alone_are_walked_too(void **state) {
  struct fixture *fixture = *state;
  int seen[SESSIONS] = {0};
  char id[SESSION3_ID_MAXIMUM + 1];
  create_many(fixture->store);
  session3_iterator *iterator = iterate(fixture->store);
  for (int count = 0; count < SESSIONS; count++) {
    assert_ok(session3_iterator_next_id(iterator, id, ERR));
    mark(seen, id);
  }
  assert_status(session3_iterator_next_id(iterator, id, ERR), SESSION3_DONE);
  assert_status(session3_iterator_next_id(iterator, id, ERR), SESSION3_DONE);
  session3_iterator_free(iterator);
  assert_each_seen_once(seen);
}

static void an_empty_store_is_done_at_once(void **state) {
  struct fixture *fixture = *state;
  session3_session *session = (session3_session *)1;
  session3_iterator *iterator = iterate(fixture->store);
  assert_status(session3_iterator_next(iterator, &session, ERR), SESSION3_DONE);
  assert_null(session);
  session3_iterator_free(iterator);
}

static void an_iterator_is_at_no_id_before_the_first_and_after_the_last(void **state) {
  struct fixture *fixture = *state;
  const char *id = NULL;
  size_t length = 0;
  session3_session *session = NULL;
  create_session(fixture->store, ALICE, NULL, NULL);
  session3_iterator *iterator = iterate(fixture->store);
  assert_not_found(session3_iterator_id(iterator, &id, &length, ERR));
  assert_null(id);
  assert_ok(session3_iterator_next(iterator, &session, ERR));
  assert_ok(session3_iterator_id(iterator, &id, NULL, ERR));
  assert_string_equal(id, ALICE);
  session3_session_free(session);
  assert_status(session3_iterator_next(iterator, &session, ERR), SESSION3_DONE);
  assert_not_found(session3_iterator_id(iterator, &id, &length, ERR));
  session3_iterator_free(iterator);
}

static void an_iterator_outlives_its_store(void **state) {
  struct fixture *fixture = *state;
  int seen[SESSIONS] = {0};
  create_many(fixture->store);
  session3_iterator *iterator = iterate(fixture->store);
  session3_store_free(fixture->store);
  fixture->store = NULL;
  assert_int_equal(fixture->destroyed, 0);
  for (int count = 0; count < SESSIONS; count++) {
    session3_session *session = NULL;
    const char *id = NULL;
    assert_ok(session3_iterator_next(iterator, &session, ERR));
    assert_ok(session3_iterator_id(iterator, &id, NULL, ERR));
    mark(seen, id);
    session3_session_free(session);
  }
  assert_each_seen_once(seen);
  session3_iterator_free(iterator);
  assert_int_equal(fixture->destroyed, fixture->opened);
}

static void two_iterators_do_not_disturb_each_other(void **state) {
  struct fixture *fixture = *state;
  int seen_by_one[SESSIONS] = {0}, seen_by_two[SESSIONS] = {0};
  char id[SESSION3_ID_MAXIMUM + 1];
  create_many(fixture->store);
  session3_iterator *one = iterate(fixture->store), *two = iterate(fixture->store);
  for (int count = 0; count < SESSIONS; count++) {
    assert_ok(session3_iterator_next_id(one, id, ERR));
    mark(seen_by_one, id);
    assert_ok(session3_iterator_next_id(two, id, ERR));
    mark(seen_by_two, id);
  }
  session3_iterator_free(one);
  session3_iterator_free(two);
  assert_each_seen_once(seen_by_one);
  assert_each_seen_once(seen_by_two);
}

static void sessions_can_be_deleted_while_they_are_walked(void **state) {
  struct fixture *fixture = *state;
  char id[SESSION3_ID_MAXIMUM + 1];
  int count = 0;
  create_many(fixture->store);
  session3_iterator *iterator = iterate(fixture->store);
  session3_status status;
  while ((status = session3_iterator_next_id(iterator, id, ERR)) == SESSION3_OK) {
    assert_ok(session3_store_delete(fixture->store, id, strlen(id), ERR));
    count++;
  }
  assert_status(status, SESSION3_DONE);
  assert_int_equal(count, SESSIONS);
  session3_iterator_free(iterator);
}

static void a_session_deleted_ahead_of_the_iterator_is_passed_over(void **state) {
  struct fixture *fixture = *state;
  session3_session *session = NULL;
  create_session(fixture->store, ALICE, NULL, NULL);
  create_session(fixture->store, BOB, NULL, NULL);
  session3_iterator *iterator = iterate(fixture->store);
  assert_ok(session3_store_delete(fixture->store, TEXT(ALICE), ERR));
  assert_ok(session3_store_delete(fixture->store, TEXT(BOB), ERR));
  assert_status(session3_iterator_next(iterator, &session, ERR), SESSION3_DONE);
  session3_iterator_free(iterator);
}

static void create_for_user(session3_store *store, const char *id, const session3_value *user) {
  session3_session *session = new_session(id);
  assert_ok(session3_session_set_user(session, user, ERR));
  assert_ok(session3_store_create(store, session, ERR));
  session3_session_free(session);
}

static void the_sessions_of_a_user_are_deleted_but_one(void **state) {
  struct fixture *fixture = *state;
  uint64_t deleted = 77;
  session3_value harriet, peter;
  assert_ok(session3_value_parse(TEXT("\xa7harriet"), &harriet, ERR));
  assert_ok(session3_value_parse(TEXT("\xa5peter"), &peter, ERR));
  create_for_user(fixture->store, ALICE, &harriet);
  create_for_user(fixture->store, BOB, &harriet);
  create_for_user(fixture->store, CAROL, &peter);
  create_session(fixture->store, SECRET "-nobody", NULL, NULL);
  assert_ok(
      session3_store_delete_user_sessions(fixture->store, &harriet, TEXT(BOB), &deleted, ERR));
  assert_int_equal(deleted, 1);
  assert_not_stored(fixture->store, ALICE);
  assert_stored(fixture->store, BOB);
  assert_ok(session3_store_delete_user_sessions(fixture->store, &harriet, NULL, 0, &deleted, ERR));
  assert_int_equal(deleted, 1);
  assert_not_stored(fixture->store, BOB);
  assert_stored(fixture->store, CAROL);
  assert_stored(fixture->store, SECRET "-nobody");
  assert_ok(session3_store_delete_user_sessions(fixture->store, &peter, NULL, 0, NULL, ERR));
  assert_not_stored(fixture->store, CAROL);
}

static void a_user_is_found_in_whatever_form_the_value_is_handed_in(void **state) {
  struct fixture *fixture = *state;
  uint64_t deleted = 77;
  session3_value wide, small, text;
  assert_ok(session3_value_parse(TEXT("\x07"), &small, ERR));
  assert_ok(session3_value_parse(TEXT("\xcf\0\0\0\0\0\0\0\x07"), &wide, ERR));
  assert_ok(session3_value_parse(TEXT("\xa1"
                                      "7"),
                                 &text, ERR));
  create_for_user(fixture->store, ALICE, &small);
  create_for_user(fixture->store, BOB, &text);
  assert_ok(session3_store_delete_user_sessions(fixture->store, &wide, NULL, 0, &deleted, ERR));
  assert_int_equal(deleted, 1);
  assert_not_stored(fixture->store, ALICE);
  assert_stored(fixture->store, BOB);
}

static void nobody_is_no_user_to_log_out(void **state) {
  struct fixture *fixture = *state;
  uint64_t deleted = 77;
  session3_value nil;
  assert_ok(session3_value_parse(TEXT("\xc0"), &nil, ERR));
  create_session(fixture->store, ALICE, NULL, NULL);
  assert_invalid(session3_store_delete_user_sessions(fixture->store, &nil, NULL, 0, &deleted, ERR));
  assert_int_equal(deleted, 77);
  assert_stored(fixture->store, ALICE);
}

static void a_short_hash_stands_for_an_id(void **state) {
  struct fixture *fixture = *state;
  char alice[SESSION3_SHORT_HASH_LENGTH + 1], again[SESSION3_SHORT_HASH_LENGTH + 1];
  char bob[SESSION3_SHORT_HASH_LENGTH + 1], other[SESSION3_SHORT_HASH_LENGTH + 1];
  memset(alice, '!', sizeof alice);
  assert_ok(session3_store_short_hash(fixture->store, TEXT(ALICE), alice, ERR));
  assert_int_equal(strlen(alice), SESSION3_SHORT_HASH_LENGTH);
  assert_int_equal(strspn(alice, "0123456789abcdef"), SESSION3_SHORT_HASH_LENGTH);
  assert_ok(session3_store_short_hash(fixture->store, TEXT(ALICE), again, ERR));
  assert_string_equal(alice, again);
  assert_ok(session3_store_short_hash(fixture->store, TEXT(BOB), bob, ERR));
  assert_string_not_equal(alice, bob);
  assert_ok(session3_store_short_hash(fixture->store, TEXT("../any bytes \xff\0"), other, ERR));
  assert_ok(session3_store_short_hash(fixture->store, "", 0, other, ERR));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(every_session_is_seen_exactly_once_with_its_content),
      STORE_TEST(ids_alone_are_walked_too),
      STORE_TEST(an_empty_store_is_done_at_once),
      STORE_TEST(an_iterator_is_at_no_id_before_the_first_and_after_the_last),
      STORE_TEST(an_iterator_outlives_its_store),
      STORE_TEST(two_iterators_do_not_disturb_each_other),
      STORE_TEST(sessions_can_be_deleted_while_they_are_walked),
      STORE_TEST(a_session_deleted_ahead_of_the_iterator_is_passed_over),
      STORE_TEST(the_sessions_of_a_user_are_deleted_but_one),
      STORE_TEST(a_user_is_found_in_whatever_form_the_value_is_handed_in),
      STORE_TEST(nobody_is_no_user_to_log_out),
      STORE_TEST(a_short_hash_stands_for_an_id),
  };
  return run_over_stores(tests);
}
