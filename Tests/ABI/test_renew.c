/* SPDX-License-Identifier: MIT */
/* A stored session gets a new id, over every kind of store: the old id dies, nothing is lost. */
#include "Support/requests.h"
#include "Support/stores.h"

#include <stdio.h>

static session3_store *store_of(void **state) { return ((struct fixture *)*state)->store; }

static void copy_id(char id[ID_SIZE], const session3_session *session) {
  const char *found = NULL;
  assert_ok(session3_session_id(session, &found, NULL, ERR));
  snprintf(id, ID_SIZE, "%s", found);
}

static size_t count_sessions(session3_store *store) {
  uint64_t remaining = 77;
  assert_ok(session3_store_sweep(store, INT64_MAX, NULL, &remaining, ERR));
  return remaining;
}

/** Renews ALICE's session; the copy that was renewed. */
static session3_session *renew_alice(session3_store *store) {
  session3_session *session = load_session(store, ALICE);
  assert_ok(session3_store_renew(store, session, SESSION3_SAVE_DEFAULT, ERR));
  return session;
}

static void the_attributes_stay_and_the_old_id_dies(void **state) {
  session3_store *store = store_of(state);
  char id[ID_SIZE];
  create_session(store, ALICE, "k", "v");
  int64_t created_us = snapshot_of(store, ALICE).created_us;
  session3_session *session = load_session(store, ALICE);
  set_text(session, "set before", "kept");
  assert_ok(session3_store_renew(store, session, SESSION3_SAVE_DEFAULT, ERR));
  copy_id(id, session);
  assert_int_equal(strlen(id), SESSION3_ID_LENGTH);
  assert_true(session3_id_is_valid(id, strlen(id)));
  assert_false(session3_session_is_changed(session));
  assert_not_stored(store, ALICE);
  assert_stored_text(store, id, "k", "v");
  assert_stored_text(store, id, "set before", "kept");
  assert_int_equal(snapshot_of(store, id).created_us, created_us);
  assert_int_equal(count_sessions(store), 1);
  session3_session_free(session);
}

static void a_renewed_session_is_saved_and_renewed_like_any_other(void **state) {
  session3_store *store = store_of(state);
  char first[ID_SIZE], second[ID_SIZE];
  create_session(store, ALICE, "k", "v");
  session3_session *session = renew_alice(store);
  copy_id(first, session);
  set_text(session, "k", "later");
  assert_ok(session3_store_save(store, session, SESSION3_SAVE_FAIL, ERR));
  assert_stored_text(store, first, "k", "later");
  assert_ok(session3_store_renew(store, session, SESSION3_SAVE_FAIL, ERR));
  copy_id(second, session);
  assert_string_not_equal(first, second);
  assert_not_stored(store, first);
  assert_ok(session3_store_delete(store, second, strlen(second), ERR));
  assert_int_equal(count_sessions(store), 0);
  session3_session_free(session);
}

static void what_was_saved_meanwhile_is_merged(void **state) {
  session3_store *store = store_of(state);
  char id[ID_SIZE];
  create_session(store, ALICE, "both", "before");
  session3_session *session = load_session(store, ALICE);
  set_text(session, "both", "ours");
  set_text(session, "ours", "kept");
  change_session(store, ALICE, "both", "theirs");
  change_session(store, ALICE, "theirs", "kept");
  assert_ok(session3_store_renew(store, session, SESSION3_SAVE_MERGE, ERR));
  copy_id(id, session);
  assert_text(session, "theirs", "kept");
  assert_stored_text(store, id, "theirs", "kept");
  assert_stored_text(store, id, "ours", "kept");
  assert_stored_text(store, id, "both", "ours");
  session3_session_free(session);
}

