/* SPDX-License-Identifier: MIT */
/* session3_easy_manager.h, over every kind of store. */
#include "Support/sessions.h"
#include "Support/stores.h"
#include "session3_easy_manager.h"

static session3_store *store_of(void **state) { return ((struct fixture *)*state)->store; }

#define COOKIE_SIZE (SESSION3_ID_MAXIMUM + 32)

/** Finishes a request; the Cookie header of the browser's next one. */
static void finish(session3_request *request, const char *name, char cookies[COOKIE_SIZE]) {
  S3_AUTO_BUFFER(id);
  assert_ok(s3_finish(request, ERR));
  const char *header = s3_set_cookie(request);
  if (header != NULL)
    snprintf(cookies, COOKIE_SIZE, "%s=%s", name, s3_get_cookie(header, name, "", &id));
}

static void log_in(session3_manager *manager, char cookies[COOKIE_SIZE], const char *user) {
  S3_AUTO_REQUEST(request);
  assert_ok(s3_start_request(manager, cookies, "192.0.2.1", &request, ERR));
  assert_ok(s3_set_user(s3_request_session(request), user, ERR));
  finish(request, "session3", cookies);
}

static void assert_user(session3_manager *manager, const char *cookies, const char *user) {
  S3_AUTO_REQUEST(request);
  S3_AUTO_BUFFER(found);
  assert_ok(s3_start_request(manager, cookies, NULL, &request, ERR));
  assert_string_equal(s3_get_user(s3_request_session(request), "nobody", &found), user);
}

static void a_request_goes_from_cookie_to_cookie(void **state) {
  S3_AUTO_MANAGER(manager);
  S3_AUTO_REQUEST(request);
  char cookies[COOKIE_SIZE] = "";
  assert_ok(s3_manager_new(store_of(state), NULL, &manager, ERR));
  assert_ok(s3_start_request(manager, NULL, "192.0.2.1", &request, ERR));
  assert_null(s3_id(s3_request_session(request)));
  assert_null(s3_set_cookie(request));
  assert_ok(s3_set_user(s3_request_session(request), "ada", ERR));
  finish(request, "session3", cookies);
  assert_ok(s3_has_session(manager, s3_id(s3_request_session(request)), ERR));
  assert_user(manager, cookies, "ada");
}

static void a_page_that_returns_early_leaves_no_trace(void **state) {
  S3_AUTO_MANAGER(manager);
  char cookies[COOKIE_SIZE] = "";
  assert_ok(s3_manager_new(store_of(state), NULL, &manager, ERR));
  log_in(manager, cookies, "ada");
  {
    S3_AUTO_REQUEST(request);
    assert_ok(s3_start_request(manager, cookies, NULL, &request, ERR));
    assert_ok(s3_set_user(s3_request_session(request), "eve", ERR));
  }
  assert_user(manager, cookies, "ada");
  S3_AUTO_REQUEST(request);
  assert_ok(s3_start_request(manager, cookies, NULL, &request, ERR));
  assert_ok(s3_log_out(request, ERR));
  assert_ok(s3_fail_request(request, ERR));
  assert_null(s3_set_cookie(request));
  assert_invalid(s3_finish(request, ERR));
  assert_user(manager, cookies, "ada");
}

static void after_a_logout_there_is_no_session(void **state) {
  S3_AUTO_MANAGER(manager);
  S3_AUTO_REQUEST(request);
  char cookies[COOKIE_SIZE] = "";
  assert_ok(s3_manager_new(store_of(state), NULL, &manager, ERR));
  log_in(manager, cookies, "ada");
  assert_ok(s3_start_request(manager, cookies, NULL, &request, ERR));
  assert_ok(s3_log_out(request, ERR));
  assert_null(s3_request_session(request));
  assert_not_found(s3_log_out(request, ERR));
  finish(request, "session3", cookies);
  assert_string_equal(cookies, "session3=");
}

static void a_user_logs_out_elsewhere_or_everywhere(void **state) {
  S3_AUTO_MANAGER(manager);
  char here[COOKIE_SIZE] = "";
  char there[COOKIE_SIZE] = "";
  char eve[COOKIE_SIZE] = "";
  assert_ok(s3_manager_new(store_of(state), NULL, &manager, ERR));
  log_in(manager, here, "ada");
  log_in(manager, there, "ada");
  log_in(manager, eve, "eve");
  {
    S3_AUTO_REQUEST(request);
    assert_ok(s3_start_request(manager, here, NULL, &request, ERR));
    assert_ok(s3_log_out_others(request, ERR));
    finish(request, "session3", here);
  }
  assert_user(manager, here, "ada");
  assert_user(manager, there, "nobody");
  log_in(manager, there, "ada");
  S3_AUTO_REQUEST(request);
  assert_ok(s3_start_request(manager, there, NULL, &request, ERR));
  assert_ok(s3_log_out_everywhere(request, ERR));
  finish(request, "session3", there);
  assert_user(manager, here, "nobody");
  assert_user(manager, there, "nobody");
  assert_user(manager, eve, "eve");
}

