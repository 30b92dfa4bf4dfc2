/* SPDX-License-Identifier: MIT */
/* Runs exactly one operation of a directory store between two calls of getppid(2):
 *   operation DIRECTORY OPERATION none|data
 * prints one line (status, errno, what the operation answered, how many descriptors were open before
 * and after), and waits for the end of its input. From the first mark to that line it makes no
 * system call of its own but poll(2) and write(2), which the library never makes: who injects faults
 * into a call hits the operation alone. */
#include "session3.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define TARGET "target"
#define COOKIE "session3=" TARGET
#define TEXT(text) (text), strlen(text)
/* Short, for who answers every fcntl(2) by EACCES; a free lock is not waited for. */
#define LOCK_TIMEOUT_US 20000
#define LONG_TEXT 20000
#define HOUR_US INT64_C(3600000000)
#define ACCESS_TIME_US INT64_C(1000000000000000)

/** What an operation is handed, and what it answers. */
struct subject {
  session3_directory_options options;
  const char *directory;
  session3_store *store;
  session3_session *session; /**< loaded, or new */
  session3_manager *manager;
  session3_error *error;
  char seen[1024]; /**< what a load saw, how many were deleted... */
};

typedef session3_status run(struct subject *subject);

static void require(session3_status status, const char *what) {
  if (status == SESSION3_OK)
    return;
  fprintf(stderr, "operation: %s: %s\n", what, session3_status_text(status));
  exit(2);
}

/** Notes a session's payload, in hexadecimal. */
static void see(struct subject *subject, const session3_session *session) {
  const void *data = NULL;
  size_t length = 0;
  if (session3_session_payload(session, &data, &length, NULL) != SESSION3_OK)
    return;
  for (size_t index = 0; index < length && 2 * index + 3 < sizeof subject->seen; index++)
    snprintf(subject->seen + 2 * index, 3, "%02x", ((const unsigned char *)data)[index]);
}

/* Opening */

static session3_status run_open(struct subject *subject) {
  return session3_store_open_directory(TEXT(subject->directory), &subject->options, &subject->store,
                                       subject->error);
}

static session3_status run_open_create(struct subject *subject) {
  subject->options.flags = SESSION3_DIRECTORY_CREATE;
  return run_open(subject);
}

static session3_status run_setup(struct subject *subject) {
  return session3_store_setup(subject->store, subject->error);
}

/* One session */

static session3_status load(struct subject *subject, const char *id) {
  session3_session *session = NULL;
  session3_status status = session3_store_load(subject->store, TEXT(id), &session, subject->error);
  if (status == SESSION3_OK)
    see(subject, session);
  session3_session_free(session);
  return status;
}

static session3_status run_load(struct subject *subject) { return load(subject, TARGET); }

static session3_status run_load_missing(struct subject *subject) {
  return load(subject, "missing");
}

static session3_status run_has(struct subject *subject) {
  return session3_store_has(subject->store, TEXT(TARGET), subject->error);
}

static session3_status run_touch(struct subject *subject) {
  return session3_store_touch(subject->store, TEXT(TARGET), subject->error);
}

static session3_status run_set_access_time(struct subject *subject) {
  return session3_store_set_access_time(subject->store, TEXT(TARGET), ACCESS_TIME_US,
                                        subject->error);
}

static session3_status run_save(struct subject *subject) {
  return session3_store_save(subject->store, subject->session, SESSION3_SAVE_DEFAULT,
                             subject->error);
}

static session3_status run_save_resurrect(struct subject *subject) {
  return session3_store_save(subject->store, subject->session, SESSION3_SAVE_RESURRECT,
                             subject->error);
}

static session3_status run_create(struct subject *subject) {
  return session3_store_create(subject->store, subject->session, subject->error);
}

static session3_status run_renew(struct subject *subject) {
  return session3_store_renew(subject->store, subject->session, SESSION3_SAVE_DEFAULT,
                              subject->error);
}

static session3_status run_delete(struct subject *subject) {
  return session3_store_delete(subject->store, TEXT(TARGET), subject->error);
}

static session3_status run_delete_unchanged(struct subject *subject) {
  return session3_store_delete_unchanged(subject->store, subject->session, subject->error);
}

static session3_status run_increment(struct subject *subject) {
  int64_t result = 0;
  session3_status status =
      session3_store_increment(subject->store, TEXT(TARGET), TEXT("n"), 1, &result, subject->error);
  if (status == SESSION3_OK)
    snprintf(subject->seen, sizeof subject->seen, "%lld", (long long)result);
  return status;
}

static session3_status run_consume(struct subject *subject) {
  return session3_store_consume_form_token(subject->store, TEXT(TARGET), TEXT("token"),
                                           subject->error);
}

/* Many sessions */

