/* SPDX-License-Identifier: MIT */
/* What the public may send: cookie headers of any length and any bytes, addresses of any kind, over
 * every kind of store. */
#include "Support/requests.h"
#include "Support/stores.h"

#include <stdio.h>
#include <stdlib.h>

static session3_manager *manager_of(void **state) {
  return new_manager(((struct fixture *)*state)->store, NULL);
}
static session3_store *store_of(void **state) { return ((struct fixture *)*state)->store; }

/** What a Cookie header of any bytes stands for; a request that has no session has an empty one. */
static session3_status status_with(session3_manager *manager, const char *cookies, size_t length) {
  session3_request *request = NULL;
  assert_ok(session3_manager_start_request(manager, cookies, length, NULL, 0, &request, ERR));
  session3_status status = session3_request_cookie_status(request);
  if (status != SESSION3_OK)
    assert_stranger(request);
  else
    assert_text(session_of(request), "k", "v");
  session3_request_free(request);
  return status;
}

static session3_status status_of_text(session3_manager *manager, const char *cookies) {
  return status_with(manager, cookies, strlen(cookies));
}

static void a_header_of_a_hundred_kilobytes_is_read_up_to_its_limit(void **state) {
  enum { LENGTH = 100 * 1024 };
  session3_manager *manager = manager_of(state);
  const char cookie[] = "session3=" ALICE;
  char *header = malloc(LENGTH);
  assert_non_null(header);
  create_session(store_of(state), ALICE, "k", "v");
  memset(header, 'x', LENGTH);
  assert_int_equal(status_with(manager, header, LENGTH), SESSION3_NOT_FOUND);
  memset(header, ';', LENGTH);
  assert_int_equal(status_with(manager, header, LENGTH), SESSION3_NOT_FOUND);

  const struct {
    size_t position;
    session3_status expected;
  } places[] = {
      {0, SESSION3_OK},
      {SESSION3_COOKIE_HEADER_MAXIMUM - (sizeof cookie - 1), SESSION3_OK},
      {SESSION3_COOKIE_HEADER_MAXIMUM - (sizeof cookie - 1) + 1, SESSION3_NOT_FOUND},
      {SESSION3_COOKIE_HEADER_MAXIMUM, SESSION3_NOT_FOUND},
      {LENGTH - (sizeof cookie - 1), SESSION3_NOT_FOUND},
  };
  for (size_t index = 0; index < sizeof places / sizeof places[0]; index++) {
    memset(header, ';', LENGTH);
    memcpy(header + places[index].position, cookie, sizeof cookie - 1);
    assert_int_equal(status_with(manager, header, LENGTH), places[index].expected);
  }
  free(header);
  session3_manager_free(manager);
}

static void a_thousand_cookies_hide_none(void **state) {
  session3_manager *manager = manager_of(state);
  char header[SESSION3_COOKIE_HEADER_MAXIMUM];
  int length = 0;
  create_session(store_of(state), ALICE, "k", "v");
  for (int number = 0; number < 1000; number++) {
    length += snprintf(header + length, sizeof header - (size_t)length, "%x=%d;", number % 16, 1);
  }
  snprintf(header + length, sizeof header - (size_t)length, " session3=%s", ALICE);
  assert_int_equal(status_of_text(manager, header), SESSION3_OK);
  session3_manager_free(manager);
}

static void of_many_cookies_of_the_name_the_first_four_ids_are_tried(void **state) {
  session3_manager *manager = manager_of(state);
  static const char unknown[] = "session3=unknown; ";
  create_session(store_of(state), ALICE, "k", "v");
  for (int count = 0; count < 6; count++) {
    char cookies[512] = "session3=../x; session3=; session3=a b; session3=\"\"; session3; ";
    size_t length = strlen(cookies);
    for (int number = 0; number < count; number++) {
      memcpy(cookies + length, unknown, sizeof unknown);
      length += sizeof unknown - 1;
    }
    snprintf(cookies + length, sizeof cookies - length, "session3=%s", ALICE);
    assert_int_equal(status_of_text(manager, cookies),
                     count < 4 ? SESSION3_OK : SESSION3_NOT_FOUND);
  }
  session3_manager_free(manager);
}

