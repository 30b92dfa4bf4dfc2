/* SPDX-License-Identifier: MIT */
/* The life of a request, over every kind of store: cookie in, session out; session in, cookie
 * out. */
#include "Support/requests.h"
#include "Support/stores.h"

#include <stdio.h>

/** A manager of the fixture's store, with all defaults. */
static session3_manager *manager_of(void **state) {
  return new_manager(((struct fixture *)*state)->store, NULL);
}
static session3_store *store_of(void **state) { return ((struct fixture *)*state)->store; }

static size_t count_sessions(session3_store *store) {
  uint64_t remaining = 77;
  assert_ok(session3_store_sweep(store, INT64_MAX, NULL, &remaining, ERR));
  return remaining;
}

static void a_visitor_who_leaves_nothing_gets_no_session(void **state) {
  session3_manager *manager = manager_of(state);
  session3_request *request = start_with(manager, NULL);
  assert_int_equal(session3_request_cookie_status(request), SESSION3_NOT_FOUND);
  assert_not_found(session3_request_has_session_cookie(request, false, ERR));
  assert_not_found(session3_request_has_session_cookie(request, true, ERR));
  assert_stranger(request);
  assert_ok(session3_request_finish_successful(request, ERR));
  assert_int_equal(session3_request_outcome(request), SESSION3_OUTCOME_NONE);
  assert_null(set_cookie_of(request));
  assert_int_equal(count_sessions(store_of(state)), 0);
  session3_request_free(request);
  session3_manager_free(manager);
}

static void a_new_session_remembers_where_the_request_came_from(void **state) {
  session3_manager *manager = manager_of(state);
  session3_request *request = start_with(manager, NULL);
  const char *text = NULL;
  size_t length = 0;
  assert_ok(session3_session_remote_address(session_of(request), &text, &length, ERR));
  assert_int_equal(length, strlen("192.0.2.1"));
  assert_memory_equal(text, "192.0.2.1", length);
  session3_request_free(request);
  session3_manager_free(manager);
}

static void what_is_worth_keeping_gets_an_id_and_a_cookie(void **state) {
  session3_manager *manager = manager_of(state);
  session3_request *request = start_with(manager, NULL);
  char expected[128];
  const char *id = NULL;
  set_text(session_of(request), "theme", "dark");
  assert_null(set_cookie_of(request));
  assert_int_equal(session3_request_outcome(request), SESSION3_OUTCOME_NONE);
  assert_ok(session3_request_finish_successful(request, ERR));
  assert_int_equal(session3_request_outcome(request), SESSION3_OUTCOME_CREATED);
  assert_ok(session3_session_id(session_of(request), &id, NULL, ERR));
  assert_int_equal(strlen(id), SESSION3_ID_LENGTH);
  snprintf(expected, sizeof expected, "session3=%s; Path=/; HttpOnly; SameSite=Lax", id);
  assert_string_equal(set_cookie_of(request), expected);
  assert_stored_text(store_of(state), id, "theme", "dark");
  session3_request_free(request);
  session3_manager_free(manager);
}

static void the_next_request_has_the_session_and_sets_no_cookie(void **state) {
  session3_manager *manager = manager_of(state);
  struct browser browser = {""};
  assert_int_equal(set_in_request(manager, &browser, "theme", "dark"), SESSION3_OUTCOME_CREATED);
  session3_request *request = start(manager, &browser);
  assert_int_equal(session3_request_cookie_status(request), SESSION3_OK);
  assert_ok(session3_request_has_session_cookie(request, false, ERR));
  assert_ok(session3_request_has_session_cookie(request, true, ERR));
  assert_text(session_of(request), "theme", "dark");
  assert_ok(session3_request_finish_successful(request, ERR));
  assert_int_equal(session3_request_outcome(request), SESSION3_OUTCOME_UNCHANGED);
  assert_null(set_cookie_of(request));
  session3_request_free(request);

  struct browser before = browser;
  assert_int_equal(set_in_request(manager, &browser, "theme", "light"), SESSION3_OUTCOME_SAVED);
  assert_string_equal(browser.id, before.id);
  assert_stored_text(store_of(state), browser.id, "theme", "light");
  session3_manager_free(manager);
}