static session3_status run_sweep(struct subject *subject) {
  uint64_t deleted = 0, remaining = 0;
  session3_status status =
      session3_store_sweep(subject->store, 24 * HOUR_US, &deleted, &remaining, subject->error);
  snprintf(subject->seen, sizeof subject->seen, "%llu", (unsigned long long)deleted);
  return status;
}

static session3_status run_delete_user_sessions(struct subject *subject) {
  session3_value user = {0};
  uint64_t deleted = 0;
  session3_status status = session3_value_parse(TEXT("\xa3"
                                                     "ada"),
                                                &user, subject->error);
  if (status == SESSION3_OK)
    status = session3_store_delete_user_sessions(subject->store, &user, TEXT(TARGET), &deleted,
                                                 subject->error);
  snprintf(subject->seen, sizeof subject->seen, "%llu", (unsigned long long)deleted);
  return status;
}

static session3_status run_iterate(struct subject *subject) {
  session3_iterator *iterator = NULL;
  session3_status status = session3_store_iterate(subject->store, &iterator, subject->error);
  if (status != SESSION3_OK)
    return status;
  session3_status first = SESSION3_OK;
  int found = 0;
  for (int call = 0; call < 1000; call++) {
    session3_session *session = NULL;
    status = session3_iterator_next(iterator, &session, subject->error);
    if (status == SESSION3_DONE)
      break;
    if (status == SESSION3_OK)
      found++;
    else if (first == SESSION3_OK)
      first = status;
    session3_session_free(session);
  }
  session3_iterator_free(iterator);
  snprintf(subject->seen, sizeof subject->seen, "%d", found);
  return first;
}

/* Requests */

/** A whole request; change does to its session what the page does. */
static session3_status request(struct subject *subject, const char *cookies,
                               session3_status (*change)(session3_request *request,
                                                         session3_session *session)) {
  session3_request *request = NULL;
  session3_session *session = NULL;
  session3_status status = session3_manager_start_request(subject->manager, TEXT(cookies),
                                                          TEXT("::1"), &request, subject->error);
  if (status == SESSION3_OK)
    status = session3_request_session(request, &session, subject->error);
  if (status == SESSION3_OK)
    status = change(request, session);
  if (status == SESSION3_OK)
    status = session3_request_finish_successful(request, subject->error);
  snprintf(subject->seen, sizeof subject->seen, "%u", (unsigned)session3_request_outcome(request));
  session3_request_free(request);
  return status;
}

static session3_status change(session3_request *request, session3_session *session) {
  (void)request;
  return session3_session_set_text(session, TEXT("k"), TEXT("changed"), NULL);
}

static session3_status log_in(session3_request *request, session3_session *session) {
  (void)request;
  return session3_session_set_user_text(session, TEXT("eve"), NULL);
}

static session3_status log_out(session3_request *request, session3_session *session) {
  (void)session;
  return session3_request_expire_session(request, NULL);
}

static session3_status run_request(struct subject *subject) {
  return request(subject, COOKIE, change);
}

static session3_status run_request_new(struct subject *subject) {
  return request(subject, "", change);
}

static session3_status run_request_login(struct subject *subject) {
  return request(subject, COOKIE, log_in);
}

static session3_status run_request_logout(struct subject *subject) {
  return request(subject, COOKIE, log_out);
}

/* What must be there before */

static void prepare_store(struct subject *subject) { require(run_open(subject), "open"); }

static void prepare_manager(struct subject *subject) {
  prepare_store(subject);
  require(session3_manager_new(subject->store, NULL, &subject->manager, NULL), "manager");
}

static void prepare_bare(struct subject *subject) {
  char path[4096];
  prepare_store(subject);
  snprintf(path, sizeof path, "%s/.session3", subject->directory);
  require(unlink(path), "unlink");
}

static void prepare_loaded(struct subject *subject) {
  prepare_store(subject);
  require(session3_store_load(subject->store, TEXT(TARGET), &subject->session, NULL), "load");
}

static void prepare_changed(struct subject *subject) {
  prepare_loaded(subject);
  require(session3_session_set_text(subject->session, TEXT("k"), TEXT("changed"), NULL), "set");
}

static void prepare_deleted(struct subject *subject) {
  prepare_changed(subject);
  require(run_delete(subject), "delete");
}

static void prepare_merge(struct subject *subject) {
  session3_session *theirs = NULL;
  prepare_changed(subject);
  require(session3_store_load(subject->store, TEXT(TARGET), &theirs, NULL), "load");
  require(session3_session_set_text(theirs, TEXT("t"), TEXT("theirs"), NULL), "set");
  require(session3_store_save(subject->store, theirs, SESSION3_SAVE_DEFAULT, NULL), "save");
  session3_session_free(theirs);
}