static void of_two_cookies_the_one_that_lives_wins(void **state) {
  session3_manager *manager = manager_of(state);
  create_session(store_of(state), ALICE, "k", "v");
  assert_int_equal(status_of_text(manager, "session3=" BOB "; session3=" ALICE), SESSION3_OK);
  assert_int_equal(status_of_text(manager, "session3=" ALICE "; session3=" BOB), SESSION3_OK);
  assert_int_equal(status_of_text(manager, "session3=" BOB "; session3=" CAROL),
                   SESSION3_NOT_FOUND);
  create_session(store_of(state), BOB, "k", "other");
  session3_request *request = start_with(manager, "session3=" BOB "; session3=" ALICE);
  assert_text(session_of(request), "k", "other");
  session3_request_free(request);
  session3_manager_free(manager);
}

static void of_two_cookies_one_expired_the_other_wins(void **state) {
  struct hand_clock clock = {HAND_CLOCK_START_US};
  session3_memory_options options = SESSION3_MEMORY_OPTIONS_INIT;
  session3_manager_policy policy = SESSION3_MANAGER_POLICY_INIT;
  options.clock = read_hand_clock;
  options.clock_context = &clock;
  reopen(*state, &options);
  policy.idle_timeout_us = 60000000;
  session3_manager *manager = new_manager(store_of(state), &policy);
  create_session(store_of(state), BOB, "k", "expired");
  clock.now_us += 60000001;
  create_session(store_of(state), ALICE, "k", "v");
  assert_int_equal(status_of_text(manager, "session3=" BOB), SESSION3_EXPIRED);
  assert_int_equal(status_of_text(manager, "session3=" BOB "; session3=" ALICE), SESSION3_OK);
  assert_int_equal(status_of_text(manager, "session3=" BOB "; session3=" CAROL), SESSION3_EXPIRED);
  assert_int_equal(status_of_text(manager, "session3=" CAROL "; session3=" BOB), SESSION3_EXPIRED);
  session3_manager_free(manager);
}

static void cookies_are_read_leniently(void **state) {
  session3_manager *manager = manager_of(state);
  create_session(store_of(state), ALICE, "k", "v");
  assert_int_equal(status_of_text(manager, "session3=\"" ALICE "\""), SESSION3_OK);
  assert_int_equal(status_of_text(manager, "  session3  =  " ALICE "  "), SESSION3_OK);
  assert_int_equal(status_of_text(manager, ";;junk;=;a=b=c;session3=" ALICE ";;"), SESSION3_OK);
  assert_int_equal(status_of_text(manager, "Session3=" ALICE), SESSION3_NOT_FOUND);
  assert_int_equal(status_of_text(manager, "xsession3=" ALICE), SESSION3_NOT_FOUND);
  assert_int_equal(status_of_text(manager, "session3=" ALICE "x"), SESSION3_NOT_FOUND);
  assert_int_equal(status_of_text(manager, "session3=" ALICE ", session3=x"), SESSION3_NOT_FOUND);
  assert_int_equal(status_of_text(manager, ""), SESSION3_NOT_FOUND);
  session3_manager_free(manager);
}

static void ids_that_look_like_paths_are_unknown(void **state) {
  session3_manager *manager = manager_of(state);
  const char *const ids[] = {"../../../../etc/passwd",
                             "/etc/passwd",
                             ".",
                             "..",
                             ".session3",
                             "..%2f..%2fetc%2fpasswd",
                             "a/b",
                             "a\\b",
                             "C:\\x",
                             "~root",
                             "%00",
                             "-",
                             "con",
                             "\xc3\xa4",
                             "session3="};
  create_session(store_of(state), ALICE, "k", "v");
  for (size_t index = 0; index < sizeof ids / sizeof ids[0]; index++) {
    char cookies[128];
    snprintf(cookies, sizeof cookies, "session3=%s", ids[index]);
    assert_int_equal(status_of_text(manager, cookies), SESSION3_NOT_FOUND);
  }
  char longest[SESSION3_ID_MAXIMUM + 16] = "session3=";
  memset(longest + 9, 'x', SESSION3_ID_MAXIMUM + 1);
  assert_int_equal(status_of_text(manager, longest), SESSION3_NOT_FOUND);
  session3_manager_free(manager);
}

static void binary_headers_are_read_without_harm(void **state) {
  session3_manager *manager = manager_of(state);
  static const char parts[] = "session3=\";= \t\r\n,\0\x01\x7f\x80\xff" ALICE;
  unsigned seed = 20261121;
  create_session(store_of(state), ALICE, "k", "v");
  for (int round = 0; round < 2000; round++) {
    char header[300];
    size_t length = (size_t)(rand_r(&seed) % (int)sizeof header);
    for (size_t index = 0; index < length; index++) {
      header[index] = parts[(size_t)rand_r(&seed) % sizeof parts];
      if (round % 2 == 0)
        header[index] = (char)(rand_r(&seed) % 256 - 128);
    }
    assert_int_not_equal(status_with(manager, header, length), SESSION3_E_INVALID);
  }
  assert_int_equal(status_with(manager, TEXT("a\0b=\xff; session3=" ALICE "; \x80")), SESSION3_OK);
  assert_int_equal(status_with(manager, TEXT("session3=" ALICE "\0")), SESSION3_NOT_FOUND);
  session3_manager_free(manager);
}