static void the_other_policies_hold_as_for_a_save(void **state) {
  session3_store *store = store_of(state);
  char id[ID_SIZE];
  create_session(store, ALICE, "k", "v");
  session3_session *session = load_session(store, ALICE);
  set_text(session, "ours", "kept");
  change_session(store, ALICE, "theirs", "kept");
  assert_status(session3_store_renew(store, session, SESSION3_SAVE_FAIL, ERR), SESSION3_E_CONFLICT);
  copy_id(id, session);
  assert_string_equal(id, ALICE);
  assert_true(session3_session_is_changed(session));
  assert_text(session, "theirs", NULL);
  assert_stored_text(store, ALICE, "theirs", "kept");
  assert_stored_text(store, ALICE, "ours", NULL);
  assert_int_equal(count_sessions(store), 1);

  assert_ok(session3_store_renew(store, session, SESSION3_SAVE_OVERWRITE, ERR));
  copy_id(id, session);
  assert_stored_text(store, id, "theirs", NULL);
  assert_stored_text(store, id, "ours", "kept");
  assert_not_stored(store, ALICE);
  session3_session_free(session);
}

static void a_late_save_of_another_copy_reaches_the_new_session_and_is_told_no_id(void **state) {
  session3_store *store = store_of(state);
  char id[ID_SIZE], told[ID_SIZE];
  create_session(store, ALICE, "k", "v");
  session3_session *late = load_session(store, ALICE), *unchanged = load_session(store, ALICE);
  session3_session *session = renew_alice(store);
  copy_id(id, session);
  set_text(late, "late", "kept");
  assert_ok(session3_store_save(store, late, SESSION3_SAVE_DEFAULT, ERR));
  assert_stored_text(store, id, "late", "kept");
  copy_id(told, late);
  assert_string_equal(told, ALICE);
  assert_not_stored(store, ALICE);
  set_text(late, "late", "again");
  assert_ok(session3_store_save(store, late, SESSION3_SAVE_DEFAULT, ERR));
  assert_stored_text(store, id, "late", "again");
  copy_id(told, late);
  assert_string_equal(told, ALICE);
  assert_ok(session3_store_save(store, unchanged, SESSION3_SAVE_DEFAULT, ERR));
  copy_id(told, unchanged);
  assert_string_equal(told, ALICE);
  assert_int_equal(count_sessions(store), 1);
  session3_session_free(session);
  session3_session_free(unchanged);
  session3_session_free(late);
}

static void it_follows_one_renewal_after_another_but_no_logout(void **state) {
  session3_store *store = store_of(state);
  char id[ID_SIZE];
  create_session(store, ALICE, "k", "v");
  session3_session *late = load_session(store, ALICE);
  session3_session *session = renew_alice(store);
  assert_ok(session3_store_renew(store, session, SESSION3_SAVE_DEFAULT, ERR));
  copy_id(id, session);
  set_text(late, "late", "kept");
  assert_ok(session3_store_save(store, late, SESSION3_SAVE_DEFAULT, ERR));
  assert_stored_text(store, id, "late", "kept");
  assert_ok(session3_store_delete(store, id, strlen(id), ERR));
  set_text(late, "late", "too late");
  assert_status(session3_store_save(store, late, SESSION3_SAVE_DEFAULT, ERR), SESSION3_E_GONE);
  assert_int_equal(count_sessions(store), 0);
  session3_session_free(session);
  session3_session_free(late);
}

static void a_late_save_through_another_handle_is_gone(void **state) {
  struct fixture *fixture = *state;
  create_session(fixture->store, ALICE, "k", "v");
  session3_store *other = open_another(fixture, NULL);
  session3_session *late = load_session(other, ALICE);
  session3_session *session = renew_alice(fixture->store);
  set_text(late, "late", "lost");
  assert_status(session3_store_save(other, late, SESSION3_SAVE_DEFAULT, ERR), SESSION3_E_GONE);
  assert_status(session3_store_renew(other, late, SESSION3_SAVE_DEFAULT, ERR), SESSION3_E_GONE);
  assert_int_equal(count_sessions(fixture->store), 1);
  session3_session_free(session);
  session3_session_free(late);
  session3_store_free(other);
}

