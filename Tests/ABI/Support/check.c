/* SPDX-License-Identifier: MIT */
#include "check.h"

static const session3_error untouched = {sizeof(session3_error), 4711, 4712, "untouched"};
static session3_error watched;
static bool handed_out;

session3_error *watched_error(void) {
  watched = untouched;
  handed_out = true;
  return &watched;
}

const session3_error *last_error(void) { return &watched; }

static bool is_utf8(const char *text) {
  session3_writer *writer = NULL;
  bool good = session3_writer_new(&writer, NULL) == SESSION3_OK &&
              session3_writer_text(writer, text, strlen(text), NULL) == SESSION3_OK;
  session3_writer_free(writer);
  return good;
}

static const char *fault_of_failure(session3_status status) {
  if (watched.size != sizeof watched)
    return "the error's size was changed";
  if (watched.status != status)
    return "the error holds another status";
  if (memchr(watched.message, 0, sizeof watched.message) == NULL)
    return "no NUL in the message";
  if (watched.message[0] == 0)
    return "the message is empty";
  if (strcmp(watched.message, untouched.message) == 0)
    return "the message was not written";
  if (watched.system_errno == untouched.system_errno)
    return "errno was not written";
  if (strstr(watched.message, SECRET) != NULL)
    return "the message tells a session id";
  if (!is_utf8(watched.message))
    return "the message is not UTF-8";
  return NULL;
}

static const char *fault_of_error(session3_status status) {
  if (status < 0)
    return fault_of_failure(status);
  return memcmp(&watched, &untouched, sizeof watched) == 0 ? NULL : "the error was touched";
}

void check_status(session3_status actual, session3_status expected, const char *call,
                  const char *file, int line) {
  bool is_watched = handed_out;
  handed_out = false;
  if (actual != expected) {
    print_error("%s\n  is %d (%s), not %d (%s)%s%s\n", call, (int)actual,
                session3_status_text(actual), (int)expected, session3_status_text(expected),
                is_watched && actual < 0 ? ": " : "",
                is_watched && actual < 0 ? watched.message : "");
    _fail(file, line);
  }
  const char *fault = is_watched ? fault_of_error(actual) : NULL;
  if (fault != NULL) {
    print_error("%s\n  %s: \"%.240s\"\n", call, fault, watched.message);
    _fail(file, line);
  }
}

void assert_message_names(const char *part) {
  if (strstr(watched.message, part) == NULL) {
    print_error("\"%s\" does not name \"%s\"\n", watched.message, part);
    fail();
  }
}