static void a_request_may_come_from_nowhere(void **state) {
  session3_manager *manager = manager_of(state);
  session3_request *request = NULL;
  const char *text = NULL;
  size_t length = 0;
  assert_ok(session3_manager_start_request(manager, NULL, 0, NULL, 0, &request, ERR));
  assert_not_found(session3_session_remote_address(session_of(request), &text, &length, ERR));
  set_text(session_of(request), "k", "v");
  struct browser browser = {""};
  assert_int_equal(finish(&browser, request), SESSION3_OUTCOME_CREATED);
  session3_manager_free(manager);
}

static void an_address_that_is_not_utf8_is_refused(void **state) {
  session3_manager *manager = manager_of(state);
  session3_request *request = (session3_request *)1;
  assert_status(
      session3_manager_start_request(manager, NULL, 0, TEXT("192.0.2.\xff"), &request, ERR),
      SESSION3_E_VALUE);
  assert_null(request);
  create_session(store_of(state), ALICE, "k", "v");
  request = (session3_request *)1;
  assert_status(session3_manager_start_request(manager, TEXT("session3=" ALICE), TEXT("\xc0\x80"),
                                               &request, ERR),
                SESSION3_E_VALUE);
  assert_null(request);
  assert_ok(
      session3_manager_start_request(manager, NULL, 0, TEXT("fe80::1%\xc3\xa9th0"), &request, ERR));
  session3_request_free(request);
  session3_manager_free(manager);
}

static void the_address_of_a_later_request_changes_no_session(void **state) {
  session3_manager *manager = manager_of(state);
  struct browser browser = {""};
  const char *text = NULL;
  size_t length = 0;
  log_in(manager, &browser, "ada");
  char cookies[ID_SIZE + 16];
  int cookies_length = snprintf(cookies, sizeof cookies, "session3=%s", browser.id);
  session3_request *request = NULL;
  assert_ok(session3_manager_start_request(manager, cookies, (size_t)cookies_length,
                                           TEXT("203.0.113.9"), &request, ERR));
  assert_ok(session3_session_remote_address(session_of(request), &text, &length, ERR));
  assert_memory_equal(text, "192.0.2.1", length);
  assert_ok(session3_request_new_session(request, NULL, ERR));
  assert_ok(session3_session_remote_address(session_of(request), &text, &length, ERR));
  assert_memory_equal(text, "203.0.113.9", length);
  session3_request_free(request);
  session3_manager_free(manager);
}

static void null_is_no_header_and_no_address_whatever_its_length(void **state) {
  session3_manager *manager = manager_of(state);
  session3_request *request = NULL;
  const char *text = NULL;
  size_t length = 0;
  assert_ok(session3_manager_start_request(manager, NULL, SIZE_MAX, NULL, SIZE_MAX, &request, ERR));
  assert_stranger(request);
  assert_not_found(session3_request_has_session_cookie(request, false, ERR));
  assert_not_found(session3_session_remote_address(session_of(request), &text, &length, ERR));
  session3_request_free(request);
  session3_manager_free(manager);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(a_header_of_a_hundred_kilobytes_is_read_up_to_its_limit),
      STORE_TEST(a_thousand_cookies_hide_none),
      STORE_TEST(of_many_cookies_of_the_name_the_first_four_ids_are_tried),
      STORE_TEST(of_two_cookies_the_one_that_lives_wins),
      STORE_TEST(of_two_cookies_one_expired_the_other_wins),
      STORE_TEST(cookies_are_read_leniently),
      STORE_TEST(ids_that_look_like_paths_are_unknown),
      STORE_TEST(binary_headers_are_read_without_harm),
      STORE_TEST(a_request_may_come_from_nowhere),
      STORE_TEST(an_address_that_is_not_utf8_is_refused),
      STORE_TEST(the_address_of_a_later_request_changes_no_session),
      STORE_TEST(null_is_no_header_and_no_address_whatever_its_length),
  };
  return run_over_stores(tests);
}
