/* SPDX-License-Identifier: MIT */
/* Lets every operation meet one name of a directory, and prints all that the library says.
 *   hostile DIRECTORY ID CSRF_TOKEN FORM_TOKEN SECRET
 * makes a session ID that holds the secret and tokens of its own, loads copies of it, prints "ready"
 * and those tokens, and waits for a line: then is the time to put something else into its place. The
 * other tokens are what a visitor sends. Between two calls of getppid(2) come all operations, each a
 * line: NAME STATUS ERRNO MESSAGE; what the log got is a line, too. */
#include "session3_easy.h"
#include "session3_easy_manager.h"

#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LARGE 20000
#define SECOND INT64_C(1000000)

static session3_error error = SESSION3_ERROR_INIT;
static session3_store *store;
static session3_manager *manager;
static session3_session *changed, *larger, *unchanged, *renewed, *deleted;
static const char *directory, *id, *csrf_token, *form_token, *secret;
static size_t length;
/** Those that the session was given by the library. */
static char own_csrf_token[23], own_form_token[23];

static void write_log(void *context, session3_log_level level, session3_status status,
                      const char *message, size_t size) {
  (void)context;
  printf("log %u %d %.*s\n", level, status, (int)size, message);
}

static void tell(const char *name, session3_status status) {
  printf("%s %d %d %s\n", name, status, status < 0 ? error.system_errno : 0,
         status < 0 ? error.message : "");
  error.message[0] = 0;
  error.system_errno = 0;
}

static session3_status open_store(session3_store **out) {
  session3_directory_options options = SESSION3_DIRECTORY_OPTIONS_INIT;
  options.flags = SESSION3_DIRECTORY_CREATE;
  options.lock_timeout_us = SECOND / 10;
  options.log = write_log;
  options.log_level = SESSION3_LOG_DEBUG;
  return session3_store_open_directory(directory, strlen(directory), &options, out, &error);
}

/** A session of that id with all its secrets; what is refused is told. */
static session3_session *make(void) {
  session3_session *session = NULL;
  tell("new", session3_session_new(id, length, &session, &error));
  tell("user", s3_set_user(session, secret, &error));
  tell("value", s3_set_text(session, "value", secret, &error));
  tell("csrf", session3_session_check_csrf_token(session, csrf_token, strlen(csrf_token))
                   ? SESSION3_OK
                   : SESSION3_NOT_FOUND);
  return session;
}

static session3_session *load(void) {
  session3_session *session = NULL;
  tell("load", session3_store_load(store, id, length, &session, &error));
  return session;
}

static void prepare(void) {
  static char text[LARGE + 1];
  tell("open", open_store(&store));
  tell("manager", session3_manager_new(store, NULL, &manager, &error));
  session3_session *session = make();
  tell("own-csrf", session3_session_csrf_token(session, own_csrf_token, &error));
  tell("own-form", session3_session_create_form_token(session, own_form_token, &error));
  tell("create", session3_store_create(store, session, &error));
  session3_session_free(session);
  changed = load();
  larger = load();
  unchanged = load();
  renewed = load();
  deleted = load();
  memset(text, 'x', LARGE);
  tell("change", s3_set_text(changed, "value", csrf_token, &error));
  tell("enlarge", s3_set_text(larger, "value", text, &error));
}

/* What meets the name */

static void look(void) {
  session3_session_free(load());
  tell("has", session3_store_has(store, id, length, &error));
}

static void write_new(void) {
  session3_session *first = make(), *second = make();
  tell("create", session3_store_create(store, first, &error));
  tell("replace", session3_store_save(store, second, SESSION3_SAVE_OVERWRITE, &error));
  session3_session_free(first);
  session3_session_free(second);
}

static void write_loaded(void) {
  tell("save", session3_store_save(store, changed, SESSION3_SAVE_MERGE, &error));
  tell("overwrite", session3_store_save(store, changed, SESSION3_SAVE_OVERWRITE, &error));
  tell("fail", session3_store_save(store, changed, SESSION3_SAVE_FAIL, &error));
  tell("grow", session3_store_save(store, larger, SESSION3_SAVE_DEFAULT, &error));
  tell("unchanged", session3_store_save(store, unchanged, SESSION3_SAVE_DEFAULT, &error));
  tell("resurrect",
       session3_store_save(store, changed, SESSION3_SAVE_MERGE | SESSION3_SAVE_RESURRECT, &error));
  tell("renew", session3_store_renew(store, renewed, SESSION3_SAVE_DEFAULT, &error));
}

