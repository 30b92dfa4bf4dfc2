/* SPDX-License-Identifier: MIT */
/* One session's life in a store, over every kind of store: create, load, save, has, delete. */
#include "Support/sessions.h"
#include "Support/stores.h"

static void a_created_session_loads_with_what_it_held(void **state) {
  struct fixture *fixture = *state;
  const char *text = NULL;
  size_t length = 0;
  char token[SESSION3_TOKEN_LENGTH + 1];
  session3_session *session = new_session(ALICE);
  assert_ok(session3_session_set_user_text(session, TEXT("alice"), ERR));
  assert_ok(session3_session_create_form_token(session, token, ERR));
  set_int(session, "n", 7);
  assert_ok(session3_store_create(fixture->store, session, ERR));
  assert_false(session3_session_is_new(session));
  assert_false(session3_session_is_changed(session));
  int64_t created_us = session3_session_created_us(session);
  session3_session_free(session);

  session = load_session(fixture->store, ALICE);
  assert_false(session3_session_is_new(session));
  assert_false(session3_session_is_changed(session));
  assert_int_equal(session3_session_created_us(session), created_us);
  assert_int(session, "n", 7);
  assert_ok(session3_session_user_text(session, &text, &length, ERR));
  assert_memory_equal(text, "alice", 5);
  assert_true(session3_session_has_form_token(session, token, SESSION3_TOKEN_LENGTH));
  assert_ok(session3_session_id(session, &text, &length, ERR));
  assert_string_equal(text, ALICE);
  session3_session_free(session);
}

static void a_session_without_an_id_is_given_one(void **state) {
  struct fixture *fixture = *state;
  const char *id = NULL;
  size_t length = 0;
  session3_session *session = new_session(NULL);
  assert_ok(session3_store_create(fixture->store, session, ERR));
  assert_ok(session3_session_id(session, &id, &length, ERR));
  assert_int_equal(length, SESSION3_ID_LENGTH);
  assert_true(session3_id_is_valid(id, length));
  assert_ok(session3_store_has(fixture->store, id, length, ERR));
  session3_session_free(session);
}

static void creating_what_exists_is_refused(void **state) {
  struct fixture *fixture = *state;
  create_session(fixture->store, ALICE, "k", "first");
  session3_session *session = new_session(ALICE);
  set_text(session, "k", "second");
  assert_status(session3_store_create(fixture->store, session, ERR), SESSION3_E_EXISTS);
  assert_true(session3_session_is_new(session));
  assert_text(session, "k", "second");
  assert_stored_text(fixture->store, ALICE, "k", "first");
  session3_session_free(session);
}

static void creating_a_session_that_a_store_knows_is_refused(void **state) {
  struct fixture *fixture = *state;
  session3_session *session = new_session(ALICE);
  assert_ok(session3_store_create(fixture->store, session, ERR));
  assert_invalid(session3_store_create(fixture->store, session, ERR));
  assert_ok(session3_store_delete(fixture->store, TEXT(ALICE), ERR));
  assert_invalid(session3_store_create(fixture->store, session, ERR));
  assert_invalid(session3_session_set_id(session, TEXT(BOB), ERR));
  assert_not_stored(fixture->store, ALICE);
  session3_session_free(session);
}

static void saving_needs_an_id(void **state) {
  struct fixture *fixture = *state;
  session3_session *session = new_session(NULL);
  assert_invalid(session3_store_save(fixture->store, session, SESSION3_SAVE_DEFAULT, ERR));
  assert_true(session3_session_is_new(session));
  session3_session_free(session);
}

static void a_missing_session_is_not_found(void **state) {
  struct fixture *fixture = *state;
  assert_not_stored(fixture->store, ALICE);
  assert_not_found(session3_store_delete(fixture->store, TEXT(ALICE), ERR));
}