static void an_id_that_is_not_stored_is_never_taken_over(void **state) {
  session3_manager *manager = manager_of(state);
  struct browser planted = {ALICE};
  session3_request *request = start(manager, &planted);
  assert_int_equal(session3_request_cookie_status(request), SESSION3_NOT_FOUND);
  assert_ok(session3_request_has_session_cookie(request, false, ERR));
  assert_not_found(session3_request_has_session_cookie(request, true, ERR));
  assert_stranger(request);
  set_text(session_of(request), "k", "v");
  assert_int_equal(finish(&planted, request), SESSION3_OUTCOME_CREATED);
  assert_string_not_equal(planted.id, ALICE);
  assert_not_stored(store_of(state), ALICE);
  assert_stored_text(store_of(state), planted.id, "k", "v");
  session3_manager_free(manager);
}

static void a_failed_request_leaves_no_trace(void **state) {
  session3_manager *manager = manager_of(state);
  struct browser browser = {""};
  log_in(manager, &browser, "ada");
  session3_snapshot before = snapshot_of(store_of(state), browser.id);

  session3_request *request = start(manager, &browser);
  set_text(session_of(request), "k", "v");
  set_user(session_of(request), "eve");
  finish_failed(request);
  request = start(manager, &browser);
  assert_ok(session3_request_expire_user_sessions(request, SESSION3_EXPIRE_ALL, ERR));
  finish_failed(request);
  request = start(manager, &browser);
  assert_ok(session3_request_renew_id(request, ERR));
  assert_ok(session3_request_new_session(request, NULL, ERR));
  set_text(session_of(request), "k", "v");
  finish_failed(request);
  finish_failed(start_with(manager, NULL));

  session3_snapshot after = snapshot_of(store_of(state), browser.id);
  assert_memory_equal(&before, &after, sizeof before);
  assert_int_equal(count_sessions(store_of(state)), 1);
  assert_logged_in(manager, &browser, "ada");
  session3_manager_free(manager);
}

static void a_request_that_is_freed_unfinished_leaves_no_trace(void **state) {
  session3_manager *manager = manager_of(state);
  struct browser browser = {""};
  log_in(manager, &browser, "ada");
  session3_request *request = start(manager, &browser);
  set_text(session_of(request), "k", "v");
  assert_ok(session3_request_expire_session(request, ERR));
  session3_request_free(request);
  request = start_with(manager, NULL);
  set_user(session_of(request), "eve");
  session3_request_free(request);
  assert_int_equal(count_sessions(store_of(state)), 1);
  assert_stored_text(store_of(state), browser.id, "k", NULL);
  session3_manager_free(manager);
}

static void a_logout_deletes_the_session_and_revokes_the_cookie(void **state) {
  session3_manager *manager = manager_of(state);
  struct browser browser = {""};
  session3_session *session = NULL;
  log_in(manager, &browser, "ada");
  session3_request *request = start(manager, &browser);
  assert_ok(session3_request_expire_session(request, ERR));
  assert_not_found(session3_request_session(request, &session, ERR));
  assert_not_found(session3_request_expire_session(request, ERR));
  assert_not_found(session3_request_expire_user_sessions(request, SESSION3_EXPIRE_ALL, ERR));
  assert_not_found(session3_request_renew_id(request, ERR));
  assert_stored(store_of(state), browser.id);
  assert_ok(session3_request_finish_successful(request, ERR));
  assert_int_equal(session3_request_outcome(request), SESSION3_OUTCOME_DELETED);
  assert_revoked(request);
  assert_not_stored(store_of(state), browser.id);
  session3_request_free(request);
  session3_manager_free(manager);
}

