/* SPDX-License-Identifier: MIT */
/* A program outside the repository, of both installed headers. usage: consumer DIRECTORY [ID]
 * Counts a visit of the session, or of a new one of alice's, saves it, loads what was saved, and
 * prints its id, user and visits. */
#include <session3.h>
#include <session3_easy.h>

static session3_status visit(session3_store *store, const char *id, session3_error *error) {
  S3_AUTO_SESSION(session);
  S3_AUTO_SESSION(saved);
  S3_AUTO_BUFFER(user);
  session3_status status = s3_load_or_new(store, id, &session, error);
  if (status == SESSION3_OK && id == NULL)
    status = s3_set_user(session, "alice", error);
  if (status == SESSION3_OK)
    status = s3_set(session, "visits", s3_get_int(session, "visits", 0) + 1, error);
  if (status == SESSION3_OK)
    status = s3_save(store, session, error);
  if (status == SESSION3_OK)
    status = s3_load(store, s3_id(session), &saved, error);
  if (status == SESSION3_OK)
    printf("%s %s %lld\n", s3_id(saved), s3_get_user(saved, "nobody", &user),
           (long long)s3_get_int(saved, "visits", 0));
  return status;
}

int main(int argc, char **argv) {
  session3_error error = SESSION3_ERROR_INIT;
  session3_version_info version = {.size = sizeof version};
  S3_AUTO_STORE(store);
  if (argc < 2 || session3_version(&version, NULL) != SESSION3_OK)
    return 2;
  if (version.major != SESSION3_VERSION_MAJOR || version.minor != SESSION3_VERSION_MINOR) {
    fprintf(stderr, "the library is %s, the header another\n", version.text);
    return 1;
  }
  if (s3_check("open", s3_open(argv[1], &store, &error), &error) < 0)
    return 1;
  return s3_check("visit", visit(store, argc > 2 ? argv[2] : NULL, &error), &error) != 0;
}
