/* SPDX-License-Identifier: MIT */
/* What a manager's policy may say, which sessions it knows, and who decides what is kept. */
#include "Support/requests.h"
#include "Support/stores.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static session3_store *store_of(void **state) { return ((struct fixture *)*state)->store; }

static session3_status status_of_policy(session3_store *store,
                                        const session3_manager_policy *policy) {
  session3_manager *manager = (session3_manager *)1;
  session3_status status = session3_manager_new(store, policy, &manager, ERR);
  assert_int_equal(manager == NULL, status != SESSION3_OK);
  session3_manager_free(manager);
  return status;
}

static void a_policy_is_checked_when_the_manager_is_made(void **state) {
  session3_manager_policy policy = SESSION3_MANAGER_POLICY_INIT;
  int64_t *const times[] = {&policy.idle_timeout_us, &policy.lifetime_us,
                            &policy.persistent_timeout_us};
  assert_ok(status_of_policy(store_of(state), NULL));
  assert_ok(status_of_policy(store_of(state), &policy));
  for (size_t index = 0; index < 3; index++) {
    *times[index] = -1;
    assert_invalid(status_of_policy(store_of(state), &policy));
    *times[index] = INT64_MIN;
    assert_invalid(status_of_policy(store_of(state), &policy));
    *times[index] = INT64_MAX;
    assert_ok(status_of_policy(store_of(state), &policy));
    *times[index] = 0;
  }
  policy.access_resolution_us = -1;
  assert_ok(status_of_policy(store_of(state), &policy));
  policy.access_resolution_us = INT64_MIN;
  assert_ok(status_of_policy(store_of(state), &policy));
  policy.flags = 2;
  assert_invalid(status_of_policy(store_of(state), &policy));
  policy.flags = SESSION3_MANAGER_PERSISTENT;
  assert_ok(status_of_policy(store_of(state), &policy));
  policy.reserved = 1;
  assert_invalid(status_of_policy(store_of(state), &policy));
}

static void a_policy_of_another_size_is_refused_or_read_as_an_earlier_one(void **state) {
  session3_manager_policy policy = SESSION3_MANAGER_POLICY_INIT;
  const size_t sizes[] = {0, 1, sizeof policy - 1, (size_t)1 << 20, SIZE_MAX};
  for (size_t index = 0; index < sizeof sizes / sizeof sizes[0]; index++) {
    policy.size = sizes[index];
    assert_invalid(status_of_policy(store_of(state), &policy));
  }
  struct {
    session3_manager_policy policy;
    uint64_t later;
  } longer = {SESSION3_MANAGER_POLICY_INIT, 0};
  longer.policy.size = sizeof longer;
  assert_ok(status_of_policy(store_of(state), &longer.policy));
  longer.later = 1;
  assert_invalid(status_of_policy(store_of(state), &longer.policy));
}

static void a_cookie_that_browsers_drop_is_refused_with_the_rule(void **state) {
  session3_cookie_policy cookie = SESSION3_COOKIE_POLICY_INIT;
  session3_manager_policy policy = SESSION3_MANAGER_POLICY_INIT;
  policy.cookie = &cookie;
  cookie.same_site = SESSION3_SAME_SITE_NONE;
  assert_invalid(status_of_policy(store_of(state), &policy));
  assert_message_names("Secure");
  cookie.flags = SESSION3_COOKIE_SECURE;
  assert_ok(status_of_policy(store_of(state), &policy));
  cookie.name = "__Host-session";
  cookie.name_length = strlen(cookie.name);
  assert_ok(status_of_policy(store_of(state), &policy));
  cookie.domain = "example.org";
  cookie.domain_length = strlen(cookie.domain);
  assert_invalid(status_of_policy(store_of(state), &policy));
  assert_message_names("__Host-");
}