static void a_logout_of_a_visitor_who_was_never_stored_stores_nothing(void **state) {
  session3_manager *manager = manager_of(state);
  session3_request *request = start_with(manager, NULL);
  set_text(session_of(request), "k", "v");
  assert_ok(session3_request_expire_session(request, ERR));
  assert_ok(session3_request_finish_successful(request, ERR));
  assert_null(set_cookie_of(request));
  assert_int_equal(count_sessions(store_of(state)), 0);
  session3_request_free(request);

  request = start_with(manager, "session3=" ALICE);
  assert_ok(session3_request_expire_session(request, ERR));
  assert_ok(session3_request_finish_successful(request, ERR));
  assert_revoked(request);
  session3_request_free(request);
  session3_manager_free(manager);
}

static void a_new_session_takes_the_place_of_one_that_stays_stored(void **state) {
  session3_manager *manager = manager_of(state);
  struct browser browser = {""};
  session3_session *fresh = NULL;
  log_in(manager, &browser, "ada");
  struct browser before = browser;
  session3_request *request = start(manager, &browser);
  assert_ok(session3_request_new_session(request, &fresh, ERR));
  assert_ptr_equal(fresh, session_of(request));
  assert_stranger(request);
  set_text(fresh, "k", "v");
  assert_int_equal(finish(&browser, request), SESSION3_OUTCOME_CREATED);
  assert_string_not_equal(browser.id, before.id);
  assert_logged_in(manager, &before, "ada");
  assert_logged_in(manager, &browser, NULL);
  session3_manager_free(manager);
}

static void a_new_session_after_a_logout_gets_the_cookie_and_the_old_one_dies(void **state) {
  session3_manager *manager = manager_of(state);
  struct browser browser = {""};
  log_in(manager, &browser, "ada");
  struct browser before = browser;
  session3_request *request = start(manager, &browser);
  assert_ok(session3_request_expire_session(request, ERR));
  assert_ok(session3_request_new_session(request, NULL, ERR));
  set_user(session_of(request), "eve");
  assert_int_equal(finish(&browser, request), SESSION3_OUTCOME_CREATED);
  assert_string_not_equal(browser.id, before.id);
  assert_not_stored(store_of(state), before.id);
  assert_logged_in(manager, &browser, "eve");

  /* And where the new one is worth nothing, the logout stands. */
  request = start(manager, &browser);
  assert_ok(session3_request_expire_session(request, ERR));
  assert_ok(session3_request_new_session(request, NULL, ERR));
  assert_ok(session3_request_finish_successful(request, ERR));
  assert_revoked(request);
  assert_not_stored(store_of(state), browser.id);
  assert_int_equal(session3_request_outcome(request), SESSION3_OUTCOME_DELETED);
  session3_request_free(request);
  session3_manager_free(manager);
}

static void a_session_that_loses_its_information_is_deleted(void **state) {
  session3_manager *manager = manager_of(state);
  struct browser browser = {""};
  set_in_request(manager, &browser, "k", "v");
  session3_request *request = start(manager, &browser);
  assert_ok(session3_session_remove(session_of(request), TEXT("k"), ERR));
  assert_ok(session3_request_finish_successful(request, ERR));
  assert_int_equal(session3_request_outcome(request), SESSION3_OUTCOME_DELETED);
  assert_revoked(request);
  assert_not_stored(store_of(state), browser.id);
  session3_request_free(request);
  session3_manager_free(manager);
}

static void it_stays_if_somebody_put_something_into_it_meanwhile(void **state) {
  session3_manager *manager = manager_of(state);
  struct browser browser = {""};
  set_in_request(manager, &browser, "k", "v");
  session3_request *request = start(manager, &browser);
  assert_ok(session3_session_remove(session_of(request), TEXT("k"), ERR));
  change_session(store_of(state), browser.id, "theirs", "kept");
  assert_ok(session3_request_finish_successful(request, ERR));
  assert_null(set_cookie_of(request));
  assert_stored_text(store_of(state), browser.id, "theirs", "kept");
  assert_stored_text(store_of(state), browser.id, "k", NULL);
  session3_request_free(request);
  session3_manager_free(manager);
}

