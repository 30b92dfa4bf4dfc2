/* SPDX-License-Identifier: MIT */
/** @file session_in_memory.c  session3/session.h: id, user, address, times, the whole content. */
#include "walkthrough.h"

static void identity(session3_session *session) {
  session3_error error = SESSION3_ERROR_INIT;
  const char *id;
  size_t length;
  answer("the id of a new session", session3_session_id(session, &id, &length, &error));
  MUST(session3_session_set_id(session, TEXT("visitor-1"), &error));
  MUST(session3_session_id(session, &id, &length, &error));
  printf("  it was given one of %zu characters\n", length);
  answer_yes_no("new", session3_session_is_new(session));
  answer_yes_no("to be saved", session3_session_is_changed(session));
  answer_yes_no("worth keeping", session3_session_has_info(session));
}

static void times(const session3_session *session) {
  int64_t created = session3_session_created_us(session);
  answer_yes_no("accessed when it was created", session3_session_accessed_us(session) == created);
  printf("  a minute later it is %d s old, and idle for %d s\n",
         (int)(session3_session_creation_age_us(session, created + 60000000) / 1000000),
         (int)(session3_session_access_age_us(session, created + 60000000) / 1000000));
}

/** The user is any value: text mostly, a number where an application counts its users. */
static void user_and_address(session3_session *session) {
  session3_error error = SESSION3_ERROR_INIT;
  S3_AUTO_WRITER(writer);
  session3_value user;
  const char *text;
  size_t length;

  answer("the user before the login", session3_session_user(session, &user, &error));
  MUST(session3_writer_new(&writer, &error));
  MUST(session3_writer_int(writer, 4711, &error));
  MUST(session3_writer_finish(writer, &user, &error));
  MUST(session3_session_set_user(session, &user, &error));
  answer("user 4711, as text", session3_session_user_text(session, &text, &length, &error));

  MUST(session3_session_set_user_text(session, TEXT("ada"), &error));
  // For managers' lifetime, where none is at work that notes it.
  MUST(session3_session_set_authenticated_us(session, INT64_C(1700000000000000), &error));
  MUST(session3_session_user_text(session, &text, &length, &error));
  printf("  user %.*s", (int)length, text);
  MUST(session3_session_set_remote_address(session, TEXT("2001:db8::1"), &error));
  MUST(session3_session_remote_address(session, &text, &length, &error));
  printf(" from %.*s\n", (int)length, text);
}

static void content(session3_session *session) {
  session3_error error = SESSION3_ERROR_INIT;
  S3_AUTO_BUFFER(description);
  S3_AUTO_SESSION(twin);
  const void *payload;
  size_t length;

  MUST(session3_session_payload(session, &payload, &length, &error));
  printf("  its content is %zu bytes of MessagePack\n", length);
  MUST(session3_session_new(NULL, 0, &twin, &error));
  MUST(session3_session_set_payload(twin, payload, length, &error));
  answer_yes_no("another session with that content is worth keeping",
                session3_session_has_info(twin));
  answer("content that is no MessagePack",
         session3_session_set_payload(twin, TEXT("GET / HTTP/1.1"), &error));

  MUST(session3_session_describe(session, &description, &error));
  answer_yes_no("a description for logs names the user", strstr(description.data, "ada") != NULL);
  answer_yes_no("it names the id", strstr(description.data, "visitor-1") != NULL);
}

void session_in_memory(void) {
  session3_error error = SESSION3_ERROR_INIT;
  session3_session *session = NULL;
  MUST(session3_session_new(NULL, 0, &session, &error));
  identity(session);
  times(session);
  user_and_address(session);
  content(session);
  session3_session_free(session);
}