/** The Set-Cookie header of a new session, behind its id. */
static void assert_attributes(session3_store *store, const s3_manager_options *options,
                              const char *expected) {
  S3_AUTO_MANAGER(manager);
  S3_AUTO_REQUEST(request);
  assert_ok(s3_manager_new(store, options, &manager, ERR));
  assert_ok(s3_start_request(manager, NULL, NULL, &request, ERR));
  assert_ok(s3_set(s3_request_session(request), "key", 1, ERR));
  assert_ok(s3_finish(request, ERR));
  const char *name = options->cookie_name != NULL ? options->cookie_name : "session3";
  assert_memory_equal(s3_set_cookie(request), name, strlen(name));
  assert_string_equal(strchr(s3_set_cookie(request), ';'), expected);
}

static void each_option_of_the_cookie_reaches_the_browser(void **state) {
  session3_store *store = store_of(state);
  assert_attributes(store, &(s3_manager_options){0}, "; Path=/; HttpOnly; SameSite=Lax");
  assert_attributes(store, &(s3_manager_options){.secure = true},
                    "; Path=/; Secure; HttpOnly; SameSite=Lax");
  assert_attributes(store, &(s3_manager_options){.scriptable = true}, "; Path=/; SameSite=Lax");
  assert_attributes(store,
                    &(s3_manager_options){
                        .secure = true, .partitioned = true, .same_site = SESSION3_SAME_SITE_NONE},
                    "; Path=/; Secure; HttpOnly; SameSite=None; Partitioned");
  assert_attributes(store,
                    &(s3_manager_options){.cookie_name = "id",
                                          .cookie_path = "/app",
                                          .cookie_domain = "example.org",
                                          .same_site = SESSION3_SAME_SITE_STRICT},
                    "; Domain=example.org; Path=/app; HttpOnly; SameSite=Strict");
}

static void what_browsers_drop_is_refused(void **state) {
  S3_AUTO_MANAGER(manager);
  const s3_manager_options options[] = {
      {.cookie_name = "a b"},
      {.cookie_path = "app"},
      {.cookie_domain = "a b"},
      {.partitioned = true},
      {.same_site = 77},
      {.cookie_name = "__Host-id"},
      {.idle_seconds = -1},
      {.lifetime_seconds = INT64_MIN},
      {.idle_seconds = 60, .access_resolution_seconds = 60},
      {.persistent_seconds = -1},
      {.cookie_name = ""},
  };
  for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
    assert_invalid(s3_manager_new(store_of(state), &options[i], &manager, ERR));
    assert_null(manager);
  }
}

static void times_are_seconds(void **state) {
  struct hand_clock clock = {HAND_CLOCK_START_US};
  session3_memory_options memory = SESSION3_MEMORY_OPTIONS_INIT;
  memory.clock = read_hand_clock;
  memory.clock_context = &clock;
  reopen(*state, &memory);
  const s3_manager_options limits[] = {
      {.idle_seconds = 60},
      {.lifetime_seconds = 60},
      {.persistent_seconds = 60, .persistent = true},
  };
  for (size_t i = 0; i < 3; i++) {
    S3_AUTO_MANAGER(manager);
    S3_AUTO_SESSION(session);
    create_session(store_of(state), ALICE, "key", "text");
    assert_ok(s3_manager_new(store_of(state), &limits[i], &manager, ERR));
    clock.now_us += 60000000;
    assert_ok(s3_has_session(manager, ALICE, ERR));
    clock.now_us += 1;
    assert_status(s3_has_session(manager, ALICE, ERR), SESSION3_EXPIRED);
    assert_ok(s3_delete(store_of(state), ALICE, ERR));
  }
}

static void times_beyond_all_are_no_limit(void **state) {
  S3_AUTO_MANAGER(manager);
  const s3_manager_options options = {.idle_seconds = INT64_MAX,
                                      .lifetime_seconds = INT64_MAX / 1000000 + 1,
                                      .persistent_seconds = INT64_MAX};
  create_session(store_of(state), ALICE, "key", "text");
  assert_ok(s3_manager_new(store_of(state), &options, &manager, ERR));
  assert_ok(s3_has_session(manager, ALICE, ERR));
}

