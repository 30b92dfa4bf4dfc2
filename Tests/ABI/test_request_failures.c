/* SPDX-License-Identifier: MIT */
/* A store that fails at the start or at the end of a request: the host is told, nothing is lost, and
 * the end can be tried again. */
#include "Support/files.h"
#include "Support/requests.h"
#include "Support/scripted_store.h"

#include <stdio.h>
#include <stdlib.h>

/** A manager of a scripted store, whose sessions hold nothing yet. */
struct site {
  struct scripted scripted;
  session3_store *store;
  session3_manager *manager;
  struct browser browser;
};

static int open_site(void **state) {
  session3_manager_policy policy = SESSION3_MANAGER_POLICY_INIT;
  struct site *site = calloc(1, sizeof *site);
  if (site == NULL)
    return -1;
  *state = site;
  scripted_init(&site->scripted);
  assert_ok(
      session3_store_open_custom(&scripted_callbacks, &site->scripted, NULL, &site->store, ERR));
  policy.access_resolution_us = -1;
  site->manager = new_manager(site->store, &policy);
  return 0;
}

static int close_site(void **state) {
  struct site *site = *state;
  session3_manager_free(site->manager);
  session3_store_free(site->store);
  bool good = site->scripted.destroyed == 1;
  free(site);
  return good ? 0 : -1;
}

#define SITE_TEST(test) cmocka_unit_test_setup_teardown(test, open_site, close_site)

/** Lets a callback fail from now on. */
static void let_fail(struct site *site, enum callback callback, session3_status status) {
  site->scripted.script =
      (struct script){.callback = callback, .status = status, .message = "the disk is on fire"};
}

static void let_work(struct site *site) { site->scripted.script.callback = CALLBACKS; }

static size_t count_sessions(struct site *site) {
  uint64_t remaining = 77;
  assert_ok(session3_store_sweep(site->store, INT64_MAX, NULL, &remaining, ERR));
  return remaining;
}

static const session3_status failures[] = {SESSION3_E_IO, SESSION3_E_BUSY, SESSION3_E_NOMEM, -4242};
#define FAILURES (sizeof failures / sizeof failures[0])

static void a_store_that_fails_at_the_start_is_told_and_begins_no_request(void **state) {
  struct site *site = *state;
  char cookies[ID_SIZE + 16];
  log_in(site->manager, &site->browser, "ada");
  int length = snprintf(cookies, sizeof cookies, "session3=%s", site->browser.id);
  for (size_t index = 0; index < FAILURES; index++) {
    session3_request *request = (session3_request *)1;
    let_fail(site, READ, failures[index]);
    assert_status(session3_manager_start_request(site->manager, cookies, (size_t)length, NULL, 0,
                                                 &request, ERR),
                  failures[index]);
    assert_null(request);
    assert_message_names("the disk is on fire");
    assert_status(session3_manager_has_session(site->manager, site->browser.id,
                                               strlen(site->browser.id), ERR),
                  failures[index]);
    session3_request_free(start_with(site->manager, NULL));
  }
  let_work(site);
  assert_logged_in(site->manager, &site->browser, "ada");
}

static void a_session_that_can_not_be_read_is_unknown_and_stays_as_it_is(void **state) {
  struct site *site = *state;
  const session3_status unreadable[] = {SESSION3_E_CORRUPT, SESSION3_E_FORMAT,
                                        SESSION3_E_TOO_LARGE};
  log_in(site->manager, &site->browser, "ada");
  for (size_t index = 0; index < 3; index++) {
    struct browser browser = site->browser;
    let_fail(site, READ, unreadable[index]);
    int writes = site->scripted.calls[WRITE], removals = site->scripted.calls[REMOVE];
    session3_request *request = start(site->manager, &browser);
    assert_int_equal(session3_request_cookie_status(request), unreadable[index]);
    assert_ok(session3_request_has_session_cookie(request, false, ERR));
    assert_stranger(request);
    finish(&browser, request);
    assert_string_equal(browser.id, site->browser.id);
    assert_int_equal(site->scripted.calls[WRITE], writes);
    assert_int_equal(site->scripted.calls[REMOVE], removals);
    assert_int_equal(log_in(site->manager, &browser, "eve"), SESSION3_OUTCOME_CREATED);
    assert_string_not_equal(browser.id, site->browser.id);
  }
  let_work(site);
  assert_logged_in(site->manager, &site->browser, "ada");
}

/** Finishes a request while a callback fails in each way, and once it works again. */
static session3_outcome finish_at_last(struct site *site, session3_request *request,
                                       enum callback callback) {
  for (size_t index = 0; index < FAILURES; index++) {
    let_fail(site, callback, failures[index]);
    assert_status(session3_request_finish_successful(request, ERR), failures[index]);
    assert_message_names("the disk is on fire");
    assert_null(set_cookie_of(request));
  }
  let_work(site);
  return finish(&site->browser, request);
}

