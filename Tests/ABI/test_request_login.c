/* SPDX-License-Identifier: MIT */
/* Logins, and what else gives a session a new id, over every kind of store. */
#include "Support/requests.h"
#include "Support/stores.h"

#include <stdio.h>

/** A manager of the fixture's store, with all defaults. */
static session3_manager *manager_of(void **state) {
  return new_manager(((struct fixture *)*state)->store, NULL);
}
static session3_store *store_of(void **state) { return ((struct fixture *)*state)->store; }

static void a_login_renews_the_id_and_keeps_the_attributes(void **state) {
  session3_manager *manager = manager_of(state);
  struct browser browser = {""};
  char token[SESSION3_TOKEN_LENGTH + 1], csrf[SESSION3_TOKEN_LENGTH + 1];
  session3_request *request = start(manager, &browser);
  set_text(session_of(request), "cart", "tea");
  assert_ok(session3_session_create_form_token(session_of(request), token, ERR));
  assert_ok(session3_session_csrf_token(session_of(request), csrf, ERR));
  finish(&browser, request);
  struct browser before = browser;

  assert_int_equal(log_in(manager, &browser, "ada"), SESSION3_OUTCOME_RENEWED);
  assert_string_not_equal(browser.id, before.id);
  assert_not_stored(store_of(state), before.id);
  request = start(manager, &before);
  assert_int_equal(session3_request_cookie_status(request), SESSION3_NOT_FOUND);
  assert_stranger(request);
  session3_request_free(request);
  assert_logged_in(manager, &browser, "ada");
  assert_stored_text(store_of(state), browser.id, "cart", "tea");
  session3_session *session = load_session(store_of(state), browser.id);
  assert_false(session3_session_has_form_token(session, token, SESSION3_TOKEN_LENGTH));
  assert_false(session3_session_check_csrf_token(session, csrf, SESSION3_TOKEN_LENGTH));
  session3_session_free(session);
  session3_manager_free(manager);
}

static void every_change_of_the_user_renews_the_id(void **state) {
  session3_manager *manager = manager_of(state);
  struct browser browser = {""};
  const char *const users[] = {"ada", "eve", NULL, "ada"};
  set_in_request(manager, &browser, "k", "v");
  for (size_t index = 0; index < sizeof users / sizeof users[0]; index++) {
    struct browser before = browser;
    session3_request *request = start(manager, &browser);
    set_user(session_of(request), users[index]);
    assert_int_equal(finish(&browser, request), SESSION3_OUTCOME_RENEWED);
    assert_string_not_equal(browser.id, before.id);
    assert_not_stored(store_of(state), before.id);
    assert_logged_in(manager, &browser, users[index]);
  }
  assert_stored_text(store_of(state), browser.id, "k", "v");
  session3_manager_free(manager);
}

static void the_same_user_again_is_no_change(void **state) {
  session3_manager *manager = manager_of(state);
  struct browser browser = {""};
  log_in(manager, &browser, "ada");
  struct browser before = browser;
  assert_int_equal(log_in(manager, &browser, "ada"), SESSION3_OUTCOME_UNCHANGED);
  assert_string_equal(browser.id, before.id);
  session3_manager_free(manager);
}

static void a_login_after_a_logout_in_one_request_renews_the_id(void **state) {
  session3_manager *manager = manager_of(state);
  struct browser browser = {""};
  log_in(manager, &browser, "ada");
  struct browser before = browser;
  session3_request *request = start(manager, &browser);
  set_user(session_of(request), NULL);
  set_user(session_of(request), "ada");
  assert_int_equal(finish(&browser, request), SESSION3_OUTCOME_RENEWED);
  assert_string_not_equal(browser.id, before.id);
  assert_not_stored(store_of(state), before.id);
  assert_logged_in(manager, &browser, "ada");
  session3_manager_free(manager);
}

static void an_id_can_be_renewed_on_demand(void **state) {
  session3_manager *manager = manager_of(state);
  struct browser browser = {""};
  log_in(manager, &browser, "ada");
  struct browser before = browser;
  session3_request *request = start(manager, &browser);
  assert_ok(session3_request_renew_id(request, ERR));
  assert_stored(store_of(state), before.id);
  assert_int_equal(finish(&browser, request), SESSION3_OUTCOME_RENEWED);
  assert_string_not_equal(browser.id, before.id);
  assert_not_stored(store_of(state), before.id);
  assert_logged_in(manager, &browser, "ada");
  session3_manager_free(manager);
}

