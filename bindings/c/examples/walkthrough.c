/* SPDX-License-Identifier: MIT */
/**
 * @file walkthrough.c
 * Walks through all of session3.h and the easy headers, and prints what it does. Every function of
 * the library is called somewhere in walkthrough/, a file for each chapter.
 *
 * It makes a directory "sessions" in the working directory.
 */
#include "walkthrough/walkthrough.h"

#include <inttypes.h>
#include <stdlib.h>

void must(session3_status status, const char *call, const session3_error *error) {
  if (status == SESSION3_OK)
    return;
  fflush(stdout);
  if (status < 0)
    s3_perror(call, error);
  else
    fprintf(stderr, "%s: %s\n", call, session3_status_text(status));
  exit(EXIT_FAILURE);
}

void answer(const char *question, session3_status status) {
  printf("  %s: %s\n", question, session3_status_text(status));
}

void answer_yes_no(const char *question, bool yes) {
  printf("  %s: %s\n", question, yes ? "yes" : "no");
}

static const struct {
  const char *title;
  void (*run)(void);
} chapters[] = {
    {"The easy way", easy},
    {"Requests, the easy way", easy_requests},
    {"Versions, statuses, ids, buffers", basics},
    {"A session in memory", session_in_memory},
    {"Attributes", attributes},
    {"Nested values", values},
    {"Tokens", tokens},
    {"Stores", stores},
    {"Many sessions", many_sessions},
    {"Requests", requests},
    {"Cookies", cookies},
    {"Two who save at the same time", policies},
    {"Whole sessions as bytes", encoded},
    {"A store of one's own", custom_store},
};

int main(void) {
  for (size_t i = 0; i < sizeof chapters / sizeof chapters[0]; i++) {
    printf("%s%zu. %s\n", i > 0 ? "\n" : "", i + 1, chapters[i].title);
    chapters[i].run();
  }
  return EXIT_SUCCESS;
}
