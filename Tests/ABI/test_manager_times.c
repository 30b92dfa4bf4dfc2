/* SPDX-License-Identifier: MIT */
/* Time limits and persistent cookies by a clock that is moved by hand, over every kind of store. */
#include "Support/requests.h"
#include "Support/stores.h"

#include <stdio.h>
#include <stdlib.h>

#define SECOND INT64_C(1000000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

static struct hand_clock hands;

static session3_store *store_of(void **state) { return ((struct fixture *)*state)->store; }

/** As open_fixture, by the hand clock. */
static int open_timed(void **state) {
  session3_memory_options options = SESSION3_MEMORY_OPTIONS_INIT;
  if (open_fixture(state) != 0)
    return -1;
  hands.now_us = HAND_CLOCK_START_US;
  options.clock = read_hand_clock;
  options.clock_context = &hands;
  reopen(*state, &options);
  return 0;
}
#define TIMED_TEST(test) cmocka_unit_test_setup_teardown(test, open_timed, close_fixture)

static session3_manager *manager_with(void **state, int64_t idle_us, int64_t lifetime_us) {
  session3_manager_policy policy = SESSION3_MANAGER_POLICY_INIT;
  policy.idle_timeout_us = idle_us;
  policy.lifetime_us = lifetime_us;
  return new_manager(store_of(state), &policy);
}

/** What a cookie stands for now, by the request and by the two questions, which must agree. */
static session3_status standing(void **state, session3_manager *manager,
                                const struct browser *browser) {
  session3_request *request = start(manager, browser);
  session3_status status = session3_request_cookie_status(request);
  if (status != SESSION3_OK)
    assert_stranger(request);
  session3_request_free(request);
  assert_status(session3_manager_has_session(manager, browser->id, strlen(browser->id), ERR),
                status);
  session3_session *session = load_session(store_of(state), browser->id);
  assert_status(session3_manager_check_session(manager, session, ERR), status);
  session3_session_free(session);
  return status;
}

static void a_session_that_was_not_used_for_longer_is_expired(void **state) {
  session3_manager *manager = manager_with(state, 30 * MINUTE, 0);
  struct browser browser = {""};
  log_in(manager, &browser, "ada");
  hands.now_us += 30 * MINUTE;
  assert_int_equal(standing(state, manager, &browser), SESSION3_OK);
  hands.now_us += 1;
  assert_int_equal(standing(state, manager, &browser), SESSION3_EXPIRED);
  session3_manager_free(manager);
}

static void every_request_begins_the_idle_time_anew(void **state) {
  session3_manager *manager = manager_with(state, 30 * MINUTE, 0);
  struct browser browser = {""};
  log_in(manager, &browser, "ada");
  for (int round = 0; round < 100; round++) {
    hands.now_us += 20 * MINUTE;
    assert_int_equal(visit(manager, &browser), SESSION3_OUTCOME_UNCHANGED);
  }
  assert_logged_in(manager, &browser, "ada");
  session3_manager_free(manager);
}

static void a_lifetime_ends_however_busy_the_session_is(void **state) {
  session3_manager *manager = manager_with(state, 30 * MINUTE, 12 * HOUR);
  struct browser browser = {""};
  log_in(manager, &browser, "ada");
  for (int round = 0; round < 72; round++) {
    hands.now_us += 10 * MINUTE;
    assert_int_equal(standing(state, manager, &browser), SESSION3_OK);
    set_in_request(manager, &browser, "round", round % 2 == 0 ? "even" : "odd");
  }
  hands.now_us += 1;
  assert_int_equal(standing(state, manager, &browser), SESSION3_EXPIRED);
  session3_manager_free(manager);
}

