/* SPDX-License-Identifier: MIT */
#include "requests.h"

#include <stdio.h>

#define NAME "session3="

session3_manager *new_manager(session3_store *store, const session3_manager_policy *policy) {
  session3_manager *manager = NULL;
  assert_ok(session3_manager_new(store, policy, &manager, ERR));
  assert_non_null(manager);
  return manager;
}

session3_request *start_with(session3_manager *manager, const char *cookies) {
  session3_request *request = NULL;
  assert_ok(session3_manager_start_request(manager, cookies, cookies != NULL ? strlen(cookies) : 0,
                                           TEXT("192.0.2.1"), &request, ERR));
  assert_non_null(request);
  return request;
}

session3_request *start(session3_manager *manager, const struct browser *browser) {
  char cookies[ID_SIZE + sizeof NAME];
  snprintf(cookies, sizeof cookies, NAME "%s", browser->id);
  return start_with(manager, browser->id[0] != 0 ? cookies : NULL);
}

session3_session *session_of(session3_request *request) {
  session3_session *session = NULL;
  assert_ok(session3_request_session(request, &session, ERR));
  assert_non_null(session);
  return session;
}

const char *set_cookie_of(session3_request *request) {
  const char *header = NULL;
  size_t length = 0;
  session3_status status = session3_request_set_cookie(request, &header, &length, ERR);
  if (status == SESSION3_NOT_FOUND)
    return NULL;
  assert_ok(status);
  assert_int_equal(strlen(header), length);
  return header;
}

void receive(struct browser *browser, session3_request *request) {
  const char *header = set_cookie_of(request);
  if (header == NULL)
    return;
  assert_memory_equal(header, NAME, strlen(NAME));
  size_t length = strcspn(header + strlen(NAME), ";");
  assert_true(length < sizeof browser->id);
  assert_true((length == 0) == (strstr(header, "; Max-Age=0;") != NULL));
  snprintf(browser->id, sizeof browser->id, "%.*s", (int)length, header + strlen(NAME));
}

session3_outcome finish(struct browser *browser, session3_request *request) {
  assert_ok(session3_request_finish_successful(request, ERR));
  session3_outcome outcome = session3_request_outcome(request);
  receive(browser, request);
  session3_request_free(request);
  return outcome;
}

void finish_failed(session3_request *request) {
  assert_ok(session3_request_finish_failed(request, ERR));
  assert_null(set_cookie_of(request));
  assert_int_equal(session3_request_outcome(request), SESSION3_OUTCOME_NONE);
  session3_request_free(request);
}

session3_outcome visit(session3_manager *manager, struct browser *browser) {
  return finish(browser, start(manager, browser));
}

session3_outcome set_in_request(session3_manager *manager, struct browser *browser, const char *key,
                                const char *text) {
  session3_request *request = start(manager, browser);
  set_text(session_of(request), key, text);
  return finish(browser, request);
}

session3_outcome log_in(session3_manager *manager, struct browser *browser, const char *user) {
  session3_request *request = start(manager, browser);
  set_user(session_of(request), user);
  return finish(browser, request);
}

session3_outcome log_out(session3_manager *manager, struct browser *browser) {
  session3_request *request = start(manager, browser);
  assert_ok(session3_request_expire_session(request, ERR));
  return finish(browser, request);
}

void set_user(session3_session *session, const char *user) {
  assert_ok(session3_session_set_user_text(session, user, user != NULL ? strlen(user) : 0, ERR));
}

void assert_user(const session3_session *session, const char *user) {
  const char *text = NULL;
  size_t length = 0;
  if (user == NULL) {
    assert_not_found(session3_session_user_text(session, &text, &length, ERR));
    return;
  }
  assert_ok(session3_session_user_text(session, &text, &length, ERR));
  assert_int_equal(length, strlen(user));
  assert_memory_equal(text, user, length);
}

void assert_logged_in(session3_manager *manager, const struct browser *browser, const char *user) {
  session3_request *request = start(manager, browser);
  assert_int_equal(session3_request_cookie_status(request), SESSION3_OK);
  assert_user(session_of(request), user);
  finish_failed(request);
}

void assert_stranger(session3_request *request) {
  const char *id = NULL;
  session3_session *session = session_of(request);
  assert_true(session3_session_is_new(session));
  assert_not_found(session3_session_id(session, &id, NULL, ERR));
  assert_int_equal(session3_session_attribute_count(session), 0);
  assert_user(session, NULL);
}

void assert_revoked(session3_request *request) {
  const char *header = set_cookie_of(request);
  assert_non_null(header);
  assert_string_equal(header, NAME "; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/; "
                                   "HttpOnly; SameSite=Lax");
}
