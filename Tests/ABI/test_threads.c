/* SPDX-License-Identifier: MIT */
/* Eight threads on one session, over every kind of store: nothing is lost, and nothing is had
 * twice. */
#include "Support/sessions.h"
#include "Support/stores.h"

#include <pthread.h>
#include <stdio.h>

#define THREADS 8
#define ROUNDS 1000
#define GROWTHS 20
#define MERGES 200

struct worker {
  session3_store *store;
  int number;
  const char *token;       /**< that all want */
  session3_status failure; /**< the first unexpected status, or SESSION3_OK */
  int wins;
};

/** Notes a status that is not expected; whether it is. */
static bool note(struct worker *worker, session3_status status, session3_status expected) {
  if (status != expected && worker->failure == SESSION3_OK)
    worker->failure = status;
  return status == expected;
}

/** Runs a body in all threads at once; each must end without an unexpected status. */
static int run_workers(struct fixture *fixture, void *(*body)(void *), const char *token) {
  pthread_t threads[THREADS];
  struct worker workers[THREADS] = {{0}};
  int wins = 0;
  for (int number = 0; number < THREADS; number++) {
    workers[number].store = fixture->store;
    workers[number].number = number;
    workers[number].token = token;
    assert_int_equal(pthread_create(&threads[number], NULL, body, &workers[number]), 0);
  }
  for (int number = 0; number < THREADS; number++) pthread_join(threads[number], NULL);
  for (int number = 0; number < THREADS; number++) {
    assert_status(workers[number].failure, SESSION3_OK);
    wins += workers[number].wins;
  }
  return wins;
}

static void assert_stored_int(struct fixture *fixture, const char *key, int64_t value) {
  session3_session *session = load_session(fixture->store, ALICE);
  assert_int(session, key, value);
  session3_session_free(session);
}

static void *increment(void *argument) {
  struct worker *worker = argument;
  for (int round = 0; round < ROUNDS; round++) {
    note(worker, session3_store_increment(worker->store, TEXT(ALICE), TEXT("n"), 1, NULL, NULL),
         SESSION3_OK);
  }
  return NULL;
}

static void no_increment_is_lost(void **state) {
  struct fixture *fixture = *state;
  create_session(fixture->store, ALICE, NULL, NULL);
  run_workers(fixture, increment, NULL);
  assert_stored_int(fixture, "n", (int64_t)THREADS * ROUNDS);
}

/** All threads count, and the first also lets the session grow, four times in all. */
static void *increment_and_grow(void *argument) {
  struct worker *worker = argument;
  char text[4000];
  memset(text, 'x', sizeof text);
  for (int round = 0; round < GROWTHS; round++) {
    char key[16];
    session3_session *session = NULL;
    note(worker, session3_store_increment(worker->store, TEXT(ALICE), TEXT("n"), 1, NULL, NULL),
         SESSION3_OK);
    if (worker->number != 0)
      continue;
    snprintf(key, sizeof key, "large-%d", round);
    if (!note(worker, session3_store_load(worker->store, TEXT(ALICE), &session, NULL),
              SESSION3_OK)) {
      return NULL;
    }
    note(worker, session3_session_set_text(session, key, strlen(key), text, sizeof text, NULL),
         SESSION3_OK);
    note(worker, session3_store_save(worker->store, session, SESSION3_SAVE_MERGE, NULL),
         SESSION3_OK);
    session3_session_free(session);
  }
  return NULL;
}

static void no_increment_is_lost_while_the_session_grows(void **state) {
  struct fixture *fixture = *state;
  for (int repetition = 0; repetition < 60; repetition++) {
    create_session(fixture->store, ALICE, NULL, NULL);
    run_workers(fixture, increment_and_grow, NULL);
    assert_stored_int(fixture, "n", (int64_t)THREADS * GROWTHS);
    assert_ok(session3_store_delete(fixture->store, TEXT(ALICE), ERR));
  }
}

/** Adds 1 by load, set and save; whether nobody was faster. */
static bool add_one(struct worker *worker) {
  session3_session *session = NULL;
  int64_t number = 0;
  if (!note(worker, session3_store_load(worker->store, TEXT(ALICE), &session, NULL), SESSION3_OK)) {
    return true;
  }
  session3_session_get_int(session, TEXT("n"), &number, NULL);
  note(worker, session3_session_set_int(session, TEXT("n"), number + 1, NULL), SESSION3_OK);
  session3_status status = session3_store_save(worker->store, session, SESSION3_SAVE_FAIL, NULL);
  session3_session_free(session);
  return status != SESSION3_E_CONFLICT && (note(worker, status, SESSION3_OK) || true);
}