static void a_lifetime_begins_with_the_session_and_anew_with_each_login(void **state) {
  session3_manager *manager = manager_with(state, 0, 12 * HOUR);
  struct browser browser = {""};
  set_in_request(manager, &browser, "k", "v");
  hands.now_us += 10 * HOUR;
  assert_int_equal(log_in(manager, &browser, "ada"), SESSION3_OUTCOME_RENEWED);
  hands.now_us += 10 * HOUR;
  assert_int_equal(log_in(manager, &browser, "eve"), SESSION3_OUTCOME_RENEWED);
  hands.now_us += 12 * HOUR;
  assert_int_equal(standing(state, manager, &browser), SESSION3_OK);
  hands.now_us += 1;
  assert_int_equal(standing(state, manager, &browser), SESSION3_EXPIRED);

  browser.id[0] = 0;
  set_in_request(manager, &browser, "k", "v");
  hands.now_us += 12 * HOUR + 1;
  assert_int_equal(standing(state, manager, &browser), SESSION3_EXPIRED);
  session3_manager_free(manager);
}

static void a_login_without_a_manager_is_noted_by_hand(void **state) {
  session3_manager *manager = manager_with(state, 0, HOUR);
  for (int is_noted = 0; is_noted <= 1; is_noted++) {
    const char *id;
    struct browser browser = {""};
    create_session(store_of(state), ALICE, "k", "v");
    session3_session *session = load_session(store_of(state), ALICE);
    hands.now_us += 2 * HOUR;
    assert_invalid(session3_session_set_authenticated_us(session, 1, ERR));
    assert_message_names("nobody is logged in");
    assert_ok(session3_session_set_user_text(session, TEXT("bob"), ERR));
    assert_ok(session3_session_set_authenticated_us(session, 1, ERR));
    assert_ok(session3_session_set_user_text(session, TEXT("ada"), ERR));
    assert_int_equal(session3_session_authenticated_us(session), 0);
    if (is_noted)
      assert_ok(session3_session_set_authenticated_us(session, hands.now_us, ERR));
    assert_ok(session3_store_renew(store_of(state), session, SESSION3_SAVE_DEFAULT, ERR));
    assert_ok(session3_session_id(session, &id, NULL, ERR));
    snprintf(browser.id, sizeof browser.id, "%s", id);
    session3_session_free(session);
    assert_int_equal(standing(state, manager, &browser), is_noted ? SESSION3_OK : SESSION3_EXPIRED);
    session = load_session(store_of(state), browser.id);
    assert_int_equal(session3_session_authenticated_us(session), is_noted ? hands.now_us : 0);
    assert_ok(session3_session_set_authenticated_us(session, 0, ERR));
    assert_int_equal(session3_session_authenticated_us(session), 0);
    session3_session_free(session);
  }
  session3_manager_free(manager);
}

static void a_new_id_does_not_prolong_a_lifetime(void **state) {
  session3_manager *manager = manager_with(state, 0, 12 * HOUR);
  struct browser browser = {""};
  log_in(manager, &browser, "ada");
  for (int round = 0; round < 6; round++) {
    hands.now_us += 2 * HOUR;
    session3_request *request = start(manager, &browser);
    assert_ok(session3_request_renew_id(request, ERR));
    assert_int_equal(finish(&browser, request), SESSION3_OUTCOME_RENEWED);
  }
  hands.now_us += 1;
  assert_int_equal(standing(state, manager, &browser), SESSION3_EXPIRED);
  session3_manager_free(manager);
}

static void an_expired_session_is_left_to_the_sweep(void **state) {
  session3_manager *manager = manager_with(state, 30 * MINUTE, 0);
  struct browser browser = {""};
  uint64_t deleted = 0;
  log_in(manager, &browser, "ada");
  struct browser before = browser;
  hands.now_us += HOUR;
  assert_int_equal(visit(manager, &browser), SESSION3_OUTCOME_NONE);
  assert_string_equal(browser.id, before.id);
  assert_stored(store_of(state), before.id);
  assert_int_equal(log_in(manager, &browser, "ada"), SESSION3_OUTCOME_CREATED);
  assert_string_not_equal(browser.id, before.id);
  assert_stored(store_of(state), before.id);
  assert_ok(session3_store_sweep(store_of(state), 30 * MINUTE, &deleted, NULL, ERR));
  assert_int_equal(deleted, 1);
  assert_not_stored(store_of(state), before.id);
  assert_logged_in(manager, &browser, "ada");
  session3_manager_free(manager);
}