static void a_session_that_never_had_information_is_another_hosts_and_stays(void **state) {
  session3_manager *manager = manager_of(state);
  struct browser browser = {ALICE};
  char token[SESSION3_TOKEN_LENGTH + 1];
  create_session(store_of(state), ALICE, NULL, NULL);
  assert_int_equal(visit(manager, &browser), SESSION3_OUTCOME_UNCHANGED);
  assert_string_equal(browser.id, ALICE);
  session3_request *request = start(manager, &browser);
  assert_ok(session3_session_csrf_token(session_of(request), token, ERR));
  assert_int_equal(finish(&browser, request), SESSION3_OUTCOME_SAVED);
  session3_session *session = load_session(store_of(state), ALICE);
  assert_true(session3_session_check_csrf_token(session, token, SESSION3_TOKEN_LENGTH));
  session3_session_free(session);
  session3_manager_free(manager);
}

static void a_session_that_was_deleted_meanwhile_stays_deleted_and_sets_no_cookie(void **state) {
  session3_manager *manager = manager_of(state);
  struct browser browser = {""};
  for (int is_changed = 0; is_changed < 2; is_changed++) {
    log_in(manager, &browser, "ada");
    session3_request *request = start(manager, &browser);
    if (is_changed)
      set_text(session_of(request), "k", "v");
    struct browser other_tab = browser;
    assert_int_equal(log_out(manager, &other_tab), SESSION3_OUTCOME_DELETED);
    assert_ok(session3_request_finish_successful(request, ERR));
    if (is_changed)
      assert_int_equal(session3_request_outcome(request), SESSION3_OUTCOME_GONE);
    assert_null(set_cookie_of(request));
    assert_not_stored(store_of(state), browser.id);
    assert_int_equal(count_sessions(store_of(state)), 0);
    session3_request_free(request);
  }
  session3_manager_free(manager);
}

static void a_logout_of_what_was_deleted_meanwhile_still_revokes(void **state) {
  session3_manager *manager = manager_of(state);
  struct browser browser = {""};
  log_in(manager, &browser, "ada");
  session3_request *request = start(manager, &browser);
  assert_ok(session3_request_expire_session(request, ERR));
  assert_ok(session3_store_delete(store_of(state), browser.id, strlen(browser.id), ERR));
  assert_ok(session3_request_finish_successful(request, ERR));
  assert_revoked(request);
  session3_request_free(request);
  session3_manager_free(manager);
}

static void a_session_can_be_kept_before_the_page_is_done(void **state) {
  session3_manager *manager = manager_of(state);
  struct browser browser = {""};
  session3_request *request = start(manager, &browser);
  set_text(session_of(request), "k", "early");
  assert_ok(session3_request_maintain_session(request, ERR));
  assert_int_equal(session3_request_outcome(request), SESSION3_OUTCOME_CREATED);
  receive(&browser, request);
  assert_stored_text(store_of(state), browser.id, "k", "early");
  struct browser before = browser;
  set_text(session_of(request), "k", "late");
  assert_ok(session3_request_maintain_session(request, ERR));
  set_text(session_of(request), "k", "last");
  assert_int_equal(finish(&browser, request), SESSION3_OUTCOME_CREATED);
  assert_string_equal(browser.id, before.id);
  assert_stored_text(store_of(state), browser.id, "k", "last");
  session3_manager_free(manager);
}

static void what_was_kept_early_stays_when_the_request_fails(void **state) {
  session3_manager *manager = manager_of(state);
  struct browser browser = {""};
  set_in_request(manager, &browser, "k", "v");
  session3_request *request = start(manager, &browser);
  set_text(session_of(request), "k", "early");
  assert_ok(session3_request_maintain_session(request, ERR));
  set_text(session_of(request), "k", "late");
  assert_ok(session3_request_finish_failed(request, ERR));
  session3_request_free(request);
  assert_stored_text(store_of(state), browser.id, "k", "early");
  session3_manager_free(manager);
}