static void the_access_time_is_renewed_after_so_many_seconds(void **state) {
  struct hand_clock clock = {HAND_CLOCK_START_US};
  session3_memory_options memory = SESSION3_MEMORY_OPTIONS_INIT;
  memory.clock = read_hand_clock;
  memory.clock_context = &clock;
  reopen(*state, &memory);
  const struct {
    int64_t resolution, later_us;
    bool is_renewed;
  } cases[] = {{60, 60000000, false}, {60, 60000001, true}, {-5, 1, true}};
  create_session(store_of(state), ALICE, "key", "text");
  for (size_t i = 0; i < 3; i++) {
    S3_AUTO_MANAGER(manager);
    S3_AUTO_REQUEST(request);
    const s3_manager_options options = {.access_resolution_seconds = cases[i].resolution};
    assert_ok(s3_manager_new(store_of(state), &options, &manager, ERR));
    int64_t before_us = snapshot_of(store_of(state), ALICE).accessed_us;
    clock.now_us = before_us + cases[i].later_us;
    assert_ok(s3_start_request(manager, "session3=" ALICE, NULL, &request, ERR));
    assert_ok(s3_finish(request, ERR));
    assert_int_equal(snapshot_of(store_of(state), ALICE).accessed_us,
                     cases[i].is_renewed ? clock.now_us : before_us);
  }
}

static bool is_never_kept(void *context, const session3_session *session) {
  (void)session;
  *(int *)context += 1;
  return false;
}

static void the_host_decides_what_is_kept(void **state) {
  S3_AUTO_MANAGER(manager);
  S3_AUTO_REQUEST(request);
  int asked = 0;
  const s3_manager_options options = {.has_info = is_never_kept, .has_info_context = &asked};
  assert_ok(s3_manager_new(store_of(state), &options, &manager, ERR));
  assert_ok(s3_start_request(manager, NULL, NULL, &request, ERR));
  assert_ok(s3_set_user(s3_request_session(request), "ada", ERR));
  assert_ok(s3_finish(request, ERR));
  assert_null(s3_set_cookie(request));
  assert_int_equal(session3_request_outcome(request), SESSION3_OUTCOME_NONE);
  assert_true(asked > 0);
}

static void null_is_invalid_or_nothing(void **state) {
  session3_manager *manager = (session3_manager *)store_of(state);
  session3_request *request = (session3_request *)manager;
  assert_invalid(s3_manager_new(NULL, NULL, &manager, ERR));
  assert_null(manager);
  assert_invalid(s3_manager_new(store_of(state), NULL, NULL, ERR));
  assert_invalid(s3_start_request(NULL, "", "", &request, ERR));
  assert_null(request);
  assert_invalid(s3_has_session(NULL, ALICE, ERR));
  assert_invalid(s3_log_out(NULL, ERR));
  assert_invalid(s3_log_out_everywhere(NULL, ERR));
  assert_invalid(s3_log_out_others(NULL, ERR));
  assert_invalid(s3_finish(NULL, ERR));
  assert_invalid(s3_fail_request(NULL, ERR));
  assert_null(s3_request_session(NULL));
  assert_null(s3_set_cookie(NULL));
}

static void a_cookie_is_read_or_its_fallback(void **state) {
  S3_AUTO_BUFFER(value);
  (void)state;
  assert_string_equal(s3_get_cookie("a=1; theme=\"dark\"; theme=x", "theme", "light", &value),
                      "dark");
  assert_string_equal(s3_get_cookie("a=1", "theme", "light", &value), "light");
  assert_string_equal(s3_get_cookie("theme=", "theme", "light", &value), "");
  assert_string_equal(s3_get_cookie(NULL, "theme", "light", &value), "light");
  assert_null(s3_get_cookie("a=1", NULL, NULL, &value));
  assert_null(s3_get_cookie("a=1", "a", NULL, NULL));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(a_request_goes_from_cookie_to_cookie),
      STORE_TEST(a_page_that_returns_early_leaves_no_trace),
      STORE_TEST(after_a_logout_there_is_no_session),
      STORE_TEST(a_user_logs_out_elsewhere_or_everywhere),
      STORE_TEST(each_option_of_the_cookie_reaches_the_browser),
      STORE_TEST(what_browsers_drop_is_refused),
      STORE_TEST(times_are_seconds),
      STORE_TEST(times_beyond_all_are_no_limit),
      STORE_TEST(the_access_time_is_renewed_after_so_many_seconds),
      STORE_TEST(the_host_decides_what_is_kept),
      STORE_TEST(null_is_invalid_or_nothing),
  };
  const struct CMUnitTest others[] = {cmocka_unit_test(a_cookie_is_read_or_its_fallback)};
  int failed = run_over_stores(tests);
  return failed + cmocka_run_group_tests(others, NULL, NULL);
}