static void the_cookie_is_as_the_policy_has_it_also_after_the_caller_forgot_it(void **state) {
  char name[] = "__Host-id", path[] = "/", expected[160];
  session3_cookie_policy cookie = SESSION3_COOKIE_POLICY_INIT;
  session3_manager_policy policy = SESSION3_MANAGER_POLICY_INIT;
  const char *id = NULL;
  cookie.name = name;
  cookie.name_length = strlen(name);
  cookie.path = path;
  cookie.path_length = strlen(path);
  cookie.flags = SESSION3_COOKIE_SECURE | SESSION3_COOKIE_PARTITIONED;
  cookie.same_site = SESSION3_SAME_SITE_STRICT;
  policy.cookie = &cookie;
  session3_manager *manager = new_manager(store_of(state), &policy);
  memset(name, 'x', sizeof name - 1);
  memset(path, 'x', sizeof path - 1);
  memset(&cookie, 0xff, sizeof cookie);
  memset(&policy, 0xff, sizeof policy);

  session3_request *request = start_with(manager, NULL);
  set_text(session_of(request), "k", "v");
  assert_ok(session3_request_finish_successful(request, ERR));
  assert_ok(session3_session_id(session_of(request), &id, NULL, ERR));
  snprintf(expected, sizeof expected,
           "__Host-id=%s; Path=/; Secure; HttpOnly; SameSite=Strict; Partitioned", id);
  assert_string_equal(set_cookie_of(request), expected);
  snprintf(expected, sizeof expected, "session3=%s; __Host-id=%s", ALICE, id);
  session3_request_free(request);

  request = start_with(manager, expected);
  assert_int_equal(session3_request_cookie_status(request), SESSION3_OK);
  assert_text(session_of(request), "k", "v");
  assert_ok(session3_request_expire_session(request, ERR));
  assert_ok(session3_request_finish_successful(request, ERR));
  assert_string_equal(set_cookie_of(request),
                      "__Host-id=; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/; "
                      "Secure; HttpOnly; SameSite=Strict; Partitioned");
  session3_request_free(request);
  session3_manager_free(manager);
}

static void has_session_answers_any_bytes(void **state) {
  session3_manager *manager = new_manager(store_of(state), NULL);
  create_session(store_of(state), ALICE, "k", "v");
  assert_ok(session3_manager_has_session(manager, TEXT(ALICE), ERR));
  assert_not_found(session3_manager_has_session(manager, TEXT(BOB), ERR));
  assert_not_found(session3_manager_has_session(manager, TEXT("../" SECRET), ERR));
  assert_not_found(session3_manager_has_session(manager, TEXT("a\0b"), ERR));
  assert_not_found(session3_manager_has_session(manager, TEXT(""), ERR));
  session3_manager_free(manager);
}

static void without_time_limits_no_session_is_too_old(void **state) {
  session3_manager *manager = new_manager(store_of(state), NULL);
  create_session(store_of(state), ALICE, "k", "v");
  assert_ok(session3_store_set_access_time(store_of(state), TEXT(ALICE), 1, ERR));
  session3_session *session = load_session(store_of(state), ALICE);
  assert_ok(session3_manager_check_session(manager, session, ERR));
  assert_ok(session3_manager_has_session(manager, TEXT(ALICE), ERR));
  session3_session_free(session);
  session3_manager_free(manager);
}

/** Keeps what has the attribute "keep", and counts how often it was asked. */
struct rule {
  int asked;
};

static bool has_keep(void *context, const session3_session *session) {
  struct rule *rule = context;
  session3_value value;
  rule->asked++;
  return session3_session_get(session, TEXT("keep"), &value, NULL) == SESSION3_OK;
}

static void the_host_decides_what_is_worth_keeping(void **state) {
  struct rule rule = {0};
  session3_manager_policy policy = SESSION3_MANAGER_POLICY_INIT;
  policy.has_info = has_keep;
  policy.has_info_context = &rule;
  session3_manager *manager = new_manager(store_of(state), &policy);
  struct browser browser = {""};
  assert_int_equal(log_in(manager, &browser, "ada"), SESSION3_OUTCOME_NONE);
  assert_string_equal(browser.id, "");
  assert_true(rule.asked > 0);
  assert_int_equal(set_in_request(manager, &browser, "keep", "it"), SESSION3_OUTCOME_CREATED);
  assert_stored_text(store_of(state), browser.id, "keep", "it");

  session3_request *request = start(manager, &browser);
  set_text(session_of(request), "other", "information");
  assert_ok(session3_session_remove(session_of(request), TEXT("keep"), ERR));
  assert_ok(session3_request_finish_successful(request, ERR));
  assert_int_equal(session3_request_outcome(request), SESSION3_OUTCOME_DELETED);
  assert_revoked(request);
  assert_not_stored(store_of(state), browser.id);
  session3_request_free(request);
  session3_manager_free(manager);
}