static void what_was_deleted_is_not_renewed_not_even_by_resurrection(void **state) {
  session3_store *store = store_of(state);
  const session3_save_policy policies[] = {SESSION3_SAVE_DEFAULT, SESSION3_SAVE_OVERWRITE,
                                           SESSION3_SAVE_MERGE | SESSION3_SAVE_RESURRECT,
                                           SESSION3_SAVE_OVERWRITE | SESSION3_SAVE_RESURRECT};
  char id[ID_SIZE];
  for (size_t index = 0; index < sizeof policies / sizeof policies[0]; index++) {
    create_session(store, ALICE, "k", "v");
    session3_session *session = load_session(store, ALICE);
    set_text(session, "k", "changed");
    assert_ok(session3_store_delete(store, TEXT(ALICE), ERR));
    assert_status(session3_store_renew(store, session, policies[index], ERR), SESSION3_E_GONE);
    copy_id(id, session);
    assert_string_equal(id, ALICE);
    assert_true(session3_session_is_changed(session));
    assert_int_equal(count_sessions(store), 0);
    session3_session_free(session);
  }
}

static void another_session_of_the_same_id_is_not_renewed(void **state) {
  session3_store *store = store_of(state);
  create_session(store, ALICE, "k", "first");
  session3_session *session = load_session(store, ALICE);
  assert_ok(session3_store_delete(store, TEXT(ALICE), ERR));
  create_session(store, ALICE, "k", "second");
  assert_status(session3_store_renew(store, session, SESSION3_SAVE_DEFAULT, ERR), SESSION3_E_GONE);
  assert_stored_text(store, ALICE, "k", "second");
  assert_int_equal(count_sessions(store), 1);
  session3_session_free(session);
}

static void a_session_that_no_store_knows_is_refused(void **state) {
  session3_store *store = store_of(state);
  session3_session *session = new_session(ALICE), *nameless = new_session(NULL);
  assert_invalid(session3_store_renew(store, session, SESSION3_SAVE_DEFAULT, ERR));
  assert_invalid(session3_store_renew(store, nameless, SESSION3_SAVE_DEFAULT, ERR));
  create_session(store, BOB, "k", "v");
  session3_session *known = load_session(store, BOB);
  assert_invalid(session3_store_renew(store, known, 77, ERR));
  assert_stored(store, BOB);
  assert_int_equal(count_sessions(store), 1);
  session3_session_free(known);
  session3_session_free(nameless);
  session3_session_free(session);
}

static void a_payload_beyond_the_maximum_leaves_the_old_session(void **state) {
  struct fixture *fixture = *state;
  session3_memory_options options = SESSION3_MEMORY_OPTIONS_INIT;
  char large[300];
  memset(large, 'x', sizeof large);
  options.maximum_payload = 100;
  reopen(fixture, &options);
  create_session(fixture->store, ALICE, "k", "v");
  session3_session *session = load_session(fixture->store, ALICE);
  assert_ok(session3_session_set_text(session, TEXT("k"), large, sizeof large, ERR));
  assert_status(session3_store_renew(fixture->store, session, SESSION3_SAVE_DEFAULT, ERR),
                SESSION3_E_TOO_LARGE);
  assert_stored_text(fixture->store, ALICE, "k", "v");
  assert_int_equal(count_sessions(fixture->store), 1);
  set_text(session, "k", "small");
  assert_ok(session3_store_renew(fixture->store, session, SESSION3_SAVE_DEFAULT, ERR));
  assert_not_stored(fixture->store, ALICE);
  session3_session_free(session);
}

