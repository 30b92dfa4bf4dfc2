/* SPDX-License-Identifier: MIT */
/** @file visits.c  Counts a visitor's visits by CGI: the program in session3_easy_manager.h. */
#include <stdlib.h>

#include "session3_easy_manager.h"

int main(void) {
  session3_error error = SESSION3_ERROR_INIT;
  S3_AUTO_STORE(store);
  S3_AUTO_MANAGER(manager);
  S3_AUTO_REQUEST(request);
  const s3_manager_options options = {.idle_seconds = 30L * 60, .lifetime_seconds = 12L * 3600};
  const char *cookies = getenv("HTTP_COOKIE");
  const char *address = getenv("REMOTE_ADDR");

  if (s3_check("visits", s3_open("sessions", &store, &error), &error) < 0)
    return 1;
  if (s3_check("visits", s3_manager_new(store, &options, &manager, &error), &error) < 0)
    return 1;
  if (s3_check("visits", s3_start_request(manager, cookies, address, &request, &error), &error) < 0)
    return 1;
  session3_session *session = s3_request_session(request);
  int64_t visits = s3_get_int(session, "visits", 0) + 1;
  if (s3_check("visits", s3_set(session, "visits", visits, &error), &error) < 0)
    return 1;
  if (s3_check("visits", s3_finish(request, &error), &error) < 0)
    return 1;
  if (s3_set_cookie(request) != NULL)
    printf("Set-Cookie: %s\n", s3_set_cookie(request));
  printf("Content-Type: text/plain\n\nvisit %lld\n", (long long)visits);
  return 0;
}