static void a_saved_change_is_loaded(void **state) {
  struct fixture *fixture = *state;
  create_session(fixture->store, ALICE, "k", "old");
  session3_session *session = load_session(fixture->store, ALICE);
  set_text(session, "k", "new");
  assert_true(session3_session_is_changed(session));
  assert_ok(session3_store_save(fixture->store, session, SESSION3_SAVE_DEFAULT, ERR));
  assert_false(session3_session_is_changed(session));
  assert_stored_text(fixture->store, ALICE, "k", "new");
  set_text(session, "k", "newer");
  assert_ok(session3_store_save(fixture->store, session, SESSION3_SAVE_FAIL, ERR));
  assert_stored_text(fixture->store, ALICE, "k", "newer");
  session3_session_free(session);
}

static void a_change_that_is_taken_back_is_none(void **state) {
  struct fixture *fixture = *state;
  create_session(fixture->store, ALICE, "k", "same");
  session3_session *session = load_session(fixture->store, ALICE);
  set_text(session, "k", "same");
  assert_false(session3_session_is_changed(session));
  set_text(session, "k", "other");
  set_int(session, "extra", 1);
  assert_true(session3_session_is_changed(session));
  set_text(session, "k", "same");
  assert_ok(session3_session_remove(session, TEXT("extra"), ERR));
  assert_false(session3_session_is_changed(session));
  session3_session_free(session);
}

static void a_new_session_that_is_saved_replaces_what_is_stored(void **state) {
  struct fixture *fixture = *state;
  create_session(fixture->store, ALICE, "old", "x");
  session3_session *loaded = load_session(fixture->store, ALICE);
  session3_session *session = new_session(ALICE);
  set_text(session, "new", "y");
  assert_ok(session3_store_save(fixture->store, session, SESSION3_SAVE_DEFAULT, ERR));
  assert_stored_text(fixture->store, ALICE, "old", NULL);
  assert_stored_text(fixture->store, ALICE, "new", "y");
  set_text(loaded, "old", "z");
  assert_status(session3_store_save(fixture->store, loaded, SESSION3_SAVE_DEFAULT, ERR),
                SESSION3_E_GONE);
  assert_stored_text(fixture->store, ALICE, "old", NULL);
  session3_session_free(session);
  session3_session_free(loaded);
}

static void a_new_session_is_saved_where_there_is_none(void **state) {
  struct fixture *fixture = *state;
  session3_session *session = new_session(ALICE);
  set_text(session, "k", "v");
  assert_ok(session3_store_save(fixture->store, session, SESSION3_SAVE_FAIL, ERR));
  assert_false(session3_session_is_new(session));
  assert_stored_text(fixture->store, ALICE, "k", "v");
  session3_session_free(session);
}

static void a_deleted_session_is_gone(void **state) {
  struct fixture *fixture = *state;
  create_session(fixture->store, ALICE, NULL, NULL);
  create_session(fixture->store, BOB, NULL, NULL);
  assert_ok(session3_store_delete(fixture->store, TEXT(ALICE), ERR));
  assert_not_stored(fixture->store, ALICE);
  assert_not_found(session3_store_delete(fixture->store, TEXT(ALICE), ERR));
  assert_stored(fixture->store, BOB);
}

static void a_logout_deletes_whoever_changed_the_session_meanwhile(void **state) {
  struct fixture *fixture = *state;
  create_session(fixture->store, ALICE, NULL, NULL);
  session3_session *session = load_session(fixture->store, ALICE);
  change_session(fixture->store, ALICE, "k", "v");
  assert_ok(session3_store_delete(fixture->store, TEXT(ALICE), ERR));
  assert_not_stored(fixture->store, ALICE);
  session3_session_free(session);
}

static void a_save_after_a_logout_does_not_bring_it_back(void **state) {
  struct fixture *fixture = *state;
  const session3_save_policy policies[] = {SESSION3_SAVE_DEFAULT, SESSION3_SAVE_MERGE,
                                           SESSION3_SAVE_OVERWRITE, SESSION3_SAVE_FAIL};
  create_session(fixture->store, ALICE, "k", "v");
  session3_session *session = load_session(fixture->store, ALICE);
  assert_ok(session3_store_delete(fixture->store, TEXT(ALICE), ERR));
  set_text(session, "k", "changed");
  for (size_t index = 0; index < 4; index++) {
    assert_status(session3_store_save(fixture->store, session, policies[index], ERR),
                  SESSION3_E_GONE);
    assert_not_stored(fixture->store, ALICE);
  }
  assert_text(session, "k", "changed");
  assert_true(session3_session_is_changed(session));
  session3_session_free(session);
}

