/* SPDX-License-Identifier: MIT */
/* Renewals in a store that fails, or changes meanwhile: what was stored is never lost, and never
 * stands under two ids that anybody knows. */
#include "Support/scripted_store.h"
#include "Support/sessions.h"

#include <pthread.h>
#include <semaphore.h>
#include <sys/wait.h>
#include <unistd.h>

/** A scripted store that holds one session, ALICE, and that session as it was loaded. */
struct setting {
  struct scripted scripted;
  session3_store *store;
  session3_session *session;
};

static struct setting setting;

static int open_setting(void **state) {
  *state = &setting;
  setting.store = NULL;
  scripted_init(&setting.scripted);
  assert_ok(session3_store_open_custom(&scripted_callbacks, &setting.scripted, NULL, &setting.store,
                                       ERR));
  create_session(setting.store, ALICE, "k", "v");
  setting.session = load_session(setting.store, ALICE);
  set_text(setting.session, "ours", "kept");
  return 0;
}

static int close_setting(void **state) {
  (void)state;
  session3_session_free(setting.session);
  session3_store_free(setting.store);
  return setting.scripted.destroyed == 1 ? 0 : -1;
}

#define RENEW_TEST(test) cmocka_unit_test_setup_teardown(test, open_setting, close_setting)

static session3_status renew(session3_save_policy policy) {
  return session3_store_renew(setting.store, setting.session, policy, ERR);
}

static const char *id_of_session(void) {
  const char *id = NULL;
  assert_ok(session3_session_id(setting.session, &id, NULL, ERR));
  return id;
}

static size_t count_sessions(void) {
  uint64_t remaining = 77;
  assert_ok(session3_store_sweep(setting.store, INT64_MAX, NULL, &remaining, ERR));
  return remaining;
}

/** The session is as it was before a renewal that failed, and can be renewed. */
static void assert_not_renewed(void) {
  assert_string_equal(id_of_session(), ALICE);
  assert_true(session3_session_is_changed(setting.session));
  assert_stored_text(setting.store, ALICE, "k", "v");
  assert_stored_text(setting.store, ALICE, "ours", NULL);
}

static void assert_renewed(void) {
  assert_string_not_equal(id_of_session(), ALICE);
  assert_not_stored(setting.store, ALICE);
  assert_stored_text(setting.store, id_of_session(), "k", "v");
  assert_stored_text(setting.store, id_of_session(), "ours", "kept");
}

static void a_callback_that_fails_leaves_the_old_session(void **state) {
  const enum callback callbacks[] = {READ, WRITE, REMOVE};
  const session3_status failures[] = {SESSION3_E_IO, SESSION3_E_BUSY, SESSION3_E_NOMEM, -4242};
  (void)state;
  for (size_t index = 0; index < 12; index++) {
    setting.scripted.script = (struct script){.callback = callbacks[index / 4],
                                              .status = failures[index % 4],
                                              .message = "the disk is on fire"};
    assert_status(renew(SESSION3_SAVE_DEFAULT), failures[index % 4]);
    assert_message_names("the disk is on fire");
    setting.scripted.script.callback = CALLBACKS;
    assert_not_renewed();
  }
  assert_ok(renew(SESSION3_SAVE_DEFAULT));
  assert_renewed();
}

static void a_callback_that_breaks_its_contract_leaves_the_old_session(void **state) {
  const enum callback callbacks[] = {READ, WRITE, REMOVE};
  (void)state;
  for (size_t index = 0; index < 3; index++) {
    setting.scripted.script = (struct script){.callback = callbacks[index], .status = 77};
    assert_status(renew(SESSION3_SAVE_DEFAULT), SESSION3_E_CALLBACK);
    setting.scripted.script.callback = CALLBACKS;
    assert_not_renewed();
  }
  assert_ok(renew(SESSION3_SAVE_DEFAULT));
  assert_renewed();
}

static void a_new_id_that_can_not_be_stored_leaves_no_record(void **state) {
  (void)state;
  setting.scripted.script = (struct script){.callback = WRITE, .status = SESSION3_E_IO};
  assert_status(renew(SESSION3_SAVE_DEFAULT), SESSION3_E_IO);
  setting.scripted.script.callback = CALLBACKS;
  assert_int_equal(count_sessions(), 1);
}

/** What a callback of write lets happen before its work, once. */
static void save_theirs(struct scripted *scripted) {
  scripted->before_write = NULL;
  change_session(setting.store, ALICE, "theirs", "kept");
}

static void log_out(struct scripted *scripted) {
  scripted->before_write = NULL;
  assert_ok(session3_store_delete(setting.store, TEXT(ALICE), ERR));
}

static void log_out_and_begin_again(struct scripted *scripted) {
  log_out(scripted);
  create_session(setting.store, ALICE, "k", "another session");
}

static void a_save_between_reading_and_removing_is_merged(void **state) {
  (void)state;
  setting.scripted.before_write = save_theirs;
  assert_ok(renew(SESSION3_SAVE_MERGE));
  assert_null(setting.scripted.before_write);
  assert_renewed();
  assert_stored_text(setting.store, id_of_session(), "theirs", "kept");
  assert_text(setting.session, "theirs", "kept");
  assert_int_equal(count_sessions(), 1);
}

static void such_a_save_is_a_conflict_where_the_policy_says_so(void **state) {
  (void)state;
  setting.scripted.before_write = save_theirs;
  assert_status(renew(SESSION3_SAVE_FAIL), SESSION3_E_CONFLICT);
  assert_not_renewed();
  assert_stored_text(setting.store, ALICE, "theirs", "kept");
  assert_int_equal(count_sessions(), 1);
}

