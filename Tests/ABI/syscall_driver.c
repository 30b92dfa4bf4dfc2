/* SPDX-License-Identifier: MIT */
/* Runs one operation of a directory store between two calls of getppid(2), for count_syscalls.sh:
 *   syscall_driver DIRECTORY OPERATION
 * The operation ran once before on another session, so that what is counted is its steady state. */
#include "session3.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define WARM "warm"
#define TARGET "target"
#define BAD "../target"

/** What an operation is handed: a store, an id, and a session of that id, loaded and changed. */
struct subject {
  session3_store *store;
  const char *id;
  session3_session *changed, *unchanged, *fresh;
  session3_session *overtaken; /**< changed, and saved by another since */
  session3_manager *manager;
  char cookies[64]; /**< that stand for the session */
};

static session3_status run_load(struct subject *subject) {
  session3_session *session = NULL;
  session3_status status =
      session3_store_load(subject->store, subject->id, strlen(subject->id), &session, NULL);
  session3_session_free(session);
  return status;
}

static session3_status run_has(struct subject *subject) {
  return session3_store_has(subject->store, subject->id, strlen(subject->id), NULL);
}

static session3_status run_touch(struct subject *subject) {
  return session3_store_touch(subject->store, subject->id, strlen(subject->id), NULL);
}

static session3_status run_save(struct subject *subject) {
  return session3_store_save(subject->store, subject->changed, SESSION3_SAVE_DEFAULT, NULL);
}

static session3_status run_save_unchanged(struct subject *subject) {
  return session3_store_save(subject->store, subject->unchanged, SESSION3_SAVE_DEFAULT, NULL);
}

static session3_status run_save_merged(struct subject *subject) {
  return session3_store_save(subject->store, subject->overtaken, SESSION3_SAVE_DEFAULT, NULL);
}

static session3_status run_create(struct subject *subject) {
  return session3_store_create(subject->store, subject->fresh, NULL);
}

static session3_status run_delete(struct subject *subject) {
  return session3_store_delete(subject->store, subject->id, strlen(subject->id), NULL);
}

static session3_status run_increment(struct subject *subject) {
  return session3_store_increment(subject->store, subject->id, strlen(subject->id), "counter", 7, 1,
                                  NULL, NULL);
}

static session3_status run_renew(struct subject *subject) {
  return session3_store_renew(subject->store, subject->changed, SESSION3_SAVE_DEFAULT, NULL);
}

/** A whole request of the subject's cookie; body changes its session, or does nothing. */
static session3_status run_request(struct subject *subject,
                                   session3_status (*body)(session3_request *request,
                                                           session3_session *session)) {
  session3_request *request = NULL;
  session3_session *session = NULL;
  session3_status status = session3_manager_start_request(
      subject->manager, subject->cookies, strlen(subject->cookies), "::1", 3, &request, NULL);
  if (status == SESSION3_OK)
    status = session3_request_session(request, &session, NULL);
  if (status == SESSION3_OK && body != NULL)
    status = body(request, session);
  if (status == SESSION3_OK)
    status = session3_request_finish_successful(request, NULL);
  session3_request_free(request);
  return status;
}

static session3_status change(session3_request *request, session3_session *session) {
  (void)request;
  return session3_session_set_text(session, "k", 1, "x", 1, NULL);
}

static session3_status log_in(session3_request *request, session3_session *session) {
  (void)request;
  return session3_session_set_user_text(session, "ada", 3, NULL);
}

static session3_status log_out(session3_request *request, session3_session *session) {
  (void)session;
  return session3_request_expire_session(request, NULL);
}

static session3_status run_request_unchanged(struct subject *subject) {
  return run_request(subject, NULL);
}

static session3_status run_request_changed(struct subject *subject) {
  return run_request(subject, change);
}

static session3_status run_request_login(struct subject *subject) {
  return run_request(subject, log_in);
}

static session3_status run_request_logout(struct subject *subject) {
  return run_request(subject, log_out);
}

static session3_status run_request_forged(struct subject *subject) {
  strcpy(subject->cookies, "session3=" BAD);
  return run_request(subject, NULL);
}

static session3_status run_consume(struct subject *subject) {
  return session3_store_consume_form_token(subject->store, subject->id, strlen(subject->id), "x", 1,
                                           NULL);
}

static session3_status run_sweep(struct subject *subject) {
  return session3_store_sweep(subject->store, INT64_C(3600000000), NULL, NULL, NULL);
}

/** Sweeps both sessions away: what runs first spares them. */
static session3_status run_sweep_old(struct subject *subject) {
  int64_t age_us = strcmp(subject->id, WARM) == 0 ? INT64_C(3600000000) : 0;
  return session3_store_sweep(subject->store, age_us, NULL, NULL, NULL);
}

static session3_status run_new(struct subject *subject) {
  session3_session *session = NULL;
  return session3_session_new(subject->id, strlen(subject->id), &session, NULL);
}