static void a_new_id_asked_for_by_a_visitor_without_information_is_none(void **state) {
  session3_manager *manager = manager_of(state);
  struct browser browser = {""};
  session3_request *request = start(manager, &browser);
  assert_ok(session3_request_renew_id(request, ERR));
  assert_int_equal(finish(&browser, request), SESSION3_OUTCOME_NONE);
  assert_string_equal(browser.id, "");
  session3_manager_free(manager);
}

static void a_login_that_is_kept_early_renews_once(void **state) {
  session3_manager *manager = manager_of(state);
  struct browser browser = {""};
  set_in_request(manager, &browser, "k", "v");
  session3_request *request = start(manager, &browser);
  set_user(session_of(request), "ada");
  assert_ok(session3_request_maintain_session(request, ERR));
  assert_int_equal(session3_request_outcome(request), SESSION3_OUTCOME_RENEWED);
  receive(&browser, request);
  struct browser early = browser;
  set_text(session_of(request), "k", "later");
  assert_int_equal(finish(&browser, request), SESSION3_OUTCOME_RENEWED);
  assert_string_equal(browser.id, early.id);
  assert_stored_text(store_of(state), browser.id, "k", "later");
  session3_manager_free(manager);
}

static void the_time_of_the_login_is_noted_and_forgotten(void **state) {
  struct hand_clock clock = {HAND_CLOCK_START_US};
  session3_memory_options options = SESSION3_MEMORY_OPTIONS_INIT;
  options.clock = read_hand_clock;
  options.clock_context = &clock;
  reopen(*state, &options);
  session3_manager *manager = manager_of(state);
  struct browser browser = {""};
  set_in_request(manager, &browser, "k", "v");
  session3_session *session = load_session(store_of(state), browser.id);
  assert_int_equal(session3_session_authenticated_us(session), 0);
  session3_session_free(session);

  const struct {
    const char *user;
    int64_t seconds, noted;
  } steps[] = {{"ada", 60, 60}, {"ada", 120, 60}, {"eve", 180, 180}, {NULL, 240, -1}};
  for (size_t index = 0; index < sizeof steps / sizeof steps[0]; index++) {
    clock.now_us = HAND_CLOCK_START_US + steps[index].seconds * 1000000;
    session3_request *request = start(manager, &browser);
    set_user(session_of(request), steps[index].user);
    finish(&browser, request);
    session = load_session(store_of(state), browser.id);
    assert_int_equal(session3_session_authenticated_us(session),
                     steps[index].noted < 0 ? 0
                                            : HAND_CLOCK_START_US + steps[index].noted * 1000000);
    session3_session_free(session);
  }
  session3_manager_free(manager);
}

static void a_renewal_alone_notes_no_login(void **state) {
  struct hand_clock clock = {HAND_CLOCK_START_US};
  session3_memory_options options = SESSION3_MEMORY_OPTIONS_INIT;
  options.clock = read_hand_clock;
  options.clock_context = &clock;
  reopen(*state, &options);
  session3_manager *manager = manager_of(state);
  struct browser browser = {""};
  log_in(manager, &browser, "ada");
  clock.now_us += 60000000;
  session3_request *request = start(manager, &browser);
  assert_ok(session3_request_renew_id(request, ERR));
  finish(&browser, request);
  session3_session *session = load_session(store_of(state), browser.id);
  assert_int_equal(session3_session_authenticated_us(session), HAND_CLOCK_START_US);
  session3_session_free(session);
  session3_manager_free(manager);
}

static void a_login_whose_session_was_deleted_meanwhile_begins_another(void **state) {
  session3_manager *manager = manager_of(state);
  struct browser browser = {""};
  set_in_request(manager, &browser, "k", "v");
  struct browser before = browser;
  session3_request *request = start(manager, &browser);
  set_user(session_of(request), "ada");
  assert_ok(session3_store_delete(store_of(state), before.id, strlen(before.id), ERR));
  assert_int_equal(finish(&browser, request), SESSION3_OUTCOME_CREATED);
  assert_string_not_equal(browser.id, before.id);
  assert_not_stored(store_of(state), before.id);
  assert_logged_in(manager, &browser, "ada");
  session3_manager_free(manager);
}