static void a_new_session_is_stored_at_the_second_try(void **state) {
  struct site *site = *state;
  session3_request *request = start(site->manager, &site->browser);
  set_user(session_of(request), "ada");
  assert_int_equal(finish_at_last(site, request, WRITE), SESSION3_OUTCOME_CREATED);
  assert_logged_in(site->manager, &site->browser, "ada");
  assert_int_equal(count_sessions(site), 1);
}

static void a_change_is_stored_at_the_second_try(void **state) {
  struct site *site = *state;
  log_in(site->manager, &site->browser, "ada");
  for (int callback = READ; callback <= WRITE; callback++) {
    struct browser before = site->browser;
    session3_request *request = start(site->manager, &site->browser);
    set_text(session_of(request), "k", callback == READ ? "v" : "w");
    if (callback == READ) {
      /* Only a save that meets another one reads. */
      change_session(site->store, site->browser.id, "theirs", "kept");
    }
    assert_int_equal(finish_at_last(site, request, (enum callback)callback),
                     SESSION3_OUTCOME_SAVED);
    assert_string_equal(site->browser.id, before.id);
    assert_stored_text(site->store, before.id, "k", callback == READ ? "v" : "w");
    assert_stored_text(site->store, before.id, "theirs", "kept");
  }
}

static void an_access_time_is_renewed_at_the_second_try(void **state) {
  struct site *site = *state;
  log_in(site->manager, &site->browser, "ada");
  session3_request *request = start(site->manager, &site->browser);
  assert_int_equal(finish_at_last(site, request, TOUCH), SESSION3_OUTCOME_UNCHANGED);
}

static void a_login_fails_whole_and_is_done_at_the_second_try(void **state) {
  struct site *site = *state;
  const enum callback callbacks[] = {READ, WRITE, REMOVE};
  set_in_request(site->manager, &site->browser, "k", "v");
  for (size_t index = 0; index < 3; index++) {
    struct browser before = site->browser;
    const char *user = index % 2 == 0 ? "ada" : "eve";
    session3_request *request = start(site->manager, &site->browser);
    set_user(session_of(request), user);
    set_text(session_of(request), "last", user);
    let_fail(site, callbacks[index], SESSION3_E_IO);
    assert_status(session3_request_finish_successful(request, ERR), SESSION3_E_IO);
    assert_int_equal(session3_request_outcome(request), SESSION3_OUTCOME_NONE);
    let_work(site);
    /* The old session is as it was, with who was logged in before. */
    session3_session *old = load_session(site->store, before.id);
    assert_text(old, "k", "v");
    assert_user(old, index == 0 ? NULL : index == 1 ? "ada" : "eve");
    session3_session_free(old);

    assert_int_equal(finish_at_last(site, request, callbacks[index]), SESSION3_OUTCOME_RENEWED);
    assert_not_stored(site->store, before.id);
    assert_logged_in(site->manager, &site->browser, user);
    assert_stored_text(site->store, site->browser.id, "k", "v");
    assert_stored_text(site->store, site->browser.id, "last", user);
  }
}

static void a_login_that_is_given_up_leaves_the_old_session(void **state) {
  struct site *site = *state;
  set_in_request(site->manager, &site->browser, "k", "v");
  session3_request *request = start(site->manager, &site->browser);
  set_user(session_of(request), "ada");
  let_fail(site, WRITE, SESSION3_E_BUSY);
  assert_status(session3_request_finish_successful(request, ERR), SESSION3_E_BUSY);
  finish_failed(request);
  let_work(site);
  assert_logged_in(site->manager, &site->browser, NULL);
  assert_stored_text(site->store, site->browser.id, "k", "v");
  assert_int_equal(count_sessions(site), 1);
}

static void a_logout_is_done_at_the_second_try(void **state) {
  struct site *site = *state;
  log_in(site->manager, &site->browser, "ada");
  struct browser before = site->browser;
  session3_request *request = start(site->manager, &site->browser);
  assert_ok(session3_request_expire_session(request, ERR));
  assert_int_equal(finish_at_last(site, request, REMOVE), SESSION3_OUTCOME_DELETED);
  assert_string_equal(site->browser.id, "");
  assert_not_stored(site->store, before.id);
}