static void update(void) {
  tell("increment", session3_store_increment(store, id, length, "n", 1, 1, NULL, &error));
  tell("count-text", session3_store_increment(store, id, length, "value", 5, 1, NULL, &error));
  tell("consume", session3_store_consume_form_token(store, id, length, form_token,
                                                    strlen(form_token), &error));
}

static void walk(void) {
  S3_AUTO_ITERATOR(iterator);
  tell("iterate", session3_store_iterate(store, &iterator, &error));
  for (int step = 0; step < 100; step++) {
    S3_AUTO_SESSION(session);
    session3_status status = session3_iterator_next(iterator, &session, &error);
    if (status == SESSION3_DONE)
      break;
    tell("next", status);
  }
}

static session3_status visit(session3_status (*act)(session3_request *, session3_session *)) {
  char cookie[512];
  session3_request *request = NULL;
  session3_session *session = NULL;
  int size = snprintf(cookie, sizeof cookie, "a=%s; session3=%s", csrf_token, id);
  session3_status status =
      session3_manager_start_request(manager, cookie, (size_t)size, "::1", 3, &request, &error);
  if (status == SESSION3_OK)
    status = session3_request_session(request, &session, &error);
  if (status == SESSION3_OK)
    status = act(request, session);
  if (status == SESSION3_OK)
    status = session3_request_finish_successful(request, &error);
  session3_request_free(request);
  return status;
}

static session3_status change(session3_request *request, session3_session *session) {
  (void)request;
  return s3_set_text(session, "value", csrf_token, &error);
}

static session3_status log_out(session3_request *request, session3_session *session) {
  (void)session;
  return session3_request_expire_session(request, &error);
}

static void touch(void) {
  tell("touch", session3_store_touch(store, id, length, &error));
  tell("access-time", session3_store_set_access_time(store, id, length, 1000 * SECOND, &error));
}

static void remove_old(void) {
  uint64_t count;
  session3_value user = {0};
  tell("sweep", session3_store_sweep(store, 0, &count, &count, &error));
  if (session3_value_parse("\xa3"
                           "ada",
                           4, &user, &error) == SESSION3_OK)
    tell("log-out-user",
         session3_store_delete_user_sessions(store, &user, id, length, &count, &error));
  tell("delete-unchanged", session3_store_delete_unchanged(store, deleted, &error));
  tell("delete", session3_store_delete(store, id, length, &error));
}

/** Whether the store is of use to others: a session of another id comes and goes. */
static session3_status live_on(void) {
  S3_AUTO_SESSION(session);
  session3_status status = s3_new(&session, &error);
  if (status == SESSION3_OK)
    status = session3_store_create(store, session, &error);
  return status == SESSION3_OK ? s3_delete(store, s3_id(session), &error) : status;
}

int main(int count, char **arguments) {
  static char out[1 << 18], line[16];
  if (count != 6)
    return 2;
  setvbuf(stdout, out, _IOFBF, sizeof out);
  directory = arguments[1];
  id = arguments[2];
  csrf_token = arguments[3];
  form_token = arguments[4];
  secret = arguments[5];
  length = strlen(id);
  prepare();
  printf("ready %s %s\n", own_csrf_token, own_form_token);
  (void)fflush(stdout);
  if (fgets(line, sizeof line, stdin) == NULL)
    return 2;
  syscall(SYS_getppid);
  look();
  write_new();
  write_loaded();
  update();
  walk();
  tell("visit", visit(change));
  tell("log-out", visit(log_out));
  touch();
  remove_old();
  tell("setup", session3_store_setup(store, &error));
  session3_store *again = NULL;
  tell("open", open_store(&again));
  tell("live-on", live_on());
  syscall(SYS_getppid);
  session3_store_free(again);
  session3_session *copies[] = {changed, larger, unchanged, renewed, deleted};
  for (size_t index = 0; index < sizeof copies / sizeof copies[0]; index++)
    session3_session_free(copies[index]);
  session3_manager_free(manager);
  session3_store_free(store);
  return 0;
}