static void a_clock_that_jumps_ahead_for_a_moment_ends_no_session(void **state) {
  session3_manager *manager = manager_with(state, 30 * MINUTE, 12 * HOUR);
  struct browser browser = {""};
  log_in(manager, &browser, "ada");
  hands.now_us += 365 * DAY;
  assert_int_equal(standing(state, manager, &browser), SESSION3_EXPIRED);
  struct browser lost = browser;
  visit(manager, &lost);
  hands.now_us -= 365 * DAY;
  assert_int_equal(standing(state, manager, &browser), SESSION3_OK);
  assert_logged_in(manager, &browser, "ada");
  session3_manager_free(manager);
}

static void a_clock_that_jumps_back_ends_no_session(void **state) {
  session3_manager *manager = manager_with(state, 30 * MINUTE, 12 * HOUR);
  struct browser browser = {""};
  log_in(manager, &browser, "ada");
  hands.now_us -= 365 * DAY;
  assert_int_equal(standing(state, manager, &browser), SESSION3_OK);
  assert_int_equal(visit(manager, &browser), SESSION3_OUTCOME_UNCHANGED);
  assert_int_equal(set_in_request(manager, &browser, "k", "v"), SESSION3_OUTCOME_SAVED);
  assert_int_equal(log_in(manager, &browser, "eve"), SESSION3_OUTCOME_RENEWED);
  assert_logged_in(manager, &browser, "eve");
  session3_manager_free(manager);
}

static void the_ends_of_the_clock_end_nothing_but_sessions(void **state) {
  session3_manager *manager = manager_with(state, INT64_MAX, INT64_MAX);
  const int64_t moments[] = {0, 1, -1, INT64_MIN, INT64_MAX, INT64_MAX - 1, INT64_MIN + 1};
  struct browser browser = {""};
  log_in(manager, &browser, "ada");
  for (size_t index = 0; index < sizeof moments / sizeof moments[0]; index++) {
    hands.now_us = moments[index];
    session3_request *request = start(manager, &browser);
    session3_request_free(request);
    struct browser other = {""};
    request = start(manager, &other);
    assert_ok(session3_session_set_persistence(session_of(request), SESSION3_PERSISTENCE_PERSISTENT,
                                               ERR));
    set_user(session_of(request), "eve");
    session3_status status = session3_request_finish_successful(request, NULL);
    if (status == SESSION3_OK)
      assert_non_null(set_cookie_of(request));
    session3_request_free(request);
  }
  hands.now_us = HAND_CLOCK_START_US;
  assert_logged_in(manager, &browser, "ada");
  session3_manager_free(manager);
}

static void the_access_time_has_the_managers_resolution(void **state) {
  session3_manager_policy policy = SESSION3_MANAGER_POLICY_INIT;
  policy.access_resolution_us = MINUTE;
  session3_manager *manager = new_manager(store_of(state), &policy);
  struct browser browser = {""};
  log_in(manager, &browser, "ada");
  hands.now_us += 30 * SECOND;
  visit(manager, &browser);
  assert_int_equal(snapshot_of(store_of(state), browser.id).accessed_us, HAND_CLOCK_START_US);
  hands.now_us += 31 * SECOND;
  visit(manager, &browser);
  assert_int_equal(snapshot_of(store_of(state), browser.id).accessed_us, hands.now_us);
  session3_manager_free(manager);

  policy.access_resolution_us = -1;
  manager = new_manager(store_of(state), &policy);
  hands.now_us += 1;
  visit(manager, &browser);
  assert_int_equal(snapshot_of(store_of(state), browser.id).accessed_us, hands.now_us);
  session3_manager_free(manager);
}

/* Persistence. */

