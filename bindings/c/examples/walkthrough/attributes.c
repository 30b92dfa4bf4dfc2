/* SPDX-License-Identifier: MIT */
/** @file attributes.c  session3/session.h: typed attributes, set, read, removed. */
#include <inttypes.h>

#include "walkthrough.h"

static void set_all(session3_session *session) {
  session3_error error = SESSION3_ERROR_INIT;
  MUST(session3_session_set_nil(session, TEXT("nothing"), &error));
  MUST(session3_session_set_bool(session, TEXT("admin"), true, &error));
  MUST(session3_session_set_int(session, TEXT("visits"), -3, &error));
  MUST(session3_session_set_uint(session, TEXT("big"), UINT64_MAX, &error));
  MUST(session3_session_set_double(session, TEXT("balance"), 0.25, &error));
  MUST(session3_session_set_timestamp(session, TEXT("seen"), 1700000000000000, &error));
  MUST(session3_session_set_text(session, TEXT("city"), TEXT("Zürich"), &error));
  MUST(session3_session_set_binary(session, TEXT("key"), "\x00\x01\xff", 3, &error));
}

static void get_all(const session3_session *session) {
  session3_error error = SESSION3_ERROR_INIT;
  bool admin;
  int64_t visits;
  int64_t seen;
  uint64_t big;
  double balance;
  const char *city;
  const void *key;
  size_t city_length;
  size_t key_length;

  MUST(session3_session_get_bool(session, TEXT("admin"), &admin, &error));
  MUST(session3_session_get_int(session, TEXT("visits"), &visits, &error));
  MUST(session3_session_get_uint(session, TEXT("big"), &big, &error));
  MUST(session3_session_get_double(session, TEXT("balance"), &balance, &error));
  MUST(session3_session_get_timestamp(session, TEXT("seen"), &seen, &error));
  MUST(session3_session_get_text(session, TEXT("city"), &city, &city_length, &error));
  MUST(session3_session_get_binary(session, TEXT("key"), &key, &key_length, &error));
  printf("  admin %d, visits %" PRId64 ", big %" PRIu64 ", balance %g\n", admin, visits, big,
         balance);
  printf("  seen %" PRId64 ", city %.*s, key of %zu bytes\n", seen, (int)city_length, city,
         key_length);
}

static void answers(const session3_session *session) {
  session3_error error = SESSION3_ERROR_INIT;
  int64_t number;
  answer("city as an integer", session3_session_get_int(session, TEXT("city"), &number, &error));
  answer("big as an int64_t", session3_session_get_int(session, TEXT("big"), &number, &error));
  answer("no such key", session3_session_get_int(session, TEXT("street"), &number, &error));
}

/** All attributes are one map; a value goes from one session to another as it is. */
static void copy_all(session3_session *from, session3_session *to) {
  session3_error error = SESSION3_ERROR_INIT;
  session3_value all;
  session3_value key;
  session3_value value;
  session3_value_iterator position;

  MUST(session3_session_attributes(from, &all, &error));
  MUST(session3_value_iterate(&all, &position, &error));
  while (session3_value_next(&position, &key, &value, &error) == SESSION3_OK) {
    const char *name;
    size_t length;
    MUST(session3_value_get_text(&key, &name, &length, &error));
    MUST(session3_session_set(to, name, length, &value, &error));
  }
  printf("  the copy has %zu attributes, sorted by key: ", session3_session_attribute_count(to));
  MUST(session3_session_attributes(to, &all, &error));
  print_value(&all);
  printf("\n");
}

void attributes(void) {
  session3_error error = SESSION3_ERROR_INIT;
  S3_AUTO_SESSION(session);
  S3_AUTO_SESSION(copy);
  session3_value visits;

  MUST(session3_session_new(NULL, 0, &session, &error));
  MUST(session3_session_new(NULL, 0, &copy, &error));
  set_all(session);
  get_all(session);
  answers(session);
  copy_all(session, copy);
  MUST(session3_session_remove(copy, TEXT("visits"), &error));
  answer("visits after its removal", session3_session_get(copy, TEXT("visits"), &visits, &error));
  MUST(session3_session_remove_all(copy, &error));
  printf("  after the removal of all: %zu\n", session3_session_attribute_count(copy));
}