static void a_counter_and_a_token_go_along(void **state) {
  session3_store *store = store_of(state);
  char id[ID_SIZE], token[SESSION3_TOKEN_LENGTH + 1];
  session3_session *session = new_session(ALICE);
  int64_t sum = 0;
  assert_ok(session3_session_create_form_token(session, token, ERR));
  assert_ok(session3_store_create(store, session, ERR));
  assert_ok(session3_store_increment(store, TEXT(ALICE), TEXT("n"), 41, NULL, ERR));
  assert_ok(session3_store_renew(store, session, SESSION3_SAVE_DEFAULT, ERR));
  copy_id(id, session);
  assert_ok(session3_store_increment(store, id, strlen(id), TEXT("n"), 1, &sum, ERR));
  assert_int_equal(sum, 42);
  assert_status(session3_store_increment(store, TEXT(ALICE), TEXT("n"), 1, NULL, ERR),
                SESSION3_E_GONE);
  assert_ok(
      session3_store_consume_form_token(store, id, strlen(id), token, SESSION3_TOKEN_LENGTH, ERR));
  session3_session_free(session);
}

static void the_access_time_is_renewed_by_the_stores_clock(void **state) {
  struct hand_clock clock = {HAND_CLOCK_START_US};
  session3_memory_options options = SESSION3_MEMORY_OPTIONS_INIT;
  char id[ID_SIZE];
  options.clock = read_hand_clock;
  options.clock_context = &clock;
  reopen(*state, &options);
  create_session(store_of(state), ALICE, "k", "v");
  clock.now_us += 60000000;
  session3_session *session = renew_alice(store_of(state));
  copy_id(id, session);
  assert_int_equal(snapshot_of(store_of(state), id).created_us, HAND_CLOCK_START_US);
  assert_int_equal(snapshot_of(store_of(state), id).accessed_us, clock.now_us);
  session3_session_free(session);
}

/** `{"attributes": {"k": n}}`, canonical for a small n. */
#define PAYLOAD(n) \
  "\x81\xaa" \
  "attributes\x81\xa1k" n

static void an_encoded_session_is_renewed_in_one_call(void **state) {
  session3_store *store = store_of(state);
  session3_snapshot snapshot = SESSION3_SNAPSHOT_INIT;
  session3_buffer stored = SESSION3_BUFFER_INIT;
  char id[SESSION3_ID_LENGTH + 1];
  assert_ok(session3_store_create_encoded(store, TEXT(ALICE), &snapshot, TEXT(PAYLOAD("\x01")),
                                          &stored, ERR));
  assert_ok(session3_store_renew_encoded(store, TEXT(ALICE), &snapshot, TEXT(PAYLOAD("\x01")),
                                         TEXT(PAYLOAD("\x02")), SESSION3_SAVE_FAIL, id, &stored,
                                         ERR));
  assert_int_equal(stored.length, 0);
  assert_not_stored(store, ALICE);
  session3_snapshot found = snapshot_of(store, id);
  assert_memory_equal(&found.version, &snapshot.version, sizeof found.version);
  session3_session *session = load_session(store, id);
  assert_int(session, "k", 2);
  session3_session_free(session);

  change_session(store, id, "theirs", "kept");
  char first[SESSION3_ID_LENGTH + 1];
  memcpy(first, id, sizeof first);
  assert_ok(session3_store_renew_encoded(store, first, SESSION3_ID_LENGTH, &snapshot,
                                         TEXT(PAYLOAD("\x02")), TEXT(PAYLOAD("\x03")),
                                         SESSION3_SAVE_MERGE, id, &stored, ERR));
  assert_true(stored.length > strlen(PAYLOAD("\x03")));
  assert_stored_text(store, id, "theirs", "kept");
  session3_buffer_dispose(&stored);
}