static void a_finished_request_refuses_what_would_be_done_at_its_end(void **state) {
  session3_manager *manager = manager_of(state);
  for (int is_failed = 0; is_failed < 2; is_failed++) {
    session3_request *request = start_with(manager, NULL);
    set_user(session_of(request), "ada");
    assert_ok(is_failed ? session3_request_finish_failed(request, ERR)
                        : session3_request_finish_successful(request, ERR));
    assert_invalid(session3_request_new_session(request, NULL, ERR));
    assert_invalid(session3_request_expire_session(request, ERR));
    assert_invalid(session3_request_expire_user_sessions(request, SESSION3_EXPIRE_ALL, ERR));
    assert_invalid(session3_request_renew_id(request, ERR));
    assert_invalid(session3_request_maintain_session(request, ERR));
    assert_invalid(session3_request_finish_successful(request, ERR));
    assert_invalid(session3_request_finish_failed(request, ERR));
    assert_user(session_of(request), "ada");
    assert_int_equal(set_cookie_of(request) == NULL, is_failed);
    session3_request_free(request);
  }
  assert_int_equal(count_sessions(store_of(state)), 1);
  session3_manager_free(manager);
}

static void the_borrowed_session_lives_as_long_as_its_request(void **state) {
  struct fixture *fixture = *state;
  session3_manager *manager = manager_of(state);
  struct browser browser = {""};
  log_in(manager, &browser, "ada");
  session3_request *request = start(manager, &browser);
  session3_session *first = session_of(request), *second = NULL;
  assert_ok(session3_request_new_session(request, &second, ERR));
  set_text(second, "k", "v");
  assert_ok(session3_request_expire_session(request, ERR));
  session3_manager_free(manager);
  session3_store_free(fixture->store);
  fixture->store = NULL;
  assert_ok(session3_request_finish_successful(request, ERR));
  assert_user(first, "ada");
  assert_text(second, "k", "v");
  session3_request_free(request);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(a_visitor_who_leaves_nothing_gets_no_session),
      STORE_TEST(a_new_session_remembers_where_the_request_came_from),
      STORE_TEST(what_is_worth_keeping_gets_an_id_and_a_cookie),
      STORE_TEST(the_next_request_has_the_session_and_sets_no_cookie),
      STORE_TEST(an_id_that_is_not_stored_is_never_taken_over),
      STORE_TEST(a_failed_request_leaves_no_trace),
      STORE_TEST(a_request_that_is_freed_unfinished_leaves_no_trace),
      STORE_TEST(a_logout_deletes_the_session_and_revokes_the_cookie),
      STORE_TEST(a_logout_of_a_visitor_who_was_never_stored_stores_nothing),
      STORE_TEST(a_new_session_takes_the_place_of_one_that_stays_stored),
      STORE_TEST(a_new_session_after_a_logout_gets_the_cookie_and_the_old_one_dies),
      STORE_TEST(a_session_that_loses_its_information_is_deleted),
      STORE_TEST(it_stays_if_somebody_put_something_into_it_meanwhile),
      STORE_TEST(a_session_that_never_had_information_is_another_hosts_and_stays),
      STORE_TEST(a_session_that_was_deleted_meanwhile_stays_deleted_and_sets_no_cookie),
      STORE_TEST(a_logout_of_what_was_deleted_meanwhile_still_revokes),
      STORE_TEST(a_session_can_be_kept_before_the_page_is_done),
      STORE_TEST(what_was_kept_early_stays_when_the_request_fails),
      STORE_TEST(a_finished_request_refuses_what_would_be_done_at_its_end),
      STORE_TEST(the_borrowed_session_lives_as_long_as_its_request),
  };
  return run_over_stores(tests);
}