static void a_failed_request_asks_nobody_what_is_worth_keeping(void **state) {
  struct rule rule = {0};
  session3_manager_policy policy = SESSION3_MANAGER_POLICY_INIT;
  policy.has_info = has_keep;
  policy.has_info_context = &rule;
  session3_manager *manager = new_manager(store_of(state), &policy);
  finish_failed(start_with(manager, NULL));
  assert_int_equal(rule.asked, 0);
  session3_manager_free(manager);
}

static void a_manager_and_its_requests_outlive_what_they_were_made_of(void **state) {
  struct fixture *fixture = *state;
  session3_manager *manager = new_manager(fixture->store, NULL);
  struct browser browser = {""};
  session3_store_free(fixture->store);
  fixture->store = NULL;
  log_in(manager, &browser, "ada");
  session3_request *request = start(manager, &browser);
  session3_manager_free(manager);
  assert_user(session_of(request), "ada");
  set_text(session_of(request), "k", "v");
  assert_int_equal(finish(&browser, request), SESSION3_OUTCOME_SAVED);
}

static void managers_of_one_store_have_each_their_policy(void **state) {
  session3_cookie_policy cookie = SESSION3_COOKIE_POLICY_INIT;
  session3_manager_policy policy = SESSION3_MANAGER_POLICY_INIT;
  cookie.name = "other";
  cookie.name_length = strlen(cookie.name);
  policy.cookie = &cookie;
  session3_manager *manager = new_manager(store_of(state), NULL);
  session3_manager *other = new_manager(store_of(state), &policy);
  struct browser browser = {""};
  log_in(manager, &browser, "ada");
  session3_request *request = start(other, &browser);
  assert_int_equal(session3_request_cookie_status(request), SESSION3_NOT_FOUND);
  assert_not_found(session3_request_has_session_cookie(request, false, ERR));
  session3_request_free(request);
  char cookies[ID_SIZE + 16];
  snprintf(cookies, sizeof cookies, "other=%s", browser.id);
  request = start_with(other, cookies);
  assert_user(session_of(request), "ada");
  session3_request_free(request);
  session3_manager_free(other);
  session3_manager_free(manager);
}

/** What a child process does with the manager, and a request, of its parent; its exit status. */
static int serve_in_child(session3_manager *manager, session3_request *request) {
  session3_request *another = NULL;
  if (session3_request_finish_successful(request, NULL) != SESSION3_OK ||
      session3_manager_start_request(manager, NULL, 0, NULL, 0, &another, NULL) != SESSION3_OK)
    return 1;
  session3_request_free(another);
  session3_request_free(request);
  session3_manager_free(manager);
  return 0;
}

static void a_child_finishes_what_its_parent_began(void **state) {
  session3_manager *manager = new_manager(store_of(state), NULL);
  struct browser browser = {""};
  int status = -1;
  log_in(manager, &browser, "ada");
  session3_request *request = start(manager, &browser);
  set_text(session_of(request), "from", "the child");
  pid_t child = fork();
  assert_int_not_equal(child, -1);
  if (child == 0)
    _exit(serve_in_child(manager, request));
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
  assert_stored_text(store_of(state), browser.id, "from", "the child");
  session3_request_free(request);
  assert_logged_in(manager, &browser, "ada");
  session3_manager_free(manager);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(a_policy_is_checked_when_the_manager_is_made),
      STORE_TEST(a_policy_of_another_size_is_refused_or_read_as_an_earlier_one),
      STORE_TEST(a_cookie_that_browsers_drop_is_refused_with_the_rule),
      STORE_TEST(the_cookie_is_as_the_policy_has_it_also_after_the_caller_forgot_it),
      STORE_TEST(has_session_answers_any_bytes),
      STORE_TEST(without_time_limits_no_session_is_too_old),
      STORE_TEST(the_host_decides_what_is_worth_keeping),
      STORE_TEST(a_failed_request_asks_nobody_what_is_worth_keeping),
      STORE_TEST(a_manager_and_its_requests_outlive_what_they_were_made_of),
      STORE_TEST(managers_of_one_store_have_each_their_policy),
  };
  const struct CMUnitTest in_directories[] = {FILE_TEST(a_child_finishes_what_its_parent_began)};
  int failed = run_over_stores(tests);
  return failed + cmocka_run_group_tests(in_directories, NULL, NULL);
}