/** Max-Age in seconds of the header that a visit sets; 0 if it has none, -1 if none is set. */
static long age_of(session3_manager *manager, struct browser *browser) {
  session3_request *request = start(manager, browser);
  assert_ok(session3_request_finish_successful(request, ERR));
  const char *header = set_cookie_of(request);
  const char *age = header != NULL ? strstr(header, "; Max-Age=") : NULL;
  long seconds = header == NULL ? -1 : age == NULL ? 0 : strtol(age + 10, NULL, 10);
  receive(browser, request);
  session3_request_free(request);
  return seconds;
}

/** Says whether the browser's session outlives it; the header that this sets is kept. */
static void persist(session3_manager *manager, struct browser *browser,
                    session3_persistence persistence, char header[256]) {
  session3_request *request = start(manager, browser);
  if (browser->id[0] == 0)
    set_user(session_of(request), "ada");
  assert_ok(session3_session_set_persistence(session_of(request), persistence, ERR));
  assert_ok(session3_request_finish_successful(request, ERR));
  const char *set = set_cookie_of(request);
  snprintf(header, 256, "%s", set != NULL ? set : "");
  receive(browser, request);
  session3_request_free(request);
}

static void a_persistent_session_is_kept_by_the_browser(void **state) {
  session3_manager *manager = manager_with(state, 30 * MINUTE, 0);
  struct browser browser = {""};
  char header[256], expected[256];
  persist(manager, &browser, SESSION3_PERSISTENCE_PERSISTENT, header);
  snprintf(expected, sizeof expected,
           "session3=%s; Max-Age=2592000; Expires=Thu, 14 Dec 2023 22:13:20 GMT; Path=/; HttpOnly; "
           "SameSite=Lax",
           browser.id);
  assert_string_equal(header, expected);
  session3_session *session = load_session(store_of(state), browser.id);
  assert_int_equal(session3_session_persistence(session), SESSION3_PERSISTENCE_PERSISTENT);
  session3_session_free(session);
  session3_manager_free(manager);
}

static void its_timeout_takes_the_place_of_the_idle_time(void **state) {
  session3_manager *manager = manager_with(state, 30 * MINUTE, 0);
  struct browser browser = {""};
  char header[256];
  persist(manager, &browser, SESSION3_PERSISTENCE_PERSISTENT, header);
  hands.now_us += 30 * DAY;
  assert_int_equal(standing(state, manager, &browser), SESSION3_OK);
  hands.now_us += 1;
  assert_int_equal(standing(state, manager, &browser), SESSION3_EXPIRED);
  session3_manager_free(manager);
}

static void a_session_can_become_persistent_and_cease_to_be(void **state) {
  session3_manager *manager = manager_with(state, 30 * MINUTE, 0);
  struct browser browser = {""};
  char header[256];
  log_in(manager, &browser, "ada");
  struct browser before = browser;
  persist(manager, &browser, SESSION3_PERSISTENCE_PERSISTENT, header);
  assert_non_null(strstr(header, "; Max-Age=2592000;"));
  assert_int_equal(age_of(manager, &browser), -1);
  persist(manager, &browser, SESSION3_PERSISTENCE_BROWSER, header);
  assert_int_not_equal(header[0], 0);
  assert_null(strstr(header, "Max-Age"));
  persist(manager, &browser, SESSION3_PERSISTENCE_BROWSER, header);
  assert_string_equal(header, "");
  assert_string_equal(browser.id, before.id);
  session3_manager_free(manager);
}

static void sessions_that_say_nothing_are_as_the_policy_has_it(void **state) {
  session3_manager_policy policy = SESSION3_MANAGER_POLICY_INIT;
  struct browser silent = {""}, browser = {""};
  char header[256];
  policy.flags = SESSION3_MANAGER_PERSISTENT;
  policy.persistent_timeout_us = 7 * DAY;
  session3_manager *manager = new_manager(store_of(state), &policy);
  persist(manager, &silent, SESSION3_PERSISTENCE_DEFAULT, header);
  assert_non_null(strstr(header, "; Max-Age=604800;"));
  persist(manager, &browser, SESSION3_PERSISTENCE_BROWSER, header);
  assert_null(strstr(header, "Max-Age"));
  session3_session *session = load_session(store_of(state), silent.id);
  assert_int_equal(session3_session_persistence(session), SESSION3_PERSISTENCE_DEFAULT);
  assert_invalid(session3_session_set_persistence(session, 3, ERR));
  session3_session_free(session);
  assert_int_equal(session3_session_persistence(NULL), SESSION3_PERSISTENCE_DEFAULT);
  session3_manager_free(manager);
}

