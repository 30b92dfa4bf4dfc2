/* SPDX-License-Identifier: MIT */
#include <session3_easy.h>
#include <stdlib.h>

int main(void) {
  session3_error error = SESSION3_ERROR_INIT;
  S3_AUTO_STORE(store);
  S3_AUTO_SESSION(session);
  S3_AUTO_BUFFER(user);

  if (s3_check("visits", s3_open("sessions", &store, &error), &error) < 0)
    return 1;
  if (s3_check("visits", s3_load_or_new(store, getenv("SESSION"), &session, &error), &error) < 0)
    return 1;
  int64_t visits = s3_get_int(session, "visits", 0) + 1;
  if (s3_check("visits", s3_set(session, "visits", visits, &error), &error) < 0)
    return 1;
  if (s3_check("visits", s3_save(store, session, &error), &error) < 0)
    return 1;
  printf("%s %s %lld\n", s3_id(session), s3_get_user(session, "nobody", &user), (long long)visits);
  return 0;
}
