/* SPDX-License-Identifier: MIT */
/** @file easy_requests.c  session3_easy_manager.h: the request cycle with NUL-terminated text. */
#include "walkthrough.h"

/** A page: who it is for, and whether the browser is to have another cookie. */
static void page(session3_manager *manager, char cookie[SESSION3_ID_MAXIMUM + 32],
                 const char *user) {
  session3_error error = SESSION3_ERROR_INIT;
  S3_AUTO_REQUEST(request);
  S3_AUTO_BUFFER(name);
  S3_AUTO_BUFFER(id);

  MUST(s3_start_request(manager, cookie, "192.0.2.1", &request, &error));
  session3_session *session = s3_request_session(request);
  if (user != NULL)
    MUST(s3_set_user(session, user, &error));
  printf("  %s", s3_get_user(session, "nobody", &name));
  MUST(s3_finish(request, &error));
  const char *header = s3_set_cookie(request);
  if (header != NULL) {
    snprintf(cookie, SESSION3_ID_MAXIMUM + 32, "id=%s", s3_get_cookie(header, "id", "", &id));
    printf(", a cookie%s", strchr(header, ';'));
  }
  printf("\n");
}

/** A page that can't be made returns before s3_finish. */
static session3_status broken_page(session3_manager *manager, const char *cookie) {
  session3_error error = SESSION3_ERROR_INIT;
  S3_AUTO_REQUEST(request);
  MUST(s3_start_request(manager, cookie, NULL, &request, &error));
  MUST(s3_set_user(s3_request_session(request), "mallory", &error));
  return s3_fail_request(request, &error);
}

void easy_requests(void) {
  session3_error error = SESSION3_ERROR_INIT;
  S3_AUTO_STORE(store);
  S3_AUTO_MANAGER(manager);
  S3_AUTO_REQUEST(request);
  char cookie[SESSION3_ID_MAXIMUM + 32] = "";
  const s3_manager_options options = {.cookie_name = "id",
                                      .secure = true,
                                      .idle_seconds = 30L * 60,
                                      .lifetime_seconds = 12L * 3600};

  MUST(s3_open("sessions", &store, &error));
  MUST(s3_manager_new(store, &options, &manager, &error));
  page(manager, cookie, NULL);
  page(manager, cookie, "ada");
  page(manager, cookie, NULL);
  answer("a page that fails", broken_page(manager, cookie));
  page(manager, cookie, NULL);
  answer("a forged id", s3_has_session(manager, "forged", &error));

  MUST(s3_start_request(manager, cookie, NULL, &request, &error));
  MUST(s3_log_out_others(request, &error));
  MUST(s3_log_out_everywhere(request, &error));
  answer("logging out once more", s3_log_out(request, &error));
  MUST(s3_finish(request, &error));
  printf("  logged out everywhere%s\n", strchr(s3_set_cookie(request), ';'));
}