static void a_renewal_whose_session_was_deleted_meanwhile_is_gone(void **state) {
  session3_manager *manager = manager_of(state);
  struct browser browser = {""};
  log_in(manager, &browser, "ada");
  session3_request *request = start(manager, &browser);
  assert_ok(session3_request_renew_id(request, ERR));
  set_text(session_of(request), "k", "v");
  assert_ok(session3_store_delete(store_of(state), browser.id, strlen(browser.id), ERR));
  assert_ok(session3_request_finish_successful(request, ERR));
  assert_int_equal(session3_request_outcome(request), SESSION3_OUTCOME_GONE);
  assert_null(set_cookie_of(request));
  assert_not_stored(store_of(state), browser.id);
  session3_request_free(request);
  session3_manager_free(manager);
}

static void what_a_request_saves_after_a_login_elsewhere_reaches_the_new_session(void **state) {
  session3_manager *manager = manager_of(state);
  struct browser browser = {""};
  set_in_request(manager, &browser, "k", "v");
  struct browser tab = browser;
  session3_request *slow = start(manager, &tab);
  set_text(session_of(slow), "slow", "kept");
  log_in(manager, &browser, "ada");
  assert_ok(session3_request_finish_successful(slow, ERR));
  assert_null(set_cookie_of(slow));
  session3_request_free(slow);
  assert_stored_text(store_of(state), browser.id, "slow", "kept");
  assert_logged_in(manager, &browser, "ada");
  assert_not_stored(store_of(state), tab.id);
  session3_manager_free(manager);
}

static void a_request_from_before_a_login_brings_attributes_alone_and_learns_nothing(void **state) {
  session3_manager *manager = manager_of(state);
  struct browser browser = {""};
  char token[SESSION3_TOKEN_LENGTH + 1], csrf[SESSION3_TOKEN_LENGTH + 1];
  set_in_request(manager, &browser, "k", "v");
  struct browser tab = browser;
  session3_request *slow = start(manager, &tab);
  log_in(manager, &browser, "ada");
  set_in_request(manager, &browser, "secret", "hers");
  set_text(session_of(slow), "slow", "kept");
  assert_ok(session3_session_create_form_token(session_of(slow), token, ERR));
  assert_ok(session3_session_csrf_token(session_of(slow), csrf, ERR));
  assert_ok(session3_request_maintain_session(slow, ERR));
  assert_text(session_of(slow), "secret", NULL);
  assert_user(session_of(slow), NULL);
  assert_null(set_cookie_of(slow));
  session3_request_free(slow);

  assert_logged_in(manager, &browser, "ada");
  session3_session *session = load_session(store_of(state), browser.id);
  assert_text(session, "slow", "kept");
  assert_text(session, "secret", "hers");
  assert_false(session3_session_has_form_token(session, token, SESSION3_TOKEN_LENGTH));
  assert_false(session3_session_check_csrf_token(session, csrf, SESSION3_TOKEN_LENGTH));
  session3_session_free(session);
  session3_manager_free(manager);
}

/** Logs ada in twice, and eve once. */
static void log_three_in(session3_manager *manager, struct browser browsers[3]) {
  for (int index = 0; index < 3; index++) {
    browsers[index].id[0] = 0;
    log_in(manager, &browsers[index], index < 2 ? "ada" : "eve");
  }
}

static void a_user_logs_out_everywhere(void **state) {
  session3_manager *manager = manager_of(state);
  struct browser browsers[3];
  log_three_in(manager, browsers);
  session3_request *request = start(manager, &browsers[0]);
  assert_ok(session3_request_expire_user_sessions(request, SESSION3_EXPIRE_ALL, ERR));
  assert_stored(store_of(state), browsers[0].id);
  assert_stored(store_of(state), browsers[1].id);
  assert_ok(session3_request_finish_successful(request, ERR));
  assert_int_equal(session3_request_outcome(request), SESSION3_OUTCOME_DELETED);
  assert_revoked(request);
  assert_not_stored(store_of(state), browsers[0].id);
  assert_not_stored(store_of(state), browsers[1].id);
  assert_logged_in(manager, &browsers[2], "eve");
  session3_request_free(request);
  session3_manager_free(manager);
}

