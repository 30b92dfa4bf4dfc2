/* SPDX-License-Identifier: MIT */
#include "sessions.h"

/** What the store tells whoever runs the server: damaged files, a full disk, locks that are held. No
 * message names a session by its id, so any log may have it. */
static void log_message(void *context, session3_log_level level, session3_status status,
                        const char *message, size_t length) {
  (void)context;
  (void)status;
  (void)length;
  fprintf(stderr, "c-server: %s: %s\n", level == SESSION3_LOG_ERROR ? "error" : "warning", message);
}

static session3_status open_store(const char *directory, session3_store **store,
                                  session3_error *error) {
  session3_directory_options options = SESSION3_DIRECTORY_OPTIONS_INIT;
  options.flags = SESSION3_DIRECTORY_CREATE;
  options.log = log_message;
  return session3_store_open_directory(directory, s3_length(directory), &options, store, error);
}

session3_status sessions_open(struct sessions *sessions, const char *directory, bool is_secure,
                              session3_error *error) {
  const int64_t minute = 60;
  const int64_t month = INT64_C(30) * 24 * 60 * minute;
  const s3_manager_options options = {
      .secure = is_secure,
      .idle_seconds = 30 * minute,
      .lifetime_seconds = month,
      .persistent_seconds = month,
  };
  *sessions = (struct sessions){NULL, NULL};
  session3_status status = open_store(directory, &sessions->store, error);
  if (status == SESSION3_OK)
    status = s3_manager_new(sessions->store, &options, &sessions->manager, error);
  return status;
}

void sessions_close(struct sessions *sessions) {
  session3_manager_free(sessions->manager);
  session3_store_free(sessions->store);
}

/** Keeps what a page did to the session, and tells the response of the cookie. */
static session3_status keep(session3_request *cycle, struct response *response,
                            session3_error *error) {
  session3_session *session = s3_request_session(cycle); // NULL after a logout
  session3_status status = SESSION3_OK;
  // A session has its csrf token from the start, or two tabs that open at once would make two.
  if (session3_session_is_changed(session) && session3_session_has_info(session)) {
    char token[SESSION3_TOKEN_LENGTH + 1];
    status = session3_session_csrf_token(session, token, error);
  }
  if (status == SESSION3_OK)
    status = s3_finish(cycle, error);
  // Also beside an error page: the session may have its new id by then.
  const char *cookie = s3_set_cookie(cycle);
  session3_status told =
      session3_buffer_assign(&response->set_cookie, cookie, s3_length(cookie), error);
  return status == SESSION3_OK ? told : status;
}

void sessions_visit(const struct sessions *sessions, const struct request *request,
                    page_function *page, struct response *response) {
  session3_error error = SESSION3_ERROR_INIT;
  S3_AUTO_REQUEST(cycle); // one that ends without s3_finish leaves no trace
  session3_status status =
      s3_start_request(sessions->manager, request->cookies, request->address, &cycle, &error);
  if (status == SESSION3_OK) {
    page(&(struct visit){sessions, request, cycle, s3_request_session(cycle)}, response);
    if (response->status < 400)
      status = keep(cycle, response, &error);
  }
  if (status != SESSION3_OK)
    respond_failure(response, "c-server", status, &error);
}
