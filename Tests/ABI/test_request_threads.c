/* SPDX-License-Identifier: MIT */
/* Eight threads on one manager, over every kind of store. */
#include "Support/requests.h"
#include "Support/stores.h"

#include <pthread.h>
#include <stdio.h>

#define THREADS 8
#define REQUESTS 200
#define ROUNDS 40

struct worker {
  session3_manager *manager;
  session3_store *store;
  pthread_barrier_t *barrier;
  struct browser browser;
  int number;
  session3_session *session; /**< loaded before all began */
  session3_status failure;   /**< the first unexpected status, or SESSION3_OK */
};

/** Notes a status that is not expected. Assertions are for the main thread alone. */
static bool note(struct worker *worker, session3_status status) {
  if (status != SESSION3_OK && worker->failure == SESSION3_OK)
    worker->failure = status;
  return status == SESSION3_OK;
}

/** Runs a body in all threads at once; each must end without an unexpected status. */
static void run(struct worker workers[THREADS], void *(*body)(void *)) {
  pthread_t threads[THREADS];
  pthread_barrier_t barrier;
  assert_int_equal(pthread_barrier_init(&barrier, NULL, THREADS), 0);
  for (int number = 0; number < THREADS; number++) {
    workers[number].number = number;
    workers[number].barrier = &barrier;
    assert_int_equal(pthread_create(&threads[number], NULL, body, &workers[number]), 0);
  }
  for (int number = 0; number < THREADS; number++) pthread_join(threads[number], NULL);
  pthread_barrier_destroy(&barrier);
  for (int number = 0; number < THREADS; number++) {
    assert_status(workers[number].failure, SESSION3_OK);
  }
}

/** Starts a request; NULL, and noted, if that fails. */
static session3_request *begin(struct worker *worker, session3_session **session) {
  char cookies[ID_SIZE + 16];
  session3_request *request = NULL;
  int length = snprintf(cookies, sizeof cookies, "session3=%s", worker->browser.id);
  if (!note(worker, session3_manager_start_request(worker->manager, cookies, (size_t)length, NULL,
                                                   0, &request, NULL))) {
    return NULL;
  }
  note(worker, session3_request_session(request, session, NULL));
  return request;
}

static size_t count_sessions(session3_store *store) {
  uint64_t remaining = 77;
  assert_ok(session3_store_sweep(store, INT64_MAX, NULL, &remaining, ERR));
  return remaining;
}

static void name_of(char name[16], int number) { snprintf(name, 16, "user-%d", number); }

/** A page that counts in the store, and leaves its own mark in the session. */
static void *count_in_requests(void *argument) {
  struct worker *worker = argument;
  char key[16];
  name_of(key, worker->number);
  pthread_barrier_wait(worker->barrier);
  for (int round = 1; round <= REQUESTS; round++) {
    session3_session *session = NULL;
    session3_request *request = begin(worker, &session);
    if (request == NULL)
      return NULL;
    note(worker, session3_store_increment(worker->store, worker->browser.id,
                                          strlen(worker->browser.id), TEXT("n"), 1, NULL, NULL));
    note(worker, session3_session_set_int(session, key, strlen(key), round, NULL));
    note(worker, session3_request_finish_successful(request, NULL));
    session3_request_free(request);
  }
  return NULL;
}

static void no_increment_and_no_change_of_a_request_is_lost(void **state) {
  struct fixture *fixture = *state;
  struct worker workers[THREADS];
  memset(workers, 0, sizeof workers);
  session3_manager *manager = new_manager(fixture->store, NULL);
  struct browser browser = {""};
  log_in(manager, &browser, "ada");
  for (int number = 0; number < THREADS; number++) {
    workers[number].manager = manager;
    workers[number].store = fixture->store;
    workers[number].browser = browser;
  }
  run(workers, count_in_requests);
  session3_session *session = load_session(fixture->store, browser.id);
  assert_int(session, "n", (int64_t)THREADS * REQUESTS);
  for (int number = 0; number < THREADS; number++) {
    char key[16];
    name_of(key, number);
    assert_int(session, key, REQUESTS);
  }
  assert_user(session, "ada");
  session3_session_free(session);
  session3_manager_free(manager);
}

/** A login of one's own with the id that all have. */
static void *log_in_at_once(void *argument) {
  struct worker *worker = argument;
  char user[16];
  name_of(user, worker->number);
  session3_session *session = NULL;
  session3_request *request = begin(worker, &session);
  if (request == NULL)
    return NULL;
  pthread_barrier_wait(worker->barrier);
  note(worker, session3_session_set_user_text(session, user, strlen(user), NULL));
  note(worker, session3_request_finish_successful(request, NULL));
  const char *header = NULL, *id = NULL;
  worker->browser.id[0] = 0;
  if (session3_request_set_cookie(request, &header, NULL, NULL) == SESSION3_OK &&
      note(worker, session3_session_id(session, &id, NULL, NULL))) {
    snprintf(worker->browser.id, sizeof worker->browser.id, "%s", id);
  }
  session3_request_free(request);
  return NULL;
}