static void *load_modify_save(void *argument) {
  struct worker *worker = argument;
  for (int round = 0; round < ROUNDS; round++) {
    while (!add_one(worker)) {
    }
  }
  return NULL;
}

static void no_save_that_fails_on_conflict_and_is_retried_is_lost(void **state) {
  struct fixture *fixture = *state;
  create_session(fixture->store, ALICE, NULL, NULL);
  run_workers(fixture, load_modify_save, NULL);
  assert_stored_int(fixture, "n", (int64_t)THREADS * ROUNDS);
}

static void *merge_own_attribute(void *argument) {
  struct worker *worker = argument;
  char key[16], text[400];
  snprintf(key, sizeof key, "own-%d", worker->number);
  for (int round = 1; round <= MERGES; round++) {
    session3_session *session = NULL;
    if (!note(worker, session3_store_load(worker->store, TEXT(ALICE), &session, NULL),
              SESSION3_OK)) {
      return NULL;
    }
    /* Ever longer, so that the session's file grows while others save. */
    int length = snprintf(text, sizeof text, "%0*d", round * 2 - 1, round);
    note(worker, session3_session_set_text(session, key, strlen(key), text, (size_t)length, NULL),
         SESSION3_OK);
    note(worker, session3_store_save(worker->store, session, SESSION3_SAVE_MERGE, NULL),
         SESSION3_OK);
    session3_session_free(session);
  }
  return NULL;
}

static void merges_of_different_attributes_are_all_kept(void **state) {
  struct fixture *fixture = *state;
  char key[16], text[400];
  create_session(fixture->store, ALICE, "before", "kept");
  run_workers(fixture, merge_own_attribute, NULL);
  snprintf(text, sizeof text, "%0*d", MERGES * 2 - 1, MERGES);
  for (int number = 0; number < THREADS; number++) {
    snprintf(key, sizeof key, "own-%d", number);
    assert_stored_text(fixture->store, ALICE, key, text);
  }
  assert_stored_text(fixture->store, ALICE, "before", "kept");
}

static void *consume(void *argument) {
  struct worker *worker = argument;
  session3_status status = session3_store_consume_form_token(
      worker->store, TEXT(ALICE), worker->token, strlen(worker->token), NULL);
  if (status == SESSION3_OK)
    worker->wins++;
  else
    note(worker, status, SESSION3_NOT_FOUND);
  return NULL;
}

static void a_form_token_passes_for_one_of_all_who_ask(void **state) {
  struct fixture *fixture = *state;
  for (int round = 0; round < 100; round++) {
    char token[SESSION3_TOKEN_LENGTH + 1];
    session3_session *session = new_session(ALICE);
    assert_ok(session3_session_create_form_token(session, token, ERR));
    assert_ok(session3_store_save(fixture->store, session, SESSION3_SAVE_DEFAULT, ERR));
    session3_session_free(session);
    assert_int_equal(run_workers(fixture, consume, token), 1);
  }
}

static void *create_and_delete(void *argument) {
  struct worker *worker = argument;
  for (int round = 0; round < ROUNDS; round++) {
    session3_session *session = NULL;
    note(worker, session3_session_new(TEXT(BOB), &session, NULL), SESSION3_OK);
    session3_status status = session3_store_create(worker->store, session, NULL);
    if (status == SESSION3_OK)
      worker->wins++;
    else
      note(worker, status, SESSION3_E_EXISTS);
    session3_session_free(session);
    status = session3_store_delete(worker->store, TEXT(BOB), NULL);
    if (status == SESSION3_OK)
      worker->wins--;
    else
      note(worker, status, SESSION3_NOT_FOUND);
  }
  return NULL;
}

static void every_session_that_was_created_is_deleted_once(void **state) {
  struct fixture *fixture = *state;
  assert_int_equal(run_workers(fixture, create_and_delete, NULL), 0);
  assert_not_stored(fixture->store, BOB);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      STORE_TEST(no_increment_is_lost),
      STORE_TEST(no_increment_is_lost_while_the_session_grows),
      STORE_TEST(no_save_that_fails_on_conflict_and_is_retried_is_lost),
      STORE_TEST(merges_of_different_attributes_are_all_kept),
      STORE_TEST(a_form_token_passes_for_one_of_all_who_ask),
      STORE_TEST(every_session_that_was_created_is_deleted_once),
  };
  return run_over_stores(tests);
}
