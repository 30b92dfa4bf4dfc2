/* SPDX-License-Identifier: MIT */
/* Requests of browsers, finished well, failed, and given up. */
#include "soak.h"

#include <stdio.h>

/** Whose request this one is: the room for the id in its cookie. */
static char *pick_browser(struct worker *worker) {
  return worker->browsers[pick(worker, BROWSERS)];
}

/** Begins a request with the browser's cookie. */
static session3_request *begin(struct worker *worker, const char *browser) {
  session3_request *request = NULL;
  char header[NAME_SIZE + 32];
  (void)snprintf(header, sizeof header, "theme=dark; session3=%s", browser);
  TRY(OK, s3_start_request(worker->manager, browser[0] != '\0' ? header : NULL, "192.0.2.1",
                           &request, &worker->error));
  return request;
}

/** Finishes a request well, and lets the browser have its cookie. */
static void end(struct worker *worker, session3_request *request, char *browser) {
  const char *cookie = NULL;
  TRY(OK, s3_finish(request, &worker->error));
  if (!TRY(OK | NOT_FOUND, session3_request_set_cookie(request, &cookie, NULL, &worker->error)))
    return;
  const char *value = strchr(cookie, '=') + 1;
  size_t length = strcspn(value, ";");
  bool is_kept = strstr(cookie, "Max-Age=0") == NULL && length < NAME_SIZE;
  memcpy(browser, value, is_kept ? length : 0);
  browser[is_kept ? length : 0] = '\0';
}

void visit(struct worker *worker) {
  S3_AUTO_REQUEST(request);
  char *browser = pick_browser(worker);
  request = begin(worker, browser);
  if (pick(worker, 4) > 0)
    TRY(OK, s3_set(s3_request_session(request), "page", (int)pick(worker, 100), &worker->error));
  end(worker, request, browser);
}

void log_in(struct worker *worker) {
  S3_AUTO_REQUEST(request);
  char *browser = pick_browser(worker);
  const char *user = pick(worker, 2) == 0 ? "alice" : "bob";
  request = begin(worker, browser);
  TRY(OK, s3_set_user(s3_request_session(request), user, &worker->error));
  TRY(OK, session3_request_renew_id(request, &worker->error));
  TRY(OK, session3_request_maintain_session(request, &worker->error));
  end(worker, request, browser);
}

void log_out(struct worker *worker) {
  S3_AUTO_REQUEST(request);
  char *browser = pick_browser(worker);
  request = begin(worker, browser);
  TRY(OK, s3_log_out(request, &worker->error));
  end(worker, request, browser);
}

void fail_a_request(struct worker *worker) {
  S3_AUTO_REQUEST(request);
  request = begin(worker, pick_browser(worker));
  TRY(OK, s3_set(s3_request_session(request), "page", -1, &worker->error));
  TRY(OK, s3_fail_request(request, &worker->error));
  TRY(MAY(SESSION3_E_INVALID), s3_finish(request, &worker->error));
}

void abandon_a_request(struct worker *worker) {
  S3_AUTO_REQUEST(request);
  request = begin(worker, pick_browser(worker));
  TRY(OK, s3_set(s3_request_session(request), "page", -2, &worker->error));
  TRY(OK, session3_request_new_session(request, NULL, &worker->error));
}

/** The session stays until the sweep takes it. */
void lose_the_cookie(struct worker *worker) { pick_browser(worker)[0] = '\0'; }