static void a_logout_by_a_snapshot_ends_the_session_under_its_new_id(void **state) {
  session3_store *store = store_of(state);
  session3_snapshot snapshot = SESSION3_SNAPSHOT_INIT, fresh = SESSION3_SNAPSHOT_INIT;
  session3_buffer stored = SESSION3_BUFFER_INIT;
  assert_ok(session3_store_create_encoded(store, TEXT(ALICE), &snapshot, TEXT(PAYLOAD("\x01")),
                                          &stored, ERR));
  session3_session *other = load_session(store, ALICE);
  assert_ok(session3_store_renew(store, other, SESSION3_SAVE_DEFAULT, ERR));
  const char *id;
  assert_ok(session3_session_id(other, &id, NULL, ERR));
  assert_stored(store, id);
  assert_invalid(session3_store_delete_encoded(store, TEXT(ALICE), &fresh, ERR));
  assert_invalid(session3_store_delete_encoded(store, TEXT("../" SECRET), &snapshot, ERR));
  assert_ok(session3_store_delete_encoded(store, TEXT(ALICE), &snapshot, ERR));
  assert_not_stored(store, id);
  assert_int_equal(session3_store_delete_encoded(store, TEXT(ALICE), &snapshot, ERR),
                   SESSION3_NOT_FOUND);
  session3_session_free(other);
}

static void log_in_ada(session3_store *store, const char *id, session3_snapshot *snapshot) {
  session3_buffer stored = SESSION3_BUFFER_INIT;
  assert_ok(session3_store_create_encoded(store, id, strlen(id), snapshot,
                                          TEXT("\201\244user\243ada"), &stored, ERR));
  session3_buffer_dispose(&stored);
}

static void a_snapshot_spares_its_session_under_the_new_id(void **state) {
  static const char ADA[] = "\243ada";
  session3_store *store = store_of(state);
  session3_snapshot own = SESSION3_SNAPSHOT_INIT, other = own, fresh = own, unset = {0};
  uint64_t deleted = 77;
  char id[SESSION3_ID_LENGTH + 1];
  log_in_ada(store, ALICE, &own);
  log_in_ada(store, BOB, &other);
  create_session(store, CAROL, NULL, NULL);
  session3_session *renewed = renew_alice(store);
  copy_id(id, renewed);
  session3_session_free(renewed);
  assert_invalid(
      session3_store_delete_user_sessions_encoded(store, TEXT(ADA), &fresh, &deleted, ERR));
  assert_invalid(
      session3_store_delete_user_sessions_encoded(store, TEXT(ADA), &unset, &deleted, ERR));
  assert_invalid(session3_store_delete_user_sessions_encoded(store, ADA, 0, &own, &deleted, ERR));
  assert_invalid(
      session3_store_delete_user_sessions_encoded(store, TEXT("\xc0"), &own, &deleted, ERR));
  assert_status(
      session3_store_delete_user_sessions_encoded(store, TEXT("\xa3"), &own, &deleted, ERR),
      SESSION3_E_VALUE);
  assert_stored(store, BOB);
  assert_ok(session3_store_delete_user_sessions_encoded(store, TEXT(ADA), &own, &deleted, ERR));
  assert_int_equal(deleted, 1);
  assert_stored(store, id);
  assert_not_stored(store, BOB);
  assert_ok(session3_store_delete_user_sessions_encoded(store, TEXT(ADA), NULL, NULL, ERR));
  assert_not_stored(store, id);
  assert_stored(store, CAROL);
}