static void logins_with_one_planted_id_end_with_a_live_id_of_their_own(void **state) {
  struct fixture *fixture = *state;
  session3_manager *manager = new_manager(fixture->store, NULL);
  for (int round = 0; round < ROUNDS; round++) {
    struct worker workers[THREADS];
    memset(workers, 0, sizeof workers);
    struct browser planted = {""};
    set_in_request(manager, &planted, "k", "v");
    for (int number = 0; number < THREADS; number++) {
      workers[number].manager = manager;
      workers[number].browser = planted;
    }
    run(workers, log_in_at_once);
    assert_not_stored(fixture->store, planted.id);
    for (int number = 0; number < THREADS; number++) {
      char user[16];
      name_of(user, number);
      assert_string_not_equal(workers[number].browser.id, "");
      assert_logged_in(manager, &workers[number].browser, user);
    }
    assert_int_equal(count_sessions(fixture->store), THREADS);
    for (int number = 0; number < THREADS; number++) {
      assert_int_equal(log_out(manager, &workers[number].browser), SESSION3_OUTCOME_DELETED);
    }
  }
  session3_manager_free(manager);
}

/** The first renews the id, the others save what they loaded before. */
static void *renew_or_save(void *argument) {
  struct worker *worker = argument;
  char key[16];
  name_of(key, worker->number);
  note(worker, session3_session_set_int(worker->session, key, strlen(key), 1, NULL));
  pthread_barrier_wait(worker->barrier);
  for (int spin = 0; spin < worker->number * 200; spin++) __asm__ volatile("");
  if (worker->number == 0)
    note(worker, session3_store_renew(worker->store, worker->session, SESSION3_SAVE_MERGE, NULL));
  else
    note(worker, session3_store_save(worker->store, worker->session, SESSION3_SAVE_MERGE, NULL));
  return NULL;
}

static void no_save_is_lost_beside_a_renewal(void **state) {
  struct fixture *fixture = *state;
  for (int round = 0; round < 10 * ROUNDS; round++) {
    struct worker workers[THREADS];
    memset(workers, 0, sizeof workers);
    const char *id = NULL;
    create_session(fixture->store, ALICE, "k", "v");
    for (int number = 0; number < THREADS; number++) {
      workers[number].store = fixture->store;
      workers[number].session = load_session(fixture->store, ALICE);
    }
    run(workers, renew_or_save);
    assert_ok(session3_session_id(workers[0].session, &id, NULL, ERR));
    session3_session *session = load_session(fixture->store, id);
    for (int number = 0; number < THREADS; number++) {
      char key[16];
      name_of(key, number);
      assert_int(session, key, 1);
    }
    session3_session_free(session);
    assert_not_stored(fixture->store, ALICE);
    assert_int_equal(count_sessions(fixture->store), 1);
    assert_ok(session3_store_delete(fixture->store, id, strlen(id), ERR));
    for (int number = 0; number < THREADS; number++) session3_session_free(workers[number].session);
  }
}

/** Some log the user out everywhere while the others log in. */
static void *log_in_or_out_everywhere(void *argument) {
  struct worker *worker = argument;
  session3_session *session = NULL;
  pthread_barrier_wait(worker->barrier);
  for (int round = 0; round < 20; round++) {
    session3_request *request = begin(worker, &session);
    if (request == NULL)
      return NULL;
    note(worker, session3_session_set_user_text(session, TEXT("ada"), NULL));
    if (worker->number % 4 == 0)
      note(worker, session3_request_expire_user_sessions(request, SESSION3_EXPIRE_ALL, NULL));
    note(worker, session3_request_finish_successful(request, NULL));
    const char *id = NULL;
    worker->browser.id[0] = 0;
    if (session3_session_id(session, &id, NULL, NULL) == SESSION3_OK)
      snprintf(worker->browser.id, sizeof worker->browser.id, "%s", id);
    session3_request_free(request);
  }
  return NULL;
}

static void logins_beside_logouts_everywhere_leave_nobody_in_after_the_last(void **state) {
  struct fixture *fixture = *state;
  struct worker workers[THREADS];
  memset(workers, 0, sizeof workers);
  session3_manager *manager = new_manager(fixture->store, NULL);
  for (int number = 0; number < THREADS; number++) workers[number].manager = manager;
  run(workers, log_in_or_out_everywhere);
  struct browser browser = {""};
  log_in(manager, &browser, "ada");
  session3_request *request = start(manager, &browser);
  assert_ok(session3_request_expire_user_sessions(request, SESSION3_EXPIRE_ALL, ERR));
  finish(&browser, request);
  assert_int_equal(count_sessions(fixture->store), 0);
  session3_manager_free(manager);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(no_increment_and_no_change_of_a_request_is_lost),
      STORE_TEST(logins_with_one_planted_id_end_with_a_live_id_of_their_own),
      STORE_TEST(no_save_is_lost_beside_a_renewal),
      STORE_TEST(logins_beside_logouts_everywhere_leave_nobody_in_after_the_last),
  };
  return run_over_stores(tests);
}