static void the_cookie_of_a_persistent_session_is_renewed_after_a_tenth(void **state) {
  session3_manager *manager = manager_with(state, 0, 0);
  struct browser browser = {""};
  char header[256];
  persist(manager, &browser, SESSION3_PERSISTENCE_PERSISTENT, header);
  for (int round = 0; round < 3; round++) {
    hands.now_us += 3 * DAY;
    assert_int_equal(age_of(manager, &browser), -1);
    hands.now_us += SECOND;
    assert_int_equal(age_of(manager, &browser), 2592000);
    assert_int_equal(age_of(manager, &browser), -1);
  }
  session3_manager_free(manager);
}

static void the_cookie_does_not_outlive_the_session(void **state) {
  session3_manager *manager = manager_with(state, 0, 40 * DAY);
  struct browser browser = {""};
  char header[256];
  persist(manager, &browser, SESSION3_PERSISTENCE_PERSISTENT, header);
  assert_non_null(strstr(header, "; Max-Age=2592000;"));
  hands.now_us += 20 * DAY;
  assert_int_equal(age_of(manager, &browser), 20 * 86400);
  hands.now_us += 10 * DAY;
  assert_int_equal(age_of(manager, &browser), -1);
  hands.now_us += 10 * DAY + 1;
  assert_int_equal(standing(state, manager, &browser), SESSION3_EXPIRED);
  session3_manager_free(manager);
}

static void a_persistent_session_that_renews_its_id_stays_persistent(void **state) {
  session3_manager *manager = manager_with(state, 30 * MINUTE, 40 * DAY);
  struct browser browser = {""};
  char header[256];
  persist(manager, &browser, SESSION3_PERSISTENCE_PERSISTENT, header);
  hands.now_us += 20 * DAY;
  session3_request *request = start(manager, &browser);
  assert_ok(session3_request_renew_id(request, ERR));
  assert_ok(session3_request_finish_successful(request, ERR));
  assert_non_null(strstr(set_cookie_of(request), "; Max-Age=1728000;"));
  receive(&browser, request);
  session3_request_free(request);
  assert_int_equal(age_of(manager, &browser), -1);
  session3_manager_free(manager);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      TIMED_TEST(a_session_that_was_not_used_for_longer_is_expired),
      TIMED_TEST(every_request_begins_the_idle_time_anew),
      TIMED_TEST(a_lifetime_ends_however_busy_the_session_is),
      TIMED_TEST(a_lifetime_begins_with_the_session_and_anew_with_each_login),
      TIMED_TEST(a_login_without_a_manager_is_noted_by_hand),
      TIMED_TEST(a_new_id_does_not_prolong_a_lifetime),
      TIMED_TEST(an_expired_session_is_left_to_the_sweep),
      TIMED_TEST(a_clock_that_jumps_ahead_for_a_moment_ends_no_session),
      TIMED_TEST(a_clock_that_jumps_back_ends_no_session),
      TIMED_TEST(the_ends_of_the_clock_end_nothing_but_sessions),
      TIMED_TEST(the_access_time_has_the_managers_resolution),
      TIMED_TEST(a_persistent_session_is_kept_by_the_browser),
      TIMED_TEST(its_timeout_takes_the_place_of_the_idle_time),
      TIMED_TEST(a_session_can_become_persistent_and_cease_to_be),
      TIMED_TEST(sessions_that_say_nothing_are_as_the_policy_has_it),
      TIMED_TEST(the_cookie_of_a_persistent_session_is_renewed_after_a_tenth),
      TIMED_TEST(the_cookie_does_not_outlive_the_session),
      TIMED_TEST(a_persistent_session_that_renews_its_id_stays_persistent),
  };
  return run_over_stores(tests);
}