static void an_encoded_renewal_that_fails_changes_nothing(void **state) {
  session3_store *store = store_of(state);
  session3_snapshot snapshot = SESSION3_SNAPSHOT_INIT, fresh = SESSION3_SNAPSHOT_INIT;
  session3_buffer stored = SESSION3_BUFFER_INIT;
  char id[SESSION3_ID_LENGTH + 1] = "untouched";
  assert_ok(session3_store_create_encoded(store, TEXT(ALICE), &snapshot, TEXT(PAYLOAD("\x01")),
                                          &stored, ERR));
  session3_snapshot before = snapshot;
  assert_invalid(session3_store_renew_encoded(store, TEXT(ALICE), &fresh, NULL, 0,
                                              TEXT(PAYLOAD("\x02")), SESSION3_SAVE_DEFAULT, id,
                                              &stored, ERR));
  assert_invalid(session3_store_renew_encoded(store, TEXT("../" SECRET), &snapshot,
                                              TEXT(PAYLOAD("\x01")), TEXT(PAYLOAD("\x02")),
                                              SESSION3_SAVE_DEFAULT, id, &stored, ERR));
  assert_status(session3_store_renew_encoded(store, TEXT(ALICE), &snapshot, TEXT(PAYLOAD("\x01")),
                                             TEXT("\x81\xa1"), SESSION3_SAVE_DEFAULT, id, &stored,
                                             ERR),
                SESSION3_E_VALUE);
  assert_stored(store, ALICE);
  assert_ok(session3_store_delete(store, TEXT(ALICE), ERR));
  assert_status(session3_store_renew_encoded(store, TEXT(ALICE), &snapshot, TEXT(PAYLOAD("\x01")),
                                             TEXT(PAYLOAD("\x02")), SESSION3_SAVE_DEFAULT, id,
                                             &stored, ERR),
                SESSION3_E_GONE);
  assert_memory_equal(&snapshot, &before, sizeof snapshot);
  assert_string_equal(id, "untouched");
  assert_int_equal(count_sessions(store), 0);
  session3_buffer_dispose(&stored);
}

static void a_renewal_in_a_store_that_syncs_leaves_one_file_of_the_asked_mode(void **state) {
  struct fixture *fixture = *state;
  session3_directory_options options = SESSION3_DIRECTORY_OPTIONS_INIT;
  char path[PATH_SIZE], id[ID_SIZE];
  session3_store *store = NULL;
  options.flags = SESSION3_DIRECTORY_CREATE;
  options.sync = SESSION3_SYNC_DATA;
  options.file_mode = 0640;
  path_in(path, fixture->directory, "synced");
  assert_ok(session3_store_open_directory(path, strlen(path), &options, &store, ERR));
  create_session(store, ALICE, "k", "v");
  session3_session *session = renew_alice(store);
  copy_id(id, session);
  assert_int_equal(count_entries(path), 1);
  assert_int_equal(status_of(path, id).st_mode & 07777, 0640);
  assert_stored_text(store, id, "k", "v");
  session3_session_free(session);
  session3_store_free(store);
  remove_directory(path);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(the_attributes_stay_and_the_old_id_dies),
      STORE_TEST(a_renewed_session_is_saved_and_renewed_like_any_other),
      STORE_TEST(what_was_saved_meanwhile_is_merged),
      STORE_TEST(the_other_policies_hold_as_for_a_save),
      STORE_TEST(a_late_save_of_another_copy_reaches_the_new_session_and_is_told_no_id),
      STORE_TEST(it_follows_one_renewal_after_another_but_no_logout),
      STORE_TEST(what_was_deleted_is_not_renewed_not_even_by_resurrection),
      STORE_TEST(another_session_of_the_same_id_is_not_renewed),
      STORE_TEST(a_session_that_no_store_knows_is_refused),
      STORE_TEST(a_payload_beyond_the_maximum_leaves_the_old_session),
      STORE_TEST(a_counter_and_a_token_go_along),
      STORE_TEST(the_access_time_is_renewed_by_the_stores_clock),
      STORE_TEST(an_encoded_session_is_renewed_in_one_call),
      STORE_TEST(a_logout_by_a_snapshot_ends_the_session_under_its_new_id),
      STORE_TEST(a_snapshot_spares_its_session_under_the_new_id),
      STORE_TEST(an_encoded_renewal_that_fails_changes_nothing),
  };
  const struct CMUnitTest in_directories[] = {
      FILE_TEST(a_late_save_through_another_handle_is_gone),
      FILE_TEST(a_renewal_in_a_store_that_syncs_leaves_one_file_of_the_asked_mode),
  };
  int failed = run_over_stores(tests);
  return failed + cmocka_run_group_tests(in_directories, NULL, NULL);
}
