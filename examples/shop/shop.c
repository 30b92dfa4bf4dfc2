/* SPDX-License-Identifier: MIT */
/**
 * @file shop.c
 * A shop's cart, kept in a session: the C half of the demo. shop.py is its twin in Python; both
 * work on the same sessions, at the same time.
 *
 * Sessions are in ./sessions; the id that a browser would send as a cookie is in $SESSION.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "session3_easy.h"

/** Logs a user in: a new session, whose id goes to the browser. */
static session3_status login(session3_store *store, const char *user, session3_error *error) {
  S3_AUTO_SESSION(session);
  session3_status status = s3_new(&session, error);
  if (status >= 0)
    status = s3_set_user(session, user, error);
  if (status >= 0)
    status = s3_save(store, session, error);
  if (status >= 0)
    printf("Set-Cookie: session=%s\n", s3_id(session));
  return status;
}

/** Prints the attributes whose key has a prefix: "cart: tea 3, honey 1". */
static session3_status print_counts(const session3_session *session, const char *prefix,
                                    session3_error *error) {
  session3_value attributes;
  session3_value key;
  session3_value value;
  session3_value_iterator position;
  const char *separator = "";
  session3_status status = session3_session_attributes(session, &attributes, error);
  if (status >= 0)
    status = session3_value_iterate(&attributes, &position, error);
  printf("%s", prefix);
  while (status >= 0 &&
         (status = session3_value_next(&position, &key, &value, error)) == SESSION3_OK) {
    const char *name;
    size_t length;
    int64_t count;
    if (session3_value_get_text(&key, &name, &length, NULL) != SESSION3_OK ||
        session3_value_get_int(&value, &count, NULL) != SESSION3_OK || length < strlen(prefix) ||
        memcmp(name, prefix, strlen(prefix)) != 0)
      continue;
    printf("%s%.*s %" PRId64, separator, (int)(length - strlen(prefix)), name + strlen(prefix),
           count);
    separator = ", ";
  }
  printf("\n");
  return status == SESSION3_DONE ? SESSION3_OK : status;
}

/** Shows who is logged in, the cart, and who added how often. */
static session3_status show(session3_store *store, const char *id, session3_error *error) {
  S3_AUTO_SESSION(session);
  S3_AUTO_BUFFER(user);
  session3_status status = s3_load(store, id, &session, error);
  if (status != SESSION3_OK)
    return status;
  printf("user: %s\n", s3_get_user(session, "nobody", &user));
  status = print_counts(session, "cart: ", error);
  return status == SESSION3_OK ? print_counts(session, "added by: ", error) : status;
}

/** Adds one item: loads the session, counts the item up in the store, and saves a change of its
 * own, which merges with what was stored meanwhile. Tells how many of the item are in the cart. */
static session3_status add(session3_store *store, const char *id, const char *item, int64_t *total,
                           session3_error *error) {
  S3_AUTO_SESSION(session);
  char key[100];
  if (snprintf(key, sizeof key, "cart: %s", item) >= (int)sizeof key)
    return s3_fail(error, SESSION3_E_INVALID, item, "the item's name is too long");
  session3_status status = s3_load(store, id, &session, error);
  if (status == SESSION3_OK)
    status = s3_increment(store, id, key, 1, total, error);
  if (status == SESSION3_OK)
    status = s3_set(session, "added by: C", s3_get_int(session, "added by: C", 0) + 1, error);
  return status == SESSION3_OK ? s3_save(store, session, error) : status;
}

static session3_status add_many(session3_store *store, const char *id, long count, const char *item,
                                session3_error *error) {
  int64_t first = 0;
  int64_t last = 0;
  for (long i = 0; i < count; i++) {
    session3_status status = add(store, id, item, i == 0 ? &first : &last, error);
    if (status != SESSION3_OK)
      return status;
  }
  printf("added %ld %s\n", count, item);
  if (last - first >= count)
    printf("others added %" PRId64 " meanwhile\n", last - first + 1 - count);
  return SESSION3_OK;
}

/** Deletes the sessions that nobody used for some seconds. */
static session3_status expire(session3_store *store, long seconds, session3_error *error) {
  uint64_t deleted;
  uint64_t remaining;
  session3_status status = s3_expire(store, seconds, &deleted, &remaining, error);
  if (status >= 0)
    printf("expired: %" PRIu64 ", remaining: %" PRIu64 "\n", deleted, remaining);
  return status;
}

/** No status of the library: the arguments were wrong. */
#define USAGE ((session3_status)100)

static session3_status run(session3_store *store, int argc, char **argv, session3_error *error) {
  const char *cookie = getenv("SESSION");
  const char *id = cookie != NULL ? cookie : "";
  const char *command = argv[1];
  char *end = "";
  long number = argc > 2 ? strtol(argv[2], &end, 10) : 0;
  bool is_number = *end == '\0';

  if (argc == 3 && strcmp(command, "login") == 0)
    return login(store, argv[2], error);
  if (argc == 2 && strcmp(command, "show") == 0)
    return show(store, id, error);
  if (argc == 3 && strcmp(command, "add") == 0)
    return add_many(store, id, 1, argv[2], error);
  if (argc == 4 && strcmp(command, "add-many") == 0 && is_number)
    return add_many(store, id, number, argv[3], error);
  if (argc == 3 && strcmp(command, "expire") == 0 && is_number)
    return expire(store, number, error);
  return USAGE;
}

int main(int argc, char **argv) {
  session3_error error = SESSION3_ERROR_INIT;
  S3_AUTO_STORE(store);
  session3_status status = USAGE;

  if (argc > 1) {
    if (s3_check("shop", s3_open("sessions", &store, &error), &error) < 0)
      return EXIT_FAILURE;
    status = s3_check("shop", run(store, argc, argv, &error), &error);
  }
  if (status == USAGE) {
    fprintf(stderr, "usage: shop login USER | show | add ITEM | add-many COUNT ITEM |"
                    " expire SECONDS\n");
    return 2;
  }
  if (status == SESSION3_NOT_FOUND)
    printf("nobody is logged in\n");
  return status == SESSION3_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