static const struct operation {
  const char *name;
  session3_status (*run)(struct subject *subject);
  const char *id; /**< what it runs on when it is counted */
  session3_status expected;
} operations[] = {
    {"load", run_load, TARGET, SESSION3_OK},
    {"load-missing", run_load, "missing", SESSION3_NOT_FOUND},
    {"load-bad-id", run_load, BAD, SESSION3_NOT_FOUND},
    {"has", run_has, TARGET, SESSION3_OK},
    {"has-missing", run_has, "missing", SESSION3_NOT_FOUND},
    {"has-bad-id", run_has, BAD, SESSION3_NOT_FOUND},
    {"touch", run_touch, TARGET, SESSION3_OK},
    {"touch-bad-id", run_touch, BAD, SESSION3_E_INVALID},
    {"save", run_save, TARGET, SESSION3_OK},
    {"save-unchanged", run_save_unchanged, TARGET, SESSION3_OK},
    {"save-merged", run_save_merged, TARGET, SESSION3_OK},
    {"save-bad-id", run_new, BAD, SESSION3_E_INVALID},
    {"create", run_create, TARGET, SESSION3_OK},
    {"delete", run_delete, TARGET, SESSION3_OK},
    {"delete-missing", run_delete, "missing", SESSION3_NOT_FOUND},
    {"delete-bad-id", run_delete, BAD, SESSION3_E_INVALID},
    {"increment", run_increment, TARGET, SESSION3_OK},
    {"increment-bad-id", run_increment, BAD, SESSION3_E_INVALID},
    {"consume-bad-id", run_consume, BAD, SESSION3_E_INVALID},
    {"renew", run_renew, TARGET, SESSION3_OK},
    {"request", run_request_unchanged, TARGET, SESSION3_OK},
    {"request-changed", run_request_changed, TARGET, SESSION3_OK},
    {"request-login", run_request_login, TARGET, SESSION3_OK},
    {"request-logout", run_request_logout, TARGET, SESSION3_OK},
    {"request-bad-id", run_request_forged, TARGET, SESSION3_OK},
    {"sweep", run_sweep, TARGET, SESSION3_OK},
    {"sweep-old", run_sweep_old, TARGET, SESSION3_OK},
};

static void require(int good, const char *what) {
  if (!good) {
    fprintf(stderr, "syscall_driver: %s\n", what);
    exit(2);
  }
}

static session3_session *load(session3_store *store, const char *id) {
  session3_session *session = NULL;
  require(session3_store_load(store, id, strlen(id), &session, NULL) == SESSION3_OK, "load");
  return session;
}

/** Makes a session, and what an operation may need of it. */
static struct subject prepare(session3_store *store, const char *id) {
  struct subject subject = {.store = store, .id = id};
  session3_session *session = NULL;
  char other[64];
  snprintf(other, sizeof other, "new-%s", id);
  require(session3_session_new(id, strlen(id), &session, NULL) == SESSION3_OK, "new");
  require(session3_session_set_text(session, "k", 1, "v", 1, NULL) == SESSION3_OK, "set");
  require(session3_store_create(store, session, NULL) == SESSION3_OK, "create");
  session3_session_free(session);
  snprintf(subject.cookies, sizeof subject.cookies, "session3=%s", id);
  require(session3_manager_new(store, NULL, &subject.manager, NULL) == SESSION3_OK, "manager");
  subject.overtaken = load(store, id);
  require(session3_session_set_text(subject.overtaken, "o", 1, "v", 1, NULL) == SESSION3_OK, "set");
  session = load(store, id);
  require(session3_session_set_text(session, "n", 1, "v", 1, NULL) == SESSION3_OK, "set");
  require(session3_store_save(store, session, SESSION3_SAVE_DEFAULT, NULL) == SESSION3_OK, "save");
  session3_session_free(session);
  subject.changed = load(store, id);
  subject.unchanged = load(store, id);
  require(session3_session_set_text(subject.changed, "k", 1, "w", 1, NULL) == SESSION3_OK, "set");
  require(session3_session_new(other, strlen(other), &subject.fresh, NULL) == SESSION3_OK, "new");
  return subject;
}

static void release(struct subject *subject) {
  session3_session_free(subject->changed);
  session3_session_free(subject->unchanged);
  session3_session_free(subject->fresh);
  session3_session_free(subject->overtaken);
  session3_manager_free(subject->manager);
}

int main(int count, char **arguments) {
  session3_store *store = NULL;
  size_t index = 0, operation_count = sizeof operations / sizeof operations[0];
  require(count == 3, "usage: syscall_driver DIRECTORY OPERATION");
  while (index < operation_count && strcmp(operations[index].name, arguments[2]) != 0) index++;
  require(index < operation_count, "unknown operation");
  const struct operation *operation = &operations[index];
  require(session3_store_open_directory(arguments[1], strlen(arguments[1]), NULL, &store, NULL) ==
              SESSION3_OK,
          "open");
  struct subject warm = prepare(store, WARM), target = prepare(store, TARGET);
  session3_status status = operation->run(&warm);
  require(status >= 0 || status == operation->expected, "warming up");
  target.id = operation->id;
  syscall(SYS_getppid);
  status = operation->run(&target);
  syscall(SYS_getppid);
  require(status == operation->expected, "the operation");
  release(&warm);
  release(&target);
  session3_store_free(store);
  return 0;
}