static void a_save_that_asks_for_it_brings_a_deleted_session_back(void **state) {
  struct fixture *fixture = *state;
  create_session(fixture->store, ALICE, "k", "v");
  session3_session *session = load_session(fixture->store, ALICE);
  assert_ok(session3_store_delete(fixture->store, TEXT(ALICE), ERR));
  set_text(session, "k", "changed");
  assert_ok(session3_store_save(fixture->store, session,
                                SESSION3_SAVE_MERGE | SESSION3_SAVE_RESURRECT, ERR));
  assert_stored_text(fixture->store, ALICE, "k", "changed");
  set_text(session, "k", "again");
  assert_ok(session3_store_save(fixture->store, session, SESSION3_SAVE_FAIL, ERR));
  assert_stored_text(fixture->store, ALICE, "k", "again");
  session3_session_free(session);
}

static void a_resurrected_session_is_another_incarnation(void **state) {
  struct fixture *fixture = *state;
  create_session(fixture->store, ALICE, "k", "v");
  session3_session *one = load_session(fixture->store, ALICE);
  session3_session *two = load_session(fixture->store, ALICE);
  assert_ok(session3_store_delete(fixture->store, TEXT(ALICE), ERR));
  set_text(one, "k", "one");
  assert_ok(session3_store_save(fixture->store, one, SESSION3_SAVE_RESURRECT, ERR));
  set_text(two, "k", "two");
  assert_status(session3_store_save(fixture->store, two, SESSION3_SAVE_MERGE, ERR),
                SESSION3_E_GONE);
  assert_stored_text(fixture->store, ALICE, "k", "one");
  session3_session_free(one);
  session3_session_free(two);
}

static void a_session_deleted_and_made_again_is_another_one(void **state) {
  struct fixture *fixture = *state;
  create_session(fixture->store, ALICE, "k", "v");
  session3_session *session = load_session(fixture->store, ALICE);
  assert_ok(session3_store_delete(fixture->store, TEXT(ALICE), ERR));
  create_session(fixture->store, ALICE, "k", "v");
  set_text(session, "k", "meant for the first");
  assert_status(session3_store_save(fixture->store, session, SESSION3_SAVE_OVERWRITE, ERR),
                SESSION3_E_GONE);
  assert_stored_text(fixture->store, ALICE, "k", "v");
  session3_session_free(session);
}

static void an_unchanged_session_is_deleted_as_loaded(void **state) {
  struct fixture *fixture = *state;
  create_session(fixture->store, ALICE, "k", "v");
  session3_session *session = load_session(fixture->store, ALICE);
  assert_ok(session3_store_delete_unchanged(fixture->store, session, ERR));
  assert_not_stored(fixture->store, ALICE);
  assert_not_found(session3_store_delete_unchanged(fixture->store, session, ERR));
  session3_session_free(session);
}

static void a_session_changed_meanwhile_is_not_deleted_as_loaded(void **state) {
  struct fixture *fixture = *state;
  create_session(fixture->store, ALICE, "k", "v");
  session3_session *session = load_session(fixture->store, ALICE);
  change_session(fixture->store, ALICE, "k", "changed");
  assert_status(session3_store_delete_unchanged(fixture->store, session, ERR), SESSION3_E_CONFLICT);
  assert_stored_text(fixture->store, ALICE, "k", "changed");
  session3_session_free(session);
}

static void two_sessions_do_not_know_of_each_other(void **state) {
  struct fixture *fixture = *state;
  create_session(fixture->store, ALICE, "k", "a");
  create_session(fixture->store, BOB, "k", "b");
  change_session(fixture->store, ALICE, "k", "changed");
  assert_stored_text(fixture->store, BOB, "k", "b");
}

