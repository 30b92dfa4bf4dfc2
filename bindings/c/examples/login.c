/* SPDX-License-Identifier: MIT */
/**
 * @file login.c
 * Login, "remember me", a form with a csrf token, logout, by CGI: POST /login with user and remember,
 * /logout, /logout-everywhere; all else shows who is logged in.
 */
#include <stdlib.h>
#include <string.h>

#include "session3_easy_manager.h"

/** A field of the form, not decoded: names of letters need none. False if it is missing or long. */
static bool form_field(const char *form, const char *name, char *value, size_t size) {
  size_t length = strlen(name);
  for (const char *field = form; field != NULL; field = strchr(field, '&')) {
    field += *field == '&';
    if (strncmp(field, name, length) == 0 && field[length] == '=') {
      size_t count = strcspn(field + length + 1, "&");
      if (count >= size)
        return false;
      memcpy(value, field + length + 1, count);
      value[count] = '\0';
      return true;
    }
  }
  return false;
}

/** Whether a form is of one of our pages. A visitor's session is not stored, and knows no token. */
static bool is_own_form(const session3_session *session, const char *form) {
  char token[SESSION3_TOKEN_LENGTH + 1] = "";
  return s3_id(session) == NULL || (form_field(form, "csrf_token", token, sizeof token) &&
                                    s3_check_csrf_token(session, token));
}

static session3_status log_in(session3_session *session, const char *form, session3_error *error) {
  char user[65];
  char remember[4];
  if (!form_field(form, "user", user, sizeof user) || user[0] == '\0')
    return SESSION3_NOT_FOUND;
  bool remembers = form_field(form, "remember", remember, sizeof remember);
  // First nobody: who logs in again would be no change, and keep the id.
  session3_status status = s3_set_user(session, NULL, error);
  if (status == SESSION3_OK)
    status = s3_set_user(session, user, error);
  if (status == SESSION3_OK)
    status = session3_session_set_persistence(
        session, remembers ? SESSION3_PERSISTENCE_PERSISTENT : SESSION3_PERSISTENCE_BROWSER, error);
  return status;
}

static session3_status obey(session3_request *request, const char *path, const char *form,
                            session3_error *error) {
  if (strcmp(path, "/login") == 0)
    return log_in(s3_request_session(request), form, error);
  if (strcmp(path, "/logout") == 0)
    return s3_log_out(request, error);
  if (strcmp(path, "/logout-everywhere") == 0)
    return s3_log_out_everywhere(request, error);
  return SESSION3_NOT_FOUND;
}

/** Prints the page, behind the cookie: the session is stored by then. */
static session3_status answer(session3_request *request, session3_error *error) {
  S3_AUTO_BUFFER(user);
  char token[SESSION3_TOKEN_LENGTH + 1] = "";
  session3_session *session = s3_request_session(request); // NULL after a logout
  if (session != NULL && session3_session_has_info(session)) {
    session3_status status = session3_session_csrf_token(session, token, error);
    if (status < 0)
      return status;
  }
  session3_status status = s3_finish(request, error);
  if (s3_set_cookie(request) != NULL)
    printf("Set-Cookie: %s\n", s3_set_cookie(request));
  if (status >= 0)
    printf("Content-Type: text/plain\n\nuser %s\ncsrf_token %s\n",
           session != NULL ? s3_get_user(session, "nobody", &user) : "nobody", token);
  return status;
}

static session3_status serve(const char *form, session3_error *error) {
  S3_AUTO_STORE(store);
  S3_AUTO_MANAGER(manager);
  S3_AUTO_REQUEST(request);
  const s3_manager_options options = {.idle_seconds = 30L * 60, .lifetime_seconds = 30L * 86400};
  const char *path = getenv("PATH_INFO");
  session3_status status = s3_open("sessions", &store, error);
  if (status == SESSION3_OK)
    status = s3_manager_new(store, &options, &manager, error);
  if (status == SESSION3_OK)
    status =
        s3_start_request(manager, getenv("HTTP_COOKIE"), getenv("REMOTE_ADDR"), &request, error);
  if (status == SESSION3_OK && form[0] != '\0') {
    if (!is_own_form(s3_request_session(request), form)) {
      puts("Status: 403\n\nThis form is not yours.");
      return SESSION3_OK;
    }
    status = obey(request, path != NULL ? path : "/", form, error);
  }
  return status < 0 ? status : answer(request, error);
}

/** What came with the request: as much as the server says, since not every one ends the input there.
 * The form's memory is zeros, and stays so if it does not come whole. */
static void read_form(char *form, size_t size) {
  const char *length = getenv("CONTENT_LENGTH");
  size_t count = length != NULL ? strtoul(length, NULL, 10) : 0;
  if (count >= size || fread(form, 1, count, stdin) < count)
    memset(form, 0, size);
}

int main(void) {
  session3_error error = SESSION3_ERROR_INIT;
  char form[4096] = "";
  read_form(form, sizeof form);
  if (s3_check("login", serve(form, &error), &error) < 0)
    puts("Status: 503\nRetry-After: 1\n\nPlease try again in a moment.");
  return 0;
}