static void a_user_logs_out_everywhere_else(void **state) {
  session3_manager *manager = manager_of(state);
  struct browser browsers[3];
  log_three_in(manager, browsers);
  session3_request *request = start(manager, &browsers[0]);
  assert_ok(session3_request_expire_user_sessions(request, SESSION3_EXPIRE_OTHERS, ERR));
  assert_ok(session3_request_finish_successful(request, ERR));
  assert_null(set_cookie_of(request));
  session3_request_free(request);
  assert_logged_in(manager, &browsers[0], "ada");
  assert_not_stored(store_of(state), browsers[1].id);
  assert_logged_in(manager, &browsers[2], "eve");
  session3_manager_free(manager);
}

static void after_a_change_of_the_password_one_session_with_a_new_id_is_left(void **state) {
  session3_manager *manager = manager_of(state);
  struct browser browsers[3];
  log_three_in(manager, browsers);
  struct browser before = browsers[0];
  session3_request *request = start(manager, &browsers[0]);
  assert_ok(session3_request_expire_user_sessions(request, SESSION3_EXPIRE_OTHERS, ERR));
  assert_ok(session3_request_renew_id(request, ERR));
  assert_int_equal(finish(&browsers[0], request), SESSION3_OUTCOME_RENEWED);
  assert_not_stored(store_of(state), before.id);
  assert_not_stored(store_of(state), browsers[1].id);
  assert_logged_in(manager, &browsers[0], "ada");
  session3_manager_free(manager);
}

static void whose_sessions_end_is_who_was_logged_in_when_it_was_asked(void **state) {
  session3_manager *manager = manager_of(state);
  struct browser browsers[3];
  log_three_in(manager, browsers);
  session3_request *request = start(manager, &browsers[0]);
  assert_ok(session3_request_expire_user_sessions(request, SESSION3_EXPIRE_OTHERS, ERR));
  set_user(session_of(request), "eve");
  finish(&browsers[0], request);
  assert_not_stored(store_of(state), browsers[1].id);
  assert_logged_in(manager, &browsers[0], "eve");
  assert_logged_in(manager, &browsers[2], "eve");
  session3_manager_free(manager);
}

static void only_a_user_has_sessions_to_end(void **state) {
  session3_manager *manager = manager_of(state);
  struct browser browser = {""};
  set_in_request(manager, &browser, "k", "v");
  session3_request *request = start(manager, &browser);
  assert_not_found(session3_request_expire_user_sessions(request, SESSION3_EXPIRE_ALL, ERR));
  assert_not_found(session3_request_expire_user_sessions(request, SESSION3_EXPIRE_OTHERS, ERR));
  assert_invalid(session3_request_expire_user_sessions(request, 0, ERR));
  assert_invalid(session3_request_expire_user_sessions(request, 3, ERR));
  assert_int_equal(finish(&browser, request), SESSION3_OUTCOME_UNCHANGED);
  assert_stored(store_of(state), browser.id);
  session3_manager_free(manager);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(a_login_renews_the_id_and_keeps_the_attributes),
      STORE_TEST(every_change_of_the_user_renews_the_id),
      STORE_TEST(the_same_user_again_is_no_change),
      STORE_TEST(a_login_after_a_logout_in_one_request_renews_the_id),
      STORE_TEST(an_id_can_be_renewed_on_demand),
      STORE_TEST(a_new_id_asked_for_by_a_visitor_without_information_is_none),
      STORE_TEST(a_login_that_is_kept_early_renews_once),
      STORE_TEST(the_time_of_the_login_is_noted_and_forgotten),
      STORE_TEST(a_renewal_alone_notes_no_login),
      STORE_TEST(a_login_whose_session_was_deleted_meanwhile_begins_another),
      STORE_TEST(a_renewal_whose_session_was_deleted_meanwhile_is_gone),
      STORE_TEST(what_a_request_saves_after_a_login_elsewhere_reaches_the_new_session),
      STORE_TEST(a_request_from_before_a_login_brings_attributes_alone_and_learns_nothing),
      STORE_TEST(a_user_logs_out_everywhere),
      STORE_TEST(a_user_logs_out_everywhere_else),
      STORE_TEST(after_a_change_of_the_password_one_session_with_a_new_id_is_left),
      STORE_TEST(whose_sessions_end_is_who_was_logged_in_when_it_was_asked),
      STORE_TEST(only_a_user_has_sessions_to_end),
  };
  return run_over_stores(tests);
}