static void a_logout_that_is_given_up_is_none(void **state) {
  struct site *site = *state;
  log_in(site->manager, &site->browser, "ada");
  session3_request *request = start(site->manager, &site->browser);
  assert_ok(session3_request_expire_session(request, ERR));
  let_fail(site, REMOVE, SESSION3_E_IO);
  assert_status(session3_request_finish_successful(request, ERR), SESSION3_E_IO);
  finish_failed(request);
  let_work(site);
  assert_logged_in(site->manager, &site->browser, "ada");
}

static void a_logout_everywhere_is_done_at_the_second_try(void **state) {
  struct site *site = *state;
  const enum callback callbacks[] = {IDS, READ, REMOVE};
  for (size_t index = 0; index < 3; index++) {
    struct browser other = {""};
    log_in(site->manager, &site->browser, "ada");
    log_in(site->manager, &other, "ada");
    session3_request *request = start(site->manager, &site->browser);
    assert_ok(session3_request_expire_user_sessions(request, SESSION3_EXPIRE_OTHERS, ERR));
    finish_at_last(site, request, callbacks[index]);
    assert_not_stored(site->store, other.id);
    assert_logged_in(site->manager, &site->browser, "ada");
    log_out(site->manager, &site->browser);
    assert_int_equal(count_sessions(site), 0);
  }
}

static void a_session_without_information_is_deleted_at_the_second_try(void **state) {
  struct site *site = *state;
  set_in_request(site->manager, &site->browser, "k", "v");
  struct browser before = site->browser;
  session3_request *request = start(site->manager, &site->browser);
  assert_ok(session3_session_remove_all(session_of(request), ERR));
  assert_int_equal(finish_at_last(site, request, REMOVE), SESSION3_OUTCOME_DELETED);
  assert_string_equal(site->browser.id, "");
  assert_not_stored(site->store, before.id);
}

static void whether_the_cookies_session_is_there_may_be_unknown(void **state) {
  struct site *site = *state;
  log_in(site->manager, &site->browser, "ada");
  session3_request *request = start(site->manager, &site->browser);
  let_fail(site, READ, SESSION3_E_IO);
  assert_ok(session3_request_has_session_cookie(request, false, ERR));
  assert_status(session3_request_has_session_cookie(request, true, ERR), SESSION3_E_IO);
  let_work(site);
  assert_ok(session3_request_has_session_cookie(request, true, ERR));
  assert_ok(session3_store_delete(site->store, site->browser.id, strlen(site->browser.id), ERR));
  assert_not_found(session3_request_has_session_cookie(request, true, ERR));
  assert_ok(session3_request_has_session_cookie(request, false, ERR));
  session3_request_free(request);
}

static void a_foreign_file_under_an_id_is_no_session_and_stays(void **state) {
  struct site *site = *state;
  char directory[DIRECTORY_SIZE];
  session3_store *store = NULL;
  size_t size = 0;
  make_directory(directory);
  assert_ok(session3_store_open_directory(directory, strlen(directory), NULL, &store, ERR));
  session3_manager *manager = new_manager(store, NULL);
  write_file(directory, ALICE, "somebody's notes", 16);
  struct browser browser = {ALICE};
  session3_request *request = start(manager, &browser);
  assert_int_equal(session3_request_cookie_status(request), SESSION3_E_CORRUPT);
  assert_stranger(request);
  set_user(session_of(request), "ada");
  assert_int_equal(finish(&browser, request), SESSION3_OUTCOME_CREATED);
  assert_string_not_equal(browser.id, ALICE);
  uint8_t *notes = read_file(directory, ALICE, &size);
  assert_int_equal(size, 16);
  assert_memory_equal(notes, "somebody's notes", 16);
  free(notes);
  session3_manager_free(manager);
  session3_store_free(store);
  remove_directory(directory);
  (void)site;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      SITE_TEST(a_store_that_fails_at_the_start_is_told_and_begins_no_request),
      SITE_TEST(a_session_that_can_not_be_read_is_unknown_and_stays_as_it_is),
      SITE_TEST(a_new_session_is_stored_at_the_second_try),
      SITE_TEST(a_change_is_stored_at_the_second_try),
      SITE_TEST(an_access_time_is_renewed_at_the_second_try),
      SITE_TEST(a_login_fails_whole_and_is_done_at_the_second_try),
      SITE_TEST(a_login_that_is_given_up_leaves_the_old_session),
      SITE_TEST(a_logout_is_done_at_the_second_try),
      SITE_TEST(a_logout_that_is_given_up_is_none),
      SITE_TEST(a_logout_everywhere_is_done_at_the_second_try),
      SITE_TEST(a_session_without_information_is_deleted_at_the_second_try),
      SITE_TEST(whether_the_cookies_session_is_there_may_be_unknown),
      SITE_TEST(a_foreign_file_under_an_id_is_no_session_and_stays),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