static void the_longest_id_and_the_shortest_work(void **state) {
  struct fixture *fixture = *state;
  char longest[SESSION3_ID_MAXIMUM + 1] = {0};
  memset(longest, 'x', SESSION3_ID_MAXIMUM);
  const char *ids[] = {longest, "x", "-", "_", "0"};
  for (size_t index = 0; index < 5; index++) {
    create_session(fixture->store, ids[index], "k", ids[index]);
  }
  for (size_t index = 0; index < 5; index++) {
    assert_stored_text(fixture->store, ids[index], "k", ids[index]);
    assert_ok(session3_store_delete(fixture->store, ids[index], strlen(ids[index]), ERR));
  }
}

static void an_id_need_not_be_terminated(void **state) {
  struct fixture *fixture = *state;
  session3_session *session = NULL;
  create_session(fixture->store, ALICE, "k", "v");
  assert_ok(session3_store_has(fixture->store, ALICE "tail", strlen(ALICE), ERR));
  assert_ok(session3_store_load(fixture->store, ALICE "tail", strlen(ALICE), &session, ERR));
  session3_session_free(session);
  assert_ok(session3_store_delete(fixture->store, ALICE "tail", strlen(ALICE), ERR));
  assert_not_stored(fixture->store, ALICE);
}

static void an_unknown_policy_is_refused(void **state) {
  struct fixture *fixture = *state;
  const session3_save_policy unknown[] = {4, 5, 0x80, 0x104, 0x200, 0x201, UINT32_MAX};
  create_session(fixture->store, ALICE, "k", "v");
  session3_session *session = load_session(fixture->store, ALICE);
  set_text(session, "k", "changed");
  for (size_t index = 0; index < sizeof unknown / sizeof unknown[0]; index++) {
    assert_invalid(session3_store_save(fixture->store, session, unknown[index], ERR));
  }
  assert_stored_text(fixture->store, ALICE, "k", "v");
  session3_session_free(session);
}

static void setting_up_is_safe_at_any_time(void **state) {
  struct fixture *fixture = *state;
  create_session(fixture->store, ALICE, "k", "v");
  assert_ok(session3_store_setup(fixture->store, ERR));
  assert_ok(session3_store_setup(fixture->store, ERR));
  assert_stored_text(fixture->store, ALICE, "k", "v");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(a_created_session_loads_with_what_it_held),
      STORE_TEST(a_session_without_an_id_is_given_one),
      STORE_TEST(creating_what_exists_is_refused),
      STORE_TEST(creating_a_session_that_a_store_knows_is_refused),
      STORE_TEST(saving_needs_an_id),
      STORE_TEST(a_missing_session_is_not_found),
      STORE_TEST(a_saved_change_is_loaded),
      STORE_TEST(a_change_that_is_taken_back_is_none),
      STORE_TEST(a_new_session_that_is_saved_replaces_what_is_stored),
      STORE_TEST(a_new_session_is_saved_where_there_is_none),
      STORE_TEST(a_deleted_session_is_gone),
      STORE_TEST(a_logout_deletes_whoever_changed_the_session_meanwhile),
      STORE_TEST(a_save_after_a_logout_does_not_bring_it_back),
      STORE_TEST(a_save_that_asks_for_it_brings_a_deleted_session_back),
      STORE_TEST(a_resurrected_session_is_another_incarnation),
      STORE_TEST(a_session_deleted_and_made_again_is_another_one),
      STORE_TEST(an_unchanged_session_is_deleted_as_loaded),
      STORE_TEST(a_session_changed_meanwhile_is_not_deleted_as_loaded),
      STORE_TEST(two_sessions_do_not_know_of_each_other),
      STORE_TEST(the_longest_id_and_the_shortest_work),
      STORE_TEST(an_id_need_not_be_terminated),
      STORE_TEST(an_unknown_policy_is_refused),
      STORE_TEST(setting_up_is_safe_at_any_time),
  };
  return run_over_stores(tests);
}
