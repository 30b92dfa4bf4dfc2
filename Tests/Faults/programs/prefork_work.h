/* SPDX-License-Identifier: MIT */
/* What the processes and threads of prefork.c do to their store: calls of all kinds, each of which
 * must answer SESSION3_OK. */
#ifndef PREFORK_WORK_H
#define PREFORK_WORK_H

#include "journal.h"
#include "session3_easy_manager.h"

#define STABLE 40
#define CALLS_OF_A_CHILD 25
#define IDS 8000000
#define ID_SIZE ((size_t)SESSION3_ID_LENGTH + 1)
/** What all processes share. */
static struct {
  _Atomic size_t id_count;
  _Atomic long calls;
  _Atomic long begun; /* increments of the busy session */
  _Atomic long done;
  _Atomic long orphans; /* that worked after their parent was killed */
  _Atomic long idle;    /* children that stay, and are through with their work */
  _Atomic long leaked;
  char ids[IDS][ID_SIZE];
} *shared;

/** One thread, and a session that nobody else uses. */
struct worker {
  uint64_t seed;
  char own[64];
};

static session3_store *store;
static session3_manager *manager;
static const char *place;
static bool is_directory;
static pid_t first_process;
static unsigned patience_s;

static void check(session3_status status, const char *what, const session3_error *error) {
  require(status, SESSION3_OK, what, error);
}

static void note_id(const char *id) {
  size_t index = atomic_fetch_add(&shared->id_count, 1);
  if (index < IDS)
    snprintf(shared->ids[index], ID_SIZE, "%.*s", SESSION3_ID_LENGTH, id);
}

static void save(const char *id, int64_t value) {
  S3_AUTO_SESSION(session);
  session3_error error = SESSION3_ERROR_INIT;
  check(s3_load(store, id, &session, &error), "load", &error);
  check(s3_set_int(session, "value", value, &error), "set", &error);
  check(s3_save(store, session, &error), "save", &error);
}

/** The count is of all processes in a directory, and of the first one in memory. */
static void increment(void) {
  session3_error error = SESSION3_ERROR_INIT;
  bool is_counted = is_directory || getpid() == first_process;
  if (is_counted)
    atomic_fetch_add(&shared->begun, 1);
  check(s3_increment(store, "busy", "n", 1, NULL, &error), "increment", &error);
  if (is_counted)
    atomic_fetch_add(&shared->done, 1);
}

static void delete_own(struct worker *worker) {
  session3_error error = SESSION3_ERROR_INIT;
  if (worker->own[0] != '\0')
    check(s3_delete(store, worker->own, &error), "delete", &error);
  worker->own[0] = '\0';
}

/** Gives the worker a session of its own, or takes its session through its life. */
static void use_own(struct worker *worker, uint64_t choice) {
  S3_AUTO_SESSION(session);
  session3_error error = SESSION3_ERROR_INIT;
  if (worker->own[0] == '\0') {
    check(s3_new(&session, &error), "new", &error);
    check(s3_save(store, session, &error), "create", &error);
    note_id(s3_id(session));
    snprintf(worker->own, sizeof worker->own, "%s", s3_id(session));
  } else if (choice == 0) {
    delete_own(worker);
  } else if (choice == 1) {
    check(s3_load(store, worker->own, &session, &error), "load own", &error);
    check(session3_store_renew(store, session, SESSION3_SAVE_DEFAULT, &error), "renew", &error);
    note_id(s3_id(session));
    snprintf(worker->own, sizeof worker->own, "%s", s3_id(session));
  } else {
    save(worker->own, (int64_t)choice);
    check(s3_has(store, worker->own, &error), "has", &error);
    check(s3_touch(store, worker->own, &error), "touch", &error);
  }
}

/** Ends a request, and tells the id of its session. */
static void finish(session3_request *request, char id[64]) {
  session3_session *session;
  session3_error error = SESSION3_ERROR_INIT;
  check(session3_request_finish_successful(request, &error), "finish", &error);
  check(session3_request_session(request, &session, &error), "session", &error);
  snprintf(id, 64, "%s", s3_id(session));
  session3_request_free(request);
}

/** A request that logs in. */
static session3_request *begin_login(void) {
  session3_request *request;
  session3_session *session;
  session3_error error = SESSION3_ERROR_INIT;
  check(session3_manager_start_request(manager, NULL, 0, NULL, 0, &request, &error), "request",
        &error);
  check(session3_request_session(request, &session, &error), "session", &error);
  check(s3_set_user(session, "ada", &error), "login", &error);
  return request;
}

/** A login, and a logout with the cookie of it. */
static void use_manager(void) {
  char cookie[128], id[64];
  session3_request *request = begin_login();
  session3_error error = SESSION3_ERROR_INIT;
  finish(request, id);
  note_id(id);
  snprintf(cookie, sizeof cookie, "session3=%s", id);
  check(session3_manager_start_request(manager, cookie, strlen(cookie), NULL, 0, &request, &error),
        "request", &error);
  check(session3_request_cookie_status(request), "cookie", &error);
  check(session3_request_expire_session(request, &error), "logout", &error);
  check(session3_request_finish_successful(request, &error), "finish", &error);
  session3_request_free(request);
  require(s3_has(store, id, &error), SESSION3_NOT_FOUND, "has", &error);
}

/** Takes sessions from an iterator, and marks the stable ones in seen; false at the end. */
static bool walk(session3_iterator *iterator, int steps, int seen[STABLE]) {
  for (int step = 0; step < steps; step++) {
    S3_AUTO_SESSION(session);
    session3_error error = SESSION3_ERROR_INIT;
    session3_status status = session3_iterator_next(iterator, &session, &error);
    if (status == SESSION3_DONE)
      return false;
    check(status, "iterate", &error);
    if (strncmp(s3_id(session), "stable-", 7) == 0)
      seen[number_of(s3_id(session) + 7)]++;
  }
  return true;
}

static void check_seen(const int seen[STABLE]) {
  for (int index = 0; index < STABLE; index++) {
    if (seen[index] != 1)
      fail("stable-%d was seen %d times", index, seen[index]);
  }
}

static void walk_all(void) {
  S3_AUTO_ITERATOR(iterator);
  int seen[STABLE] = {0};
  session3_error error = SESSION3_ERROR_INIT;
  check(session3_store_iterate(store, &iterator, &error), "iterate", &error);
  while (walk(iterator, 1, seen)) {
  }
  check_seen(seen);
}

static void sweep(void) {
  uint64_t deleted = 0;
  session3_error error = SESSION3_ERROR_INIT;
  check(s3_expire(store, 3600, &deleted, NULL, &error), "sweep", &error);
  if (deleted != 0)
    fail("a sweep deleted what was young");
}

/** A call or a few, of any kind. */
static void work(struct worker *worker) {
  char id[64];
  session3_error error = SESSION3_ERROR_INIT;
  uint64_t choice = random_below(&worker->seed, 100);
  snprintf(id, sizeof id, "stable-%d", (int)random_below(&worker->seed, STABLE));
  if (choice < 30)
    increment();
  else if (choice < 50)
    save(id, (int64_t)choice);
  else if (choice < 80)
    use_own(worker, random_below(&worker->seed, 4));
  else if (choice < 92)
    use_manager();
  else if (choice < 96) {
    check(session3_id_generate(id, &error), "id", &error);
    note_id(id);
  } else if (choice < 98)
    sweep();
  else
    walk_all();
  atomic_fetch_add(&shared->calls, 1);
}
#endif