/** Gives the session an attribute for which no slot of a page has room. */
static void enlarge(struct subject *subject) {
  static char text[LONG_TEXT];
  memset(text, 'x', sizeof text);
  require(session3_session_set_text(subject->session, TEXT("k"), text, sizeof text, NULL), "set");
}

static void prepare_large(struct subject *subject) {
  prepare_loaded(subject);
  enlarge(subject);
}

static void new_session(struct subject *subject, const char *id) {
  prepare_store(subject);
  require(session3_session_new(id, id == NULL ? 0 : strlen(id), &subject->session, NULL), "new");
  require(session3_session_set_text(subject->session, TEXT("k"), TEXT("new"), NULL), "set");
}

static void prepare_new(struct subject *subject) { new_session(subject, "fresh"); }

static void prepare_large_new(struct subject *subject) {
  prepare_new(subject);
  enlarge(subject);
}

static void prepare_nameless(struct subject *subject) { new_session(subject, NULL); }

static void prepare_replacement(struct subject *subject) { new_session(subject, TARGET); }

static const struct operation {
  const char *name;
  void (*prepare)(struct subject *subject);
  run *run;
} operations[] = {
    {"open", NULL, run_open},
    {"open-create", NULL, run_open_create},
    {"open-bare", NULL, run_open},
    {"setup", prepare_store, run_setup},
    {"setup-bare", prepare_bare, run_setup},
    {"load", prepare_store, run_load},
    {"load-missing", prepare_store, run_load_missing},
    {"has", prepare_store, run_has},
    {"touch", prepare_store, run_touch},
    {"set-access-time", prepare_store, run_set_access_time},
    {"save", prepare_changed, run_save},
    {"save-unchanged", prepare_loaded, run_save},
    {"save-merge", prepare_merge, run_save},
    {"save-grow", prepare_large, run_save},
    {"save-replace", prepare_replacement, run_save},
    {"save-resurrect", prepare_deleted, run_save_resurrect},
    {"create", prepare_new, run_create},
    {"create-large", prepare_large_new, run_create},
    {"create-nameless", prepare_nameless, run_create},
    {"create-existing", prepare_replacement, run_create},
    {"renew", prepare_changed, run_renew},
    {"delete", prepare_store, run_delete},
    {"delete-unchanged", prepare_loaded, run_delete_unchanged},
    {"increment", prepare_store, run_increment},
    {"consume-token", prepare_store, run_consume},
    {"sweep", prepare_store, run_sweep},
    {"delete-user-sessions", prepare_store, run_delete_user_sessions},
    {"iterate", prepare_store, run_iterate},
    {"request", prepare_manager, run_request},
    {"request-new", prepare_manager, run_request_new},
    {"request-login", prepare_manager, run_request_login},
    {"request-logout", prepare_manager, run_request_logout},
};

/** How many descriptors are open, by poll(2): closed ones are POLLNVAL. */
static int count_descriptors(void) {
  enum { HIGHEST = 256 };
  static struct pollfd polled[HIGHEST];
  int count = 0;
  for (int number = 0; number < HIGHEST; number++) polled[number].fd = number;
  if (poll(polled, HIGHEST, 0) < 0)
    return -1;
  for (int number = 0; number < HIGHEST; number++)
    count += (polled[number].revents & POLLNVAL) == 0;
  return count;
}

int main(int count, char **arguments) {
  session3_error error = SESSION3_ERROR_INIT;
  struct subject subject = {.options = SESSION3_DIRECTORY_OPTIONS_INIT, .error = &error};
  size_t index = 0, operation_count = sizeof operations / sizeof operations[0];
  require(count == 4 ? SESSION3_OK : SESSION3_E_INVALID, "DIRECTORY OPERATION none|data");
  while (index < operation_count && strcmp(operations[index].name, arguments[2]) != 0) index++;
  require(index < operation_count ? SESSION3_OK : SESSION3_NOT_FOUND, arguments[2]);
  subject.directory = arguments[1];
  subject.options.sync =
      strcmp(arguments[3], "data") == 0 ? SESSION3_SYNC_DATA : SESSION3_SYNC_NONE;
  subject.options.lock_timeout_us = LOCK_TIMEOUT_US;
  if (operations[index].prepare != NULL)
    operations[index].prepare(&subject);

  int before = count_descriptors();
  syscall(SYS_getppid);
  session3_status status = operations[index].run(&subject);
  syscall(SYS_getppid);
  int after = count_descriptors();
  char line[sizeof subject.seen + 128];
  int length = snprintf(line, sizeof line, "status=%d errno=%d before=%d after=%d seen=%s\n",
                        status, status < 0 ? error.system_errno : 0, before, after, subject.seen);
  if (write(STDOUT_FILENO, line, (size_t)length) != length)
    return 2;
  /* What it holds now, locks among it, may be looked at until then. */
  return read(STDIN_FILENO, line, 1) == 0 ? 0 : 2;
}