static void a_logout_between_reading_and_removing_wins(void **state) {
  (void)state;
  setting.scripted.before_write = log_out;
  assert_status(renew(SESSION3_SAVE_MERGE | SESSION3_SAVE_RESURRECT), SESSION3_E_GONE);
  assert_string_equal(id_of_session(), ALICE);
  assert_true(session3_session_is_changed(setting.session));
  assert_int_equal(count_sessions(), 0);
}

static void another_session_made_in_between_is_left_alone(void **state) {
  (void)state;
  setting.scripted.before_write = log_out_and_begin_again;
  assert_status(renew(SESSION3_SAVE_MERGE), SESSION3_E_GONE);
  assert_stored_text(setting.store, ALICE, "k", "another session");
  assert_int_equal(count_sessions(), 1);
}

static void after_a_renewal_that_failed_a_late_save_finds_the_old_session(void **state) {
  (void)state;
  session3_session *late = load_session(setting.store, ALICE);
  setting.scripted.script = (struct script){.callback = REMOVE, .status = SESSION3_E_IO};
  assert_status(renew(SESSION3_SAVE_DEFAULT), SESSION3_E_IO);
  setting.scripted.script.callback = CALLBACKS;
  set_text(late, "late", "kept");
  assert_ok(session3_store_save(setting.store, late, SESSION3_SAVE_DEFAULT, ERR));
  assert_stored_text(setting.store, ALICE, "late", "kept");
  session3_session_free(late);
  assert_ok(renew(SESSION3_SAVE_DEFAULT));
  assert_renewed();
  assert_stored_text(setting.store, id_of_session(), "late", "kept");
}

/* A database that did the work, and whose answer was lost. */

static void a_removal_that_was_done_and_told_as_failed_is_a_renewal(void **state) {
  (void)state;
  setting.scripted.script =
      (struct script){.callback = REMOVE, .status = SESSION3_E_IO, .does_the_work = true};
  assert_ok(renew(SESSION3_SAVE_DEFAULT));
  setting.scripted.script.callback = CALLBACKS;
  assert_renewed();
  assert_int_equal(count_sessions(), 1);
}

static void a_write_that_was_done_and_told_as_failed_leaves_the_old_session(void **state) {
  (void)state;
  setting.scripted.script =
      (struct script){.callback = WRITE, .status = SESSION3_E_IO, .does_the_work = true};
  assert_status(renew(SESSION3_SAVE_DEFAULT), SESSION3_E_IO);
  setting.scripted.script.callback = CALLBACKS;
  assert_not_renewed();
  assert_ok(renew(SESSION3_SAVE_DEFAULT));
  assert_renewed();
}

static sem_t arrived, release;

/** Keeps a renewal under way. */
static void wait_for_release(struct scripted *scripted) {
  scripted->before_write = NULL;
  sem_post(&arrived);
  sem_wait(&release);
}

static void *renew_in_a_thread(void *status) {
  *(session3_status *)status = renew(SESSION3_SAVE_DEFAULT);
  return NULL;
}

/** In a child: saves a copy of the session, which was deleted. Nobody is there to end the renewal. */
static _Noreturn void save_late(session3_session *copy) {
  alarm(4);
  session3_store_delete(setting.store, TEXT(ALICE), NULL);
  session3_status status = session3_store_save(setting.store, copy, SESSION3_SAVE_DEFAULT, NULL);
  _exit(status == SESSION3_E_GONE ? 0 : 1);
}

static void a_child_does_not_wait_for_a_renewal_of_its_parents(void **state) {
  (void)state;
  pthread_t thread;
  session3_status renewed = SESSION3_E_INVALID;
  session3_session *copy = load_session(setting.store, ALICE);
  set_text(copy, "late", "kept");
  sem_init(&arrived, 0, 0);
  sem_init(&release, 0, 0);
  setting.scripted.before_write = wait_for_release;
  assert_int_equal(pthread_create(&thread, NULL, renew_in_a_thread, &renewed), 0);
  sem_wait(&arrived);
  pid_t child = fork();
  if (child == 0)
    save_late(copy);
  int status = -1;
  assert_int_equal(waitpid(child, &status, 0), child);
  sem_post(&release);
  pthread_join(thread, NULL);
  assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  assert_ok(renewed);
  assert_renewed();
  session3_session_free(copy);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      RENEW_TEST(a_child_does_not_wait_for_a_renewal_of_its_parents),
      RENEW_TEST(a_callback_that_fails_leaves_the_old_session),
      RENEW_TEST(a_callback_that_breaks_its_contract_leaves_the_old_session),
      RENEW_TEST(a_new_id_that_can_not_be_stored_leaves_no_record),
      RENEW_TEST(a_save_between_reading_and_removing_is_merged),
      RENEW_TEST(such_a_save_is_a_conflict_where_the_policy_says_so),
      RENEW_TEST(a_logout_between_reading_and_removing_wins),
      RENEW_TEST(another_session_made_in_between_is_left_alone),
      RENEW_TEST(after_a_renewal_that_failed_a_late_save_finds_the_old_session),
      RENEW_TEST(a_removal_that_was_done_and_told_as_failed_is_a_renewal),
      RENEW_TEST(a_write_that_was_done_and_told_as_failed_leaves_the_old_session),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
